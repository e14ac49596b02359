"""Images in TSV files: base64, references to other rows in either direction, and neither."""

import base64
import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from spuriverse.benchmarks.vlmeval import read_tsv
from spuriverse.problems import Problem

Encode = Callable[..., bytes]


def write(folder: Path, *rows: dict[str, str], mark: str = "") -> Path:
    path = folder / "bench.tsv"
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(mark)
        writer = csv.DictWriter(file, list(rows[0]), delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)
    return path


def row(index: str, image: str, question: str = "What?") -> dict[str, str]:
    return {"index": index, "image": image, "question": question, "A": "a", "B": "", "C": "nan"}


def in_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_rows_refer_forwards_and_backwards(encode: Encode, tmp_path: Path) -> None:
    first, second = encode(1), encode(2)
    path = write(
        tmp_path,
        row("0", "3"),
        row("1", in_base64(first), 'Over "two"\r\nlines \u2028 \u732b?\n'),
        row("2", "1"),
        row("3", in_base64(second), "\u00e9?"),
        row("4", " 3 "),
        mark="\ufeff",
    )
    entries = list(read_tsv(path, ["index"]))
    assert [entry.content for entry in entries] == [second, first, first, second, second]
    assert not any(entry.trouble for entry in entries)
    assert entries[1].cells["question"] == 'Over "two"\r\nlines \u2028 \u732b?\n'
    assert "image" not in entries[0].cells


def test_of_two_rows_with_one_index_the_first_is_meant(encode: Encode, tmp_path: Path) -> None:
    first, second = encode(1), encode(2)
    path = write(tmp_path, row("0", in_base64(first)), row("0", in_base64(second)), row("1", "0"))
    assert [entry.content for entry in read_tsv(path, [])] == [first, second, first]


def test_options_are_the_columns_that_are_there(encode: Encode, tmp_path: Path) -> None:
    path = write(tmp_path, row("0", in_base64(encode())))
    (entry,) = read_tsv(path, [])
    assert entry.options == ("a", "", "nan")


@pytest.mark.parametrize(
    ("image", "trouble"),
    [
        ("9", "row with index '9', which has none"),
        ("2", "row with index '2', which has none"),
        ("1", "row with index '1', which has none"),
        ("", "its image is empty"),
        ("?" * 100, "not valid base64"),
    ],
)
def test_an_image_that_is_nowhere_is_told(
    encode: Encode, tmp_path: Path, image: str, trouble: str
) -> None:
    path = write(
        tmp_path, row("0", in_base64(encode())), row("1", image), row("2", "0"), row("3", "0")
    )
    entries = list(read_tsv(path, []))
    assert trouble in entries[1].trouble
    assert entries[1].content == b""
    assert [entry.trouble for entry in entries[2:]] == ["", ""]


def test_a_file_without_images_has_none(tmp_path: Path) -> None:
    path = tmp_path / "local.tsv"
    path.write_text("index\tquestion\n0\tWhat?\n")
    assert list(read_tsv(path, ["index"])) == [({"index": "0", "question": "What?"}, (), None, "")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"index\timage\n0\tx\n", "has no column question; it has index, image"),
        (b"question\timage\nWhat\n", "1 cells in the row that ends in line 2"),
        (b"question\timage\nWhat\xff\tx\n", "not text in UTF-8"),
        (b'question\timage\n"What\tx\n', "truncated or damaged"),
    ],
)
def test_a_file_in_another_form_is_a_problem(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bench.tsv"
    path.write_bytes(content)
    with pytest.raises(Problem, match=message):
        list(read_tsv(path, ["question"]))


def test_an_absent_file_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no file at"):
        list(read_tsv(tmp_path / "absent.tsv", []))
