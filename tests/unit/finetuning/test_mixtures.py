"""Mixtures differ in the share of spurious samples and in nothing else."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.finetuning import Mixture, mix_samples, split_types
from spuriverse.problems import Problem

laws = settings(deadline=None, derandomize=True, max_examples=30)
SEEDS = st.integers(0, 1_000)
PROPORTIONS = st.floats(0, 1)
ATTRIBUTES = [f"{kind}:{value}" for kind in ("scene", "prop", "light") for value in "abcd"]
COLUMNS = ["sample_id", "image", "question", "options", "answer"]


class Study:
    """Types of twelve attributes, their groups, and ordinary samples that show attributes too."""

    def __init__(self, seed: int, *, ordinary: int = 300) -> None:
        rng = np.random.default_rng(seed)
        self.seed = int(rng.integers(3))
        ids = [f"{a}-{n}".replace(":", "_") for a in ATTRIBUTES for n in range(2)]
        self.types = pd.DataFrame(
            {
                "type_id": ids,
                "sample_id": ids,
                "candidate_id": ids,
                "attribute": np.repeat(ATTRIBUTES, 2),
            }
        )
        self.splits = split_types(self.types, seeds=range(3), validation_share=0.2, test_share=0.2)
        asked = {"question": "What object is shown?", "answer": 0}
        self.groups = pd.DataFrame(
            [
                {
                    "sample_id": f"{name}-{group}-{part}-{number}",
                    "candidate_id": name,
                    "group": group,
                    "part": part,
                    "image": f"{name}-{group}-{part}-{number}.png",
                    "options": ["star", "ring"],
                    **asked,
                }
                for name in ids
                for group in ("core", "spurious")
                for part in ("selection", "fresh")
                for number in range(4)
            ]
        )
        self.samples = pd.DataFrame(
            [
                {
                    "sample_id": f"o-{number}",
                    "image": f"{number // 2}.png",
                    "options": ["moon", "fish"],
                    "attributes": [a for a in ATTRIBUTES if rng.random() < 0.03],
                    **asked,
                }
                for number in range(ordinary)
            ]
        )
        parts = rng.choice(["train", "validation", "test"], ordinary // 2, p=[0.6, 0.2, 0.2])
        self.non_spurious = pd.DataFrame(
            {
                "sample_id": self.samples["sample_id"],
                "subset": "ordinary",
                "part": np.repeat(parts, 2),
            }
        )

    def mix(
        self, proportion: float, n_train: int = 40, n_validation: int = 12, **more: Any
    ) -> Mixture:
        return mix_samples(
            self.types,
            self.splits,
            self.groups,
            self.samples,
            self.non_spurious,
            proportion=proportion,
            n_train=n_train,
            n_validation=n_validation,
            seed=self.seed,
            **more,
        )

    def attributes_of(self, part: str) -> set[str]:
        chosen = (self.splits["seed"] == self.seed) & (self.splits["part"] == part)
        ids = self.splits.loc[chosen, "type_id"]
        return set(self.types.loc[self.types["type_id"].isin(ids), "attribute"])


def spurious_of(table: pd.DataFrame) -> pd.DataFrame:
    return table[~table["sample_id"].str.startswith("o-")]


@given(SEEDS, PROPORTIONS, st.integers(1, 400), st.integers(1, 100))
@laws
def test_every_proportion_has_the_same_number_and_its_share(
    seed: int, proportion: float, n_train: int, n_validation: int
) -> None:
    study = Study(seed)
    mixture, plain = (study.mix(p, n_train, n_validation) for p in (proportion, 0.0))
    for mixed, ordinary, wanted, share in (
        (mixture.train, plain.train, n_train, proportion),
        (mixture.validation, plain.validation, n_validation, 0.5),
    ):
        assert list(mixed.columns) == COLUMNS
        assert 0 < len(mixed) == len(ordinary) <= wanted
        assert abs(len(spurious_of(mixed)) - share * len(mixed)) <= 0.5
        assert mixed["sample_id"].is_unique


@given(SEEDS, PROPORTIONS)
@laws
def test_what_is_held_out_is_never_seen(seed: int, proportion: float) -> None:
    study = Study(seed)
    mixture = study.mix(proportion)
    held_out, tuned = study.attributes_of("test"), study.attributes_of("validation")
    attribute_of = study.types.set_index("candidate_id")["attribute"]
    groups = study.groups.set_index("sample_id")
    present = study.samples.set_index("sample_id")["attributes"]
    part_of = study.non_spurious.set_index("sample_id")["part"]
    for part, table, unseen in (
        ("train", mixture.train, held_out | tuned),
        ("validation", mixture.validation, held_out),
    ):
        spurious = groups.loc[spurious_of(table)["sample_id"]]
        shown = set(spurious["candidate_id"].map(attribute_of))
        assert shown <= study.attributes_of(part)
        assert set(spurious["group"]) <= {"spurious"}
        assert set(spurious["part"]) <= {"selection"}
        ordinary = table.loc[table["sample_id"].str.startswith("o-"), "sample_id"]
        assert not unseen & set().union(*present[ordinary])
        assert set(part_of[ordinary]) <= {part}


@given(SEEDS, PROPORTIONS)
@laws
def test_training_and_validation_are_disjoint_by_image(seed: int, proportion: float) -> None:
    mixture = Study(seed).mix(proportion, 400, 100)
    assert not set(mixture.train["image"]) & set(mixture.validation["image"])


@given(SEEDS, PROPORTIONS, PROPORTIONS)
@laws
def test_a_larger_proportion_holds_the_spurious_samples_of_a_smaller(
    seed: int, one: float, other: float
) -> None:
    study = Study(seed)
    few, many = (study.mix(proportion) for proportion in sorted([one, other]))
    for smaller, larger in ((few.train, many.train), (few.validation, many.validation)):
        assert set(spurious_of(smaller)["sample_id"]) <= set(spurious_of(larger)["sample_id"])
        rest = [set(t["sample_id"]) - set(spurious_of(t)["sample_id"]) for t in (smaller, larger)]
        assert rest[1] <= rest[0]


@given(SEEDS, PROPORTIONS)
@laws
def test_the_same_settings_give_the_same_mixture(seed: int, proportion: float) -> None:
    first, second = Study(seed).mix(proportion), Study(seed).mix(proportion)
    pd.testing.assert_frame_equal(first.train, second.train)
    pd.testing.assert_frame_equal(first.validation, second.validation)


def test_the_limits_are_pure() -> None:
    study = Study(0)
    assert spurious_of(study.mix(0).train).empty
    assert len(spurious_of(study.mix(1).train)) == len(study.mix(1).train) == 40


def test_an_unknown_split_is_a_problem() -> None:
    study = Study(0)
    study.seed = 7
    with pytest.raises(Problem, match="no split with seed 7; known: \\[0, 1, 2\\]"):
        study.mix(0.5)


def test_an_empty_pool_is_a_problem() -> None:
    study = Study(0)
    study.non_spurious = study.non_spurious[study.non_spurious["part"] != "validation"]
    with pytest.raises(Problem, match=r"validation part has .* and 0 ordinary samples"):
        study.mix(0.5)


# --- fewer types, and anchors -----------------------------------------------------------------


@given(SEEDS, st.integers(0, 14), st.integers(0, 14))
@laws
def test_the_types_of_a_smaller_number_are_among_those_of_a_larger(
    seed: int, one: int, other: int
) -> None:
    study = Study(seed)
    n_train = (study.splits[study.splits["seed"] == study.seed]["part"] == "train").sum()
    few, many = sorted([one, other])
    owner = study.groups.set_index("sample_id")["candidate_id"]
    used = []
    for n in (few, many):
        mixture = study.mix(n / n_train, n_types=n)
        names = set(owner[spurious_of(mixture.train)["sample_id"]])
        assert len(names) <= n
        assert len(mixture.train) == len(study.mix(1.0).train)
        used.append(names)
    order = np.random.default_rng([study.seed, 8])
    split = study.splits[study.splits["seed"] == study.seed]
    names = sorted(split.loc[split["part"] == "train", "type_id"])
    first = order.permutation(names)
    assert used[0] <= set(first[:few]) <= set(first[:many])
    assert used[1] <= set(first[:many])


def test_more_types_than_there_are_is_a_problem() -> None:
    study = Study(0)
    with pytest.raises(Problem, match="30 types are asked for, and the split with seed 2 has 16"):
        study.mix(1, n_types=30)


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_a_split_with_an_empty_part_is_a_problem(part: str) -> None:
    study = Study(0)
    study.splits = study.splits[study.splits["part"] != part]
    with pytest.raises(Problem, match=f"has no types in its {part} part"):
        study.mix(0.5)


def test_anchors_take_the_place_of_the_groups() -> None:
    study = Study(0)
    anchors = study.samples["sample_id"].iloc[: len(study.types)].tolist()
    study.types["sample_id"] = anchors
    split = study.splits[study.splits["seed"] == study.seed].merge(study.types, on="type_id")
    mixture = study.mix(1, anchors=True)
    for part, table in (("train", mixture.train), ("validation", mixture.validation)):
        own = set(split.loc[split["part"] == part, "sample_id"])
        assert own >= set(spurious_or_anchor := set(table["sample_id"]) & set(anchors))
        assert len(spurious_or_anchor) == (len(own) if part == "train" else len(own) // 2)


def test_published_groups_count_as_fresh_and_are_trained_on() -> None:
    study = Study(0)
    study.groups = study.groups[study.groups["part"] == "fresh"]
    assert len(spurious_of(study.mix(1).train)) == 40


def test_types_short_of_images_are_filled_up_with_ordinary_samples() -> None:
    study = Study(0)
    split = study.splits[study.splits["seed"] == study.seed]
    names = sorted(split.loc[split["part"] == "train", "type_id"])
    (first,) = np.random.default_rng([study.seed, 8]).permutation(names)[:1]
    lost = (study.groups["candidate_id"] == first) & study.groups["image"].str.contains(
        "-[123].png"
    )
    study.groups = study.groups[~lost]
    mixture = study.mix(1 / len(names), n_train=400, n_types=1)
    assert len(spurious_of(mixture.train)) == 1
    assert len(mixture.train) == len(study.mix(1, n_train=400).train)


def test_all_types_by_number_are_all_types_by_default() -> None:
    """Two studies then have a run in common, which is made once."""
    study = Study(3)
    split = study.splits[study.splits["seed"] == study.seed]
    n_train = int((split["part"] == "train").sum())
    whole, counted = study.mix(1.0), study.mix(1.0, n_types=n_train)
    pd.testing.assert_frame_equal(whole.train, counted.train)
    pd.testing.assert_frame_equal(whole.validation, counted.validation)
