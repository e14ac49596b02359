"""An error is a reply that parses to a wrong option, and nothing else."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.discovery.curation import collect_errors
from spuriverse.problems import Problem

laws = settings(deadline=None, derandomize=True, max_examples=50)
OUTCOMES = ("answered", "abstained", "unparsed", "failed")
OPTIONS = ["star", "ring", "moon"]


def make_samples(answers: list[int]) -> pd.DataFrame:
    rows = [
        {
            "sample_id": f"s-{number}",
            "benchmark": "made-up",
            "image": f"{number}.png",
            "question": "What object is shown?",
            "options": OPTIONS,
            "answer": answer,
            "category": "object",
            "attributes": ["scene:sea"],
        }
        for number, answer in enumerate(answers)
    ]
    return pd.DataFrame(rows)


def make_responses(replies: list[tuple[str, int]]) -> pd.DataFrame:
    choices = [choice if outcome == "answered" else None for outcome, choice in replies]
    return pd.DataFrame(
        {
            "sample_id": [f"s-{number}" for number in range(len(replies))],
            "outcome": [outcome for outcome, _ in replies],
            "choice": pd.array(choices, dtype="Int64"),
        }
    )


REPLIES = st.tuples(st.integers(0, 2), st.sampled_from(OUTCOMES), st.integers(0, 2))


@given(st.lists(REPLIES, min_size=1, max_size=20), st.randoms(use_true_random=False))
@laws
def test_only_a_wrong_option_is_an_error(replies: list, random) -> None:
    samples = make_samples([answer for answer, _, _ in replies])
    responses = make_responses([(outcome, choice) for _, outcome, choice in replies])
    order = list(range(len(replies)))
    random.shuffle(order)
    errors = collect_errors(samples, responses.iloc[order])
    expected = {
        f"s-{number}": OPTIONS[choice]
        for number, (answer, outcome, choice) in enumerate(replies)
        if outcome == "answered" and choice != answer
    }
    assert dict(zip(errors["sample_id"], errors["predicted"], strict=True)) == expected
    assert list(errors.columns) == [*samples.columns, "predicted"]


def test_the_error_keeps_the_sample() -> None:
    samples = make_samples([0, 1])
    errors = collect_errors(samples, make_responses([("answered", 2), ("answered", 1)]))
    assert errors.drop(columns="predicted").to_dict("records") == samples.head(1).to_dict("records")


def test_a_sample_without_response_is_a_problem() -> None:
    with pytest.raises(Problem, match="1 samples have no response, s-1 among them"):
        collect_errors(make_samples([0, 1]), make_responses([("answered", 2)]))


def test_responses_to_other_samples_do_not_matter() -> None:
    responses = make_responses([("answered", 2), ("answered", 2)])
    assert collect_errors(make_samples([0]), responses)["sample_id"].tolist() == ["s-0"]
