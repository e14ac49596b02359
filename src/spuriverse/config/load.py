"""Read the config, and refuse a wrong one in a sentence that says how to fix it."""

import contextlib
import difflib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, overload

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from spuriverse.config.configuration import Config
from spuriverse.config.schema import Node
from spuriverse.problems import Problem

Model = TypeVar("Model", bound=BaseModel)

LONGEST_SHOWN_VALUE = 60
CONFIG_SUFFIXES = (".yaml", ".yml", ".json")


@overload
def load_config(path: Path | str, *overlays: Path | str) -> Config: ...
@overload
def load_config(path: Path | str, *overlays: Path | str, root: type[Model]) -> Model: ...
def load_config(
    path: Path | str, *overlays: Path | str, root: type[BaseModel] = Config
) -> BaseModel:
    """Read a YAML file, lay others over it, and check the result.

    Args:
        path: The first file; keys it leaves out have their defaults.
        overlays: Files whose values replace those of the files before them. Mappings are merged
            key by key, lists are replaced as a whole.
        root: The type of the config.

    Returns:
        The checked config.

    Raises:
        Problem: If a file is missing, unreadable, not YAML or not a mapping, or if
            `parse_config` refuses what the files say together.
    """
    merged: dict[str, Any] = {}
    for file in (path, *overlays):
        merged = _merge(merged, _read_mapping(Path(file)))
    return parse_config(merged, root)


@overload
def parse_config(mapping: Mapping[str, Any]) -> Config: ...
@overload
def parse_config(mapping: Mapping[str, Any], root: type[Model]) -> Model: ...
def parse_config(mapping: Mapping[str, Any], root: type[BaseModel] = Config) -> BaseModel:
    """Check a config that is already in memory.

    Types are taken literally: `"3"` is not a number and `1` is not `true`.

    Args:
        mapping: Nested mappings and lists, as YAML gives them.
        root: The type of the config.

    Returns:
        The checked config.

    Raises:
        Problem: If a key is unknown, missing or has a value that it does not accept. The sentence
            is about the first such key and counts the others.
    """
    try:
        # By way of JSON, because strict Python validation would refuse a YAML list for a tuple.
        return root.model_validate_json(json.dumps(mapping, default=str), strict=True)
    except ValidationError as error:
        raise Problem(_explain(error, Node.root(root))) from error


