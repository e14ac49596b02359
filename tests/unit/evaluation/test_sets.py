"""The evaluation sets: what is in the non-spurious set, and what never is."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import as_table
from spuriverse.evaluation import (
    evaluation_samples,
    expected_groups,
    expected_samples,
    mark_responses,
    sample_non_spurious,
)
from spuriverse.models import plan_variants
from spuriverse.problems import Problem

laws = settings(deadline=None, derandomize=True, max_examples=40)
ASKED = ["sample_id", "image", "question", "options", "answer"]
OBJECTS = ("star", "ring", "moon", "fish")
LEADS_TO = {"scene:sea": "star", "prop:gem": "ring", "light:dusk": "moon"}
ATTRIBUTES = (*LEADS_TO, "border:none", "view:hall")
SEEDS = st.integers(0, 10_000)


def make_samples(rng: np.random.Generator, n: int, benchmark: str) -> pd.DataFrame:
    """Questions about half as many images; the attributes are the image's."""
    images = max(1, n // 2)
    shown = [[a for a in ATTRIBUTES if rng.random() < 0.3] for _ in range(images)]
    rows = []
    for number in range(n):
        image = int(rng.integers(images))
        rows.append(
            {
                "sample_id": f"{benchmark}-{number}",
                "benchmark": benchmark,
                "image": f"{benchmark}/{image}.png",
                "question": f"Question {number}?",
                "options": [OBJECTS[i] for i in rng.permutation(4)],
                "answer": int(rng.integers(4)),
                "category": "object",
                "attributes": shown[image] if benchmark == "home" else [],
            }
        )
    return pd.DataFrame(rows)


class Study:
    """Samples of one or two benchmarks, some of them errors, three candidates and two types."""

    def __init__(self, seed: int, *, guests: int = 0) -> None:
        rng = np.random.default_rng(seed)
        home = make_samples(rng, 200, "home")
        tables = [home] if not guests else [home, make_samples(rng, guests, "guest")]
        self.samples = pd.concat(tables, ignore_index=True)
        self.errors = self.samples[rng.random(len(self.samples)) < 0.2]
        anchors = home["sample_id"].iloc[rng.permutation(len(home))[:3]].tolist()
        self.candidates = pd.DataFrame(
            {
                "candidate_id": ["a", "b", "c"],
                "sample_id": anchors,
                "attribute": list(LEADS_TO),
                "predicted": list(LEADS_TO.values()),
            }
        )
        self.types = self.candidates.head(2).assign(type_id=["a", "b"])

    def draw(
        self,
        *,
        per_anchor: int = 10,
        validation: int = 15,
        seed: int = 0,
        drawn_anew: bool = True,
    ) -> pd.DataFrame:
        return sample_non_spurious(
            self.samples,
            self.errors,
            self.candidates,
            self.types,
            per_anchor=per_anchor,
            validation_samples=validation,
            seed=seed,
            drawn_anew=drawn_anew,
        )

    def joined(self, **settings: int) -> pd.DataFrame:
        drawn = self.draw(**settings).merge(self.samples, on="sample_id", validate="1:1")
        drawn["right"] = [o[a] for o, a in zip(drawn["options"], drawn["answer"], strict=True)]
        return drawn


# --- the non-spurious set ---------------------------------------------------------------------


@given(SEEDS)
@laws
def test_errors_anchors_and_flagged_samples_are_excluded(seed: int) -> None:
    study = Study(seed)
    drawn = study.joined()
    assert not set(drawn["sample_id"]) & set(study.errors["sample_id"])
    assert not set(drawn["sample_id"]) & set(study.types["sample_id"])
    for row in drawn.itertuples():
        answers = {LEADS_TO[a] for a in row.attributes if a in LEADS_TO}
        assert answers <= {row.right}
        assert row.subset == ("aligned" if answers else "ordinary")


@given(SEEDS, st.integers(0, 100))
@laws
def test_every_other_sample_is_in_exactly_one_part(seed: int, guests: int) -> None:
    study = Study(seed, guests=guests)
    drawn = study.draw()
    assert drawn["sample_id"].is_unique
    excluded = set(study.errors["sample_id"]) | set(study.types["sample_id"])
    fitting = set()
    for row in study.samples.itertuples():
        leads = {LEADS_TO[a] for a in row.attributes if a in LEADS_TO}
        if row.sample_id not in excluded and leads <= {row.options[row.answer]}:
            fitting.add(row.sample_id)
    more = drawn[~drawn["sample_id"].isin(fitting)]
    assert fitting <= set(drawn["sample_id"])
    assert set(more["sample_id"]) <= set(study.errors["sample_id"])
    assert set(more["part"]) <= {"unselected"}


def test_the_unselected_part_holds_errors_as_often_as_they_are() -> None:
    shares = []
    for seed in range(60):
        study = Study(seed)
        drawn = study.draw(per_anchor=20, drawn_anew=False)
        kept = drawn[drawn["part"] == "unselected"]
        assert len(kept) >= 10
        shares.append(kept["sample_id"].isin(study.errors["sample_id"]).mean())
        others = drawn[drawn["part"] != "unselected"]
        assert not set(others["sample_id"]) & set(study.errors["sample_id"])
        image = study.samples.set_index("sample_id")["image"]
        assert not set(image[kept["sample_id"]]) & set(image[others["sample_id"]])
    assert np.mean(shares) == pytest.approx(0.2, abs=0.04)


def test_keeping_an_unselected_part_takes_nothing_from_the_test_part() -> None:
    study = Study(0)
    drawn = [study.draw(drawn_anew=anew) for anew in (True, False)]
    sizes = [(d["part"] == "test").sum() for d in drawn]
    assert min(sizes) >= 2 * 10


def test_a_benchmark_that_is_drawn_anew_has_no_unselected_part_and_others_do() -> None:
    drawn = Study(0, guests=90).joined()
    assert set(drawn.loc[drawn["part"] == "unselected", "benchmark"]) == {"guest"}


@given(SEEDS, st.integers(0, 100), st.integers(1, 40), st.integers(0, 60))
@laws
def test_the_parts_are_disjoint_by_image(
    seed: int, guests: int, per_anchor: int, validation: int
) -> None:
    drawn = Study(seed, guests=guests).joined(per_anchor=per_anchor, validation=validation)
    assert set(drawn.groupby("image")["part"].nunique()) == {1}


@given(SEEDS)
@laws
def test_the_test_part_holds_ten_samples_an_anchor(seed: int) -> None:
    """An image is taken whole, so there may be a few more."""
    drawn = Study(seed).joined(per_anchor=10, validation=15)
    more = drawn.groupby("image").size().max() - 1
    sizes = drawn["part"].value_counts().reindex(["test", "validation", "train"], fill_value=0)
    wanted = min(20, len(drawn) // 2)
    assert wanted <= sizes["test"] <= wanted + more
    wanted = min(15, (len(drawn) - wanted) // 2)
    assert wanted - more <= sizes["validation"] <= wanted + more
    assert sizes["train"] > 0


def test_benchmarks_have_equal_shares_and_guests_a_subset_of_their_own() -> None:
    drawn = Study(0, guests=300).joined(per_anchor=20)
    test = drawn[drawn["part"] == "test"]
    sizes = test["benchmark"].value_counts()
    assert sizes["home"] == pytest.approx(20, abs=4)
    assert sizes["guest"] == pytest.approx(20, abs=4)
    assert set(drawn.loc[drawn["benchmark"] == "guest", "subset"]) == {"guest"}
    assert set(drawn.loc[drawn["benchmark"] == "home", "subset"]) == {"aligned", "ordinary"}


@given(SEEDS)
@laws
def test_the_seed_settles_the_draw_whatever_the_order_of_errors(seed: int) -> None:
    study = Study(seed)
    first = study.draw(seed=3)
    study.errors = study.errors.iloc[::-1]
    study.candidates = study.candidates.iloc[::-1]
    pd.testing.assert_frame_equal(first, study.draw(seed=3))
    assert set(study.draw(seed=4)["part"]) == set(first["part"])


def test_another_seed_draws_other_samples() -> None:
    study = Study(0)
    parts = [study.draw(seed=seed).set_index("sample_id")["part"] for seed in (0, 1)]
    assert (parts[0] != parts[1].reindex(parts[0].index)).any()


def test_the_table_fits_its_schema() -> None:
    as_table(Study(0).draw(), "non_spurious")


def test_without_types_the_message_says_what_to_do() -> None:
    study = Study(0)
    study.types = study.types.head(0)
    with pytest.raises(Problem, match="No candidate was verified"):
        study.draw()


def test_without_samples_the_message_says_what_to_do() -> None:
    study = Study(0)
    study.errors = study.samples
    with pytest.raises(Problem, match="No sample is left"):
        study.draw()


# --- everything that is asked -----------------------------------------------------------------


def make_groups(*parts: str) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "sample_id": f"{candidate}-{group}-{part}",
                "candidate_id": candidate,
                "group": group,
                "part": part,
                "image": f"groups/{candidate}-{group}-{part}.png",
                "question": "What?",
                "options": list(OBJECTS),
                "answer": 0,
            }
            for candidate in ("a", "b", "c")
            for group in ("core", "spurious")
            for part in parts
        ]
    )


