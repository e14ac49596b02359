"""Read the config, and refuse a wrong one in a sentence that says how to fix it."""

import contextlib
import difflib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, overload

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from spuriverse.config.agreement import Misfit
from spuriverse.config.configuration import Config
from spuriverse.config.places import missing_places
from spuriverse.config.schema import Node
from spuriverse.problems import Problem

Model = TypeVar("Model", bound=BaseModel)

LONGEST_SHOWN_VALUE = 60
CONFIG_SUFFIXES = (".yaml", ".yml", ".json")


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
        Problem: If keys are unknown, missing or have values that they do not accept, or if keys do
            not fit together. The message names them all.
    """
    return _check(mapping, root, lambda config: config.misfits())


def check_config(mapping: Mapping[str, Any], targets: Collection[str]) -> Config:
    """Check the config of a run, and that every file it names is there.

    Args:
        mapping: Nested mappings and lists, as YAML gives them.
        targets: What is to be made, rules or files; keys that they do not need are not compared
            with others, and their files need not be there. Empty for the default run.

    Raises:
        Problem: As `parse_config`, and if something is missing that will not be downloaded.
    """

    def misfits(config: Config) -> list[Misfit]:
        return [*config.misfits_of(targets), *missing_places(config, targets)]

    return _check(mapping, Config, misfits)


def _check(
    mapping: Mapping[str, Any], root: type[Model], misfits: Callable[[Any], list[Misfit]]
) -> Model:
    fitting = misfits if issubclass(root, Config) else lambda config: []
    try:
        config = _validate(mapping, root)
    except ValidationError as error:
        node = Node.root(root)
        sentences = _explain(error, node)
        raise Problem(_together([*sentences, *_beside(mapping, root, error, fitting)])) from error
    if found := fitting(config):
        raise Problem(_together([misfit.sentence for misfit in found]))
    return config


def _validate(mapping: Mapping[str, Any], root: type[Model]) -> Model:
    # By way of JSON, because strict Python validation would refuse a YAML list for a tuple.
    return root.model_validate_json(json.dumps(mapping, default=str), strict=True)


def _beside(
    mapping: Mapping[str, Any],
    root: type[Model],
    error: ValidationError,
    misfits: Callable[[Any], list[Misfit]],
) -> list[str]:
    """What else would be wrong if the values that were refused had their defaults."""
    node = Node.root(root)
    refused = [_steps(detail, node) for detail in error.errors(include_url=False)]
    rest = json.loads(json.dumps(mapping, default=str))
    for steps in refused:
        _leave_out(rest, steps)
    try:
        found = misfits(_validate(rest, root))
    except ValidationError:
        return []
    unsure = {str(steps[0]) for steps in refused if steps}
    return [m.sentence for m in found if m.key.partition(".")[0] not in unsure]


def _leave_out(mapping: Any, steps: list[str | int]) -> None:
    for step in steps[:-1]:
        try:
            mapping = mapping[step]
        except (KeyError, IndexError, TypeError):
            return
    if steps and isinstance(mapping, dict):
        mapping.pop(steps[-1], None)


def _together(sentences: list[str]) -> str:
    """One sentence, or a list of them."""
    if len(sentences) == 1:
        return f"{sentences[0]}."
    lines = [f"  {number}. {sentence}." for number, sentence in enumerate(sentences, start=1)]
    return "\n".join([f"The configuration has {len(sentences)} problems:", *lines])


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


def lay_over(
    config: Mapping[str, Any], given: Mapping[str, Any], files: Sequence[Path] = ()
) -> dict[str, Any]:
    """Return a config whose `models` are those of all files, by name, and with `--config` read.

    Args:
        config: What Snakemake has made of the files and of `--config`: a list of a later file in
            place of one of an earlier file.
        given: What was given to `--config`, whose nested values are texts.
        files: The files, the first one first.
    """
    merged = dict(config)
    if all(path.is_file() for path in files):  # a pipe can be read only once
        laid: dict[str, Any] = {}
        for path in files:
            models = _read_mapping(path).get("models")
            laid = _merge(laid, {"models": models} if models is not None else {})
        merged.update(laid)
    nested = {key: value for key, value in given.items() if isinstance(value, Mapping | list)}
    return _merge(merged, read_scalars(nested))


def check_overlays(paths: Iterable[Path | str]) -> None:
    """Check that files can be laid over the config, without looking at their keys.

    Args:
        paths: The files, in the order in which they are given after `--configfile`.

    Raises:
        Problem: If one is missing, unreadable, not YAML or not a mapping.
    """
    for path in map(Path, paths):
        if path.exists() and not path.is_file() and not path.is_dir():
            continue  # a pipe can be read only once, so not here
        try:
            _read_mapping(path)
        except Problem as problem:
            if path.suffix in CONFIG_SUFFIXES:
                raise
            raise Problem(
                f"{path} stands after --configfile and is taken for a config file: write targets"
                " before --configfile, or put -- between the config files and the targets."
            ) from problem


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one config over another: mappings key by key, `models` name by name, lists as a whole."""
    merged = _merge_mappings(below, above)
    models = below.get("models"), above.get("models")
    if all(map(_is_named, models)):
        merged["models"] = _merge_named(*models)
    return merged


def _merge_mappings(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        lower = merged.get(key)
        if isinstance(lower, Mapping) and isinstance(value, Mapping):
            merged[key] = _merge_mappings(lower, value)
        else:
            merged[key] = value
    return merged


def _is_named(entries: Any) -> bool:
    return isinstance(entries, list) and all(
        isinstance(entry, Mapping) and isinstance(entry.get("name"), str) for entry in entries
    )


def _merge_named(below: Any, above: Any) -> list[dict[str, Any]]:
    """Add entries, or change those of the same name; another backend makes another entry of it."""
    merged = list(below)
    for entry in above:
        # A name that a file repeats by mistake is left to the check of the whole config.
        places = [i for i, known in enumerate(below) if known["name"] == entry["name"]]
        if len(places) != 1:
            merged.append(entry)
            continue
        lower = merged[places[0]]
        same = entry.get("backend", lower.get("backend")) == lower.get("backend")
        merged[places[0]] = _merge_mappings(lower, entry) if same else entry
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


def _explain(error: ValidationError, root: Node) -> list[str]:
    """A sentence, without its full stop, for every key that is refused."""
    # A value with several accepted types is reported once for each of them.
    about: dict[str, list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        key = _dotted(_steps(detail, root))
        above = next((known for known in about if _is_within(key, known)), key)
        about.setdefault(above, []).append(detail)
    return [_explain_one(_most_telling(details), root) for details in about.values()]


def _is_within(key: str, other: str) -> bool:
    return bool(other) and (key == other or key.startswith((f"{other}.", f"{other}[")))


def _most_telling(details: list[ErrorDetails]) -> ErrorDetails:
    """Of a value's misfits with its accepted types, the one with the type that was meant."""
    meant = (d for d in details if not d["type"].endswith(("_type", "none_required")))
    return next(meant, details[0])


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
