"""VLMEvalKit's files: TSV whose column `image` has base64, or the index of a row that has it."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from spuriverse.benchmarks.formats import Cells, explained, option_of, parse_table
from spuriverse.benchmarks.images import decode_base64

LETTERS = ("A", "B", "C", "D")

LONGEST_INDEX = 64
"""No image is as short as that in base64, and no index as long."""


class Entry(NamedTuple):
    """A row of the file.

    Attributes:
        cells: Column -> text; without `image`.
        options: Texts of the columns A to D, as many of them as there are.
        content: The encoded image; None if the file has no column `image`.
        trouble: Why there is no image, if there should be one.
    """

    cells: Cells
    options: tuple[str, ...]
    content: bytes | None
    trouble: str


def read_tsv(path: Path, needed: Sequence[str]) -> Iterator[Entry]:
    """Yield the rows of the file; one image is held at a time.

    An image that another row holds is read from its place in the file when it is needed.

    Raises:
        Problem: The file is missing, not TSV in UTF-8, cut short, or lacks a column.
    """
    with explained(path), path.open("rb") as file:
        rows = parse_table(_Lines(file), path, needed, "\t")
        held = _HeldImages(path)
        for _, cells in rows:
            image = cells.pop("image", None)
            options = tuple(option_of(cells[letter]) for letter in LETTERS if letter in cells)
            yield Entry(cells, options, *_image(image, held))


def _image(text: str | None, held: "_HeldImages") -> tuple[bytes | None, str]:
    if text is None:
        return None, ""
    index = text.strip()
    if not index:
        return b"", "its image is empty"
    if len(index) <= LONGEST_INDEX:
        text = held.of(index)
        if len(text) <= LONGEST_INDEX:
            return b"", f"its image is that of the row with index '{index}', which has none"
    content = decode_base64(text)
    return content, "" if content else "its image is not valid base64"


class _Lines:
    """The lines of a file as text, and how far it has been read."""

    def __init__(self, file: BinaryIO) -> None:
        self.offset = file.tell()
        self._file = file

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline()
        if not line:
            raise StopIteration
        encoding = "utf-8" if self.offset else "utf-8-sig"
        self.offset += len(line)
        return line.decode(encoding)


class _HeldImages:
    """The images of a file by the index of their row; only their places are kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: dict[str, tuple[int, int]] | None = None

    def of(self, index: str) -> str:
        """Return the text of the image of the row with this index, "" if there is none."""
        if self._places is None:
            self._places = self._find()
        if index not in self._places:
            return ""
        start, end = self._places[index]
        with self._path.open("rb") as file:
            header = file.readline()
            file.seek(start)
            lines = _Lines(io.BytesIO(header + file.read(end - start)))
        _, cells = next(parse_table(lines, self._path, ("image",), "\t"))
        return cells["image"].strip()

    def _find(self) -> dict[str, tuple[int, int]]:
        places: dict[str, tuple[int, int]] = {}
        with self._path.open("rb") as file:
            lines = _Lines(file)
            # The header is one line, which is read together with the first row.
            start = len(file.readline())
            file.seek(0)
            for _, cells in parse_table(lines, self._path, ("index", "image"), "\t"):
                if len(cells["image"].strip()) > LONGEST_INDEX:
                    places.setdefault(cells["index"].strip(), (start, lines.offset))
                start = lines.offset
        return places
