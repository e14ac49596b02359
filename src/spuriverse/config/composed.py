"""What must hold for cut-outs on backgrounds: who checks them, and who can be asked."""

from collections.abc import Collection, Iterator
from string import ascii_uppercase

from spuriverse.config.parts import Part
from spuriverse.config.selection import Selection
from spuriverse.config.sources import ClassifierModel, ClassifyingModel, RecordedModel


def find_composed(config: Selection, parts: Collection[Part]) -> Iterator[tuple[str, str]]:
    """Yield (key, sentence) of what does not fit together about composites.

    Args:
        config: A configuration whose values are accepted one by one.
        parts: What is to be run.
    """
    section = config.benchmarks.composites
    if section is None and "synthesis" in parts and config.synthesis.backend == "composites":
        yield (
            "synthesis.backend",
            "synthesis.backend composites lays the cut-outs of benchmarks.composites on"
            " backgrounds; set that too (docs/composites.md), or choose another backend",
        )
    if section is None or "composites" not in parts:
        return
    checker = config.other_model(section.checked_by)
    if section.checked_by is not None and not isinstance(checker, ClassifierModel):
        yield (
            "benchmarks.composites.checked_by",
            f"benchmarks.composites.checked_by names '{section.checked_by}', which is no model of"
            " models with backend classifier, so it gives no probabilities of classes; name one,"
            " or set it to null",
        )
    key = "benchmarks.composites.models"
    if not config.composed_models:
        yield (
            key,
            f"{key} names no model, nor does models have one that can be asked; add one"
            " (docs/add-a-model.md)",
        )
    for name in config.composed_models:
        model = config.other_model(name)
        if model is None or isinstance(model, RecordedModel):
            yield (
                key,
                f"{key} names '{name}', which cannot be asked about new pictures; name entries of"
                " models that can",
            )
        elif section.options > len(ascii_uppercase) and not isinstance(model, ClassifyingModel):
            yield (
                "benchmarks.composites.options",
                f"benchmarks.composites.options is {section.options}, but '{name}' reads questions,"
                f" which have letters for {len(ascii_uppercase)} options; lower it, or name other"
                f" models in {key}",
            )
