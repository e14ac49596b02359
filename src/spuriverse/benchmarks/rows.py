"""From the rows of a source, whatever its format, to the `samples` table.

A reader yields one `Row` per question, unchanged from the source. Here the rows that cannot be
asked are sorted out, with the reason, and the others get their stable ids.
"""

import logging
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from string import ascii_uppercase

import pandas as pd

from spuriverse.benchmarks.formats import find_files, suffix_of
from spuriverse.benchmarks.options import placeholder_in
from spuriverse.problems import Problem
from spuriverse.progress import progress
from spuriverse.questions import check_image
from spuriverse.tables import CHUNK_ROWS, content_sha256, sample_id

log = logging.getLogger(__name__)

REFUSED_COLUMNS = ("benchmark", "row", "image_id", "question", "reason")

REPEATED = "it repeats"
"""Begins the reason of a row whose question was asked before; such rows do no harm."""

_PLAIN_NAME = re.compile(r"\w[\w.-]{0,119}", re.ASCII)
_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True)
class Row:
    """One question as its source gives it, without the white space around its texts.

    Attributes:
        number: Its place in the source, 0-based.
        image_id: Id of the image (or of the question) in the source; with the question it makes
            the sample id, so it is the same in every format of the source.
        question: Its text.
        options: The option of every letter from A on; empty where the source left a letter out.
        answer: 0-based index of the right letter, or None if the source gives none of them.
        image: File of the image, relative to the folder of images. If the source holds the image,
            the suffix is replaced by that of its format.
        content: The encoded image, if the source holds it.
        category: The source's own word for the kind of question.
        attributes: Attributes of the image, `kind:value`, if the source lists them.
        benchmark: The benchmark the question comes from, if it is another than the source's.
        place: Where it stands, such as "my.csv, line 7", if that is more than its number.
        trouble: Why it cannot be asked, as far as only its reader can tell.
        apart: Whether the same words about the same image with other options, or with another
            answer, are another question.
    """

    number: int
    image_id: str
    question: str
    options: tuple[str, ...]
    answer: int | None
    image: str
    content: bytes | None = None
    category: str = ""
    attributes: tuple[str, ...] = ()
    benchmark: str = ""
    place: str = ""
    trouble: str = ""
    apart: bool = False

    def __post_init__(self) -> None:
        """Strip the texts, in every source alike, so that the ids agree."""
        for name in ("image_id", "question", "category"):
            object.__setattr__(self, name, getattr(self, name).strip())
        options = tuple(text.strip() for text in self.options)
        # No question offers "nan" twice: a table program wrote it where there is no option.
        if options.count("nan") > 1:
            options = tuple("" if text == "nan" else text for text in options)
        object.__setattr__(self, "options", options)

    @property
    def fault(self) -> str:
        """Why it cannot be asked; empty if it can."""
        offered = [text for text in self.options if text]
        if self.trouble:
            return self.trouble
        if not self.question:
            return "it has no question"
        if len(offered) < 2:
            return f"it has {len(offered)} options, two are needed"
        if len(self.options) > len(ascii_uppercase):
            return f"it has {len(self.options)} options, and the letters end at Z"
        if repeated := [text for text, n in Counter(offered).items() if n > 1]:
            return f"the option '{repeated[0]}' stands twice"
        if self.answer is None or not 0 <= self.answer < len(self.options):
            return f"its answer is none of its {len(self.options)} letters"
        if not self.options[self.answer]:
            return "its answer is a letter without a text"
        return self._fault_of_texts() or self._fault_of_image()

    @property
    def sense(self) -> str:
        """What tells it from other questions in the same words: its options and its answer."""
        right = self.options[self.answer] if self.answer is not None else ""
        return "\n".join([*sorted(filter(None, self.options)), right])

    def _fault_of_texts(self) -> str:
        texts = (self.image_id, self.question, *self.options, self.category, *self.attributes)
        if any(_NOT_STORABLE.search(text) for text in texts):
            return "it has a character that is not valid Unicode"
        if mark := next(filter(None, map(placeholder_in, (self.question, *self.options))), ""):
            return f"it has the mark '{mark}', which models take for an image; remove it"
        for attribute in self.attributes:
            kind, _, value = attribute.partition(":")
            if not (kind.strip() and value.strip()):
                return f"its attribute '{attribute}' does not read kind:value"
        return ""

    def _fault_of_image(self) -> str:
        if not self.image_id or not self.image:
            return "it names no image"
        path = PurePosixPath(self.image)
        plain = self.content is None or _PLAIN_NAME.fullmatch(self.image)
        if not plain or path.is_absolute() or ".." in path.parts or "\0" in self.image:
            return f"its image '{self.image[:60]}' is not a file within the folder of images"
        return ""


@dataclass
class Collected:
    """What became of the rows of a source, besides the samples.

    Attributes:
        refused: A `refused` table; a question that stands twice is among them.
        rows: How many rows the source has.
    """

    refused: pd.DataFrame
    rows: int


def read_files(path: Path, readers: Mapping[str, Callable[[Path], Iterator[Row]]]) -> Iterator[Row]:
    """Yield the rows of a source, numbered through if it is several files.

    Args:
        path: A file, or a folder with files of one format.
        readers: Suffix of a format -> function that reads such a file.

    Raises:
        Problem: As in `find_files`, or as the reader does.
    """
    start = 0
    for file in find_files(path, tuple(readers)):
        last = -1
        for row in readers[suffix_of(file)](file):
            last = row.number
            yield replace(row, number=start + last) if start else row
        start += last + 1


