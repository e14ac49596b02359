"""The trade-off over base models: each by itself, and all of an association together."""

import numpy as np
import pandas as pd
import pytest

from spuriverse.finetuning import ASSOCIATION_COLUMNS, tabulate_association

ASSOCIATIONS = {f"m-{a:g}-{seed}": a for a in (0.7, 0.99) for seed in range(4)}


def answers(accuracy: float, seed: int) -> pd.DataFrame:
    """Six held-out attributes with ten questions each, and ten ordinary images."""
    rng = np.random.default_rng(seed)
    held_out = pd.DataFrame(
        {
            "subset": "spurious_held_out",
            "attribute": np.repeat([f"scene:{n}" for n in range(6)], 10),
            "sample_id": [f"s-{n}" for n in range(60)],
            "correct": rng.random(60) < accuracy,
        }
    )
    ordinary = pd.DataFrame(
        {
            "subset": "ordinary",
            "attribute": None,
            "sample_id": [f"o-{n}" for n in range(10)],
            "correct": rng.random(10) < 0.8,
        }
    )
    both = pd.concat([held_out, ordinary], ignore_index=True)
    return both.assign(seed=0, cluster=both["attribute"].fillna(both["sample_id"]))


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    runs = {
        (model, proportion, 0): answers((1.2 - a) if proportion == "base" else 0.8, number)
        for number, (model, a) in enumerate(ASSOCIATIONS.items())
        for proportion in ("base", "1")
    }
    return tabulate_association(runs, ASSOCIATIONS)


def test_every_base_model_and_all_of_an_association_have_a_row(table: pd.DataFrame) -> None:
    assert list(table.columns) == list(ASSOCIATION_COLUMNS)
    assert len(table) == 2 * 2 * 2 * (4 + 1)
    pooled = table[table["base_model"] == "all"]
    assert (pooled["base_models"] == 4).all()
    of_types = pooled[pooled["subset"] == "spurious_held_out"]
    assert (of_types["n"] == 240).all() and (of_types["questions"] == 60).all()
    assert (of_types["attributes"] == 6).all()
    assert pooled.loc[pooled["subset"] == "ordinary", "attributes"].isna().all()


def test_a_pooled_row_is_the_mean_of_its_models_with_an_interval(table: pd.DataFrame) -> None:
    keys = ["association", "proportion", "subset"]
    alone = table[table["base_model"] != "all"].groupby(keys)["accuracy"].mean()
    pooled = table[table["base_model"] == "all"].set_index(keys)
    np.testing.assert_allclose(pooled["accuracy"], alone)
    assert (pooled["low"] < pooled["accuracy"]).all()
    assert (pooled["accuracy"] < pooled["high"]).all()


def test_a_stronger_association_leaves_less_robustness(table: pd.DataFrame) -> None:
    base = table[(table["proportion"] == "base") & (table["base_model"] == "all")]
    spurious = base[base["subset"] == "spurious_held_out"].set_index("association")["accuracy"]
    assert spurious[0.99] < spurious[0.7]
