"""Recorded replies are read as the files have them, and misfiled ones are told apart."""

import csv
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from contracts import as_table
from spuriverse.benchmarks import read_records, reader_of, records
from spuriverse.problems import Problem

RECORDED = Path(__file__).parents[3].parent / "shared" / "data" / "aokvqa_train_meta.csv"
COLUMNS = "index,question,answer,A,B,C,D,split,prediction,parsed,spuriousAttr,isSpurious,isError"


def write(path: Path, *rows: list[str], columns: str = COLUMNS) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns.split(","), *rows])
    return path


def row(
    index: str = "9", question: str = "What?", reply: str = "(B) dog", parsed: str = "B"
) -> list[str]:
    return [index, question, "A", "cat", "dog", "", "cow", "train", reply, parsed, "Yes.", "1", "1"]


def read_whole(path: Path, benchmark: str) -> pd.DataFrame:
    return pd.concat(list(read_records(path, benchmark)), ignore_index=True)


def test_a_row_keeps_the_reply_and_both_readings_of_it(tmp_path: Path) -> None:
    table = read_whole(write(tmp_path / "m.csv", row(reply="B. dog", parsed="b")), "aokvqa")
    as_table(table, "records")
    first = table.iloc[0]
    assert first[["reply", "parsed", "outcome", "predicted", "verdict", "answer"]].tolist() == [
        "B. dog",
        "B",
        "answered",
        "dog",
        "Yes.",
        "A",
    ]


def test_letters_keep_their_places_beside_an_empty_option(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", row(reply="D"), row("8", reply="C"))
    table = read_whole(path, "aokvqa")
    assert table[["outcome", "predicted"]].to_numpy().tolist() == [
        ["answered", "cow"],
        ["unparsed", ""],
    ]


def test_the_reply_to_an_images_second_question_is_the_firsts_only_if_word_for_word(
    tmp_path: Path,
) -> None:
    """Files are keyed by image, so the second question of an image lost its own reply."""
    path = write(
        tmp_path / "m.csv",
        row("9", "What?"),
        row("9", "Where?"),
        row("9", "When?", reply="(A) cat", parsed="A"),
        row("8", "What?"),
    )
    assert read_whole(path, "aokvqa")["repeated"].tolist() == [False, True, False, False]


def test_a_chunk_at_a_time_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reply to a question is known to be repeated even if the first one's chunk is gone."""
    indices = ["9", "8", "7", "9", "6"]
    path = write(tmp_path / "m.csv", *(row(index, f"What {n}?") for n, index in enumerate(indices)))
    whole = read_whole(path, "aokvqa")
    monkeypatch.setattr(records, "CHUNK_ROWS", 2)
    chunks = list(read_records(path, "aokvqa"))
    assert [len(chunk) for chunk in chunks] == [2, 2, 1]
    pd.testing.assert_frame_equal(pd.concat(chunks, ignore_index=True), whole)
    assert whole["repeated"].tolist() == [False, False, False, True, False]
    assert list(read_records(write(tmp_path / "n.csv"), "aokvqa")) == []


def test_the_ids_are_those_of_the_benchmark(collect, tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", row("9"), row("8"))
    collected = collect(reader_of("aokvqa")(path), benchmark="aokvqa")
    ids = collected.samples["sample_id"].tolist()
    assert read_whole(path, "aokvqa")["sample_id"].tolist() == ids


def test_a_folder_stands_for_its_one_file(tmp_path: Path) -> None:
    write(tmp_path / "m.csv", row())
    assert len(read_whole(tmp_path, "aokvqa")) == 1
    write(tmp_path / "n.csv", row())
    with pytest.raises(Problem, match="2 CSV files instead of one"):
        read_whole(tmp_path, "aokvqa")


@pytest.mark.parametrize("column", ["prediction", "parsed", "spuriousAttr", "answer"])
def test_a_missing_column_is_named(tmp_path: Path, column: str) -> None:
    path = write(tmp_path / "m.csv", row(), columns=COLUMNS.replace(column, "other"))
    with pytest.raises(Problem, match=column):
        read_whole(path, "aokvqa")


def test_a_reading_that_is_no_letter_is_refused_with_its_row(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", row(), row("8", parsed="dog"))
    with pytest.raises(Problem, match=r"m\.csv, row 1: the column parsed is 'dog'"):
        read_whole(path, "aokvqa")


def test_the_letter_of_a_failed_request_is_let_pass(tmp_path: Path) -> None:
    assert read_whole(write(tmp_path / "m.csv", row(parsed="E")), "aokvqa")["parsed"][0] == "E"


def test_the_published_file_is_read_whole() -> None:
    if not RECORDED.exists():
        pytest.skip("The recorded A-OKVQA file is not beside the project, so it is not read.")
    table = read_whole(RECORDED, "aokvqa")
    assert len(table) == 17_056
    assert (table["parsed"] == "").sum() == 13
    assert Counter(table["outcome"])["abstained"] == 13
    assert table["repeated"].sum() == 516
