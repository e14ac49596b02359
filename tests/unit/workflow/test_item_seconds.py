"""Seconds an item takes: what was measured comes before what is assumed, and says where from."""

from dataclasses import replace
from pathlib import Path

import pytest

from spuriverse.problems import Problem
from spuriverse.workflow import ItemSeconds, find_seconds, read_seconds, record_seconds

ASSUMED = ItemSeconds(
    "evaluate_model", "transformers", "15", "question", 120, 0.6, "assumed", "", "", "a guess"
)
MEASURED = replace(
    ASSUMED,
    seconds_per_item=0.05,
    basis="measured",
    device="NVIDIA H100",
    date="2026-11-01",
    source="random weights",
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "seconds.csv"
    header = ",".join(ASSUMED.__dataclass_fields__)
    path.write_text(header + "\n")
    record_seconds([ASSUMED, replace(ASSUMED, up_to_billions="100", seconds_per_item=3.5)], path)
    return path


def test_what_is_measured_takes_the_place_of_what_is_assumed(table: Path) -> None:
    before = read_seconds(table)
    assert find_seconds(before, "evaluate_model", "transformers", 7) == ASSUMED
    record_seconds([MEASURED], table)
    rows = read_seconds(table)
    assert rows == [*before, MEASURED]
    assert find_seconds(rows, "evaluate_model", "transformers", 7) == MEASURED
    # Another size keeps what is assumed of it, and so has a size beyond all.
    for billions in (33, 500):
        found = find_seconds(rows, "evaluate_model", "transformers", billions)
        assert found.seconds_per_item == 3.5
    assert MEASURED.origin == "random weights (NVIDIA H100, 2026-11-01)"


def test_a_device_is_measured_anew_and_the_latest_counts(table: Path) -> None:
    record_seconds([MEASURED], table)
    again = replace(MEASURED, seconds_per_item=0.04, date="2026-11-03")
    other = replace(MEASURED, seconds_per_item=0.09, date="2026-11-02", device="NVIDIA L4")
    record_seconds([again, other], table)
    rows = read_seconds(table)
    assert [row for row in rows if row.basis == "measured"] == [again, other]
    assert find_seconds(rows, "evaluate_model", "transformers", 7) == again


def test_every_row_of_ours_says_where_it_comes_from() -> None:
    rows = read_seconds()
    assert all(row.origin for row in rows)
    assert all(row.device for row in rows if row.basis == "measured")


def test_what_is_no_such_table_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "seconds.csv"
    path.write_text("rule,seconds\na,1\n")
    with pytest.raises(Problem, match="does not have the columns"):
        read_seconds(path)
    path.write_text(",".join(ASSUMED.__dataclass_fields__) + "\na,b,,c,x,1,measured,d,e,f\n")
    with pytest.raises(Problem, match="line 2, is not a valid row of seconds"):
        read_seconds(path)
