"""Tables for people show what their intervals support; records keep every digit."""

import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.problems import Problem
from spuriverse.tables import intervals_of, record_of, round_to_intervals, write_result_csv

laws = settings(deadline=None, derandomize=True, max_examples=100)
FRAME = pd.DataFrame(
    {
        "model": ["a", "b", "c"],
        "n": [12, 3, 4],
        "accuracy": [0.123456, 1.0, 0.34567],
        "low": [0.0987654, 1.0, math.nan],
        "high": [0.1543210, 1.0, math.nan],
        "seconds": [12.3456, 0.5, 1.0],
    }
)


def test_two_files_of_one_frame(tmp_path: Path) -> None:
    write_result_csv(FRAME, tmp_path / "tables/main.csv", list(FRAME))
    assert (tmp_path / "tables/main.csv").read_text() == (
        "model,n,accuracy,low,high,seconds\n"
        "a,12,0.123,0.099,0.154,12.3456\nb,3,1,1,1,0.5\nc,4,0.346,,,1\n"
    )
    assert "a,12,0.123456,0.0987654,0.154321,12.3456" in (
        (tmp_path / "records/main.csv").read_text()
    )
    with pytest.raises(Problem, match="in a folder tables"):
        record_of(tmp_path / "main.csv")


def test_limits_belong_to_the_column_of_their_name_or_before_them() -> None:
    columns = ["n", "saved", "low", "high", "power", "fixed_fdr", "fdr", "fdr_low", "fdr_high"]
    columns += ["power_low", "power_high", "kept", "control_low", "control_high", "slow"]
    assert list(intervals_of(columns)) == [
        ("saved", "low", "high"),
        ("fdr", "fdr_low", "fdr_high"),
        ("power", "power_low", "power_high"),
        ("kept", "control_low", "control_high"),
    ]


@given(st.floats(-1, 1), st.floats(1e-6, 1), st.floats(1e-6, 1))
@laws
def test_rounding_moves_a_number_by_less_than_a_tenth_of_its_interval(
    value: float, below: float, above: float
) -> None:
    low, high = value - below, value + above
    frame = pd.DataFrame({"x": [value], "x_low": [low], "x_high": [high]})
    row = round_to_intervals(frame).iloc[0]
    half = (high - low) / 2
    for name, exact in (("x", value), ("x_low", low), ("x_high", high)):
        assert abs(row[name] - exact) <= 0.05 * half + 1e-12
    assert row["x_low"] <= row["x"] <= row["x_high"]


def test_whole_numbers_and_large_ones_are_rounded_as_far() -> None:
    frame = pd.DataFrame({"images": [1234], "images_low": [1000.0], "images_high": [1500.0]})
    assert round_to_intervals(frame).iloc[0].tolist() == [1230, 1000, 1500]
    assert round_to_intervals(FRAME.head(0)).empty
