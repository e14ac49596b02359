"""Models that read no prompts, where some would be given them."""

from collections.abc import Collection, Iterator

from spuriverse.config.job_settings import JobSettings
from spuriverse.config.parts import Part
from spuriverse.config.sources import ClassifyingModel


def find_prompted(config: JobSettings, parts: Collection[Part]) -> Iterator[tuple[str, str]]:
    """Find models that only tell classes apart, but would be asked by more than `direct`.

    Args:
        config: A configuration whose values are accepted one by one.
        parts: What is to be run.

    Yields:
        The key that is wrong, and a sentence without a full stop: what is wrong, what to do.
    """
    for key, name, strategies, where, instead in _asked(config, set(parts)):
        others = [strategy for strategy in strategies if strategy != "direct"]
        if others and isinstance(config.other_model(name), ClassifyingModel):
            yield (
                where,
                f"{key} names '{name}', which tells classes apart and reads no prompt, but would be"
                f" asked by {', '.join(others)}; set {where} to [direct]{instead}",
            )


def _asked(config: JobSettings, parts: set[Part]) -> Iterator[tuple[str, str, list[str], str, str]]:
    """Who is asked by which strategies: the keys of both, and what else could be done."""
    evaluation, spubench = config.evaluation, config.spubench
    where = "evaluation.strategies"
    if "evaluation" in parts and config.types_from != "nowhere":
        instead = ", or name in evaluation.prompting_models the models that read prompts"
        if evaluation.strategies[0] != "direct":
            instead = " or begin it with direct" + instead
        for name in evaluation.models:
            yield "evaluation.models", name, config.strategies_of(name), where, instead
    if "verification" in parts:
        for name in config.verifying_models:
            yield "verification.models", name, evaluation.strategies[:1], where, ""
    if "spubench" in parts and spubench and config.asks_spubench:
        where, instead = "spubench.strategies", ", or name other models in spubench.models"
        for name in config.spubench_models():
            yield "spubench.models", name, spubench.strategies, where, instead
