"""Published metadata files: one row of the reader a row of the file, and cells as they stand."""

from pathlib import Path

import pytest

from spuriverse.benchmarks.metadata_csv import Source, read_metadata
from spuriverse.problems import Problem

HEADER = "index,question,answer,A,B,C,D,prediction\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "meta.csv"
    path.write_text(text, encoding="utf-8")
    return path


def source_of(cells: dict[str, str]) -> Source:
    return Source(f"id-{cells['index']}", "x.jpg", "sort", "odd" if cells["index"] == "2" else "")


def test_every_row_of_the_file_is_a_row(tmp_path: Path) -> None:
    path = write(tmp_path, f"{HEADER}1,What?,b,red,None,,nan,(B)\n2,,Z,,,,,\n")
    first, second = read_metadata(path, source_of)
    assert (first.number, first.image_id, first.category) == (0, "id-1", "sort")
    assert first.options == ("red", "None", "", "nan")
    assert first.answer == 1
    assert (second.number, second.answer, second.trouble) == (1, 25, "odd")


def test_a_missing_column_is_a_problem(tmp_path: Path) -> None:
    path = write(tmp_path, "index,question,A,B,C,D\n")
    with pytest.raises(Problem, match=r"meta\.csv has no column answer; it has index, question, A"):
        list(read_metadata(path, source_of))
    with pytest.raises(Problem, match="no column type"):
        list(read_metadata(write(tmp_path, HEADER), source_of, also=("type",)))
