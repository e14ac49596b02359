"""Questions of one's own: a JSONL or CSV file and a folder of images.

A row has `image` (path below the folder), `question`, `options` (a list in JSONL, the columns A, B,
C... in CSV; letters that all options of a row carry are taken off) and `answer` (a letter or the
option's text); if wanted `category` and `attributes` (a
list, or texts parted by |). The image id is the path of the image. A column or key `id` is for the
author's own use.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path, PurePosixPath
from string import ascii_uppercase
from typing import Any

from spuriverse.benchmarks.formats import (
    TROUBLE,
    index_of_letter,
    option_of,
    read_csv,
    read_json_lines,
    text_of,
)
from spuriverse.benchmarks.options import without_letter, without_letters
from spuriverse.benchmarks.rows import Row, read_files

log = logging.getLogger(__name__)

NEEDED = ("image", "question", "answer")
OPTIONAL = ("id", "category", "attributes")


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the questions of a source.

    Args:
        path: A file .jsonl or .csv, or a folder with files of one of these forms.

    Raises:
        Problem: As in `read_files`. A line that cannot be read is a row that is refused.
    """
    return read_files(path, {".jsonl": _read_json_lines, ".csv": _read_csv})


def _read_json_lines(path: Path) -> Iterator[Row]:
    form = _Form(path)
    for number, (line, item) in enumerate(read_json_lines(path)):
        place = f"{path}, line {line}"
        if trouble := item.get(TROUBLE) or _fault_of(item):
            yield _unread(number, place, trouble)
            continue
        form.unused |= set(item) - {*NEEDED, *OPTIONAL, "options"}
        attributes = map(text_of, item.get("attributes", []))
        options = [option_of(option) for option in item["options"]]
        yield form.row(number, place, item, options, attributes)
    form.report()


def _read_csv(path: Path) -> Iterator[Row]:
    form = _Form(path)
    letters: list[str] = []
    for number, (line, cells) in enumerate(read_csv(path, (*NEEDED, "A", "B"), uneven=True)):
        if TROUBLE in cells:
            yield _unread(number, f"{path}, line {line}", cells[TROUBLE])
            continue
        if not letters:
            letters = list(takewhile(cells.__contains__, ascii_uppercase))
            form.unused |= set(cells) - {*NEEDED, *OPTIONAL, *letters}
        options = [option_of(cells[letter]) for letter in letters]
        attributes = cells.get("attributes", "").split("|")
        yield form.row(number, f"{path}, line {line}", cells, options, attributes)
    form.report()


def _fault_of(item: dict[str, Any]) -> str:
    """Why an object is no question; empty if it may be one."""
    if missing := [key for key in (*NEEDED, "options") if key not in item]:
        return f"it has no {', '.join(missing)}; it has {', '.join(item) or 'no keys'}"
    for key in ("options", "attributes"):
        if not isinstance(item.get(key, []), list):
            return f"{key} is not a list; write it as [...]"
    return ""


def _unread(number: int, place: str, trouble: str) -> Row:
    """A row that cannot be read, which is refused for that reason."""
    return Row(number, "", "", (), None, "", place=place, trouble=trouble)


@dataclass
class _Form:
    """What all rows of a file have in common, and what was noticed in them.

    Attributes:
        path: The file.
        unused: Fields that are not used.
        lettered: Rows whose options carried their letters.
    """

    path: Path
    unused: set[str] = field(default_factory=set)
    lettered: int = 0

    def row(
        self, number: int, place: str, item: Any, options: list[str], attributes: Iterable[str]
    ) -> Row:
        """Return the question of a line."""
        name = text_of(item["image"])
        image = str(PurePosixPath(name)) if name else ""
        answer = text_of(item["answer"])
        bare = without_letters(options)
        if bare is not None:
            self.lettered += 1
            answer = answer if answer in bare else without_letter(answer)
        offered = options if bare is None else bare
        return Row(
            number,
            image,
            text_of(item["question"]),
            tuple(offered),
            _answer(answer, offered),
            image,
            category=text_of(item.get("category", "")),
            attributes=tuple(text.strip() for text in attributes if text.strip()),
            place=place,
            apart=True,
        )

    def report(self) -> None:
        """Say what was noticed."""
        if self.unused:
            log.info("%s: %s is not used", self.path, ", ".join(sorted(self.unused)))
        if self.lettered:
            log.info(
                "%s: the options of %d rows carry their letters, which are taken off",
                self.path,
                self.lettered,
            )


def _answer(text: str, options: Sequence[str]) -> int | None:
    index = index_of_letter(text.strip("()").removesuffix("."))
    if index is not None and index < len(options):
        return index
    return options.index(text) if text and text in options else None
