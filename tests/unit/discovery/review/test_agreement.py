"""Agreement is measured on independent judgements, and is undefined where nothing can be said."""

import warnings

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.discovery.review import AGREEMENT_COLUMNS, tabulate_agreement
from spuriverse.problems import Problem

laws = settings(deadline=None, derandomize=True, max_examples=60)


def decisions(**judgements: str) -> pd.DataFrame:
    """Decisions of reviewers about c-0, c-1, ...: a accepts, r rejects, s skips, - says nothing."""
    acts = {"a": "accept", "r": "reject", "s": "skip"}
    rows = [
        (f"c-{number}", name, acts[letter], False)
        for name, letters in judgements.items()
        for number, letter in enumerate(letters)
        if letter != "-"
    ]
    return pd.DataFrame(rows, columns=["candidate_id", "reviewer", "act", "resolves"]).astype(
        {"resolves": bool}
    )


def measured(frame: pd.DataFrame, resamples: int = 200, seed: int = 0) -> dict[str, dict]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = tabulate_agreement(frame, resamples=resamples, seed=seed)
    assert list(table.columns) == AGREEMENT_COLUMNS
    return table.set_index("measure").to_dict("index")


def test_two_reviewers_are_compared_by_kappa() -> None:
    # The worked example of two readers and 50 proposals: 20 yes-yes, 15 no-no, 5 and 10 mixed.
    found = measured(
        decisions(Ann="a" * 25 + "r" * 25, Ben="a" * 20 + "r" * 5 + "a" * 10 + "r" * 15)
    )
    assert set(found) == {"raw_agreement", "cohens_kappa"}
    assert found["raw_agreement"]["value"] == pytest.approx(0.7)
    assert found["cohens_kappa"]["value"] == pytest.approx(0.4)
    for row in found.values():
        assert (row["reviewers"], row["n"]) == ("Ann, Ben", 50)
        assert row["low"] < row["value"] < row["high"]


def test_three_reviewers_are_compared_by_alpha_and_need_not_judge_everything() -> None:
    judged = {"Ann": "aarra-r", "Ben": "aarrrsr", "Cem": "-ara--a"}
    found = measured(decisions(**judged))
    assert set(found) == {"raw_agreement", "krippendorffs_alpha"}
    codes = {"a": 1.0, "r": 0.0, "s": np.nan, "-": np.nan}
    table = [[codes[letter] for letter in letters] for letters in judged.values()]
    expected = krippendorff.alpha(reliability_data=table, level_of_measurement="nominal")
    assert found["krippendorffs_alpha"]["value"] == pytest.approx(expected)
    assert found["krippendorffs_alpha"]["n"] == 6
    # Candidates: aa, aaa, rrr, rra with 1 of 3 pairs alike, ar, rra.
    assert found["raw_agreement"]["value"] == pytest.approx((1 + 1 + 1 + 1 / 3 + 0 + 1 / 3) / 6)


def test_neither_resolutions_nor_single_judgements_count() -> None:
    frame = decisions(Ann="aarra", Ben="arra-")
    resolution = pd.DataFrame(
        [("c-0", "Cem", "reject", True), ("c-1", "Ann", "reject", True)], columns=frame.columns
    )
    alone = pd.DataFrame([("c-9", "Dan", "accept", False)], columns=frame.columns)
    assert measured(pd.concat([frame, resolution, alone])) == measured(frame)
    assert measured(frame)["cohens_kappa"]["n"] == 4


@pytest.mark.parametrize(
    ("frame", "n", "raw"),
    [
        (decisions(), 0, np.nan),
        (decisions(Ann="arr"), 0, np.nan),
        (decisions(Ann="ar--", Ben="--ar"), 0, np.nan),
        (decisions(Ann="aaa", Ben="aaa"), 3, 1.0),
        (decisions(Ann="rr", Ben="rr", Cem="rr"), 2, 1.0),
    ],
)
def test_what_is_not_defined_is_missing(frame: pd.DataFrame, n: int, raw: float) -> None:
    found = measured(frame)
    chance_corrected = next(row for name, row in found.items() if name != "raw_agreement")
    assert chance_corrected["n"] == n
    for column in ("value", "low", "high"):
        assert np.isnan(chance_corrected[column])
        assert found["raw_agreement"][column] == pytest.approx(raw, nan_ok=True)


def test_a_reviewer_who_always_accepts_agrees_by_chance_alone() -> None:
    found = measured(decisions(Ann="aaaaaa", Ben="aarrar"))
    assert found["cohens_kappa"]["value"] == pytest.approx(0)


LETTERS = st.lists(st.tuples(*[st.sampled_from("arrs-")] * 3), max_size=12)


@given(LETTERS, st.integers(2, 3), st.randoms(use_true_random=False))
@laws
def test_measures_stay_in_range_and_ignore_the_order(rows: list, reviewers: int, random) -> None:
    names = ["Ann", "Ben", "Cem"][:reviewers]
    judged = {name: "".join(row[i] for row in rows) for i, name in enumerate(names)}
    frame = decisions(**judged)
    found = measured(frame, resamples=20)
    order = list(range(len(frame)))
    random.shuffle(order)
    assert str(measured(frame.iloc[order], resamples=20)) == str(found)
    assert 0 <= found["raw_agreement"]["value"] <= 1 or found["raw_agreement"]["n"] == 0
    for row in found.values():
        assert np.isnan(row["value"]) or -1 - 1e-9 <= row["value"] <= 1 + 1e-9
        assert np.isnan(row["low"]) or row["low"] <= row["high"]


def test_more_candidates_give_a_narrower_interval() -> None:
    few = measured(decisions(Ann="aarr", Ben="arar"))["raw_agreement"]
    many = measured(decisions(Ann="aarr" * 25, Ben="arar" * 25))["raw_agreement"]
    assert many["high"] - many["low"] < (few["high"] - few["low"]) / 2


def test_resamples_must_be_positive() -> None:
    with pytest.raises(Problem, match="resamples=0"):
        tabulate_agreement(decisions(), resamples=0, seed=0)
