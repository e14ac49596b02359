"""NaturalBench: pairs of images and pairs of questions whose answers swap with the image.

A row of the Hub has two images and two questions, which makes four samples with two options each.
The index of a sample, 0 to 7,599, is four times the row's number plus 0 for the first question
about image 0, 1 about image 1, 2 for the second question about image 0, 3 about image 1.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from spuriverse.benchmarks.formats import (
    Cells,
    index_of_letter,
    parquet_columns,
    read_parquet,
    require_columns,
    text_of,
)
from spuriverse.benchmarks.images import bytes_of_image
from spuriverse.benchmarks.metadata_csv import Source, read_metadata
from spuriverse.benchmarks.rows import Row, read_files
from spuriverse.benchmarks.vlmeval import read_tsv

log = logging.getLogger(__name__)

YES_NO = ("Yes", "No")

_IMAGES = ("Image_0", "Image_1")
_TYPE_COLUMNS = ("Question_Type", "Question Type")
_OPTIONS_MARK = re.compile(r"\bOptions?\s*:")
_FIRST_MARK = re.compile(r"\s*A\s*:")
_SECOND_MARK = re.compile(r"[;\s]B\s*:")


class _Asked(NamedTuple):
    question: str
    options: tuple[str, ...]
    trouble: str


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the samples of a source.

    Args:
        path: Parquet as on the Hub, VLMEvalKit's TSV, the published metadata CSV, or a folder with
            files of one of these forms.

    Raises:
        Problem: As in `read_files`, or a column is missing.
    """
    return read_files(path, {".parquet": _read_parquet, ".tsv": _read_tsv, ".csv": _read_metadata})


def image_id_of(index: str) -> str:
    """Return the image id of the sample with this index, such as "12-1", or ""."""
    text = index.strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        return ""
    row, sample = divmod(int(text), 4)
    return f"{row}-{sample % 2}"


def split_options(text: str) -> tuple[str, tuple[str, str]] | None:
    """Return the question and the options of a multiple-choice text, None if it has another form.

    The known form is "What is it? Option: A: a cat; B: a dog;".
    """
    marks = list(_OPTIONS_MARK.finditer(text))
    if not marks:
        return None
    question, rest = text[: marks[-1].start()].strip(), text[marks[-1].end() :]
    first = _FIRST_MARK.match(rest)
    second = _SECOND_MARK.search(rest, first.end() - 1) if first else None
    if not first or not second:
        return None
    return question, (_bare(rest[first.end() : second.start()]), _bare(rest[second.end() :]))


def _bare(option: str) -> str:
    return option.strip().rstrip(";").rstrip()


def _read_parquet(path: Path) -> Iterator[Row]:
    columns = parquet_columns(path)
    sort = next((name for name in _TYPE_COLUMNS if name in columns), _TYPE_COLUMNS[0])
    answers = [f"{image}_Question_{q}" for q in (0, 1) for image in _IMAGES]
    needed = ("Index", *_IMAGES, "Question_0", "Question_1", *answers, sort)
    require_columns(path, needed, columns)
    for number, item in enumerate(read_parquet(path, needed)):
        for sample in range(4):
            yield _row_of_pair(4 * number + sample, item, sample, text_of(item[sort]))


def _row_of_pair(number: int, item: dict[str, Any], sample: int, sort: str) -> Row:
    question, image = divmod(sample, 2)
    pair = text_of(item["Index"])
    asked = _asked(text_of(item[f"Question_{question}"]), sort)
    image_id = f"{pair}-{image}" if pair else ""
    return Row(
        number,
        image_id,
        asked.question,
        asked.options,
        _answer(text_of(item[f"Image_{image}_Question_{question}"]), asked.options),
        f"{image_id}.jpg",
        bytes_of_image(item[_IMAGES[image]]),
        category=sort,
        trouble=asked.trouble,
    )


def _read_tsv(path: Path) -> Iterator[Row]:
    needed = ("index", "question", "answer", "type")
    for number, (cells, options, content, trouble) in enumerate(read_tsv(path, needed)):
        asked = _asked(cells["question"], cells["type"], options)
        source = _source_of(cells)
        yield Row(
            number,
            source.image_id,
            asked.question,
            asked.options,
            _answer(cells["answer"], asked.options),
            f"{source.image_id}.jpg" if content is not None else source.image,
            content,
            category=source.category,
            trouble=trouble or source.trouble or asked.trouble,
        )


def _read_metadata(path: Path) -> Iterator[Row]:
    return read_metadata(path, _source_of, also=("type",))


def _source_of(cells: Cells) -> Source:
    """Name the sample; VLMEvalKit writes an image file per sample, named by its index."""
    index = cells["index"].strip()
    image_id = image_id_of(index)
    trouble = "" if image_id else f"its index '{index[:40]}' is not a whole number from 0 up"
    return Source(image_id, f"{index}.jpg", cells["type"], trouble)


def _asked(text: str, sort: str, options: Sequence[str] = ()) -> _Asked:
    split = split_options(text)
    question, written = split or (text, ())
    if any(options):
        return _Asked(question, tuple(options), "")
    if sort.strip() == "yes_no":
        return _Asked(text, YES_NO, "")
    if sort.strip() != "multiple_choice":
        return _Asked(text, (), f"its type '{sort[:40]}' is neither yes_no nor multiple_choice")
    wrong = "its text does not end in 'Option: A: ...; B: ...;'"
    return _Asked(question, written, "" if split else wrong)


def _answer(text: str, options: Sequence[str]) -> int | None:
    """Return the index of the answer, a letter or, as yes/no questions have it, its text."""
    if (index := index_of_letter(text)) is not None:
        return index
    folded = [option.casefold() for option in options]
    return folded.index(text.strip().casefold()) if text.strip().casefold() in folded else None
