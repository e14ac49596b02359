"""The published artefact of SpuriVerse: its anchors and the spurious groups of its types.

Each anchor names the benchmark it was taken from and gets the id it has there. Beside it stand the
ten synthetic images of its type (columns spurious_group_1 to spurious_group_10). Question, options
and answer may stand beside them, under usual names or others that are given; where they do not,
they are taken from the metadata files of the benchmarks, by benchmark and image id.
"""

import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spuriverse.benchmarks import aokvqa, naturalbench
from spuriverse.benchmarks.formats import (
    find_files,
    index_of_letter,
    option_of,
    parquet_columns,
    read_parquet,
    require_columns,
    text_of,
)
from spuriverse.benchmarks.images import bytes_of_image
from spuriverse.benchmarks.metadata_join import Metadata
from spuriverse.benchmarks.rows import Row, read_files
from spuriverse.problems import Problem

SOURCES = {
    "aokvqa": "aokvqa",
    "seedbench": "seedbench",
    "seedbenchimg": "seedbench",
    "seedbench2": "seedbench2",
    "naturalbench": "naturalbench",
}
"""Name of a source benchmark, letters and digits alone -> our name."""

USUAL_NAMES: Mapping[str, Sequence[Sequence[str]]] = {
    "question": (("question",), ("Question",)),
    "options": (
        ("options",),
        ("choices",),
        ("A", "B", "C", "D"),
        ("A", "B"),
        ("choice_a", "choice_b", "choice_c", "choice_d"),
    ),
    "answer": (("answer",), ("correct_answer",), ("correct_option",), ("correct_choice_idx",)),
}
"""What a row must have -> the columns that may hold it, the first that are there being taken."""

log = logging.getLogger(__name__)

_FIXED = ("image_id", "benchmark", "image")
_GROUP = re.compile(r"spurious_group_\d+")


def read_rows(
    path: Path,
    columns: Mapping[str, str] | None = None,
    metadata: Mapping[str, Path] | None = None,
) -> Iterator[Row]:
    """Yield the anchors.

    Args:
        path: A Parquet file as on the Hub, or a folder with such files.
        columns: Names of the columns for `question`, `options` and `answer` where they are not
            among `USUAL_NAMES`; several columns, one per option, are parted by commas.
        metadata: Benchmark -> its metadata file, for an artefact without these columns. An anchor
            that finds no partner there is refused with the reason.

    Raises:
        Problem: As in `read_files`, or a column is missing or cannot be told.
    """
    given = dict(columns or {})
    if unknown := [key for key in given if key not in USUAL_NAMES]:
        raise Problem(
            f"columns has the key {unknown[0]}, which is not one of {', '.join(USUAL_NAMES)};"
            " remove it."
        )
    known = Metadata(metadata or {})
    return read_files(path, {".parquet": lambda file: _read_parquet(file, given, known)})


def read_groups(
    path: Path,
    columns: Mapping[str, str] | None = None,
    metadata: Mapping[str, Path] | None = None,
) -> Iterator[tuple[Row, dict[int, bytes]]]:
    """Yield the anchors, each with the encoded images of its spurious group by their number.

    An image that is missing is left out.

    Args:
        path: As in `read_rows`.
        columns: As in `read_rows`.
        metadata: As in `read_rows`.

    Raises:
        Problem: As in `read_rows`, or there is no column of group images.
    """
    known = Metadata(metadata or {})
    for file in find_files(path, (".parquet",)):
        groups = [name for name in parquet_columns(file) if _GROUP.fullmatch(name)]
        if not groups:
            raise Problem(
                f"{file} has no column spurious_group_1; its types cannot be taken from it."
            )
        rows = _read_parquet(file, dict(columns or {}), known)
        for row, item in zip(rows, read_parquet(file, groups), strict=True):
            found = {int(name.rpartition("_")[2]): bytes_of_image(item[name]) for name in groups}
            yield row, {number: content for number, content in sorted(found.items()) if content}


