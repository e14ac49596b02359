"""In which tower does a shortcut sit: worlds in which one tower alone, or both, saw it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from spuriverse.finetuning import Hyperparameters
from spuriverse.finetuning.mitigations import Budget, Point, PointModels, Training
from spuriverse.models import LocalModel, load_model
from spuriverse.open_questions.answers import DIFFERENCE, SHARE, answer, as_table
from spuriverse.questions import Question
from spuriverse.spubench import load_classifier
from spuriverse.statistics import clustered_difference, clustered_mean, clustered_share
from spuriverse.world import (
    OBJECTS,
    Optics,
    StagedRecipe,
    Statistics,
    draw_told,
    put_tower,
    refit_projector,
    render_files,
    train_on_tower,
    train_tower,
    write_checkpoint,
)

WORLDS = {
    "neither": (False, False),
    "vision": (True, False),
    "language": (False, True),
    "both": (True, True),
}
"""Which tower saw the association -> whether the vision tower did, and the language model."""

AS_TRAINED, SWAPPED, ALONE = "as trained", "tower swapped", "tower alone"
_TUNED = {f"{layers} tuned": layers for layers in ("vision", "language", "both")}
VARIANTS = (AS_TRAINED, SWAPPED, *_TUNED)
MEANS = ("shown", "told")
_NO_WORLD = "neither"
_TOWERS = ("neither", "vision")
_CAPTION = "a photo of a {}"


def train_worlds(
    folder: Path,
    *,
    recipe: StagedRecipe,
    seed: int,
    statistics: Statistics,
    optics: Optics,
    threads: int,
) -> None:
    """Train a tiny model of every world: two towers, and on each two language models.

    Args:
        folder: Where the checkpoints go, one folder for each of `WORLDS`, and one for the tiny CLIP
            of either tower; must exist.
        recipe: Sizes and steps.
        seed: Of all of them, so that two models differ in what they saw alone.
        statistics: How attributes are distributed.
        optics: How scenes look.
        threads: Threads of a training.

    Raises:
        Problem: A checkpoint cannot be written.
    """
    known: dict[str, Any] = {
        "seed": seed,
        "recipe": recipe,
        "statistics": statistics,
        "optics": optics,
        "threads": threads,
    }
    for saw in (False, True):
        tower = train_tower(biased=saw, **known)
        write_checkpoint(tower, folder / f"tower-{_TOWERS[saw]}")
        for world, (vision, language) in WORLDS.items():
            if vision == saw:
                write_checkpoint(train_on_tower(tower, biased=language, **known), folder / world)


def measure_worlds(
    folder: Path,
    measure: Callable[[Any, bool], pd.DataFrame],
    *,
    recipe: StagedRecipe,
    seed: int,
    statistics: Statistics,
    optics: Optics,
    budget: Mapping[str, int],
    hyper: Hyperparameters,
    threads: int,
) -> pd.DataFrame:
    """Measure the gaps of every model as trained, with the other tower, and tuned.

    Args:
        folder: As `train_worlds` filled it.
        measure: Asks a model about minimal pairs whose attribute is told (or shown), and returns
            its `pairs`. Only the referee knows what was planted, and this room does not ask it.
        recipe: As there.
        seed: Of the images for tuning and of the runs.
        statistics: How attributes are distributed.
        optics: How scenes look.
        budget: What tuning may cost: samples, steps and batch_size.
        hyper: Hyper-parameters of LoRA and optimiser; a variant sets the layers.
        threads: Threads on the CPU.

    Returns:
        A `tower_pairs` table.

    Raises:
        Problem: A checkpoint is missing.
    """
    parts = []
    for world in _TOWERS:
        found = measure(_Alone(folder / f"tower-{world}", threads), False)
        parts.append(found.assign(world=world, variant=ALONE, means=MEANS[0]))
    with TemporaryDirectory() as images:
        samples = _samples(budget["samples"], seed, statistics, optics, Path(images))
        run = Budget(len(samples), budget["steps"], budget["batch_size"], seed)
        for world in WORLDS:
            base = load_model(folder / world, threads=threads)
            swapped = load_model(folder / world, threads=threads)
            put_tower(swapped.model, load_model(folder / _other(world)).model)
            refit_projector(
                swapped.model,
                swapped.processor,
                seed=seed,
                recipe=recipe,
                statistics=statistics,
                optics=optics,
                threads=threads,
            )
            for variant in VARIANTS:
                asked = swapped if variant == SWAPPED else base
                with _opened(asked, variant, samples, run, hyper) as model:
                    for means in MEANS:
                        found = measure(model, means == "told")
                        parts.append(found.assign(world=world, variant=variant, means=means))
    return pd.concat(parts, ignore_index=True)


def compare_towers(pairs: pd.DataFrame) -> pd.DataFrame:
    """Tabulate where the shortcut sits, and what removes it.

    Args:
        pairs: A `tower_pairs` table.

    Returns:
        Columns `ANSWER_COLUMNS`; `model` is the world. Gaps (accuracy without a planted attribute
        less that with it) of attributes that are shown and of those that are told, the former also
        of a tower alone, as a tiny CLIP; the accuracy without; of a variant the gap less that as
        trained, and of a world the gap less that of the world in which neither tower saw the
        association. Intervals are over attributes.
    """
    owned = pairs[pairs["planted"]]
    rows: list[dict[str, Any]] = []
    for world in _TOWERS:
        rows += _gaps(world, ALONE, MEANS[0], _select(owned, world, ALONE, MEANS[0]))
    for world in WORLDS:
        for variant in VARIANTS:
            for means in MEANS:
                part = _select(owned, world, variant, means)
                rows += _gaps(world, variant, means, part)
                if variant != AS_TRAINED:
                    before = _select(owned, world, AS_TRAINED, means)
                    where = f"{variant} less {AS_TRAINED}"
                    rows.append(_change(world, where, means, part, before))
                elif world != _NO_WORLD:
                    plain = _select(owned, _NO_WORLD, AS_TRAINED, means)
                    where = f"{AS_TRAINED} less {_NO_WORLD}"
                    rows.append(_change(world, where, means, part, plain))
    return as_table(rows)


class _Alone:
    """The tiny CLIP of a tower in the place of a model: likeness of image and option decides."""

    def __init__(self, checkpoint: Path, threads: int) -> None:
        self.name = checkpoint.name
        self._classifier = load_classifier(checkpoint, list(OBJECTS), [_CAPTION], threads=threads)

    def prompts(self, questions: Sequence[Question]) -> list[str]:
        """It reads no prompt."""
        return [question.text for question in questions]

    def option_likelihood(
        self, images: Sequence[Any], questions: Sequence[Question], prompts: Sequence[str]
    ) -> list[list[float]]:
        names = list(OBJECTS)
        scores = self._classifier.scores(images)
        return [
            [float(row[names.index(option)]) for option in question.options]
            for row, question in zip(scores, questions, strict=True)
        ]


def _other(world: str) -> str:
    """The world that differs in its vision tower alone."""
    vision, language = WORLDS[world]
    return next(name for name, saw in WORLDS.items() if saw == (not vision, language))


def _samples(
    n: int, seed: int, statistics: Statistics, optics: Optics, folder: Path
) -> pd.DataFrame:
    drawn = draw_told(n, biased=False, seed=seed, statistics=statistics)
    paths = [folder / f"{place}.png" for place in range(n)]
    render_files([scene for scene, _ in drawn], paths, optics)
    questions = [question for _, question in drawn]
    return pd.DataFrame(
        {
            "sample_id": [f"told-{place}" for place in range(n)],
            "image": [str(path) for path in paths],
            "question": [question.text for question in questions],
            "options": [list(question.options) for question in questions],
            "answer": [question.answer for question in questions],
        }
    )


@contextmanager
def _opened(
    base: LocalModel, variant: str, samples: pd.DataFrame, budget: Budget, hyper: Hyperparameters
) -> Iterator[LocalModel]:
    """Give the model with the adapter of a variant, or the model itself."""
    if variant not in _TUNED:
        yield base
        return
    training = Training(variant, samples, budget, budget.samples, budget.batch_size)
    with TemporaryDirectory() as folder:
        models = PointModels(base, replace(hyper, layers=_TUNED[variant]), Path(folder))
        with models.opened(Point(1.0, (training,))) as tuned:
            yield tuned


def _select(pairs: pd.DataFrame, world: str, variant: str, means: str) -> pd.DataFrame:
    wanted = {"world": world, "variant": variant, "means": means}
    chosen = pd.Series(True, index=pairs.index)
    for column, value in wanted.items():
        chosen &= pairs[column] == value
    return pairs[chosen]


def _gaps(world: str, variant: str, means: str, part: pd.DataFrame) -> list[dict[str, Any]]:
    units = part["attribute"]
    found = clustered_difference(part["core_correct"], units, part["spurious_correct"], units)
    rows = [answer(world, variant, f"gap – {means}", DIFFERENCE, found, units)]
    if means == MEANS[0]:
        right = clustered_share(part["core_correct"], units)
        rows.append(answer(world, variant, "accuracy without the attribute", SHARE, right, units))
    return rows


def _change(
    world: str, condition: str, means: str, after: pd.DataFrame, before: pd.DataFrame
) -> dict[str, Any]:
    """The difference of two gaps, attribute by attribute: both models were asked the same pairs."""
    gaps = [
        part.assign(gap=part["core_correct"].astype(float) - part["spurious_correct"])
        .groupby("attribute")["gap"]
        .mean()
        for part in (after, before)
    ]
    apart = gaps[0] - gaps[1]
    found = clustered_mean(apart, apart.index)
    return answer(world, condition, f"gap – {means}", DIFFERENCE, found, apart.index)
