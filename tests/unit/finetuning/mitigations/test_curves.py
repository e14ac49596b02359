"""Curves read off at equal robustness, summed up, compared split by split, and chosen from."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.finetuning.mitigations import (
    CHOICE_COLUMNS,
    COMPARISON_COLUMNS,
    choose_settings,
    compare_methods,
    curves_to_try,
    hypervolume,
    loss_at,
    pareto_front,
    read_chosen_curves,
    tabulate_curves,
)
from spuriverse.problems import Problem
from spuriverse.tables import write_csv

laws = settings(deadline=None, derandomize=True, max_examples=50)
SHARES = st.floats(0, 1)
POINTS = st.lists(st.tuples(SHARES, SHARES), min_size=1, max_size=6)


def test_the_loss_is_read_between_the_points_where_the_target_is_first_reached() -> None:
    robustness, loss = [0.1, 0.5, 0.7, 0.6, 0.9], [0.0, 0.02, 0.06, 0.5, 0.9]
    assert loss_at(robustness, loss, 0.6) == pytest.approx(0.04)
    assert loss_at(robustness, loss, 0.5) == pytest.approx(0.02)


@pytest.mark.parametrize("target", [0.05, 0.95])
def test_a_target_that_the_curve_does_not_reach_has_no_loss(target: float) -> None:
    assert np.isnan(loss_at([0.1, 0.9], [0.0, 0.1], target))


@laws
@given(POINTS)
def test_the_hypervolume_is_a_share_and_no_less_than_any_points_own(points) -> None:
    robustness, loss = zip(*points, strict=True)
    volume = hypervolume(robustness, loss)
    assert max(r * (1 - v) for r, v in points) - 1e-9 <= volume <= 1 + 1e-9


@laws
@given(POINTS, st.floats(0, 0.5))
def test_less_loss_never_lessens_the_hypervolume(points, less: float) -> None:
    robustness, loss = map(np.array, zip(*points, strict=True))
    assert hypervolume(robustness, loss - less) >= hypervolume(robustness, loss) - 1e-9


@laws
@given(POINTS)
def test_every_point_off_the_front_is_beaten_by_one_on_it(points) -> None:
    robustness, loss = map(np.array, zip(*points, strict=True))
    front = pareto_front(robustness, loss)
    assert front.any()
    for r, v in zip(robustness[~front], loss[~front], strict=True):
        assert ((robustness[front] >= r) & (loss[front] <= v)).any()


# --- tables -----------------------------------------------------------------------------------


def rows_of(method: str, setting: str, seed: int, part: str, slope: float) -> list[dict]:
    """A straight curve from the base model at robustness .1; its loss rises by `slope`."""
    shift = 0.02 * (seed % 3)
    rows = []
    for knob, robustness in ((0.5, 0.5), (1.0, 0.9)):
        loss = slope * (robustness - 0.1) * (1 + shift)
        rows.append(point(method, setting, seed, part, knob, robustness, loss))
    return rows


def point(method, setting, seed, part, knob, robustness, loss) -> dict:
    return {
        **{"base_model": "m", "seed": seed, "part": part, "method": method, "setting": setting},
        **{"knob": knob, "spurious": robustness, "aligned": 1 - loss, "ordinary": 0.9},
        **{
            "core": np.nan,
            "aligned_without_cue": 0.8,
            "n_spurious": 9,
            "n_aligned": 9,
            "n_ordinary": 9,
        },
        **{"steps": 3, "images": 4, "rows": 5, "seconds": 1.0},
    }


def points(part: str, slopes: dict[tuple[str, str], float]) -> pd.DataFrame:
    rows = []
    for seed in range(4):
        rows.append(point("base", "{}", seed, part, 0.0, 0.1, 0.0))
        for (method, setting), slope in slopes.items():
            rows += rows_of(method, setting, seed, part, slope)
    return pd.DataFrame(rows)


COMPARED = points("test", {("mixing", "{}"): 0.2, ("kl_anchor", '{"weight": 1.0}'): 0.05})


def compared(measure: str, target: float, points: pd.DataFrame = COMPARED) -> pd.Series:
    table = compare_methods(points, targets=(0.6, 0.95), seed=0, resamples=200)
    assert tuple(table.columns) == COMPARISON_COLUMNS
    chosen = table[(table["method"] == "kl_anchor") & (table["measure"] == measure)]
    whole = measure in ("hypervolume", "reach")
    at = chosen["robustness"].isna() if whole else chosen["robustness"] == target
    return chosen[at].squeeze()


def test_a_method_is_compared_with_mixing_at_the_same_robustness_in_every_split() -> None:
    row = compared("loss", 0.6)
    assert row["splits"] == row["shared_splits"] == 4
    assert row["value"] == row["shared_value"]
    assert row["value"] == pytest.approx(0.025 * 1.015)
    assert row["baseline"] == pytest.approx(0.1 * 1.015)
    assert row["ratio"] == pytest.approx(0.25)
    assert row["difference_low"] < row["difference"] < row["difference_high"] < 0
    assert row["ratio_low"] == pytest.approx(row["ratio_high"])


def test_the_blind_model_loses_what_the_base_gains_by_the_attribute() -> None:
    row = compared("loss", 0.6)
    assert row["blind_loss"] == pytest.approx(0.2)
    assert row["below_blind"]


def test_a_robustness_that_no_split_reaches_is_left_blank() -> None:
    row = compared("loss", 0.95)
    assert row["splits"] == row["shared_splits"] == 0
    assert np.isnan(row["value"])
    assert np.isnan(row["difference"])


def test_a_method_that_goes_where_mixing_does_not_has_a_loss_and_no_comparison() -> None:
    short = (COMPARED["method"] == "mixing") & (COMPARED["seed"] > 0) & (COMPARED["knob"] == 1)
    row = compared("loss", 0.6, COMPARED[~short])
    assert (row["splits"], row["shared_splits"]) == (4, 1)
    assert row["value"] == pytest.approx(0.025 * 1.015)
    assert row["shared_value"] == pytest.approx(0.025)
    assert row["below_blind"]
    assert np.isnan(row["difference_low"])


def test_reach_is_the_greatest_robustness() -> None:
    row = compared("reach", 0.0)
    assert row["value"] == row["baseline"] == pytest.approx(0.9)


def test_less_loss_everywhere_is_more_hypervolume() -> None:
    assert compared("hypervolume", 0.0)["difference_low"] > 0


def test_curves_begin_at_the_base_model_and_say_what_is_on_the_front() -> None:
    table = tabulate_curves(COMPARED, seed=0, resamples=200)
    starts = table[table["knob"] < 0]
    assert set(starts["method"]) == {"mixing", "kl_anchor"}
    assert (starts["robustness"] == 0.1).all()
    assert (starts["accuracy"] == 0.95).all()
    tuned = table[table["knob"] > 0].set_index("method")["pareto"].astype(bool)
    assert tuned["kl_anchor"].all()
    assert not tuned["mixing"].any()


def test_the_setting_with_the_most_hypervolume_on_validation_attributes_is_chosen() -> None:
    tried = points(
        "validation",
        {("group_dro", '{"step": 1.0}'): 0.3, ("group_dro", '{"step": 4.0}'): 0.1},
    )
    methods = {"mixing": [{}], "group_dro": [{"step": 1}, {"step": 4}]}
    table = choose_settings(tried, methods)
    assert table.loc[table["chosen"], "setting"].tolist() == ["{}", '{"step": 4.0}']
    assert table["splits"].tolist() == [0, 4, 4]


def test_a_method_without_a_choice_is_not_tried() -> None:
    methods = {"mixing": [{}], "group_dro": [{"step": 1}, {"step": 4}]}
    assert curves_to_try(methods) == [("group_dro", {"step": 1}), ("group_dro", {"step": 4})]


def test_every_method_is_compared_by_the_setting_that_was_written_as_chosen(
    tmp_path: Path,
) -> None:
    tried = points(
        "validation",
        {("group_dro", '{"step": 1.0}'): 0.3, ("group_dro", '{"step": 4.0}'): 0.1},
    )
    table = choose_settings(tried, {"mixing": [{}], "group_dro": [{"step": 1}, {"step": 4}]})
    write_csv(table, tmp_path / "choice.csv", CHOICE_COLUMNS)
    curves = read_chosen_curves(tmp_path / "choice.csv")
    assert curves == [("mixing", {}), ("group_dro", {"step": 4.0})]


def test_what_was_measured_on_held_out_attributes_has_no_say_in_the_choice() -> None:
    methods = {"kl_anchor": [{"weight": 1}, {"weight": 4}]}
    with pytest.raises(Problem, match="Not every setting"):
        choose_settings(COMPARED, methods)
