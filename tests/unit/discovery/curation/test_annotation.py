"""Discovery: a simulated shortcut is found with its wrong answer, and noise is not."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import as_table
from spuriverse.discovery.curation import choose_candidates, collect_errors, propose_attributes
from spuriverse.problems import Problem

laws = settings(deadline=None, derandomize=True, max_examples=15)
OBJECTS = ("star", "ring", "moon", "fish", "key", "cup")
ATTRIBUTES = tuple(f"{kind}:{value}" for kind in ("scene", "prop", "light") for value in "abcd")
SHORTCUTS = {"scene:a": "star", "prop:b": "ring"}


def simulate(
    seed: int,
    n: int,
    shortcuts: Mapping[str, str] | None = None,
    *,
    strength: float = 0.8,
    mistakes: float = 0.25,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Samples with independent attributes, and a model that errs at random or by shortcuts."""
    rng = np.random.default_rng(seed)
    rows, choices = [], []
    for number in range(n):
        options = [OBJECTS[i] for i in rng.permutation(len(OBJECTS))[:4]]
        answer = int(rng.integers(4))
        present = [attribute for attribute in ATTRIBUTES if rng.random() < 0.15]
        choice = int(rng.integers(4)) if rng.random() < mistakes else answer
        for attribute, wrong in (shortcuts or {}).items():
            if attribute in present and wrong in options and rng.random() < strength:
                choice = options.index(wrong)
        rows.append(
            {
                "sample_id": f"s-{number}",
                "benchmark": "made-up",
                "image": f"{number}.png",
                "question": "What object is shown?",
                "options": options,
                "answer": answer,
                "category": "object",
                "attributes": present,
            }
        )
        choices.append(choice)
    samples = pd.DataFrame(rows)
    responses = pd.DataFrame(
        {
            "sample_id": samples["sample_id"],
            "outcome": "answered",
            "choice": pd.array(choices, dtype="Int64"),
        }
    )
    return samples, responses


def propose(
    samples: pd.DataFrame, responses: pd.DataFrame, *, rate: float = 0.05, effect: float = 0.2
) -> pd.DataFrame:
    return propose_attributes(samples, responses, false_discovery_rate=rate, minimum_effect=effect)


def propose_pairs(samples: pd.DataFrame, responses: pd.DataFrame) -> dict[str, str]:
    proposals = propose(samples, responses)
    return dict(zip(proposals["attribute"], proposals["wrong"], strict=True))


@pytest.fixture(scope="module")
def simulated() -> tuple[pd.DataFrame, pd.DataFrame]:
    return simulate(0, 1_500, SHORTCUTS)


# --- proposals --------------------------------------------------------------------------------


def test_a_shortcut_is_found_and_paired_with_its_wrong_answer(simulated) -> None:
    proposals = propose(*simulated)
    assert dict(zip(proposals["attribute"], proposals["wrong"], strict=True)) == SHORTCUTS
    assert proposals["kind"].tolist() == [a.partition(":")[0] for a in proposals["attribute"]]
    assert (proposals["effect"] > 0.5).all()
    assert proposals["p_value"].is_monotonic_increasing
    as_table(proposals, "proposals")


def test_shares_are_those_of_the_questions_that_offer_the_answer_wrongly(simulated) -> None:
    samples, responses = simulated
    first = propose(samples, responses).iloc[0]
    rows = list(zip(samples.itertuples(), responses["choice"], strict=True))
    eligible = [
        (first["attribute"] in row.attributes, row.options[choice] == first["wrong"])
        for row, choice in rows
        if first["wrong"] in row.options and row.options[row.answer] != first["wrong"]
    ]
    present = [hit for shown, hit in eligible if shown]
    absent = [hit for shown, hit in eligible if not shown]
    assert (first["n_present"], first["n_absent"]) == (len(present), len(absent))
    assert first["share_present"] == pytest.approx(np.mean(present))
    assert first["share_absent"] == pytest.approx(np.mean(absent))


def test_attributes_that_are_independent_of_the_errors_are_not_proposed() -> None:
    """If nothing is to be found, the false-discovery rate is the share of runs that find any."""
    rate, runs = 0.05, 40
    alarms = sum(
        not propose(*simulate(seed, 250), rate=rate, effect=0.0).empty for seed in range(runs)
    )
    assert alarms <= rate * runs


def test_without_the_correction_noise_would_be_proposed() -> None:
    """The simulation above is one in which a less careful annotator does raise alarms."""
    proposals = propose(*simulate(0, 250), rate=0.999, effect=0.0)
    assert proposals["p_value"].min() < 0.05


