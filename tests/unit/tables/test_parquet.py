"""Tables are written and read in chunks, which show neither in the file nor in the rows."""

import gc
import weakref
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.problems import Problem
from spuriverse.tables import (
    empty_table,
    parquet,
    read_chunks,
    read_table,
    table_writer,
    write_table,
)

ROWS = 4


@pytest.fixture(autouse=True, scope="module")
def small_chunks() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "CHUNK_ROWS", ROWS)
        yield


def splits(number: int, start: int = 0) -> pd.DataFrame:
    ids = [f"type-{n}" for n in range(start, start + number)]
    return pd.DataFrame({"seed": 0, "type_id": ids, "part": "test"})


@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.lists(st.integers(0, 11), max_size=5))
def test_how_rows_are_cut_into_chunks_does_not_show(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("tables")
    with table_writer(folder / "chunks.parquet", "splits") as writer:
        for number, size in enumerate(sizes):
            writer.write(splits(size, sum(sizes[:number])))
    whole = splits(sum(sizes)) if sum(sizes) else empty_table("splits")
    write_table(whole, folder / "whole.parquet", "splits")
    assert (folder / "chunks.parquet").read_bytes() == (folder / "whole.parquet").read_bytes()
    pd.testing.assert_frame_equal(read_table(folder / "chunks.parquet", "splits"), whole)


def test_a_file_has_row_groups_and_is_read_by_chunks(tmp_path: Path) -> None:
    path = tmp_path / "splits.parquet"
    write_table(splits(10), path, "splits")
    with pq.ParquetFile(path) as file:
        groups = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
    assert groups == [4, 4, 2]
    chunks = list(read_chunks(path, "splits"))
    assert [len(chunk) for chunk in chunks] == [4, 4, 2]
    assert [list(chunk.index) for chunk in chunks] == [[0, 1, 2, 3], [0, 1, 2, 3], [0, 1]]
    pd.testing.assert_frame_equal(pd.concat(chunks, ignore_index=True), splits(10))


def test_a_writer_lets_go_of_what_it_was_given(tmp_path: Path) -> None:
    given = []
    with table_writer(tmp_path / "splits.parquet", "splits") as writer:
        for start in range(0, 10 * ROWS, ROWS):
            chunk = splits(ROWS, start)
            given.append(weakref.ref(chunk))
            writer.write(chunk)
            del chunk
            gc.collect()
            assert not any(reference() is not None for reference in given)


def test_reading_holds_one_chunk(tmp_path: Path) -> None:
    path = tmp_path / "splits.parquet"
    write_table(splits(10 * ROWS), path, "splits")
    given: list[weakref.ref[pd.DataFrame]] = []
    for chunk in read_chunks(path, "splits"):
        gc.collect()
        assert not any(reference() is not None for reference in given)
        given.append(weakref.ref(chunk))
        del chunk
    assert len(given) == 10


def test_a_key_must_not_repeat_in_another_chunk(tmp_path: Path) -> None:
    path = tmp_path / "splits.parquet"
    with pytest.raises(Problem) as caught:
        write_table(pd.concat([splits(9), splits(1)]), path, "splits")
    assert str(caught.value) == (
        f"{path} does not fit the table 'splits': column 'seed' + 'type_id' must not repeat (row 0"
        " is 0 + 'type-0', row 9 is 0 + 'type-0'); correct the step that makes this table."
    )
    assert list(tmp_path.iterdir()) == []
    pd.concat([splits(9), splits(1)]).to_parquet(path, index=False)
    with pytest.raises(Problem, match=r"must not repeat \(row 0 is .*, row 9 is"):
        read_table(path, "splits")


def test_the_rows_of_a_misfit_are_counted_from_the_first_chunk(tmp_path: Path) -> None:
    path = tmp_path / "splits.parquet"
    write_table(splits(2), path, "splits")
    old = path.read_bytes()
    with pytest.raises(Problem, match=r"'seed' must not be negative \(row 6 is -1\)"):
        write_table(splits(9).assign(seed=[0] * 6 + [-1] + [0] * 2), path, "splits")
    assert path.read_bytes() == old


def test_a_block_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "splits.parquet"
    write_table(splits(2), path, "splits")
    with pytest.raises(KeyError), table_writer(path, "splits") as writer:
        writer.write(splits(9))
        raise KeyError
    assert len(read_table(path, "splits")) == 2
    assert [file.name for file in tmp_path.iterdir()] == ["splits.parquet"]


def test_some_columns_are_read_alone(tmp_path: Path) -> None:
    path = tmp_path / "splits.parquet"
    write_table(splits(9), path, "splits")
    pd.testing.assert_frame_equal(
        read_table(path, "splits", ["part", "seed"]), splits(9)[["part", "seed"]]
    )
    with pytest.raises(Problem, match="'splits' has no column 'seeds'; use one of seed, type_id"):
        read_table(path, "splits", ["seeds"])
    splits(9).drop(columns="part").to_parquet(path, index=False)
    with pytest.raises(Problem, match="column 'part' is missing"):
        read_table(path, "splits", ["part", "seed"])
