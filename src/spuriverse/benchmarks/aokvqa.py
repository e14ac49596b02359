"""A-OKVQA: questions about COCO photographs that need knowledge of the world; four options each.

The image id is the COCO number, which is not unique: several questions may be about one photograph.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spuriverse.benchmarks.formats import (
    Cells,
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
from spuriverse.problems import Problem

_QUESTION_KEYS = ("question", "choices", "correct_choice_idx")
_COCO_NUMBER = re.compile(r"[0-9]{1,12}")
_COCO_FILE = re.compile(r"[0-9]{12}\.jpg")


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the questions of a source.

    Args:
        path: `aokvqa_v1p0_<split>.json`, the published metadata CSV, Parquet as on the Hub, or a
            folder with files of one of these forms.

    Raises:
        Problem: As in `read_files`, or the file does not hold the questions in the known form.
    """
    return read_files(
        path, {".json": _read_json, ".csv": _read_metadata, ".parquet": _read_parquet}
    )


def coco_number(value: Any) -> str:
    """Return a COCO image id without leading zeros, "" if it is none."""
    text = text_of(value)
    return str(int(text)) if _COCO_NUMBER.fullmatch(text) else ""


def image_name(number: str) -> str:
    """Return the name of the file of a COCO image, "" for the id ""."""
    return f"{int(number):012d}.jpg" if number else ""


def _read_json(path: Path) -> Iterator[Row]:
    items = read_json(path)
    if not isinstance(items, list):
        raise Problem(
            f"{path} is no list of questions; give aokvqa_v1p0_<split>.json as published."
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
        yield _row(number, item["image_id"], item, None)


def _read_metadata(path: Path) -> Iterator[Row]:
    return read_metadata(path, _source_of)


def _source_of(cells: Cells) -> Source:
    number = coco_number(cells["index"])
    trouble = "" if number else _not_a_number(cells["index"])
    return Source(number, image_name(number), trouble=trouble)


def _read_parquet(path: Path) -> Iterator[Row]:
    columns = parquet_columns(path)
    require_columns(path, ("image", *_QUESTION_KEYS), columns)
    named = "image_id" in columns
    wanted = ("image", *_QUESTION_KEYS, *(("image_id",) if named else ()))
    for number, item in enumerate(read_parquet(path, wanted)):
        image_id = item["image_id"] if named else _id_of_file(item["image"])
        if not named and not image_id:
            raise Problem(
                f"{path} has no column image_id, and row {number} does not name its COCO file"
                f" either, so that its samples have no stable id; it has {', '.join(columns)}. Use"
                " the official JSON file with the COCO images instead."
            )
        yield _row(number, image_id, item, bytes_of_image(item["image"]))


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
