"""Decisions on candidates of known truth: who is true, what is counted, what is saved."""

import numpy as np
import pandas as pd
import pytest

from spuriverse.discovery.verification.truth import (
    CALIBRATION_COLUMNS,
    SAVINGS_COLUMNS,
    Pool,
    read_pool,
    tabulate_calibration,
    tabulate_savings,
)
from spuriverse.problems import Problem

SETTINGS = {
    "orders": 3,
    "threshold": 0.3,
    "false_discovery_rate": 0.05,
    "seed": 0,
}


def make_answers(gaps: dict[str, float], *, core: float = 0.9, images: int = 20, seed: int = 0):
    """`calibration_candidates` of a model: attribute -> gap; those of kind scene are planted."""
    rng = np.random.default_rng(seed)
    rows = [
        {
            "candidate_id": f"{attribute}-{candidate}",
            "attribute": attribute,
            "planted": attribute.startswith("scene"),
            "part": "selection" if number < images else "fresh",
            "number": number,
            "core_correct": bool(rng.random() < core),
            "spurious_correct": bool(rng.random() < core - gap),
        }
        for attribute, gap in gaps.items()
        for candidate in range(5)
        for number in range(2 * images)
    ]
    return pd.DataFrame(rows)


TRUE = {f"scene:true-{number}": 0.8 for number in range(6)}
WEAK = {"scene:weak": 0.0}
HARD = {"scene:hard": 0.8}
CONTROL = {f"prop:none-{number}": 0.0 for number in range(6)}
EVERYTHING = {**TRUE, **WEAK, **HARD, **CONTROL}


@pytest.fixture(scope="module")
def pool() -> Pool:
    deciding = {f"m-{seed}": make_answers(EVERYTHING, seed=seed) for seed in range(2)}
    control = make_answers({**dict.fromkeys(EVERYTHING, 0.0), **HARD}, seed=9)
    return read_pool(deciding, [control])


def test_true_is_what_took_hold_in_the_model_and_not_in_the_control_model(pool: Pool) -> None:
    true = set(pool.attributes[pool.holds.all(axis=1)])
    assert true == set(TRUE)
    assert not pool.holds[np.isin(pool.attributes, [*WEAK, *HARD, *CONTROL])].any()
    assert set(pool.attributes[~pool.planted]) == set(CONTROL)


def test_the_truth_is_read_from_fresh_images_alone() -> None:
    answers = make_answers(EVERYTHING)
    control = make_answers(dict.fromkeys(EVERYTHING, 0.0), seed=9)
    changed = answers.copy()
    changed.loc[changed["part"] == "selection", ["core_correct", "spurious_correct"]] = False
    before, after = read_pool({"m": answers}, [control]), read_pool({"m": changed}, [control])
    np.testing.assert_array_equal(before.holds, after.holds)
    assert before.core.any() and not after.core.any()


def test_an_order_moves_pairs_and_never_single_images(pool: Pool) -> None:
    for core, spurious in pool.orders(2, seed=0):
        np.testing.assert_array_equal(core.sum(-1), pool.core.sum(-1))
        both = (core & spurious).sum(-1)
        np.testing.assert_array_equal(both, (pool.core & pool.spurious).sum(-1))
        assert (core != pool.core).any()


def test_the_corrected_decision_keeps_fewer_false_candidates(pool: Pool) -> None:
    table = tabulate_calibration(pool, sizes=[3, 10], **SETTINGS)
    assert list(table.columns) == list(CALIBRATION_COLUMNS)
    cells = table.set_index(["decision", "models", "images"])
    assert len(cells) == 3 * 2 * 2
    for models in (1, 2):
        paper, corrected = (cells.loc[(d, models, 10)] for d in ("paper", "corrected"))
        assert corrected["control_kept"] <= paper["control_kept"]
        assert paper["power"] == pytest.approx(1, abs=0.05)
        assert corrected["power"] >= 0.9 * paper["power"]
        assert corrected["power_kept"] == pytest.approx(corrected["power"] / paper["power"])
        assert paper["power_kept"] == 1 and paper["power_kept_low"] < 1
        # The hard attribute has a real gap and is no shortcut: a false discovery of either.
        assert corrected["false_discovery_rate"] > 0.1
        assert corrected["control_share"] < corrected["false_discovery_rate"]
        # ... which shows again on fresh images.
        assert corrected["no_fresh_gap"] < 0.02
    assert (table["n_control"] == 30).all()
    assert (table["n_true"] == 30).all()
    kept = table[table["n_kept"] > 0]
    for value, low, high in (
        ("power", "power_low", "power_high"),
        ("false_discovery_rate", "fdr_low", "fdr_high"),
    ):
        assert (kept[low] <= kept[value]).all() and (kept[value] <= kept[high]).all()


def test_three_images_prove_nothing(pool: Pool) -> None:
    table = tabulate_calibration(pool, sizes=[2], **SETTINGS).set_index(["decision", "models"])
    assert table.loc[("corrected", 1), "n_kept"] == 0
    assert np.isnan(table.loc[("corrected", 1), "false_discovery_rate"])
    assert table.loc[("paper", 1), "n_kept"] > 0


def test_savings_count_the_images_that_were_made(pool: Pool) -> None:
    table = tabulate_savings(pool, images_per_group=10, step=2, most_images=16, **SETTINGS)
    assert list(table.columns) == list(SAVINGS_COLUMNS)
    assert set(zip(table["paired"], table["step"], table["models"], strict=True)) == {
        (paired, step, models) for paired in (False, True) for step in (1, 2) for models in (1, 2)
    }
    assert table["sequential_images"].between(2, 32).all()
    saved = 1 - table["sequential_images"] / table["fixed_images"]
    np.testing.assert_allclose(table["saved"], saved)
    everyone = table[(table["candidates"] == "all") & ~table["paired"]]
    assert (everyone["saved"] > 0.3).all()
    assert (everyone["power"] > 0.9).all()
    equal = 1 - everyone["sequential_images"] / everyone["equal_images"]
    np.testing.assert_allclose(everyone["equal_saved"], equal)


def test_a_zoo_without_control_model_cannot_calibrate() -> None:
    with pytest.raises(Problem, match="decorrelated"):
        read_pool({"m": make_answers(TRUE)}, [])