@given(st.integers(0, 1_000))
@laws
def test_the_order_of_samples_responses_and_options_does_not_matter(seed: int) -> None:
    samples, responses = simulate(seed, 300, SHORTCUTS)
    rng = np.random.default_rng(seed)
    shuffled, answers, choices = samples.copy(), [], []
    order = rng.permutation(4)
    shuffled["options"] = [[options[i] for i in order] for options in samples["options"]]
    place = {int(old): new for new, old in enumerate(order)}
    answers = [place[answer] for answer in samples["answer"]]
    choices = [place[choice] for choice in responses["choice"]]
    shuffled = shuffled.assign(answer=answers).iloc[rng.permutation(len(samples))]
    replies = responses.assign(choice=pd.array(choices, dtype="Int64"))
    replies = replies.iloc[rng.permutation(len(replies))]
    pd.testing.assert_frame_equal(propose(samples, responses), propose(shuffled, replies))


def test_an_attribute_that_is_always_there_explains_nothing() -> None:
    samples, responses = simulate(0, 400, SHORTCUTS)
    samples["attributes"] = [[*present, "light:always"] for present in samples["attributes"]]
    assert "light:always" not in propose_pairs(samples, responses)


def test_a_weak_effect_is_not_proposed(simulated) -> None:
    samples, responses = simulate(0, 1_500, SHORTCUTS, strength=0.3)
    weak = propose(samples, responses, effect=0.05)
    assert set(weak["attribute"]) >= set(SHORTCUTS)
    assert weak["effect"].max() < 0.6
    assert propose(samples, responses, effect=0.6).empty


def test_refusals_are_no_wrong_answers(simulated) -> None:
    samples, responses = simulated
    silent = responses.assign(outcome="abstained", choice=pd.array([pd.NA] * len(responses)))
    silent["choice"] = silent["choice"].astype("Int64")
    assert propose(samples, silent).empty


# --- candidates -------------------------------------------------------------------------------


def choose(simulated, per_attribute: int, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    errors = collect_errors(*simulated)
    proposals = propose(*simulated)
    return errors, choose_candidates(
        errors, proposals, anchors_per_attribute=per_attribute, seed=seed
    )


@given(st.integers(0, 1_000), st.integers(1, 5))
@laws
def test_anchors_show_the_attribute_and_were_misled(seed: int, per_attribute: int) -> None:
    simulated = simulate(seed, 400, SHORTCUTS)
    errors, candidates = choose(simulated, per_attribute, seed)
    as_table(candidates, "candidates")
    assert candidates["sample_id"].is_unique
    anchors = candidates.merge(errors, on="sample_id", suffixes=("", "_of_error"), validate="1:1")
    assert len(anchors) == len(candidates) > 0
    assert (anchors["predicted"] == anchors["predicted_of_error"]).all()
    assert all(row.attribute in row.attributes for row in anchors.itertuples())
    anchors["right"] = [o[a] for o, a in zip(anchors["options"], anchors["answer"], strict=True)]
    assert not anchors.duplicated(["attribute", "right"]).any()
    assert anchors.groupby("attribute").size().max() <= per_attribute


def test_as_many_anchors_as_asked_for_if_there_are(simulated) -> None:
    _, candidates = choose(simulated, 3)
    assert candidates["attribute"].value_counts().to_dict() == dict.fromkeys(SHORTCUTS, 3)


def test_the_seed_settles_the_anchors(simulated) -> None:
    first, same, other = (choose(simulated, 3, seed)[1] for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(first, same)
    assert set(first["sample_id"]) != set(other["sample_id"])


def test_the_rationale_names_attribute_answer_and_shares(simulated) -> None:
    proposals = propose(*simulated).set_index("attribute")
    for candidate in choose(simulated, 2)[1].itertuples():
        proposal = proposals.loc[candidate.attribute]
        assert f"With {candidate.attribute}" in candidate.rationale
        assert f"'{candidate.predicted}'" in candidate.rationale
        assert f"{proposal['share_present']:.0%}" in candidate.rationale


def test_without_any_candidate_the_message_says_what_to_do() -> None:
    simulated = simulate(0, 100, mistakes=0.5)
    assert propose(*simulated).empty
    n = len(collect_errors(*simulated))
    with pytest.raises(Problem, match=f"No attribute explains the {n} errors"):
        choose(simulated, 3)


@laws
@given(seed=st.integers(0, 2**16), least=st.integers(1, len(ATTRIBUTES)))
def test_as_many_attributes_as_asked_for_are_proposed_and_have_anchors(
    seed: int, least: int
) -> None:
    samples, responses = simulate(seed, 600, SHORTCUTS)
    limits = {"false_discovery_rate": 0.05, "minimum_effect": 0.2}
    found = propose_attributes(samples, responses, **limits)
    proposals = propose_attributes(samples, responses, **limits, least_attributes=least)
    assert len(proposals) == max(least, len(found))
    assert proposals["attribute"].is_unique
    pd.testing.assert_frame_equal(proposals.head(len(found)), found)
    as_table(proposals, "proposals")
    errors = collect_errors(samples, responses)
    candidates = choose_candidates(errors, proposals, anchors_per_attribute=1, seed=seed)
    assert len(candidates) >= len(proposals) - 2
