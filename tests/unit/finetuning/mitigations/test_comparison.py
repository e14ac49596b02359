"""The claims about a method, over splits: at most half of the loss, and the cue still used."""

import numpy as np
import pandas as pd
import pytest
from mitigation_curves import BLIND, CORE, START, make_points

from spuriverse.finetuning.mitigations import (
    COMPARISON_COLUMNS,
    ENVELOPE,
    compare_methods,
    tabulate_curves,
)
from spuriverse.statistics import mean_over_splits

MIXING = {0.5: (0.5, 0.1), 1.0: (0.7, 0.3)}


def compared(curve: dict[float, tuple[float, float]], method: str = "mine") -> pd.Series:
    points = make_points({("mixing", "{}"): MIXING, ("mine", "{}"): curve})
    table = compare_methods(points, levels=[0.5])
    assert list(table.columns) == list(COMPARISON_COLUMNS)
    return table[table["method"] == method].squeeze()


def test_a_quarter_of_the_loss_is_at_most_half_of_it() -> None:
    row = compared({1.0: (0.55, 0.025)})
    assert (row["splits"], row["reached"]) == (8, 1)
    assert row["loss"] == pytest.approx(row["baseline"] / 4)
    assert row["at_most_half"] and row["contrast_high"] < 0
    assert row["contrast"] == pytest.approx(row["loss"] - row["baseline"] / 2)


@pytest.mark.parametrize(
    "curve", [{1.0: (0.55, 0.08)}, {1.0: (0.3, 0.0)}], ids=["dear", "not robust"]
)
def test_what_costs_more_or_does_not_reach_is_not(curve: dict) -> None:
    row = compared(curve)
    assert not row["at_most_half"] and row["contrast"] > 0


def test_intervals_are_wider_by_the_attributes_that_splits_share() -> None:
    points = make_points({("mixing", "{}"): MIXING})
    row = compare_methods(points, levels=[0.5]).set_index("method").loc["mixing"]
    factors = np.array(
        [0.1 * (1 + 0.02 * (fold + seed / 2)) for seed in (0, 1) for fold in range(4)]
    )
    expected = mean_over_splits(factors, test_to_train=8 / 24)
    assert (row["loss_low"], row["loss_high"]) == pytest.approx((expected.low, expected.high))


def test_below_the_chord_the_cue_is_still_used() -> None:
    blind = BLIND * (0.55 - START) / (CORE - START)
    used, blinded = compared({1.0: (0.55, blind / 4)}), compared({1.0: (0.55, blind)})
    assert used["cue_used"] and used["chord_high"] < 0
    assert not blinded["cue_used"]
    unreached = compared({1.0: (0.3, 0.0)})
    assert not unreached["cue_used"] and np.isnan(unreached["chord_high"])


def test_the_envelope_costs_no_more_than_mixing() -> None:
    row = compared({1.0: (0.55, 0.025)}, ENVELOPE)
    assert row["difference"] == 0 and row["contrast"] == pytest.approx(row["baseline"] / 2)


def test_curves_begin_at_the_base_model_and_say_what_is_on_the_front() -> None:
    curves = {("mixing", "{}"): MIXING, ("mine", "{}"): {1.0: (0.55, 0.01), 2.0: (0.8, 0.05)}}
    table = tabulate_curves(make_points(curves))
    starts = table[table["knob"] < 0]
    assert set(starts["method"]) == {"mixing", "mine"} and (starts["splits"] == 8).all()
    np.testing.assert_allclose(starts[["robustness", "accuracy"]], [[START, 0.95]] * 2)
    tuned = table[table["knob"] > 0].groupby("method")["pareto"].agg(list)
    assert all(tuned["mine"]) and not any(tuned["mixing"])
