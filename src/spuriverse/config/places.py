"""Whether what the configuration names is where it says."""

from collections.abc import Iterator
from pathlib import Path

from spuriverse.config.sections import Config
from spuriverse.problems import Problem


def check_places(config: Config) -> None:
    """Check that every file and folder that is to be read is there.

    What is to be fetched is not looked for.

    Raises:
        Problem: One is missing; the sentence says which key names it and what to put there.
    """
    for key, path, content in _local(config):
        if not Path(path).exists():
            raise Problem(
                f"{key} is {path}, which does not exist: put {content} there, or name where it is"
                " (docs/benchmarks.md says what to get)."
            )


def _local(config: Config) -> Iterator[tuple[str, str, str]]:
    own = config.benchmarks.own
    for name, section in config.benchmarks.real().items():
        key = f"benchmarks.own.{name}" if name in own else f"benchmarks.{name}"
        if isinstance(section.source, str):
            yield f"{key}.source", section.source, f"the questions of {name}"
        if section.images is not None:
            yield f"{key}.images", section.images, f"the images of {name}"
    if recorded := config.recorded_source:
        position = config.models.index(recorded)
        for name, place in recorded.replies.items():
            if isinstance(place, str):
                key = f"models[{position}].replies.{name}"
                yield key, place, f"the metadata file with {recorded.name}'s replies to {name}"
