"""The confirmation's table, on made-up curves whose numbers are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mitigation_curves import BLIND, CORE, SCALED, START, make_points, vary

from spuriverse.finetuning.mitigations import (
    CURVE_COLUMNS,
    WAY_OUT_COLUMNS,
    robustness_at_losses,
    tabulate_way_out,
    tabulate_way_out_curves,
)
from spuriverse.finetuning.mitigations.curves import most_robust_point

laws = settings(deadline=None, derandomize=True, max_examples=40)
MIXED = {0.5: (0.4, 0.04), 1.0: (0.6, 0.1)}
CURVES = {
    ("mixing", "{}"): MIXED,
    ("adapter_scaling", SCALED): {0.5: (0.3, 0.018), 1.0: (0.6, 0.1)},
    ("ours", "{}"): {0.5: (0.5, 0.015), 1.0: (0.7, 0.2)},
}


def rows_of(method: str, measure: str, at: float):
    points = vary(make_points(CURVES), "ours")
    table = tabulate_way_out(points, losses=[0.02, 0.03], levels=[0.5])
    assert list(table.columns) == list(WAY_OUT_COLUMNS)
    chosen = (table["method"] == method) & (table["measure"] == measure) & (table["at"] == at)
    return table[chosen].iloc[0]


def test_the_most_robust_point_within_the_loss_is_measured_and_compared() -> None:
    ours = rows_of("ours", "robustness at loss", 0.02)
    assert ours["value"] == pytest.approx(0.5)
    assert ours["baseline"] == pytest.approx(0.3)
    assert ours["difference"] == pytest.approx(0.2)
    assert ours["difference_low"] > 0
    assert ours["goal"]
    assert not rows_of("envelope", "robustness at loss", 0.02)["goal"]


def test_at_most_half_of_the_loss_is_a_goal_at_equal_robustness() -> None:
    ours = rows_of("ours", "loss at level", 0.5)
    assert ours["value"] < ours["baseline"] / 2
    assert ours["contrast_high"] < 0
    assert ours["goal"]
    assert not rows_of("envelope", "loss at level", 0.5)["goal"]


def test_a_curve_that_always_loses_more_is_at_the_base_model() -> None:
    dear = {**CURVES, ("dear", "{}"): {1.0: (0.9, 0.5)}}
    found = robustness_at_losses(make_points(dear), [0.02])
    assert (found.loc[found["method"] == "dear", "value"] == START).all()


def test_the_point_is_chosen_on_one_half_and_measured_on_the_other() -> None:
    points = make_points(CURVES)
    lucky = (points["method"] == "ours") & (points["knob"] == 1.0) & (points["half"] == 0)
    points.loc[lucky, "aligned"] = 1.0
    points.loc[lucky, "spurious"] = 1.0
    found = robustness_at_losses(points, [0.02])
    # Half 0 chooses the lucky point, half 1 measures .7 of it; half 1 chooses the honest one.
    assert found.loc[found["method"] == "ours", "value"].to_numpy() == pytest.approx(0.6)


def test_the_curves_have_the_envelope_and_a_blind_model() -> None:
    table = tabulate_way_out_curves(make_points(CURVES))
    assert list(table.columns) == list(CURVE_COLUMNS)
    blind = table[table["method"] == "blind"].iloc[0]
    assert blind["robustness"] == pytest.approx(CORE)
    assert blind["loss"] == pytest.approx(BLIND)
    envelope = table[table["method"] == "envelope"]
    assert envelope["robustness"].is_monotonic_increasing
    assert envelope["loss"].is_monotonic_increasing


@laws
@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(-0.1, 0.5)), min_size=1, max_size=8),
    st.floats(0, 0.3),
)
def test_no_allowed_point_is_more_robust_than_the_chosen_one(points, most: float) -> None:
    robustness, loss = np.array([(0.0, 0.0), *points]).T
    place = most_robust_point(robustness, loss, most)
    assert loss[place] <= most
    assert robustness[place] == robustness[loss <= most].max()