def _read_parquet(path: Path, given: Mapping[str, str], metadata: Metadata) -> Iterator[Row]:
    there = parquet_columns(path)
    require_columns(path, _FIXED, there)
    names = {part: _names(path, part, given, there) for part in USUAL_NAMES}
    if absent := [part for part, found in names.items() if not found]:
        if not metadata:
            raise Problem(
                f"{path} has no column that can be taken for the {absent[0]}; it has"
                f" {', '.join(there)}. Say which one it is (columns: {{{absent[0]}: ...}} beside"
                " the source), or name the metadata files that hold the questions"
                " (benchmarks.spuriverse.metadata, or models[].replies)."
            )
        log.info("%s has no questions; they are taken from the metadata", path)
        for number, item in enumerate(read_parquet(path, _FIXED)):
            yield _joined(number, item, metadata)
        return
    wanted = [*_FIXED, *(name for part in names.values() for name in part)]
    for number, item in enumerate(read_parquet(path, list(dict.fromkeys(wanted)))):
        yield _row(number, item, names)


def _names(path: Path, part: str, given: Mapping[str, str], there: Sequence[str]) -> list[str]:
    if part in given:
        names = [name.strip() for name in given[part].split(",")]
        require_columns(path, names, there)
        return names
    for usual in USUAL_NAMES[part]:
        if all(name in there for name in usual):
            return list(usual)
    return []


def _joined(number: int, item: Mapping[str, Any], metadata: Metadata) -> Row:
    """An anchor with the question of its partner in the metadata."""
    benchmark, image_id, trouble = _origin(item)
    found: Row | None = None
    if not trouble:
        found, trouble = metadata.find(benchmark, text_of(item["image_id"]))
    return Row(
        number,
        image_id,
        found.question if found else "",
        found.options if found else (),
        found.answer if found else None,
        f"{benchmark}-{image_id}.jpg",
        bytes_of_image(item["image"]),
        category=found.category if found else "",
        benchmark=benchmark,
        trouble=trouble or (found.trouble if found else ""),
    )


def _origin(item: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return our name of an anchor's benchmark, its image id there, and why it has none."""
    source, given = text_of(item["benchmark"]), text_of(item["image_id"])
    benchmark = SOURCES.get(re.sub("[^a-z0-9]", "", source.lower()), "")
    image_id = _image_id(benchmark, given)
    if not benchmark:
        names = ", ".join(sorted(set(SOURCES.values())))
        return "", image_id, f"its benchmark '{source[:40]}' is none of {names}"
    trouble = "" if image_id else f"its image id '{given[:40]}' is none of {benchmark}"
    return benchmark, image_id, trouble


def _row(number: int, item: Mapping[str, Any], names: Mapping[str, Sequence[str]]) -> Row:
    benchmark, image_id, trouble = _origin(item)
    options = _options([item[name] for name in names["options"]])
    if not trouble and not options:
        trouble = f"its {' and '.join(names['options'])} is not a list of options"
    return Row(
        number,
        image_id,
        text_of(item[names["question"][0]]),
        options,
        _answer(names["answer"][0], item[names["answer"][0]], options),
        f"{benchmark}-{image_id}.jpg",
        bytes_of_image(item["image"]),
        benchmark=benchmark,
        trouble=trouble,
    )


def _image_id(benchmark: str, text: str) -> str:
    """Return the image id as the reader of the source benchmark gives it."""
    if benchmark == "aokvqa":
        return aokvqa.coco_number(text)
    return naturalbench.image_id_of(text) if benchmark == "naturalbench" else text


def _options(values: Sequence[Any]) -> tuple[str, ...]:
    """Return the options of one column per letter, or of one column with a list of them."""
    value = values[0] if len(values) == 1 else list(values)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return ()
    if isinstance(value, dict):
        value = [value[letter] for letter in sorted(value)]
    return tuple(map(option_of, value)) if isinstance(value, list) else ()


def _answer(column: str, value: Any, options: Sequence[str]) -> int | None:
    """Return the index of the answer: a letter, an option's text or, in "..._idx", an index."""
    if isinstance(value, int) and column.endswith(("_idx", "_index")):
        return value
    text = text_of(value)
    index = index_of_letter(text.strip("()"))
    if index is not None and index < len(options):
        return index
    return options.index(text) if text and text in options else None
