"""The gap that decided stands beside the gap on fresh images, for types and on average."""

import numpy as np
import pandas as pd
import pytest

from spuriverse.discovery.verification.truth import SHRINKAGE_COLUMNS, tabulate_shrinkage

N = 200


def simulate(threshold: float) -> pd.DataFrame:
    """Gaps of 10 + 10 answers; the true gap is 0.3 for every candidate."""
    rng = np.random.default_rng(0)
    gaps = [rng.binomial(10, 0.9, N) / 10 - rng.binomial(10, 0.6, N) / 10 for _ in range(2)]
    return pd.DataFrame(
        {
            "candidate_id": [f"c{number}" for number in range(N)],
            "model": "m",
            "n_core": 10,
            "n_spurious": 10,
            "gap": gaps[0],
            "gap_low": gaps[0] - 0.3,
            "gap_high": gaps[0] + 0.3,
            "kept_paper": gaps[0] > threshold,
            "kept_corrected": gaps[0] > threshold + 0.1,
            "kept": gaps[0] > threshold + 0.1,
            "fresh_n": 20,
            "fresh_gap": gaps[1],
            "fresh_low": gaps[1] - 0.3,
            "fresh_high": gaps[1] + 0.3,
        }
    )


CANDIDATES = pd.DataFrame(
    {
        "candidate_id": [f"c{number}" for number in range(N)],
        "attribute": [f"scene:a{number % 40}" for number in range(N)],
    }
)


def test_what_is_chosen_for_its_gap_shrinks_and_all_together_do_not() -> None:
    table = tabulate_shrinkage(simulate(0.45), CANDIDATES)
    assert list(table.columns) == list(SHRINKAGE_COLUMNS)
    means = table[table["candidates"] != "type"].set_index("candidates")
    assert means.loc["all", "shrinkage_low"] < 0 < means.loc["all", "shrinkage_high"]
    assert means.loc["all", "n"] == N
    for kept in ("kept_paper", "kept_corrected"):
        assert means.loc[kept, "shrinkage_low"] > 0.1
        assert means.loc[kept, "fresh_gap"] == pytest.approx(0.3, abs=0.08)


def test_every_type_has_a_row_of_its_own() -> None:
    verification = simulate(0.45)
    table = tabulate_shrinkage(verification, CANDIDATES)
    types = table[table["candidates"] == "type"]
    assert (
        types["type_id"].tolist() == verification.loc[verification["kept"], "candidate_id"].tolist()
    )
    assert (types["n"] == 20).all()
    np.testing.assert_allclose(types["shrinkage"], types["gap"] - types["fresh_gap"])


def test_without_types_or_fresh_images_the_table_says_so() -> None:
    verification = simulate(2.0).assign(fresh_gap=np.nan, fresh_n=0)
    table = tabulate_shrinkage(verification, CANDIDATES)
    assert table["candidates"].tolist() == ["all", "kept_paper", "kept_corrected"]
    assert (table["n"] == 0).all()
    assert table["gap"].isna().all()
