"""Whether what the configuration names is where it says."""

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from spuriverse.config.agreement import Misfit
from spuriverse.config.configuration import Config
from spuriverse.config.parts import Part, parts_of
from spuriverse.config.sources import LoadedModel
from spuriverse.problems import Problem


def check_places(config: Config) -> None:
    """Check that every file and folder that is to be read is there.

    What will be downloaded is not checked.

    Raises:
        Problem: Some are missing; the message says which key names each and what to put there.
    """
    if missing := missing_places(config, []):
        raise Problem("\n".join(f"{misfit.sentence}." for misfit in missing))


def missing_places(config: Config, targets: Iterable[str]) -> list[Misfit]:
    """Return which files and folders are not there that will be read and not downloaded.

    Args:
        config: The configuration.
        targets: What is to be made, rules or files; none for the default run.
    """
    parts = parts_of(config, targets)
    return [
        Misfit(
            key,
            f"{key} is {path}, which does not exist: put {content} there, or name where it is"
            " (docs/benchmarks.md says what to get)",
        )
        for needed, key, path, content in _local(config)
        if needed in parts and not Path(path).exists()
    ]


def check_tokens(config: Config, names: Collection[str]) -> None:
    """Check that there is a token for every gated checkpoint that is to be loaded.

    Args:
        config: The configuration.
        names: Models that are to be loaded.

    Raises:
        Problem: The environment variable with the token is empty or not set.
    """
    for model in config.models:
        if not isinstance(model, LoadedModel) or not model.gated or model.name not in names:
            continue
        if not os.environ.get(model.token_env):
            raise Problem(
                f"The checkpoint {model.checkpoint} of model {model.name} is gated: accept its"
                " licence on the Hub and put a token of that account into the"
                f" environment variable {model.token_env}, or take the model out of"
                " evaluation.models, verification.models and finetuning."
            )


def check_sizes(config: Config, names: Collection[str]) -> None:
    """Check that a cluster can be told what the jobs need that load a model.

    Args:
        config: The configuration.
        names: Models that are to be loaded.

    Raises:
        Problem: The size of one is not known, so that it would be run without a GPU.
    """
    for position, model in enumerate(config.models):
        if not isinstance(model, LoadedModel) or model.name not in names:
            continue
        if model.billions is None:
            raise Problem(
                f"models[{position}] ({model.name}) does not say how large it is, so the"
                " cluster cannot be asked for the right GPU: add the key billions, its parameters"
                " in billions."
            )


def _composites(config: Config) -> Iterator[tuple[Part, str, str, str]]:
    section = config.benchmarks.composites
    content = {
        "cutouts": "the cut-outs",
        "classes": "a CSV file of cut-outs and their classes",
        "backgrounds": "the backgrounds",
        "kinds": "a CSV file of backgrounds and their kinds",
    }
    for name, what in content.items():
        path = getattr(section, name, None)
        if path is not None:
            parts = path.split("/")
            if "tuxpaint" in parts:
                package = "tuxpaint-data" if "templates" in parts else "tuxpaint-stamps-default"
                what = f"{what} (of Debian's package: apt-get install {package})"
            yield "composites", f"benchmarks.composites.{name}", path, what


def _local(config: Config) -> Iterator[tuple[Part, str, str, str]]:
    own = config.benchmarks.own
    for name, section in config.benchmarks.real().items():
        key = f"benchmarks.own.{name}" if name in own else f"benchmarks.{name}"
        if isinstance(section.source, str):
            yield "curation", f"{key}.source", section.source, f"the questions of {name}"
        metadata = getattr(section, "metadata", None)
        whole = metadata if isinstance(metadata, dict) else {"": metadata}
        for part, place in whole.items():
            if isinstance(place, str):
                inner = f"{key}.metadata.{part}" if part else f"{key}.metadata"
                yield "curation", inner, place, f"the metadata of {part or name}"
        if section.images is not None:
            yield "curation", f"{key}.images", section.images, f"the images of {name}"
    yield from _composites(config)
    if config.spubench:
        built = {} if config.spubench.published else config.spubench.sources
        for name, folders in built.items():
            key = f"spubench.sources.{name}"
            content = "a folder with a sub-folder for each class"
            yield "spubench", f"{key}.folder", folders.folder, content
            if folders.class_names is not None:
                yield (
                    "spubench",
                    f"{key}.class_names",
                    folders.class_names,
                    "the names of the classes",
                )
        if config.spubench.published and isinstance(config.spubench.published.source, str):
            path = config.spubench.published.source
            yield "spubench", "spubench.published.source", path, "the data set mmbench/MM-SpuBench"
    if recorded := config.recorded_source:
        position = config.models.index(recorded)
        for name, place in recorded.replies.items():
            if isinstance(place, str):
                key = f"models[{position}].replies.{name}"
                yield (
                    "curation",
                    key,
                    place,
                    f"the metadata file with {recorded.name}'s replies to {name}",
                )
