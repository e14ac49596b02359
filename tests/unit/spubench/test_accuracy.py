"""Accuracy by type, confusion between types and strategies: worked examples and laws."""

import numpy as np
import pandas as pd
import pytest

from spuriverse.problems import Problem
from spuriverse.spubench import (
    ACCURACY_COLUMNS,
    ALL,
    CONFUSION_TABLE_COLUMNS,
    MACRO,
    STRATEGY_COLUMNS,
    WHOLE,
    accuracy_by_type,
    compare_strategies,
    confusion_between_types,
    read_asked,
)

SETTINGS = {"seed": 0, "resamples": 200}
# Type, and how many of 8 questions are answered right, with the spurious class, otherwise.
TYPES = {"background": (6, 2, 0), "orientation": (2, 4, 2)}
OPTIONS = ["cat", "dog", "fox"]


@pytest.fixture
def questions() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The right option is cat, the spurious one dog; fox belongs to the other type."""
    asked, roles = [], []
    for kind, other in zip(TYPES, reversed(TYPES), strict=True):
        for number in range(8):
            name = f"{kind}-{number}"
            asked.append(
                {
                    "sample_id": name,
                    "options": OPTIONS,
                    "answer": 0,
                    "label": "cat",
                    "predicted": "dog",
                    "spurious": f"thing {number % 4}",
                    "spurious_types": [kind],
                }
            )
            roles += [
                (name, "cat", "right", ""),
                (name, "dog", "spurious", kind),
                (name, "fox", "other", other if number < 4 else ""),
            ]
    table = pd.DataFrame(asked)
    samples = table[["sample_id", "options", "answer"]]
    columns = ["sample_id", "option", "role", "spurious_type"]
    return read_asked(samples, table), pd.DataFrame(roles, columns=columns)


def respond(strategy: str = "direct", model: str = "tiny", **changed) -> pd.DataFrame:
    rows = []
    for kind, (right, misled, _) in TYPES.items():
        for number in range(8):
            choice = 0 if number < right else 1 if number < right + misled else 2
            choice = changed.get(f"{kind}-{number}".replace("-", "_"), choice)
            outcome = "failed" if choice == "failed" else "answered"
            rows.append(
                {
                    "sample_id": f"{kind}-{number}",
                    "model": model,
                    "strategy": strategy,
                    "protocol": "corrected",
                    "outcome": outcome,
                    "choice": None if outcome == "failed" else choice,
                }
            )
    return pd.DataFrame(rows).astype({"choice": "Int64"})


def test_accuracy_misled_and_macro_are_those_of_the_worked_example(questions) -> None:
    table = accuracy_by_type(*questions, respond(), strategy="direct", **SETTINGS)
    assert list(table) == list(ACCURACY_COLUMNS)
    rows = table.set_index("spurious_type")
    assert rows.index.tolist() == ["background", "orientation", WHOLE, MACRO]
    assert rows["accuracy"].tolist() == [0.75, 0.25, 0.5, 0.5]
    assert rows["misled"].tolist() == [0.25, 0.5, 0.375, 0.375]
    assert rows["n"].tolist() == [8, 8, 16, 16]
    assert rows["in_paper"].tolist()[:2] == [True, True]
    assert rows.loc[MACRO, "type_sd"] == 0.25
    assert rows["type_sd"].notna().tolist() == [False, False, False, True]
    for value, low, high in (
        ("accuracy", "low", "high"),
        ("misled", "misled_low", "misled_high"),
    ):
        assert ((rows[low] <= rows[value]) & (rows[value] <= rows[high])).all()


def test_the_macro_average_weighs_types_alike_whatever_their_size(questions) -> None:
    asked, options = questions
    few = asked[(asked["subset"] == "background") | asked["sample_id"].str.endswith("-0")]
    table = accuracy_by_type(few, options, respond(), strategy="direct", **SETTINGS)
    macro = table[table["spurious_type"] == MACRO].iloc[0]
    assert (macro["n"], macro["accuracy"]) == (9, (0.75 + 1.0) / 2)


def test_a_failed_request_is_counted_and_in_no_share(questions) -> None:
    responses = respond(background_7="failed")
    table = accuracy_by_type(*questions, responses, strategy="direct", **SETTINGS)
    row = table.set_index("spurious_type").loc["background"]
    assert (row["n"], row["failed"], row["answered"]) == (7, 1, 7)
    assert row["accuracy"] == pytest.approx(6 / 7)
    assert row["misled"] == pytest.approx(1 / 7)


def test_confusion_counts_only_where_a_class_of_the_type_is_offered(questions) -> None:
    table = confusion_between_types(*questions, respond(), strategy="direct")
    assert list(table) == list(CONFUSION_TABLE_COLUMNS)
    found = table.set_index(["spurious_type", "predicted_type"])
    # Wrong answers to orientation: dog for numbers 2 to 5, the untyped fox for 6 and 7.
    assert found.loc[("orientation", "orientation"), ["n", "predicted"]].tolist() == [8, 4]
    assert found.loc[("orientation", "background"), ["n", "predicted"]].tolist() == [4, 0]
    assert found.loc[("orientation", "none"), ["n", "predicted"]].tolist() == [4, 2]
    assert found.loc[("background", "background"), "share"] == 0.25
    wrong = table.groupby("spurious_type")["predicted"].sum()
    assert wrong.to_dict() == {"background": 2, "orientation": 6}


def test_a_strategy_is_compared_on_the_same_questions(questions) -> None:
    asked, _ = questions
    better = respond("no_bias", background_6=0, background_7=0, orientation_0="failed")
    table = compare_strategies(asked, pd.concat([better, respond()]), baseline="direct")
    assert list(table) == list(STRATEGY_COLUMNS)
    rows = table.set_index(["spurious_type", "strategy"])
    assert table["strategy"].tolist()[:2] == ["direct", "no_bias"]
    whole = rows.loc[(ALL, "no_bias")]
    assert (whole["pairs"], whole["failed"]) == (15, 1)
    assert whole["difference"] == pytest.approx(2 / 15)
    assert rows.loc[("background", "no_bias"), "difference"] == 0.25
    assert rows.loc[("orientation", "no_bias"), "difference"] == 0
    # Two answers turned right in two clusters, none wrong: 2 x 1/4.
    assert rows.loc[("background", "no_bias"), "p_value"] == pytest.approx(0.5)
    assert np.isnan(rows.loc[("background", "direct"), "p_value"])
    assert (rows["p_adjusted"].dropna() >= rows["p_value"].dropna()).all()


def test_what_was_not_asked_is_refused(questions) -> None:
    asked, options = questions
    with pytest.raises(Problem, match="by the strategy 'guiding'"):
        accuracy_by_type(asked, options, respond(), strategy="guiding", **SETTINGS)
    with pytest.raises(Problem, match="by the strategy 'guiding'"):
        compare_strategies(asked, respond(), baseline="guiding")


def test_a_question_without_attributes_is_refused(questions) -> None:
    asked, _ = questions
    with pytest.raises(Problem, match="1 questions have no row"):
        rest = asked.iloc[1:].assign(spurious_types=[[name] for name in asked["subset"].iloc[1:]])
        read_asked(asked[["sample_id", "options", "answer"]], rest)


def test_a_question_of_two_types_counts_for_both_and_once_in_the_whole() -> None:
    """Three questions: two right, of which one is of both types; one wrong, of a label outside."""
    types = [["background", "shape"], ["background", "shape"], ["shape", "context"]]
    table = pd.DataFrame(
        {
            "sample_id": ["a", "b", "c"],
            "options": [OPTIONS] * 3,
            "answer": 0,
            "label": "cat",
            "predicted": "",
            "spurious": "grass",
            "spurious_types": types,
        }
    )
    asked = read_asked(table[["sample_id", "options", "answer"]], table)
    assert asked.groupby("subset")["cluster"].apply(list).to_dict() == {
        "background": ["a", "b"],
        "context": ["c"],
        "shape": ["a", "b", "c"],
    }
    roles = [
        (name, option, "right" if option == "cat" else "spurious", "")
        for name in "abc"
        for option in OPTIONS
    ]
    options = pd.DataFrame(roles, columns=["sample_id", "option", "role", "spurious_type"])
    responses = pd.DataFrame(
        {
            "sample_id": ["a", "b", "c"],
            "model": "tiny",
            "strategy": "direct",
            "protocol": "corrected",
            "outcome": "answered",
            "choice": [0, 0, 2],
        }
    ).astype({"choice": "Int64"})
    found = accuracy_by_type(asked, options, responses, strategy="direct", **SETTINGS)
    rows = found.set_index("spurious_type")
    assert rows.index.tolist() == ["background", "shape", "context", WHOLE, MACRO]
    assert rows["n"].tolist() == [2, 3, 1, 3, 3]
    assert rows["in_paper"].tolist()[:3] == [True, True, False]
    assert rows["accuracy"].tolist() == pytest.approx([1, 2 / 3, 0, 2 / 3, 5 / 6])
    # Every wrong option is a spurious feature.
    assert rows["misled"].tolist() == pytest.approx([0, 1 / 3, 1, 1 / 3, 1 / 6])
    assert rows.loc[MACRO, "type_sd"] == pytest.approx(1 / 6)
    compared = compare_strategies(asked, responses, baseline="direct")
    assert compared.set_index("spurious_type").loc[ALL, "n"] == 3
    mixed = confusion_between_types(asked, options, responses, strategy="direct")
    assert mixed.groupby("spurious_type")["predicted"].sum().to_dict() == {
        "background": 0,
        "context": 1,
        "shape": 1,
    }
