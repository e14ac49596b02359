"""A-OKVQA: questions about COCO photographs that need knowledge of the world; four options each.

The image id is the COCO number, which is not unique: several questions may be about one photograph.
The Parquet files of the Hub leave it out; it then follows from the official JSON by the id of the
question, or from the metadata by question and options.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from spuriverse.benchmarks.formats import (
    Cells,
    find_files,
    option_of,
    parquet_columns,
    read_json,
    read_parquet,
    require_columns,
    suffix_of,
    text_of,
)
from spuriverse.benchmarks.images import bytes_of_image
from spuriverse.benchmarks.metadata_csv import Source, read_metadata
from spuriverse.benchmarks.rows import Row, read_files
from spuriverse.problems import Problem

_QUESTION_KEYS = ("question", "choices", "correct_choice_idx")
_COCO_NUMBER = re.compile(r"[0-9]{1,12}")
_COCO_FILE = re.compile(r"[0-9]{12}\.jpg")


def read_rows(path: Path, metadata: Mapping[str, Path] | None = None) -> Iterator[Row]:
    """Yield the questions of a source.

    Args:
        path: `aokvqa_v1p0_<split>.json`, the published metadata CSV, Parquet as on the Hub, or a
            folder with files of one of these forms.
        metadata: `aokvqa` -> the official JSON or the published metadata CSV, for Parquet files
            without image ids. A row that finds no partner there is refused with the reason.

    Raises:
        Problem: As in `read_files`, or the file does not hold the questions in the known form.
    """
    ids = (metadata or {}).get("aokvqa")
    return read_files(
        path,
        {
            ".json": _read_json,
            ".csv": _read_metadata,
            ".parquet": lambda file: _read_parquet(file, ids),
        },
    )


def coco_number(value: Any) -> str:
    """Return a COCO image id without leading zeros, "" if it is none."""
    text = text_of(value)
    return str(int(text)) if _COCO_NUMBER.fullmatch(text) else ""


def image_name(number: str) -> str:
    """Return the name of the file of a COCO image, "" for the id ""."""
    return f"{int(number):012d}.jpg" if number else ""


def _read_json(path: Path) -> Iterator[Row]:
    for number, item in enumerate(_items(path)):
        yield _row(number, item["image_id"], item, None)


def _items(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the items of the official file, each with its image id and question."""
    items = read_json(path)
    if not isinstance(items, list):
        raise Problem(
            f"{path} is not a list of questions; give aokvqa_v1p0_<split>.json as published."
        )
    for number, item in enumerate(items):
        keys = sorted(item) if isinstance(item, dict) else []
        missing = [key for key in ("image_id", *_QUESTION_KEYS) if key not in keys]
        if missing:
            raise Problem(
                f"{path}, item {number}, has no {', '.join(missing)}; it has"
                f" {', '.join(keys) or 'no keys'}. The test split is published without answers, so"
                " use train or val."
            )
        yield item


def _read_metadata(path: Path) -> Iterator[Row]:
    return read_metadata(path, _source_of)


def _source_of(cells: Cells) -> Source:
    number = coco_number(cells["index"])
    trouble = "" if number else _not_a_number(cells["index"])
    return Source(number, image_name(number), trouble=trouble)


def _read_parquet(path: Path, ids: Path | None) -> Iterator[Row]:
    columns = parquet_columns(path)
    require_columns(path, ("image", *_QUESTION_KEYS), columns)
    optional = [name for name in ("image_id", "question_id") if name in columns]
    find: _Find | None = None
    for number, item in enumerate(read_parquet(path, ("image", *_QUESTION_KEYS, *optional))):
        image_id = item["image_id"] if "image_id" in item else _id_of_file(item["image"])
        trouble = ""
        if not image_id and "image_id" not in item:
            if ids is None:
                raise Problem(
                    f"{path} has no column image_id, and row {number} does not name its COCO file"
                    f" either, so its samples have no stable id; it has {', '.join(columns)}."
                    " Set benchmarks.aokvqa.metadata to the official JSON file or the published"
                    " metadata CSV, from which the ids follow."
                )
            find = find or _finder(ids, "question_id" in columns)
            image_id, trouble = find(item)
        row = _row(number, image_id, item, bytes_of_image(item["image"]))
        yield replace(row, trouble=trouble) if trouble else row


_Find = Callable[[Mapping[str, Any]], tuple[str, str]]
"""A row of a Parquet file -> its COCO number, or "" and why it has none."""


def _finder(ids: Path, has_question_id: bool) -> _Find:
    file = find_files(ids, (".json", ".csv"))[0]
    if suffix_of(file) == ".json" and has_question_id:
        known = {text_of(i.get("question_id")): coco_number(i["image_id"]) for i in _items(file)}

        def by_question_id(item: Mapping[str, Any]) -> tuple[str, str]:
            key = text_of(item["question_id"])
            found = known.get(key, "")
            return found, "" if found else f"{file.name} has no question {key[:40]}"

        return by_question_id
    numbers: dict[tuple[str, ...], set[str]] = {}
    for row in (_read_json if suffix_of(file) == ".json" else _read_metadata)(file):
        numbers.setdefault((row.question, *row.options), set()).add(row.image_id)

    def by_words(item: Mapping[str, Any]) -> tuple[str, str]:
        row = _row(0, "", dict(item), None)
        found = numbers.get((row.question, *row.options), set())
        if len(found) == 1:
            return next(iter(found)), ""
        if found:
            return "", f"{file.name} has its question and options for {len(found)} images"
        return "", f"{file.name} has no such question with these options"

    return by_words


def _id_of_file(image: Any) -> str:
    name = Path(text_of(image.get("path"))).name if isinstance(image, dict) else ""
    return coco_number(name.removesuffix(".jpg")) if _COCO_FILE.fullmatch(name) else ""


def _row(number: int, image_id: Any, item: dict[str, Any], content: bytes | None) -> Row:
    choices, right = item["choices"], item["correct_choice_idx"]
    coco = coco_number(image_id)
    return Row(
        number,
        coco,
        text_of(item["question"]),
        tuple(map(option_of, choices)) if isinstance(choices, list) else (),
        right if isinstance(right, int) else None,
        image_name(coco),
        content,
        trouble="" if coco else _not_a_number(image_id),
    )


def _not_a_number(image_id: Any) -> str:
    return f"its image id '{str(image_id)[:40]}' is no COCO number"
