"""Robustness by what was trained on, and the distance to it."""

import numpy as np
import pandas as pd
import pytest

from spuriverse.finetuning import training_types
from spuriverse.open_questions import (
    embed_attributes,
    nearest_distances,
    tabulate_diversity,
)

ATTRIBUTES = [f"scene:s{i}" for i in range(12)]
PLANNED = [[1, 2], [2, 1], [4, 1]]


@pytest.fixture(scope="module")
def types() -> pd.DataFrame:
    """Two types of each of twelve attributes."""
    rows = [
        {"type_id": f"t-{i}-{j}", "candidate_id": f"c-{i}-{j}", "attribute": name}
        for i, name in enumerate(ATTRIBUTES)
        for j in range(2)
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def splits(types: pd.DataFrame) -> pd.DataFrame:
    """Six attributes to train on, one to validate, five held out."""
    number = types["attribute"].map(ATTRIBUTES.index)
    part = np.select([number < 6, number < 7], ["train", "validation"], "test")
    return pd.DataFrame({"seed": 0, "type_id": types["type_id"], "part": part})


@pytest.mark.parametrize(("attributes", "each"), PLANNED)
def test_a_run_uses_as_many_attributes_and_types(types, splits, attributes: int, each: int) -> None:
    used = training_types(splits.merge(types, on="type_id"), 0, None, attributes, each)
    chosen = types[types["type_id"].isin(used)]
    assert chosen["attribute"].nunique() == attributes
    assert (chosen.groupby("attribute").size() == each).all()


def test_more_attributes_hold_the_fewer(types, splits) -> None:
    split = splits.merge(types, on="type_id")
    assert training_types(split, 0, None, 2, 1) < training_types(split, 0, None, 4, 1)
    assert training_types(split, 0, None, 2, 1) < training_types(split, 0, None, 2, 2)


def test_the_nearest_training_attribute_counts() -> None:
    vectors = {"a": np.array([1.0, 0]), "b": np.array([0, 3.0]), "c": np.array([2.0, 2.0])}
    near = nearest_distances(vectors, ["c", "b"], ["a", "b"])
    assert near["b"] == pytest.approx(0)
    assert near["c"] == pytest.approx(1 - np.sqrt(0.5))
    assert nearest_distances(vectors, ["b"], ["a"])["b"] == pytest.approx(1)


def test_an_attribute_is_what_its_pairs_differ_in(asked, reader) -> None:
    images = asked.scenes["image"].tolist()
    rows = [
        {"candidate_id": "c", "group": group, "part": "fresh", "seed": seed, "image": image}
        for seed, pair in enumerate(zip(images[:2], images[2:4], strict=True))
        for group, image in zip(("spurious", "core"), pair, strict=True)
    ]
    types = pd.DataFrame({"candidate_id": ["c"], "attribute": ["scene:sea"]})
    found = embed_attributes(reader, types, pd.DataFrame(rows))
    swapped = pd.DataFrame(rows).replace({"group": {"spurious": "core", "core": "spurious"}})
    turned = embed_attributes(reader, types, swapped)
    assert found["attribute"].tolist() == ["scene:sea"]
    assert np.allclose(found["vector"][0], -np.array(turned["vector"][0]), atol=1e-5)


def test_robustness_is_told_by_run_and_related_to_distance(types, splits) -> None:
    rng = np.random.default_rng(0)
    test = types[types["attribute"].isin(ATTRIBUTES[7:])]
    asked = pd.DataFrame(
        [
            {"sample_id": f"q-{t.type_id}-{i}", "subset": "spurious", "cluster": t.type_id}
            for t in test.itertuples()
            for i in range(4)
        ]
    ).assign(answer=0)
    names = {
        "base": 0.1,
        **{f"base/diversity/attributes-{a}-types-{t}/seed-0": 0.2 * a for a, t in PLANNED},
    }
    responses = pd.concat(
        asked[["sample_id"]].assign(
            model=name, outcome="answered", choice=(rng.random(len(asked)) > share).astype(int)
        )
        for name, share in names.items()
    )
    runs = pd.DataFrame({"run_id": [*names][1:], "seed": 0})
    vectors = {name: rng.standard_normal(4) for name in ATTRIBUTES}
    table = tabulate_diversity(
        asked,
        responses,
        runs,
        splits,
        types,
        vectors,
        base_model="base",
        planned=PLANNED,
        seed=0,
        resamples=50,
    )
    rows = table.set_index(["condition", "measure"])
    share = rows.loc[("4 attributes with 1 types at most", "robustness")]
    assert share["value"] == pytest.approx(
        (responses["choice"][responses["model"].str.contains("attributes-4")] == 0).mean()
    )
    step = "4 attributes with 1 types at most less 2 attributes with 1 types at most"
    assert rows.loc[(step, "robustness"), "clusters"] == 5
    measure = "distance to the nearest training attribute – accuracy"
    assert rows.loc[("all runs – ranks within runs", measure), "n"] == 15
