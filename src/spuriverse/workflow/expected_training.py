"""How many samples fine-tuning jobs train on, and with how many passes over each."""

from collections.abc import Mapping
from dataclasses import dataclass

from spuriverse.config import Config

ASSUMED_RUNS = {"kinds": 9, "benchmarks": 3}
"""Runs of a study's job whose number depends on the types that are found."""

ASSUMED_EPOCHS = 7
"""Epochs that a run makes of ten if it may end early (finetuning.patience)."""

TWICE = 1.5
"""Forward, forward again and backward in place of forward and backward."""


@dataclass(frozen=True)
class TrainingSamples:
    """Samples that jobs train on, each as often as there are epochs.

    Attributes:
        trained: With adapters on the vision tower.
        frozen: Without; the vision tower runs once per image and job.
    """

    trained: int
    frozen: int

    @property
    def total(self) -> int:
        """Both."""
        return self.trained + self.frozen


def training_samples(studies: Mapping[str, int], config: Config) -> TrainingSamples:
    """Return on how many samples the jobs of some studies train.

    Args:
        studies: Study -> its jobs.
        config: The configuration after overlays.
    """
    tuning = config.finetuning
    epochs = min(tuning.epochs, ASSUMED_EPOCHS) if tuning.patience else tuning.epochs
    trained = frozen = 0
    for study, jobs in studies.items():
        runs = _runs_by_layers(study, config)
        frozen += jobs * runs.get("language", 0)
        trained += jobs * sum(count for layers, count in runs.items() if layers != "language")
    return TrainingSamples(trained * tuning.samples * epochs, frozen * tuning.samples * epochs)


def _runs_by_layers(study: str, config: Config) -> dict[str, int]:
    """Towers that get adapters -> runs of one job of a study."""
    tuning, breadth = config.finetuning, config.finetuning.study
    if study == "regimes":
        return dict.fromkeys(breadth.layers, len(breadth.regimes))
    counts = {
        **ASSUMED_RUNS,
        "tradeoff": len(tuning.proportions),
        "association": len(tuning.proportions),
        "ablation": len(breadth.type_counts) - _is_made_by_regimes(config),
    }
    return {tuning.layers: counts.get(study, 1)}


def _is_made_by_regimes(config: Config) -> bool:
    """Whether the ablation's run on all types is one of the regimes, which is not made twice."""
    tuning, breadth = config.finetuning, config.finetuning.study
    whole = breadth.type_total in breadth.type_counts
    return whole and "spurious_group" in breadth.regimes and tuning.layers in breadth.layers
