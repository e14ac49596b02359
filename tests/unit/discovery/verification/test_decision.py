"""A candidate is kept for its gap on the selection images, beyond what chance explains."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import as_table
from spuriverse.discovery.verification import (
    group_samples,
    keep_at_least,
    keep_evident,
    select_types,
    verify_candidates,
)
from spuriverse.problems import Problem

laws = settings(deadline=None, derandomize=True, max_examples=10)
DECISION = [
    *("candidate_id", "model", "gap", "gap_low", "gap_high", "test", "p_value", "q_value"),
    *("kept_paper", "kept_corrected", "kept"),
]
RATE, THRESHOLD = 0.05, 0.3


def make_asked(candidates: int, per_group: int) -> pd.DataFrame:
    rows = [
        {
            "sample_id": f"c{candidate}-{group}-{part}-{number}",
            "candidate_id": f"c{candidate}",
            "group": group,
            "part": part,
            "seed": number,
            "answer": 1,
        }
        for candidate in range(candidates)
        for group in ("core", "spurious")
        for part in ("selection", "fresh")
        for number in range(per_group)
    ]
    return pd.DataFrame(rows)


def respond(asked: pd.DataFrame, correct: np.ndarray, model: str = "tiny") -> pd.DataFrame:
    choice = pd.array(np.where(correct, asked["answer"], 0), dtype="Int64")
    rows = {"sample_id": asked["sample_id"], "model": model, "outcome": "answered"}
    return pd.DataFrame({**rows, "choice": choice})


def simulate(asked: pd.DataFrame, rng: np.random.Generator, core: float, spurious) -> pd.DataFrame:
    """Responses of a model with these accuracies; `spurious` may differ by candidate."""
    accuracy = np.where(asked["group"] == "core", core, spurious)
    return respond(asked, rng.random(len(asked)) < accuracy)


def verify(asked: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    return verify_candidates(asked, responses, threshold=THRESHOLD, false_discovery_rate=RATE)


def test_a_planted_gap_is_kept_and_no_gap_is_not() -> None:
    asked = make_asked(20, 10)
    planted = asked["candidate_id"].isin([f"c{number}" for number in range(5)])
    rng = np.random.default_rng(0)
    responses = simulate(asked, rng, 0.95, np.where(planted, 0.05, 0.95))
    table = verify(asked, responses)
    as_table(table, "verification")
    assert set(table.loc[table["kept"], "candidate_id"]) == {f"c{n}" for n in range(5)}
    assert (table.loc[table["kept"], "fresh_gap"] > THRESHOLD).all()


def test_a_worked_example() -> None:
    asked = make_asked(1, 10)
    number = asked["sample_id"].str.rpartition("-")[2].astype(int)
    least = asked["group"].map({"core": 9, "spurious": 2}) + (asked["part"] == "fresh")
    row = verify(asked, respond(asked, number < least)).iloc[0]
    assert (row["n_core"], row["n_spurious"], row["fresh_n"]) == (10, 10, 20)
    assert (row["acc_core"], row["acc_spurious"]) == (0.9, 0.2)
    assert row["gap"] == pytest.approx(0.7)
    assert row["fresh_gap"] == pytest.approx(0.7)
    assert row["fresh_low"] < 0.7 < row["fresh_high"]
    # Hypergeometric tail: 11 successes of 20, 10 drawn, 9 or 10 of them successes.
    assert row["p_value"] == pytest.approx((55 * 9 + 11) / 184_756)
    assert row["test"] == "fisher"
    assert row["kept"]


def test_a_gap_of_the_threshold_does_not_exceed_it() -> None:
    """0.9 - 0.6 is more than 0.3 in floating point."""
    asked = make_asked(1, 10)
    least = asked["group"].map({"core": 9, "spurious": 6})
    row = verify(asked, respond(asked, asked["seed"] < least)).iloc[0]
    assert row["gap"] == 0.3
    assert not row["kept_paper"]


def test_the_paper_s_decision_stands_beside_the_corrected_one() -> None:
    asked = make_asked(1, 10)
    least = asked["group"].map({"core": 9, "spurious": 5})
    responses = respond(asked, asked["seed"] < least)
    row = verify(asked, responses).iloc[0]
    assert (row["kept_paper"], row["kept_corrected"], row["kept"]) == (True, False, False)


def test_minimal_pairs_are_tested_as_pairs() -> None:
    """Seven pairs of ten are right on the core image alone, the rest are wrong twice."""
    asked = make_asked(1, 10)
    right = (asked["group"] == "core") & (asked["seed"] < 7)
    responses = respond(asked, right.to_numpy())
    settings = {"threshold": THRESHOLD, "false_discovery_rate": RATE}
    alone = verify_candidates(asked, responses, **settings).iloc[0]
    paired = verify_candidates(asked, responses, **settings, paired=True).iloc[0]
    assert paired["test"] == "exchange"
    assert paired["p_value"] == pytest.approx(0.5**7)
    assert paired["kept_corrected"]
    assert paired["gap"] == alone["gap"] == 0.7
    assert paired["gap_low"] != alone["gap_low"]


def test_a_pair_with_a_failed_answer_is_no_pair() -> None:
    asked = make_asked(1, 10)
    responses = respond(asked, (asked["group"] == "core").to_numpy())
    lost = (asked["group"] == "core") & (asked["seed"] < 3)
    responses.loc[lost, ["outcome", "choice"]] = ["failed", pd.NA]
    row = verify_candidates(
        asked, responses, threshold=THRESHOLD, false_discovery_rate=RATE, paired=True
    ).iloc[0]
    assert (row["n_core"], row["n_spurious"], row["fresh_n"]) == (7, 7, 14)


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("sizes", [(1, 1), (10, 4), (3, 0)])
def test_small_and_unequal_groups_are_measured_for_what_they_are(
    sizes: tuple[int, int], paired: bool
) -> None:
    asked = make_asked(1, 10)
    n = asked["group"].map(dict(zip(("core", "spurious"), sizes, strict=True)))
    short = asked[asked["seed"] < n].reset_index(drop=True)
    table = verify_candidates(
        short,
        respond(short, (short["group"] == "core").to_numpy()),
        threshold=THRESHOLD,
        false_discovery_rate=RATE,
        paired=paired,
    )
    row = as_table(table, "verification").iloc[0]
    expected = (min(sizes), min(sizes)) if paired else sizes
    assert (row["n_core"], row["n_spurious"]) == expected
    if min(sizes) == 0:
        assert np.isnan(row["gap"]) and not row["kept_paper"]
    elif sizes == (1, 1):
        # One image of each can show the largest gap and prove nothing.
        assert row["gap"] == 1
        assert row["kept_paper"] and not row["kept_corrected"]
        assert row["gap_low"] < 0


def test_no_images_at_all_are_one_sentence() -> None:
    asked = make_asked(1, 1)
    with pytest.raises(Problem, match="No candidate has images"):
        verify(asked.head(0), respond(asked, np.ones(len(asked), bool)).head(0))


@pytest.mark.parametrize("outcome", ["failed", "abstained", "unparsed"])
def test_a_model_that_answers_nothing_is_named(outcome: str) -> None:
    asked = make_asked(2, 3)
    good = respond(asked, np.ones(len(asked), bool), "able")
    silent = respond(asked, np.ones(len(asked), bool), "mute")
    silent["outcome"], silent["choice"] = outcome, pd.array([pd.NA] * len(asked), dtype="Int64")
    with pytest.raises(Problem, match=f"mute answered none of 24 questions \\(24 {outcome}"):
        verify(asked, pd.concat([good, silent]))


def test_simulated_null_candidates_are_kept_no_more_often_than_the_nominal_rate() -> None:
    """Chance alone passes the threshold, the test does not let it through."""
    asked = make_asked(20, 10)
    rng = np.random.default_rng(0)
    tables = [verify(asked, simulate(asked, rng, 0.6, 0.6)) for _ in range(40)]
    assert sum((table["gap"] > THRESHOLD).any() for table in tables) > 20
    assert sum(table["kept"].any() for table in tables) <= RATE * len(tables)


def test_a_sure_but_small_gap_is_not_kept() -> None:
    asked = make_asked(1, 200)
    number = asked["sample_id"].str.rpartition("-")[2].astype(int)
    least = asked["group"].map({"core": 180, "spurious": 130})
    row = verify(asked, respond(asked, number < least)).iloc[0]
    assert row["gap"] == pytest.approx(0.25)
    assert row["p_value"] < RATE
    assert row["q_value"] == 1
    assert not row["kept"]


@given(st.integers(0, 10_000), st.floats(0, 1))
@laws
def test_fresh_images_never_influence_the_decision(seed: int, share: float) -> None:
    asked = make_asked(6, 10)
    rng = np.random.default_rng(seed)
    responses = simulate(asked, rng, 0.9, rng.random(len(asked)) * 0.5)
    changed = responses.copy()
    fresh = (asked["part"] == "fresh").to_numpy()
    changed.loc[fresh, "choice"] = pd.array(rng.random(fresh.sum()) < share, dtype="Int64")
    before, after = verify(asked, responses), verify(asked, changed)
    pd.testing.assert_frame_equal(before[DECISION], after[DECISION])


@given(st.integers(0, 10_000))
@laws
def test_the_order_of_the_responses_does_not_matter(seed: int) -> None:
    asked = make_asked(4, 5)
    rng = np.random.default_rng(seed)
    responses = simulate(asked, rng, 0.9, 0.4)
    shuffled = responses.iloc[rng.permutation(len(responses))]
    pd.testing.assert_frame_equal(verify(asked, responses), verify(asked, shuffled))


def test_failed_requests_count_neither_way() -> None:
    asked = make_asked(1, 10)
    correct = (asked["group"] == "core").to_numpy()
    responses = respond(asked, correct)
    failed = asked["sample_id"].str.endswith("-0") | asked["sample_id"].str.endswith("-1")
    responses.loc[failed, ["outcome", "choice"]] = ["failed", pd.NA]
    row = verify(asked, responses).iloc[0]
    assert (row["n_core"], row["n_spurious"], row["fresh_n"]) == (8, 8, 16)
    assert (row["acc_core"], row["acc_spurious"]) == (1, 0)


@pytest.mark.parametrize("part", ["selection", "fresh"])
def test_a_group_of_failed_requests_has_no_gap(part: str) -> None:
    asked = make_asked(2, 10)
    responses = respond(asked, (asked["group"] == "core").to_numpy())
    lost = asked["sample_id"].str.startswith(f"c0-core-{part}")
    responses.loc[lost, ["outcome", "choice"]] = ["failed", pd.NA]
    table = verify(asked, responses)
    as_table(table, "verification")
    column = "gap" if part == "selection" else "fresh_gap"
    assert table[column].isna().tolist() == [True, False]
    assert table["kept"].tolist() == [part == "fresh", True]


def test_an_abstention_counts_as_wrong() -> None:
    asked = make_asked(1, 10)
    responses = respond(asked, np.ones(len(asked), bool))
    silent = asked["group"] == "spurious"
    responses.loc[silent, ["outcome", "choice"]] = ["abstained", pd.NA]
    row = verify(asked, responses).iloc[0]
    assert (row["n_spurious"], row["acc_spurious"], row["gap"]) == (10, 0, 1)


def make_candidates(n: int) -> pd.DataFrame:
    ids = [f"c{number}" for number in range(n)]
    return pd.DataFrame(
        {
            "candidate_id": ids,
            "sample_id": [f"s-{name}" for name in ids],
            "predicted": "ring",
            "attribute": "scene:sea",
            "kind": "scene",
            "rationale": "",
            "status": "accepted",
            "reviewer": "",
        }
    )


def test_a_type_is_a_candidate_that_any_model_confirms() -> None:
    asked = make_asked(3, 10)
    core = (asked["group"] == "core").to_numpy()
    first = respond(asked, core | (asked["candidate_id"] != "c0"), "one")
    second = respond(asked, core | (asked["candidate_id"] != "c2"), "two")
    table = verify(asked, pd.concat([first, second]))
    assert len(table) == 6
    types = select_types(make_candidates(3), table)
    assert types["candidate_id"].tolist() == ["c0", "c2"]
    as_table(types, "types")


def test_no_kept_candidate_gives_an_empty_table_of_types() -> None:
    asked = make_asked(2, 10)
    table = verify(asked, respond(asked, np.ones(len(asked), bool)))
    types = select_types(make_candidates(2), table)
    assert as_table(types, "types").empty


def test_responses_to_one_question_twice_are_refused() -> None:
    asked = make_asked(1, 2)
    doubled = pd.concat([asked, asked])
    with pytest.raises((Problem, pd.errors.MergeError)):
        verify(doubled, respond(asked, np.ones(len(asked), bool)))


def test_group_images_are_asked_with_the_options_of_their_own_anchor() -> None:
    samples = pd.DataFrame(
        {
            "sample_id": ["s-c0", "s-c1"],
            "question": ["What?", "Which?"],
            "options": [["star", "ring"], ["moon", "ring"]],
            "answer": [0, 1],
        }
    )
    groups = pd.DataFrame(
        {
            "candidate_id": ["c1", "c0"],
            "group": ["core", "spurious"],
            "part": "fresh",
            "image": ["1.png", "0.png"],
            "seed": [7, 7],
        }
    )
    asked = group_samples(make_candidates(2), samples, groups).set_index("image")
    assert asked.loc["0.png", "options"] == ["star", "ring"]
    assert asked.loc["1.png", ["question", "answer"]].tolist() == ["Which?", 1]
    assert asked["sample_id"].is_unique


def name_candidates(n: int, per_attribute: int) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"candidate_id": f"c{number}", "attribute": f"prop:{number // per_attribute}"}
            for number in range(n)
        ]
    )


@laws
@given(seed=st.integers(0, 2**16), least=st.integers(0, 6), level=st.floats(0, 1))
def test_at_least_as_many_attributes_are_kept_as_asked_for(
    seed: int, least: int, level: float
) -> None:
    asked, candidates = make_asked(12, 4), name_candidates(12, 2)
    decided = verify(asked, simulate(asked, np.random.default_rng(seed), level, level))
    kept = keep_at_least(decided, candidates, least)
    attributes = candidates.set_index("candidate_id")["attribute"]
    before = set(decided.loc[decided["kept"], "candidate_id"].map(attributes))
    after = set(kept.loc[kept["kept"], "candidate_id"].map(attributes))
    assert len(after) == max(least, len(before))
    assert before <= after
    assert (kept["kept"] | ~decided["kept"]).all(), "what was decided stays"
    pd.testing.assert_frame_equal(kept.drop(columns="kept"), decided.drop(columns="kept"))


def test_what_has_fresh_images_and_comes_closest_is_kept() -> None:
    table = pd.DataFrame(
        {
            "candidate_id": ["c0", "c1", "c2", "c3"],
            "gap": [0.9, 0.1, 0.2, np.nan],
            "p_value": [0.01, 0.5, 0.4, 1.0],
            "fresh_n": [0, 8, 8, 8],
            "kept": False,
        }
    )
    candidates = name_candidates(4, 1)
    assert keep_at_least(table, candidates, 1)["kept"].tolist() == [False, False, True, False]
    assert keep_at_least(table, candidates, 3)["kept"].tolist() == [True, True, True, False]
    assert keep_at_least(table, candidates, 9)["kept"].tolist() == [True, True, True, False]


def test_after_the_last_batch_the_most_evident_are_kept_whatever_their_status() -> None:
    evidence = pd.DataFrame(
        {
            "candidate_id": ["c0", "c0", "c1", "c1", "c2", "c2"],
            "model": ["a", "b"] * 3,
            "e_value": [0.5, 0.9, 0.1, 2.0, 3.0, 0.2],
            "status": ["dropped", "dropped", "open", "open", "kept", "kept"],
        }
    )
    candidates = name_candidates(3, 1)
    pd.testing.assert_frame_equal(keep_evident(evidence, candidates, 1), evidence)
    two = keep_evident(evidence, candidates, 2)
    assert two["status"].tolist() == ["dropped", "dropped", "kept", "kept", "kept", "kept"]
    assert set(keep_evident(evidence, candidates, 3)["status"]) == {"kept"}
