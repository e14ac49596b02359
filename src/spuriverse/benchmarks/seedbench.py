"""SEED-Bench, its image part: questions of nine types about photographs, up to four options each.

Every question has an id of its own, which also identifies its image. Questions about videos or
about several images are skipped: they cannot be asked about one image.
"""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spuriverse.benchmarks.formats import (
    Cells,
    index_of_letter,
    option_of,
    parquet_columns,
    read_json,
    read_parquet,
    require_columns,
    text_of,
)
from spuriverse.benchmarks.images import bytes_of_image
from spuriverse.benchmarks.metadata_csv import Source, read_metadata
from spuriverse.benchmarks.rows import Row, read_files
from spuriverse.benchmarks.vlmeval import read_tsv
from spuriverse.problems import Problem

log = logging.getLogger(__name__)

IMAGE_TYPES = ("image", "single image")
"""Values of `data_type`, in lower case, of questions about one image."""

_CHOICES = ("choice_a", "choice_b", "choice_c", "choice_d")
_KEYS = ("question_id", "question", *_CHOICES, "answer", "data_type")


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the questions of a source that are about one image.

    Args:
        path: The official JSON file, VLMEvalKit's TSV, the published metadata CSV, Parquet as on
            the Hub, or a folder with files of one of these forms.

    Raises:
        Problem: As in `read_files`, or the file does not hold the questions in the known form.
    """
    return read_files(
        path,
        {
            ".json": _read_json,
            ".tsv": _read_tsv,
            ".csv": _read_metadata,
            ".parquet": _read_parquet,
        },
    )


def _read_json(path: Path) -> Iterator[Row]:
    document = read_json(path)
    if not isinstance(document, dict) or not isinstance(document.get("questions"), list):
        raise Problem(f"{path} has no list 'questions'; give the file as SEED-Bench publishes it.")
    types = _names_of_types(document.get("question_type"))
    passed = 0
    for number, item in enumerate(document["questions"]):
        keys = sorted(item) if isinstance(item, dict) else []
        if missing := [key for key in (*_KEYS, "data_id") if key not in keys]:
            raise Problem(
                f"{path}, question {number}, has no {', '.join(missing)}; it has"
                f" {', '.join(keys) or 'no keys'}. Check that it is the right file."
            )
        image = _only(item["data_id"])
        if not _is_about_an_image(item) or not isinstance(image, str):
            passed += 1
            continue
        yield _row(number, item, types, image, None)
    _report(path, passed)


def _read_tsv(path: Path) -> Iterator[Row]:
    needed = ("index", "question", "A", "B", "answer")
    for number, (cells, options, content, trouble) in enumerate(read_tsv(path, needed)):
        yield Row(
            number,
            cells["index"],
            cells["question"],
            options,
            index_of_letter(cells["answer"]),
            f"{cells['index'].strip()}.jpg",
            content,
            category=cells.get("category", ""),
            trouble=trouble,
        )


def _read_metadata(path: Path) -> Iterator[Row]:
    blank: list[Row] = []
    for row in read_metadata(path, _source_of, also=("category",)):
        if not all(row.options):
            blank.append(row)
        yield row
    if blank:
        # Every question of the image part has four options upstream.
        log.warning(
            "%s: %d options of %d questions are blank, %d of them the right one: the file has lost"
            " the text, which reads None upstream; the first are %s. Read SEED-Bench itself to"
            " have them",
            path,
            sum(row.options.count("") for row in blank),
            len(blank),
            sum(row.answer is not None and not row.options[row.answer] for row in blank),
            ", ".join(row.image_id for row in blank[:3]),
        )


def _source_of(cells: Cells) -> Source:
    index = cells["index"].strip()
    return Source(index, f"{index}.jpg", cells["category"])


def _read_parquet(path: Path) -> Iterator[Row]:
    columns = parquet_columns(path)
    require_columns(path, (*_KEYS, "image"), columns)
    wanted = (*_KEYS, "image", *(c for c in ("question_type_id",) if c in columns))
    passed = 0
    for number, item in enumerate(read_parquet(path, wanted)):
        if not _is_about_an_image(item) or _only(item["image"]) is None:
            passed += 1
            continue
        name = f"{text_of(item['question_id'])}.jpg"
        yield _row(number, item, {}, name, bytes_of_image(item["image"]))
    _report(path, passed)


def _row(
    number: int, item: dict[str, Any], types: Mapping[str, str], image: str, content: bytes | None
) -> Row:
    type_id = text_of(item.get("question_type_id"))
    return Row(
        number,
        text_of(item["question_id"]),
        text_of(item["question"]),
        tuple(option_of(item[choice]) for choice in _CHOICES),
        index_of_letter(text_of(item["answer"])),
        image,
        content,
        # The numbering of the types differs between releases, so that no name is guessed.
        category=types.get(type_id, f"question type {type_id}" if type_id else ""),
    )


def _names_of_types(types: Any) -> dict[str, str]:
    return (
        {text_of(n): text_of(name) for name, n in types.items()} if isinstance(types, dict) else {}
    )


def _is_about_an_image(item: Mapping[str, Any]) -> bool:
    return text_of(item["data_type"]).lower() in IMAGE_TYPES


def _only(value: Any) -> Any:
    """Return the one element of a list, None if it has several or none, else the value itself."""
    if isinstance(value, list):
        return value[0] if len(value) == 1 else None
    return value


def _report(path: Path, passed: int) -> None:
    if passed:
        log.info("%s: %d questions are not about one image and are skipped", path, passed)
