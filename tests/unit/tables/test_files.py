"""Files are whole or absent, and hold what was written."""

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.problems import Problem
from spuriverse.tables import (
    atomic_path,
    read_table,
    write_csv,
    write_table,
    write_text,
)

SPLITS = pd.DataFrame({"seed": [0, 0], "type_id": ["a", "b"], "part": ["train", "test"]})


def disk_full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
scores = st.lists(st.floats(allow_nan=False), max_size=4)
choices = st.none() | st.integers(0, 25)


@st.composite
def responses(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.lists(st.tuples(texts, choices, scores, st.integers(0, 2**40)), max_size=5))
    records = [
        {
            "sample_id": f"s-{number}",
            "model": "tiny",
            "strategy": "direct",
            "protocol": "corrected",
            "reply": reply,
            "outcome": "unparsed" if choice is None else "answered",
            "choice": choice,
            "option_scores": option_scores,
            "prompt_sha256": "ab",
            "seconds": 0.5,
            "tokens": tokens,
        }
        for number, (reply, choice, option_scores, tokens) in enumerate(rows)
    ]
    columns = (
        "sample_id model strategy protocol reply outcome choice option_scores prompt_sha256 "
        "seconds tokens"
    )
    return pd.DataFrame(records, columns=columns.split())


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows, with None for a choice that is missing."""
    choices = [None if pd.isna(choice) else int(choice) for choice in frame["choice"]]
    return frame.assign(choice=pd.Series(choices, dtype=object)).to_dict("records")


@settings(deadline=None, derandomize=True, max_examples=25)
@given(responses())
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, frame: pd.DataFrame
) -> None:
    path = tmp_path_factory.mktemp("tables") / "seed=1" / "responses.parquet"
    write_table(frame, path, "responses")
    read = read_table(path, "responses")
    assert list(read) == list(frame)
    assert rows_of(read) == rows_of(frame)
    for value in read["option_scores"]:
        assert isinstance(value, list)
        assert all(type(score) is float for score in value)
    assert [str(read[column].dtype) for column in ("choice", "tokens")] == ["Int64", "int64"]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    write_table(SPLITS, tmp_path / "one.parquet", "splits")
    shuffled = SPLITS[["part", "type_id", "seed"]].set_index(pd.Index([7, 9]))
    write_table(shuffled, tmp_path / "two.parquet", "splits")
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_pandas_reads_the_file(tmp_path: Path) -> None:
    write_table(SPLITS, tmp_path / "splits.parquet", "splits")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "splits.parquet"), SPLITS)


def test_a_frame_that_does_not_fit_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "splits.parquet"
    with pytest.raises(Problem) as caught:
        write_table(SPLITS.assign(part=["train", "dev"]), path, "splits")
    assert str(caught.value) == (
        f"{path} does not fit the table 'splits': column 'part' must be one of train, validation,"
        " test (row 1 is 'dev'); correct the step that makes this table."
    )
    assert names(tmp_path) == []


def test_a_file_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "splits.parquet"
    SPLITS.assign(seed=[0, -1]).to_parquet(path)
    with pytest.raises(Problem, match=r"'seed' must not be negative \(row 1 is -1\); delete the f"):
        read_table(path, "splits")


def test_a_stored_integer_column_with_a_gap_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "splits.parquet"
    pq.write_table(
        arrow.table({"seed": [0, None], "type_id": ["a", "b"], "part": ["test"] * 2}), path
    )
    with pytest.raises(Problem, match=r"'seed' must not be missing \(row 1 is nan\)"):
        read_table(path, "splits")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"no table 'splits' at .*splits.parquet; run the step"):
        read_table(tmp_path / "splits.parquet", "splits")


@pytest.mark.parametrize("size", [0, 3, 100, -1])
def test_a_truncated_file_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "splits.parquet"
    write_table(SPLITS, path, "splits")
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(Problem, match="not a readable Parquet file"):
        read_table(path, "splits")


@pytest.mark.parametrize("stage", [(pq.ParquetWriter, "write_table"), (os, "replace")])
def test_a_full_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: tuple[Any, str]
) -> None:
    path = tmp_path / "splits.parquet"
    write_table(SPLITS, path, "splits")
    old = path.read_bytes()
    monkeypatch.setattr(*stage, disk_full)
    with pytest.raises(Problem) as caught:
        write_table(SPLITS.head(1), path, "splits")
    assert str(caught.value) == (
        f"Cannot write {path} because the disk is full; free some space there and run again."
    )
    assert path.read_bytes() == old
    assert names(tmp_path) == ["splits.parquet"]


def test_a_half_written_file_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(writer: pq.ParquetWriter, table: arrow.Table) -> None:
        assert names(tmp_path) != []
        disk_full()

    monkeypatch.setattr(pq.ParquetWriter, "write_table", half)
    with pytest.raises(Problem, match="disk is full"):
        write_table(SPLITS, tmp_path / "splits.parquet", "splits")
    assert names(tmp_path) == []


def test_a_parent_that_is_a_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("")
    with pytest.raises(Problem, match=r"Cannot write .*check the folder and its permissions"):
        write_text(tmp_path / "results" / "note.txt", "text")


def test_csv_is_pinned(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "n": [1, 2, 3],
            "gap": [1 / 3, -0.0, np.nan],
            "mixed": [np.float32(0.1), "a,b", None],
            "choice": pd.array([1, None, 3], dtype="Int64"),
            "kept": [True, False, True],
            "small": [1e-9, 1234567.0, 2.0],
        }
    )
    path = tmp_path / "table.csv"
    write_csv(frame, path, ["gap", "n", "mixed", "choice", "kept", "small"])
    assert path.read_bytes() == (
        b"gap,n,mixed,choice,kept,small\n"
        b"0.333333,1,0.1,1,True,1e-09\n"
        b'0,2,"a,b",,False,1.23457e+06\n'
        b",3,,3,True,2\n"
    )


@pytest.mark.parametrize("columns", [["seed"], ["seed", "type_id", "part", "gap"]])
def test_csv_refuses_other_columns(tmp_path: Path, columns: list[str]) -> None:
    with pytest.raises(Problem, match=r"the columns seed, type_id, part but the file needs"):
        write_csv(SPLITS, tmp_path / "table.csv", columns)
    assert names(tmp_path) == []


def test_an_empty_csv_has_its_header(tmp_path: Path) -> None:
    write_csv(SPLITS.head(0), tmp_path / "table.csv", list(SPLITS))
    assert (tmp_path / "table.csv").read_text() == "seed,type_id,part\n"


def test_text_keeps_its_line_ends(tmp_path: Path) -> None:
    write_text(tmp_path / "new" / "note.txt", "é\r\nb\n")
    assert (tmp_path / "new" / "note.txt").read_bytes() == "é\r\nb\n".encode()


def test_a_folder_replaces_a_folder(tmp_path: Path) -> None:
    target = tmp_path / "adapter"
    for name in ("old", "new"):
        with atomic_path(target) as temporary:
            assert temporary.parent == tmp_path
            temporary.mkdir()
            (temporary / name).write_text(name)
    assert names(tmp_path) == ["adapter"]
    assert names(target) == ["new"]


def test_a_folder_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "adapter"
    target.mkdir()
    (target / "old").write_text("old")
    with pytest.raises(KeyError), atomic_path(target) as temporary:
        temporary.mkdir()
        (temporary / "new").write_text("new")
        raise KeyError
    assert names(tmp_path) == ["adapter"]
    assert names(target) == ["old"]


def test_a_folder_that_cannot_be_moved_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "adapter"
    target.mkdir()
    (target / "old").write_text("old")
    real, moves = os.replace, []

    def second_fails(source: Path, destination: Path) -> None:
        moves.append(source)
        if len(moves) == 2:
            disk_full()
        real(source, destination)

    with pytest.raises(Problem, match="disk is full"), atomic_path(target) as temporary:
        temporary.mkdir()
        monkeypatch.setattr(os, "replace", second_fails)
    assert names(tmp_path) == ["adapter"]
    assert names(target) == ["old"]


def test_the_suffix_is_kept_so_that_writers_know_the_format(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "image.png") as temporary:
        assert temporary.suffix == ".png"
        temporary.write_bytes(b"")
    assert names(tmp_path) == ["image.png"]


def test_other_errors_of_the_block_pass_through(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "out.txt"):
        (tmp_path / "input.txt").read_text()
    assert names(tmp_path) == []


def test_a_full_disk_in_the_block_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="disk is full"), atomic_path(tmp_path / "out.txt"):
        disk_full()
