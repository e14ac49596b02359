"""A held-out attribute is held out: no attribute is on two sides of a split."""

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from contracts import as_table
from spuriverse.finetuning import split_types
from spuriverse.problems import Problem

laws = settings(deadline=None, derandomize=True, max_examples=60)
ATTRIBUTES = [f"{kind}:{value}" for kind in ("scene", "prop", "light") for value in "abcdefg"]
TYPES = st.lists(st.sampled_from(ATTRIBUTES), min_size=1, max_size=50)
SHARES = st.floats(0, 0.45)


def make_types(attributes: list[str]) -> pd.DataFrame:
    ids = [f"type-{number}" for number in range(len(attributes))]
    return pd.DataFrame({"type_id": ids, "sample_id": ids, "attribute": attributes})


@given(TYPES, st.lists(st.integers(0, 99), min_size=1, max_size=3, unique=True), SHARES, SHARES)
@laws
def test_an_attribute_is_in_one_part(
    attributes: list[str], seeds: list[int], validation: float, test: float
) -> None:
    types = make_types(attributes)
    different = len(set(attributes))
    n_test, n_validation = (max(1, round(share * different)) for share in (test, validation))
    if n_test + n_validation >= different:
        with pytest.raises(Problem, match=f"{different} verified attributes are too few"):
            split_types(types, seeds=seeds, validation_share=validation, test_share=test)
        shares = {"validation_share": validation, "test_share": test}
        none = split_types(types, seeds=seeds, **shares, required=False)
        as_table(none, "splits")
        assert none.empty
        return
    splits = split_types(types, seeds=seeds, validation_share=validation, test_share=test)
    as_table(splits, "splits")
    for seed in seeds:
        split = splits[splits["seed"] == seed].merge(types, on="type_id", validate="1:1")
        assert sorted(split["type_id"]) == sorted(types["type_id"])
        assert set(split.groupby("attribute")["part"].nunique()) == {1}
        sizes = split.groupby("part")["attribute"].nunique()
        assert sizes["test"] == n_test
        assert sizes["validation"] == n_validation
        assert sizes["train"] == different - n_test - n_validation


@given(TYPES, st.randoms(use_true_random=False))
@laws
def test_a_split_depends_on_its_seed_and_the_attributes_alone(attributes: list[str], random):
    assume(len(set(attributes)) >= 3)
    types = make_types(attributes)
    order = list(range(len(types)))
    random.shuffle(order)
    shares = {"validation_share": 0.1, "test_share": 0.2}
    alone = split_types(types, seeds=[4], **shares)
    among = split_types(types.iloc[order], seeds=[1, 4, 2], **shares)
    found = among[among["seed"] == 4].set_index("type_id")["part"]
    assert found.to_dict() == alone.set_index("type_id")["part"].to_dict()


def test_seeds_give_different_splits() -> None:
    splits = split_types(
        make_types(ATTRIBUTES), seeds=range(5), validation_share=0.1, test_share=0.2
    )
    held_out = splits[splits["part"] == "test"].groupby("seed")["type_id"].agg(frozenset)
    assert len(set(held_out)) > 1


def test_attributes_that_share_an_anchor_are_in_one_part() -> None:
    types = make_types([*ATTRIBUTES, ATTRIBUTES[3]])
    types.loc[3, "sample_id"] = types.loc[8, "sample_id"] = "shared"
    for seed in range(20):
        shares = {"validation_share": 0.2, "test_share": 0.4}
        parts = split_types(types, seeds=[seed], **shares).set_index("type_id")["part"]
        assert parts["type-3"] == parts["type-8"] == parts[f"type-{len(ATTRIBUTES)}"]
