"""The published metadata files: CSV with a question per row and, beside it, a model's reply.

Their questions have four columns of options, A to D, of which some may be empty. What the replies
mean is not read here.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from spuriverse.benchmarks.formats import Cells, index_of_letter, option_of, read_csv
from spuriverse.benchmarks.rows import Row

LETTERS = ("A", "B", "C", "D")

QUESTION_COLUMNS = ("index", "question", "answer", *LETTERS)


class Source(NamedTuple):
    """Where a row's question comes from: what the benchmarks' files call differently.

    Attributes:
        image_id: As in `Row`.
        image: As in `Row`.
        category: As in `Row`.
        trouble: As in `Row`.
    """

    image_id: str
    image: str
    category: str = ""
    trouble: str = ""


def read_metadata(
    path: Path, source_of: Callable[[Cells], Source], also: Sequence[str] = ()
) -> Iterator[Row]:
    """Yield every row of a metadata file, in its order, as a `Row`.

    Args:
        path: The CSV file.
        source_of: Makes a row's ids from its cells.
        also: Columns beyond `QUESTION_COLUMNS` that must be there.

    Raises:
        Problem: The file is missing, not CSV in UTF-8, or lacks a column.
    """
    for number, (_, cells) in enumerate(read_csv(path, (*QUESTION_COLUMNS, *also))):
        image_id, image, category, trouble = source_of(cells)
        yield Row(
            number,
            image_id,
            cells["question"],
            tuple(option_of(cells[letter]) for letter in LETTERS),
            index_of_letter(cells["answer"]),
            image,
            category=category,
            trouble=trouble,
        )
