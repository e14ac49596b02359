"""Models that are asked without options, or judge what was replied, and cannot be."""

from collections.abc import Collection, Iterator

from spuriverse.config.job_settings import JobSettings
from spuriverse.config.parts import Part
from spuriverse.config.sources import RemoteModel, TransformersModel


def find_replied(config: JobSettings, parts: Collection[Part]) -> Iterator[tuple[str, str]]:
    """Find models of `open_questions.open_replies` that do not fit.

    Args:
        config: A configuration whose values are accepted one by one.
        parts: What is to be run.

    Yields:
        The key that is wrong, and a sentence without a full stop: what is wrong, what to do.
    """
    if "evaluation" not in parts:
        return
    section = config.open_questions.open_replies
    named = {"models": section.models, "judge": [section.judge] if section.judge else []}
    able = [
        model.name
        for model in config.models
        if isinstance(model, RemoteModel | TransformersModel)
        and getattr(model, "serve", None) is None
    ]
    for key, names in named.items():
        for name in names:
            if name not in able:
                yield (
                    f"open_questions.open_replies.{key}",
                    f"open_questions.open_replies.{key} names '{name}', but needs a model of models"
                    " that replies in words and whose server, if any, the workflow does not start"
                    f" ({', '.join(able) or 'there is none'})",
                )
    for name in section.models:
        if name in able and name not in config.evaluated_models:
            yield (
                "open_questions.open_replies.models",
                f"open_questions.open_replies.models names '{name}', and evaluation.models does"
                " not; name it there too: open replies are set beside its multiple choice",
            )