@pytest.fixture
def asked() -> tuple[Study, pd.DataFrame, pd.DataFrame]:
    study = Study(1)
    non_spurious, groups = study.draw(), make_groups("selection", "fresh")
    everything = evaluation_samples(study.types, study.samples, groups, non_spurious)
    return study, non_spurious, everything


def test_models_are_asked_anchors_fresh_groups_and_the_test_part(asked) -> None:
    study, non_spurious, everything = asked
    by_subset = everything.groupby("subset")["sample_id"].agg(set)
    assert by_subset["anchor"] == set(study.types["sample_id"])
    assert by_subset["core"] == {"a-core-fresh", "b-core-fresh"}
    assert by_subset["spurious"] == {"a-spurious-fresh", "b-spurious-fresh"}
    test = set(non_spurious.loc[non_spurious["part"] == "test", "sample_id"])
    assert by_subset["aligned"] | by_subset["ordinary"] == test
    assert everything["sample_id"].is_unique


def test_without_fresh_images_the_groups_are_those_that_decided(
    caplog: pytest.LogCaptureFixture,
) -> None:
    study = Study(1)
    everything = evaluation_samples(
        study.types, study.samples, make_groups("selection"), study.draw()
    )
    spurious = everything.loc[everything["subset"] == "spurious", "sample_id"]
    assert set(spurious) == {"a-spurious-selection", "b-spurious-selection"}
    assert "There are no fresh images" in caplog.text