def collect_rows(
    rows: Iterable[Row],
    *,
    benchmark: str,
    folder: Path,
    stored_as: Path,
    images: Path | None,
    refused_at_most: float,
    keep: Callable[[pd.DataFrame], None],
) -> Collected:
    """Make the `samples` table of a source.

    Args:
        rows: The rows, one after the other; no more than a chunk of them is held at a time, and the
            ids of all.
        benchmark: Name of the benchmark, the first field of every sample id.
        folder: Where images go that the source itself holds; must exist. Of several images of one
            name the first is kept.
        stored_as: That folder as the table names it.
        images: The folder of images, if they are files of their own. Without it and without
            content, the table names the file relative to nowhere, and only text can be asked.
        refused_at_most: Largest share of rows that may be refused; repeated questions are free.
        keep: Takes the `samples` table in the order of the source, `CHUNK_ROWS` rows at a time.

    Returns:
        The refused rows, and the number of rows.

    Raises:
        Problem: There is no row or no folder of images, or more rows are refused than allowed; the
            sentence has the first.
    """
    if images is not None and not images.is_dir():
        raise Problem(
            f"There is no folder of images at {images}; put the images of {benchmark} there, or"
            " name their folder."
        )
    sheet = _Sheet(benchmark, folder, stored_as, images)
    for row in progress(rows, desc=f"reading {benchmark}", total=None, unit="rows"):
        sheet.add(row)
        if len(sheet.kept) == CHUNK_ROWS:
            keep(sheet.take())
    sheet.judge(refused_at_most)
    if sheet.kept:
        keep(sheet.take())
    return Collected(pd.DataFrame(sheet.refused, columns=list(REFUSED_COLUMNS)), sheet.rows)


@dataclass
class _Sheet:
    benchmark: str
    folder: Path
    stored_as: Path
    images: Path | None
    ids: dict[str, str] = field(default_factory=dict)
    kept: list[dict[str, object]] = field(default_factory=list)
    refused: list[tuple[str, int, str, str, str]] = field(default_factory=list)
    written: dict[str, Path] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    rows: int = 0

    def add(self, row: Row) -> None:
        self.rows += 1
        if fault := row.fault:
            return self.refuse(row, fault)
        benchmark = row.benchmark or self.benchmark
        key = sample_id(benchmark, row.image_id, row.question)
        sense = content_sha256(row.sense) if row.apart else ""
        if self.ids.get(key, sense) != sense:
            key = sample_id(benchmark, row.image_id, f"{row.question}\n{row.sense}")
        if key in self.ids:
            return self.refuse(row, f"{REPEATED} the question of an earlier row on the same image")
        image, fault = self._place(row)
        if fault:
            return self.refuse(row, fault)
        offered = [text for text in row.options if text]
        self.ids[key] = sense
        self.kept.append(
            {
                "sample_id": key,
                "benchmark": benchmark,
                "image": str(image),
                "question": row.question,
                "options": offered,
                "answer": offered.index(row.options[row.answer or 0]),
                "category": row.category,
                "attributes": list(row.attributes),
            }
        )

    def take(self) -> pd.DataFrame:
        """Return the samples since the last call, and hold them no longer."""
        samples = pd.DataFrame(self.kept)
        self.kept.clear()
        return samples

    def refuse(self, row: Row, reason: str) -> None:
        """Note the row; its image, which is not needed any more, is not held."""
        reason = f"{reason} ({row.place})" if row.place else reason
        image_id, question = _storable(row.image_id), _storable(row.question)
        self.refused.append((self.benchmark, row.number, image_id, question, _storable(reason)))

    def judge(self, refused_at_most: float) -> None:
        if not self.rows:
            raise Problem(
                f"The source of {self.benchmark} has no rows; check that it is the right file."
            )
        faulty = [entry for entry in self.refused if not entry[-1].startswith(REPEATED)]
        if len(faulty) > refused_at_most * self.rows or not self.ids:
            _, number, _, question, reason = faulty[0]
            raise Problem(
                f"{len(faulty)} of {self.rows} rows of {self.benchmark} cannot be asked, more than"
                f" its refused_at_most = {refused_at_most:g} allows; the first is row {number}"
                f" ('{question[:60]}'): {reason}. Correct the source, or allow more."
            )
        for _, number, _, _, reason in faulty[:3]:
            log.warning("%s: row %d is left out: %s", self.benchmark, number, reason)
        if self.refused:
            log.info(
                "%s: %d of %d rows are left out, %d of them because they repeat a question",
                self.benchmark,
                len(self.refused),
                self.rows,
                len(self.refused) - len(faulty),
            )

    def _place(self, row: Row) -> tuple[Path, str]:
        """Return the path of the row's image as the table names it, and why it cannot be used.

        Every image is decoded once, however many questions it has.
        """
        if row.image not in self.written and row.content is not None:
            suffix, fault = check_image(row.content)
            if fault:
                fact = f"its image '{row.image}' is unreadable or cut short in the source"
                return Path(), f"{fact}: {fault}"
            name = Path(row.image).with_suffix(suffix)
            (self.folder / name).write_bytes(row.content)
            self.written[row.image] = self.stored_as / name
        if row.image in self.written:
            return self.written[row.image], ""
        if self.images is None:
            return Path(row.image), ""
        path = self.images / row.image
        if not os.path.isfile(path):
            return path, f"there is no image at {path}"
        if row.image not in self.faults:
            self.faults[row.image] = check_image(path)[1]
        fault = self.faults[row.image]
        return path, f"its image {path} cannot be used: {fault}" if fault else ""


def _storable(text: str) -> str:
    return _NOT_STORABLE.sub("\ufffd", text)