def read_scalars(value: Any) -> Any:
    """Return a nested value of `--config` with its numbers, booleans and nulls read.

    Snakemake reads `--config seed=3` as a number but leaves all that is nested, as in
    `--config zoo='{steps: 5}'`, texts.

    Args:
        value: Mappings and lists of texts.
    """
    if isinstance(value, Mapping):
        return {key: read_scalars(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [read_scalars(inner) for inner in value]
    if not isinstance(value, str):
        return value
    try:
        read = yaml.safe_load(value)
    except yaml.YAMLError:
        return value
    return read if isinstance(read, bool | int | float | None) else value


def lay_over(config: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config with the nested values that were given to `--config` read as YAML.

    Args:
        config: What Snakemake has made of the files and of `--config`.
        given: What was given to `--config`.
    """
    nested = {key: value for key, value in given.items() if isinstance(value, Mapping | list)}
    return _merge(config, read_scalars(nested))


def check_overlays(paths: Iterable[Path | str]) -> None:
    """Check that files can be laid over the config, without looking at their keys.

    Args:
        paths: The files, in the order in which they are given after `--configfile`.

    Raises:
        Problem: If one is missing, unreadable, not YAML or not a mapping.
    """
    for path in map(Path, paths):
        if path.suffix not in CONFIG_SUFFIXES and not path.exists():
            raise Problem(
                f"{path} stands after --configfile and is taken for a config file: write targets"
                " before --configfile, or put -- between the config files and the targets."
            )
        if path.is_file() or not path.exists():  # a pipe can be read only once, so not here
            _read_mapping(path)


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        lower = merged.get(key)
        if isinstance(lower, Mapping) and isinstance(value, Mapping):
            merged[key] = _merge(lower, value)
        else:
            merged[key] = value
    return merged


def _read_mapping(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_bytes())
    except FileNotFoundError as error:
        raise Problem(_explain_missing(path)) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise Problem(f"{path} cannot be read ({reason}): name a readable YAML file.") from error
    except yaml.YAMLError as error:
        raise Problem(_explain_yaml(path, error)) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        found = _shown(content)
        raise Problem(f"The config file {path} holds {found}: give it lines like `key: value`.")
    return content


def _explain_missing(path: Path) -> str:
    files = sorted(file.name for file in path.parent.glob("*.y*ml"))
    sentence = f"There is no config file {path}"
    if not files:
        return f"{sentence}: create it or name another (its folder has no YAML file)."
    close = difflib.get_close_matches(path.name, files, n=1)
    perhaps = f", perhaps {close[0]}" if close else ""
    return f"{sentence}: name one of the files there ({', '.join(files)}){perhaps}."


def _explain_yaml(path: Path, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f"line {mark.line + 1} of " if mark else ""
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    return f"YAML cannot read {line}the config file {path} ({reason}): correct it there."


def _explain(error: ValidationError, root: Node) -> str:
    details = error.errors(include_url=False)
    # A value with several accepted types is reported once for each of them.
    keys = list(dict.fromkeys(_dotted(_steps(detail, root)) for detail in details))
    more = f" (and {len(keys) - 1} more)" if len(keys) > 1 else ""
    return _explain_one(_most_telling(details, root), root) + more + "."


def _most_telling(details: list[ErrorDetails], root: Node) -> ErrorDetails:
    """Of a value's misfits with its accepted types, the one with the type that was meant."""
    first = _steps(details[0], root)
    about = [detail for detail in details if _steps(detail, root)[: len(first)] == first]
    return next((d for d in about if not d["type"].endswith(("_type", "none_required"))), about[0])


def _explain_one(detail: ErrorDetails, root: Node) -> str:
    steps = _steps(detail, root)
    key = f"The config key {_dotted(steps)}" if steps else "The config"
    if detail["type"] == "extra_forbidden":
        return f"{key} does not exist: {_advice(str(steps[-1]), _node(steps[:-1], root).keys)}"
    node = _node(steps, root)
    if detail["type"] == "missing":
        return f"{key} is missing: give {node.accepted}"
    if detail["type"] in ("value_error", "assertion_error"):
        return f"{key} is refused: {str(detail['ctx']['error']).removesuffix('.')}"
    given = detail["input"]
    hint = _number_hint(given, node.accepted) if isinstance(given, str) else ""
    return f"{key} is {_shown(given)}: give {node.accepted}{hint}"


def _advice(name: str, known: Iterable[str]) -> str:
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    advice = f"did you mean {close[0]}; " if close else ""
    return f"{advice}the keys accepted there are {', '.join(names)}"


def _number_hint(text: str, accepted: str) -> str:
    """How to write a number that YAML took for text, as it does with 2e-4."""
    for words, read in (("number", int), ("a number", float)):
        if words in accepted:
            with contextlib.suppress(ValueError):
                plain = yaml.safe_dump(read(text)).splitlines()[0]
                return f", written without quotes as {plain}"
    return ""


def _steps(detail: ErrorDetails, root: Node) -> list[str | int]:
    """The way to the key, without the names of types that pydantic puts into it."""
    steps: list[str | int] = []
    for position, part in enumerate(detail["loc"], start=1):
        unknown = detail["type"] == "extra_forbidden" and position == len(detail["loc"])
        if unknown or _node(steps, root).child(part) is not None:
            steps.append(part)
    return steps


def _node(steps: Iterable[str | int], root: Node) -> Node:
    node = root
    for step in steps:
        node = node.child(step) or node
    return node


def _dotted(steps: Iterable[str | int]) -> str:
    """`zoo.models[0].name` for zoo, models, 0, name."""
    parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return "".join(parts).removeprefix(".")


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    if len(text) <= LONGEST_SHOWN_VALUE:
        return text
    return text[: LONGEST_SHOWN_VALUE - 1] + "…"