def test_the_cluster_is_the_type_or_the_image(asked) -> None:
    _, _, everything = asked
    typed = everything["subset"].isin(["anchor", "core", "spurious"])
    assert set(everything.loc[typed, "cluster"]) == {"a", "b"}
    rest = everything[~typed]
    assert (rest["cluster"] == rest["image"]).all()


def test_an_anchor_of_two_types_is_asked_once_and_counts_for_both(tmp_path) -> None:
    study = Study(3)
    first = study.candidates["sample_id"][0]
    types = study.types.assign(sample_id=first)
    groups = pd.DataFrame(columns=["candidate_id", "group", "part", *ASKED])
    none = pd.DataFrame(columns=["sample_id", "subset", "part"])
    asked = evaluation_samples(types, study.samples, groups, none)
    assert asked["sample_id"].tolist() == [first, first]
    settings = {"strategies": ["direct", "chain_of_thought"], "shuffles": 1, "blind": False}
    variants = plan_variants(asked, **settings, seed=0, grey=tmp_path)
    assert [len(variant.samples) for variant in variants] == [1, 1, 1]
    responses = pd.DataFrame(
        {
            "model": ["m"],
            "sample_id": [first],
            "outcome": ["answered"],
            "choice": [int(asked["answer"][0])],
        }
    )
    marked = mark_responses(asked, responses)
    assert sorted(marked["cluster"]) == ["a", "b"]
    assert marked["correct"].tolist() == [True, True]


def test_what_is_expected_has_every_image_as_a_request_of_its_own() -> None:
    study = Study(4)
    groups = expected_groups(study.candidates, study.samples, images=5)
    assert len(groups) == len(study.candidates) * 2 * 5
    assert not groups["sample_id"].duplicated().any()
    assert not groups[["image", "question"]].duplicated().any()
    whole = expected_samples(study.candidates, study.samples, images=5, per_anchor=7)
    anchors = study.candidates["sample_id"].nunique()
    assert len(whole) == anchors + len(groups) + 7 * len(study.candidates)
    assert not whole["sample_id"].duplicated().any()
