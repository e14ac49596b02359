"""Losses at mixing's own robustness: fair to the baseline, and not chosen on what measures them."""

import numpy as np
import pytest
from mitigation_curves import BLIND, CORE, SCALED, START, make_points

from spuriverse.finetuning.mitigations import ENVELOPE, losses_at_levels
from spuriverse.problems import Problem

MIXING = {0.5: (0.5, 0.1), 1.0: (0.7, 0.3)}
BETTER = {0.5: (0.4, 0.01), 1.0: (0.6, 0.05), 2.0: (0.8, 0.2)}


def at(points, method: str, level: float = 0.5):
    table = losses_at_levels(points, [level])
    return table[table["method"] == method]


def test_the_level_of_a_split_is_mixings_own_robustness() -> None:
    points = make_points({("mixing", "{}"): MIXING, ("mine", "{}"): BETTER}, shift=0)
    rows = at(points, "mine")
    assert len(rows) == 8
    np.testing.assert_allclose(rows[["loss", "robustness"]], [[0.05, 0.6]] * 8)
    np.testing.assert_allclose(at(points, "mine", 1.0)["loss"], 0.2)
    hard = points["fold"] == 0
    points.loc[hard & (points["method"] == "mixing"), "spurious"] -= 0.25
    assert set(at(points, "mine")["robustness"].round(3)) == {0.4, 0.6}


def test_the_baseline_is_mixing_over_proportions_and_scales() -> None:
    """A scale of the strongest mixture is as robust as the level, at less loss than mixing."""
    scales = {0.5: (0.55, 0.02), 1.5: (0.8, 0.4)}
    curves = {("mixing", "{}"): MIXING, ("adapter_scaling", SCALED): scales}
    points = make_points(curves, shift=0)
    np.testing.assert_allclose(at(points, ENVELOPE)["loss"], 0.02)
    np.testing.assert_allclose(at(points, "mixing")["loss"], 0.1)
    assert at(points, "adapter_scaling").empty


def test_a_point_is_chosen_on_one_half_and_measured_on_the_other() -> None:
    """What is best on a half by luck alone is not credited with its luck."""
    points = make_points({("mixing", "{}"): MIXING, ("mine", "{}"): BETTER}, shift=0)
    lucky = (points["method"] == "mine") & (points["knob"] == 2.0) & (points["half"] == 0)
    points.loc[lucky, "aligned"] = 1.1
    row = at(points, "mine")
    # Half 0 chooses knob 2, which loses .2 on half 1; half 1 chooses knob 1, which loses .05.
    np.testing.assert_allclose(row["loss"], (0.2 + 0.05) / 2)


def test_what_does_not_reach_the_level_counts_as_the_worst_point_of_the_split() -> None:
    weak = {0.5: (0.2, 0.001), 1.0: (0.3, 0.002)}
    points = make_points({("mixing", "{}"): MIXING, ("mine", "{}"): weak}, shift=0)
    row = at(points, "mine")
    np.testing.assert_allclose(row["loss"], 0.3)
    assert (row["reached"] == 0).all() and row["robustness"].isna().all()


def test_the_chord_leads_from_the_base_model_to_a_blind_one() -> None:
    points = make_points({("mixing", "{}"): MIXING}, shift=0)
    expected = BLIND * (0.5 - START) / (CORE - START)
    np.testing.assert_allclose(at(points, "mixing")["chord"], expected)


def test_a_level_that_was_not_measured_is_a_problem() -> None:
    with pytest.raises(Problem, match=r"proportion 0\.25"):
        losses_at_levels(make_points({("mixing", "{}"): MIXING}), [0.25])
