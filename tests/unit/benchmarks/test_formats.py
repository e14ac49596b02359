"""Files that are whole are read, in any of the usual spellings; others are named and refused."""

import gzip
import json
from pathlib import Path

import pyarrow as arrow
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.benchmarks.formats import (
    TROUBLE,
    find_files,
    index_of_letter,
    option_of,
    read_csv,
    read_json,
    read_json_lines,
    read_parquet,
    suffix_of,
    text_of,
)
from spuriverse.problems import Problem


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# --- which files ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "suffix"), [("a.csv", ".csv"), ("a.JSON", ".json"), ("a.b.csv.gz", ".csv"), ("a", "")]
)
def test_the_suffix_tells_the_format(name: str, suffix: str) -> None:
    assert suffix_of(Path(name)) == suffix


def test_a_folder_gives_its_files_of_the_one_format_in_order(tmp_path: Path) -> None:
    for name in ("data/b.csv", "a.csv", "README.md", ".cache/c.csv", "source.json", "source.csv/x"):
        write(tmp_path / name, "x")
    found = find_files(tmp_path, [".csv", ".json"])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a.csv", "data/b.csv"]


def test_a_folder_with_two_formats_or_none_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"holds no file of type \.csv, \.tsv"):
        find_files(tmp_path, [".csv", ".tsv"])
    write(tmp_path / "a.csv", "x")
    write(tmp_path / "a.tsv", "x")
    with pytest.raises(Problem, match=r"\.csv, \.tsv.*name a single file"):
        find_files(tmp_path, [".csv", ".tsv"])


def test_an_absent_or_unreadable_source_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"no file or folder at .*absent"):
        find_files(tmp_path / "absent", [".csv"])
    with pytest.raises(Problem, match=r"a\.txt cannot be read as a source"):
        find_files(write(tmp_path / "a.txt", "x"), [".csv"])


# --- CSV --------------------------------------------------------------------------------------


def test_csv_with_a_byte_order_mark_quotes_and_other_scripts(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", '\ufeffa,b\r\n1,"x,\ny"\r\n\r\n2,\u00e9\u732b\r\n')
    assert list(read_csv(path, ["a"])) == [
        (3, {"a": "1", "b": "x,\ny"}),
        (5, {"a": "2", "b": "\u00e9\u732b"}),
    ]


def test_cells_are_texts_as_they_stand(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'a,b,c\nNone,NA,\nnan," I don\'t,\nknow ",1\n')
    assert [cells for _, cells in read_csv(path, [])] == [
        {"a": "None", "b": "NA", "c": ""},
        {"a": "nan", "b": " I don't,\nknow ", "c": "1"},
    ]


def test_a_compressed_file_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv.gz", gzip.compress(b"a\n1\n"))
    assert list(read_csv(path, ["a"])) == [(2, {"a": "1"})]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,c\n1,2\n", r"a\.csv has no column b; it has a, c"),
        ("", "has no column b; it has none at all"),
        ("b,b\n1,2\n", "has the column b twice"),
        ("a,b\n1,2\n3\n", r"1 cells in the row that ends in line 3 but 2 columns"),
        ('a,b\n1,"2', "truncated or damaged"),
        (b"a,b\n1,\xe9\n", r"a\.csv is not text in UTF-8"),
    ],
)
def test_a_csv_in_another_form_is_a_problem(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    with pytest.raises(Problem, match=message):
        list(read_csv(write(tmp_path / "a.csv", content), ["b"]))


def test_a_compressed_file_that_breaks_off_is_a_problem(tmp_path: Path) -> None:
    whole = gzip.compress(json.dumps(list(range(5000))).encode())
    path = write(tmp_path / "a.json.gz", whole)
    assert len(read_json(path)) == 5000
    for content in (whole[: len(whole) // 2], b"[1, 2]"):
        with pytest.raises(Problem, match=r"a\.json\.gz is truncated or damaged"):
            read_json(write(path, content))


# --- JSON -------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ['[{"a": 1}, {"a"', "", "[" * 100_000])
def test_json_that_is_not_whole_is_a_problem(tmp_path: Path, content: str) -> None:
    with pytest.raises(Problem, match=r"a\.json is truncated or damaged"):
        read_json(write(tmp_path / "a.json", content))


def test_an_absent_file_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no file at"):
        read_json(tmp_path / "a.json")


def test_json_lines_say_which_line(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '\ufeff{"a": 1}\n\n{"a": 2}\n')
    assert list(read_json_lines(path)) == [(1, {"a": 1}), (3, {"a": 2})]
    for bad, reason in (('{"a": ', "it is not complete JSON"), ("[1]", "it is not a JSON object")):
        *_, (line, item) = read_json_lines(write(path, '{"a": 1}\n' + bad))
        assert line == 2
        assert item[TROUBLE].startswith(reason)


# --- Parquet ----------------------------------------------------------------------------------


def test_parquet_is_read_by_column_and_in_full(tmp_path: Path) -> None:
    pq.write_table(arrow.table({"a": list(range(100)), "b": ["x"] * 100}), tmp_path / "a.parquet")
    assert [row["a"] for row in read_parquet(tmp_path / "a.parquet", ["a"])] == list(range(100))
    with pytest.raises(Problem, match="has no column c; it has a, b"):
        list(read_parquet(tmp_path / "a.parquet", ["c"]))


def test_parquet_that_is_not_whole_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(arrow.table({"a": list(range(1000))}), path)
    whole = path.read_bytes()
    for content in (whole[:-100], whole[:6], b""):
        with pytest.raises(Problem, match=r"a\.parquet is truncated or damaged"):
            list(read_parquet(write(path, content), ["a"]))


# --- cells ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [(" a ", "a"), (7, "7"), (7.0, "7"), (7.5, "7.5"), (float("nan"), ""), (None, ""), (["a"], "")],
)
def test_cells_as_text(value: object, text: str) -> None:
    assert text_of(value) == text


def test_every_word_is_an_option_and_only_a_missing_cell_is_none() -> None:
    found = [option_of(value) for value in ("nan", "NaN", float("nan"), "None", "NA", "Nan bread")]
    assert found == ["nan", "NaN", "", "None", "NA", "Nan bread"]
    found = [option_of(value) for value in ("null", "1.0", 1.0, 1, True, None, "True")]
    assert found == ["null", "1.0", "1.0", "1", "True", "", "True"]


@settings(deadline=None, derandomize=True)
@given(st.text())
def test_only_a_single_letter_is_a_letter(text: str) -> None:
    index = index_of_letter(text)
    assert (index is None) == (text.strip().upper() not in tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    assert index is None or text.strip().upper() == chr(ord("A") + index)


def test_letters_of_either_case() -> None:
    assert [index_of_letter(text) for text in ("A", "b ", "Z", "AB", "", "1")] == [
        0,
        1,
        25,
        None,
        None,
        None,
    ]
