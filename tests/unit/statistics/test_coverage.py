"""A simulation counts what its scenarios say, and its draws depend on nothing else."""

import math

import numpy as np
import pandas as pd
import pytest

import spuriverse.statistics as statistics
from spuriverse.problems import Problem
from spuriverse.statistics import COVERAGE_COLUMNS, Scenario, simulate_coverage


def sometimes(rng: np.random.Generator) -> bool | None:
    drawn = rng.random()
    return None if drawn < 0.2 else bool(drawn < 0.4)


def test_tries_without_an_interval_are_counted_apart() -> None:
    table = simulate_coverage([Scenario("some", "a world", 8, sometimes)], tries=2_000)
    assert list(table.columns) == list(COVERAGE_COLUMNS)
    row = table.iloc[0]
    assert row["without_interval"] == pytest.approx(400, abs=60)
    assert row["share"] == pytest.approx(0.25, abs=0.04)
    assert row["low"] < row["share"] < row["high"]
    never = simulate_coverage([Scenario("none", "a world", 2, lambda rng: None)], tries=5)
    assert never["without_interval"].item() == 5 and math.isnan(never["share"].item())


def test_draws_depend_on_the_scenario_and_the_seed_alone() -> None:
    one, other = (Scenario(name, "a world", None, sometimes) for name in ("one", "other"))
    both = simulate_coverage([one, other], tries=200)
    alone = simulate_coverage([other], tries=200)
    pd.testing.assert_frame_equal(both.iloc[[1]].reset_index(drop=True), alone)
    assert simulate_coverage([other], tries=200, seed=1)["share"].item() != alone["share"].item()


def test_every_scenario_names_an_estimator_in_use_and_gives_a_share() -> None:
    table = simulate_coverage(tries=3)
    assert [name for name in set(table["estimator"]) if not hasattr(statistics, name)] == []
    assert not table.duplicated(["estimator", "design", "clusters"]).any()
    # A page quotes a row by its design, among other columns that commas separate.
    assert not table["design"].str.contains("[,;=]").any()
    with_interval = table[table["without_interval"] < 3]
    assert with_interval["share"].between(0, 1).all()
    few = table[(table["clusters"] < statistics.FEWEST_CLUSTERS)]
    assert (few.loc[few["estimator"] == "clustered_share", "without_interval"] == 3).all()


def test_no_tries_are_a_problem() -> None:
    with pytest.raises(Problem, match="at least 1"):
        simulate_coverage(tries=0)
