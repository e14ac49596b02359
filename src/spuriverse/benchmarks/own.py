"""Questions of one's own: a JSONL or CSV file and a folder of images.

A row has `image` (path below the folder), `question`, `options` (a list in JSONL, the columns A, B,
C... in CSV) and `answer` (a letter or the option's text); if wanted `category` and `attributes` (a
list, or texts parted by |). The image id is the path of the image. A column or key `id` is for the
author's own use.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path, PurePosixPath
from string import ascii_uppercase
from typing import Any

from spuriverse.benchmarks.formats import (
    index_of_letter,
    option_of,
    read_csv,
    read_json_lines,
    text_of,
)
from spuriverse.benchmarks.rows import Row, read_files
from spuriverse.problems import Problem

log = logging.getLogger(__name__)

NEEDED = ("image", "question", "answer")
OPTIONAL = ("id", "category", "attributes")


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the questions of a source.

    Args:
        path: A file .jsonl or .csv, or a folder with files of one of these forms.

    Raises:
        Problem: As in `read_files`, or a line lacks a field or has it in another form; the sentence
            has the file and the line.
    """
    return read_files(path, {".jsonl": _read_json_lines, ".csv": _read_csv})


def _read_json_lines(path: Path) -> Iterator[Row]:
    unused: set[str] = set()
    for number, (line, item) in enumerate(read_json_lines(path)):
        place = f"{path}, line {line}"
        if missing := [key for key in (*NEEDED, "options") if key not in item]:
            raise Problem(
                f"{place}, has no {', '.join(missing)}; it has {', '.join(item) or 'no keys'}. Add"
                " what is missing."
            )
        for key in ("options", "attributes"):
            if not isinstance(item.get(key, []), list):
                raise Problem(f"{place}: {key} is no list; write it as [...].")
        unused |= set(item) - {*NEEDED, *OPTIONAL, "options"}
        attributes = map(text_of, item.get("attributes", []))
        yield _row(number, place, item, [text_of(option) for option in item["options"]], attributes)
    _report(path, unused)


def _read_csv(path: Path) -> Iterator[Row]:
    letters: list[str] = []
    for number, (line, cells) in enumerate(read_csv(path, (*NEEDED, "A", "B"))):
        if not letters:
            letters = list(takewhile(cells.__contains__, ascii_uppercase))
            _report(path, set(cells) - {*NEEDED, *OPTIONAL, *letters})
        options = [option_of(cells[letter]) for letter in letters]
        attributes = cells.get("attributes", "").split("|")
        yield _row(number, f"{path}, line {line}", cells, options, attributes)


def _row(
    number: int, place: str, item: Any, options: Sequence[str], attributes: Iterable[str]
) -> Row:
    name = text_of(item["image"])
    image = str(PurePosixPath(name)) if name else ""
    return Row(
        number,
        image,
        text_of(item["question"]),
        tuple(options),
        _answer(text_of(item["answer"]), options),
        image,
        category=text_of(item.get("category", "")),
        attributes=tuple(text.strip() for text in attributes if text.strip()),
        place=place,
    )


def _answer(text: str, options: Sequence[str]) -> int | None:
    index = index_of_letter(text)
    if index is not None and index < len(options):
        return index
    return options.index(text) if text and text in options else None


def _report(path: Path, unused: set[str]) -> None:
    if unused:
        log.info("%s: %s is not used", path, ", ".join(sorted(unused)))
