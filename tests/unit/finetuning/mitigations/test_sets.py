"""What mitigations are trained and measured on: nothing held out is seen or chosen on."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.finetuning.mitigations import (
    build_pools,
    part_types,
    select_asked,
)
from spuriverse.problems import Problem

laws = settings(deadline=None, derandomize=True, max_examples=25)
ATTRIBUTES = [f"{kind}:{value}" for kind in ("scene", "prop", "light") for value in "abcde"]
TYPES = pd.DataFrame(
    {
        "type_id": [f"t{n}" for n in range(30)],
        "candidate_id": [f"t{n}" for n in range(30)],
        "attribute": [ATTRIBUTES[n % 15] for n in range(30)],
        "predicted": ["y"] * 30,
    }
)
FOLDS = 4


def parts_of(seed: int, types: pd.DataFrame = TYPES, fold: int = 0) -> pd.Series:
    return part_types(types, TYPES, seed=seed, fold=fold, folds=FOLDS, validation_share=0.3)


@laws
@given(st.integers(0, 1000), st.integers(0, 1000))
def test_no_split_holds_out_what_another_chose_on(one: int, other: int) -> None:
    first, second = (TYPES["attribute"].groupby(parts_of(seed)).agg(set) for seed in (one, other))
    assert first["validation"] == second["validation"]
    assert not first["test"] & second["validation"]
    assert not first["train"] & (first["test"] | first["validation"])


@laws
@given(st.integers(0, 1000))
def test_the_folds_hold_out_every_other_attribute_once(seed: int) -> None:
    held_out = [
        TYPES.loc[parts_of(seed, fold=fold) == "test", "attribute"].unique()
        for fold in range(FOLDS)
    ]
    once = np.concatenate(held_out)
    validation = set(TYPES.loc[parts_of(seed) == "validation", "attribute"])
    assert len(once) == len(set(once))
    assert set(once) == set(ATTRIBUTES) - validation


def sets_of(pairs: int = 4) -> pd.DataFrame:
    """Pairs of aligned images of every type, and fifty ordinary ones."""
    rows = [
        {"subset": subset, "candidate_id": name, "sample_id": f"{name}-{subset}-{number}"}
        for name in TYPES["candidate_id"]
        for subset in ("aligned", "aligned_without_cue", "spurious")
        for number in range(pairs)
    ]
    rows += [{"subset": "ordinary", "candidate_id": "", "sample_id": f"o{n}"} for n in range(50)]
    return pd.DataFrame(rows)


def test_no_ordinary_image_is_for_the_choice_and_for_the_test() -> None:
    part = parts_of(0)
    asked = {name: select_asked(sets_of(), TYPES, part, name) for name in ("validation", "test")}
    ordinary = {
        name: set(rows.loc[rows["subset"] == "ordinary", "sample_id"])
        for name, rows in asked.items()
    }
    assert len(ordinary["validation"]) == 10 and len(ordinary["test"]) == 40
    assert not ordinary["validation"] & ordinary["test"]
    shown = set(asked["test"]["candidate_id"]) - {""}
    assert shown == set(TYPES.loc[part == "test", "candidate_id"])


@pytest.mark.parametrize("pairs", [3, 4])
def test_halves_are_alike_and_twins_are_in_the_same(pairs: int) -> None:
    asked = select_asked(sets_of(pairs), TYPES, parts_of(0), "test")
    sizes = asked.groupby(["subset", "half"]).size().unstack()
    assert (abs(sizes[0] - sizes[1]) <= 1).all()
    aligned = asked[asked["subset"] == "aligned"].set_index("sample_id")["half"]
    twins = asked[asked["subset"] == "aligned_without_cue"].set_index("sample_id")["half"]
    twins.index = twins.index.str.replace("_without_cue", "")
    assert twins.sort_index().equals(aligned.sort_index())


def test_a_base_model_with_fewer_types_has_the_same_validation_attributes() -> None:
    few = TYPES[TYPES["attribute"] != ATTRIBUTES[3]]
    whole = set(TYPES.loc[parts_of(1) == "validation", "attribute"])
    part = set(few.loc[parts_of(1, few) == "validation", "attribute"])
    assert part == whole - {ATTRIBUTES[3]}


def test_too_few_attributes_are_refused() -> None:
    with pytest.raises(Problem, match="too few for training"):
        parts_of(0, TYPES[TYPES["attribute"] == ATTRIBUTES[0]])


def tables() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Groups of every type, their questions, and samples that show one attribute each."""
    groups = pd.DataFrame(
        [
            {
                **{"candidate_id": name, "group": group, "part": part, "seed": seed},
                "image": f"{name}-{group}-{part}-{seed}.png",
            }
            for name in TYPES["candidate_id"]
            for group in ("core", "spurious")
            for part in ("selection", "fresh")
            for seed in range(2)
        ]
    )
    question = {"question": "What?", "answer": 0}
    asked = groups.assign(sample_id=groups["image"], options=[["x", "y"]] * len(groups), **question)
    samples = pd.DataFrame({"attributes": [[a] for a in ATTRIBUTES * 3]})
    samples = samples.assign(
        sample_id=[f"s{n}" for n in range(45)],
        image=[f"{n}.png" for n in range(45)],
        options=[["x", "y"]] * 45,
        **question,
    )
    chosen = {"subset": "aligned", "part": np.repeat(["train", "validation", "test"], 15)}
    return groups, asked, samples, samples[["sample_id"]].assign(**chosen)


@laws
@given(st.integers(0, 1000))
def test_pools_show_no_validation_or_test_attribute(seed: int) -> None:
    groups, asked, samples, non_spurious = tables()
    part = parts_of(seed)
    pools = build_pools(TYPES, part, groups, asked, samples, non_spurious, seed=seed)
    train = set(TYPES.loc[part == "train", "attribute"])
    shown = samples.set_index("sample_id")["attributes"]
    assert {shown[s][0] for s in pools.non_spurious["sample_id"]} == train
    attribute = TYPES.set_index("type_id")["attribute"]
    assert set(attribute[pools.spurious["type_id"]]) == train


def test_a_twin_is_the_same_image_without_the_attribute() -> None:
    groups, asked, samples, non_spurious = tables()
    pools = build_pools(TYPES, parts_of(0), groups, asked, samples, non_spurious, seed=0)
    expected = pools.spurious["image"].str.replace("spurious", "core")
    assert pools.spurious["twin"].tolist() == expected.tolist()


def test_more_samples_hold_the_fewer_and_too_many_are_refused() -> None:
    groups, asked, samples, non_spurious = tables()
    pools = build_pools(TYPES, parts_of(0), groups, asked, samples, non_spurious, seed=0)
    few, many = pools.draw_spurious(5), pools.draw_spurious(9)
    assert set(few["sample_id"]) < set(many["sample_id"])
    with pytest.raises(Problem, match=r"asks for 99 non-spurious samples"):
        pools.draw_non_spurious(99)
