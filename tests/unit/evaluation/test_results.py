"""The main and the prompting table: worked examples, their family of tests, published values."""

import numpy as np
import pandas as pd
import pytest

from spuriverse.evaluation import (
    MAIN_COLUMNS,
    PROMPTING_COLUMNS,
    main_results,
    prompting_results,
    read_published,
)
from spuriverse.problems import Problem
from spuriverse.statistics import clustered_share, holm, mcnemar_clustered

SUBSETS = {"a": "anchor", "s": "spurious", "c": "core", "g": "aligned", "o": "ordinary"}
ASKED = pd.DataFrame(
    [
        {
            "sample_id": f"{letter}{number}",
            "subset": subset,
            "cluster": f"{letter}{number}" if letter in "go" else f"type-{number % 4}",
            "answer": 1,
            "options": ["x", "y", "z"],
        }
        for letter, subset in SUBSETS.items()
        for number in range(4 if letter == "a" else 8)
    ]
)


def respond(model: str, strategy: str = "direct", **right: int | list[str]) -> pd.DataFrame:
    """The number of right answers by the first letter of the sample, or all outcomes there."""
    rows = []
    for letter in SUBSETS:
        ids = [name for name in ASKED["sample_id"] if name[0] == letter]
        spec = right.get(letter, len(ids))
        outcomes = spec if isinstance(spec, list) else [str(int(i < spec)) for i in range(len(ids))]
        for name, outcome in zip(ids, outcomes, strict=False):
            choice = int(outcome) if outcome.isdigit() else None
            rows.append((name, "answered" if choice is not None else outcome, choice))
    frame = pd.DataFrame(rows, columns=["sample_id", "outcome", "choice"])
    frame["choice"] = frame["choice"].astype("Int64")
    return frame.assign(model=model, strategy=strategy, protocol="corrected")


def tabulate(*responses: pd.DataFrame, reference: str | None = None, **options) -> pd.DataFrame:
    return main_results(ASKED, pd.concat(responses), reference_model=reference, **options)


def cell(table: pd.DataFrame, column: str, **where: str) -> object:
    rows = table
    for name, value in where.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1
    return rows[column].iloc[0]


# --- the main table ---------------------------------------------------------------------------


def test_a_row_for_each_model_and_subset_in_order() -> None:
    table = tabulate(respond("zeta"), respond("alpha"))
    assert tuple(table.columns) == MAIN_COLUMNS
    assert list(zip(table["model"], table["subset"], strict=True)) == [
        (model, subset)
        for model in ("zeta", "alpha")
        for subset in ("anchor", "spurious", "non-spurious")
    ]
    assert table["n"].tolist() == [4, 8, 16] * 2
    assert set(table["strategy"]) == {"direct"} and set(table["protocol"]) == {"corrected"}


def test_outcomes_are_counted_and_failures_left_out() -> None:
    outcomes = ["1", "0", "abstained", "unparsed", "failed", "1", "1"]
    table = tabulate(respond("tiny", s=outcomes))
    row = table[table["subset"] == "spurious"].iloc[0]
    counts = row[["n", "answered", "abstained", "unparsed", "failed"]].tolist()
    # The eighth question has no response at all.
    assert counts == [6, 4, 1, 1, 2]
    assert row["accuracy"] == pytest.approx(3 / 6)


def test_a_subset_in_which_everything_failed_has_no_accuracy() -> None:
    table = tabulate(respond("tiny", a=["failed"] * 4), respond("other"), reference="other")
    row = table.iloc[0]
    assert (row["n"], row["failed"], row["pairs"]) == (0, 4, 0)
    missing = ["accuracy", "low", "high", "drop", "difference", "p_value", "p_adjusted"]
    assert row[missing].isna().all()


def test_the_interval_is_over_attributes_and_types_of_one_go_together() -> None:
    responses = respond("tiny", s=3)
    spurious = ASKED["subset"] == "spurious"
    attributes = np.resize(["scene:sea", "prop:gem", "light:dusk", "paint:gold"], spurious.sum())
    asked = ASKED.assign(attribute="")
    asked.loc[spurious, "attribute"] = attributes
    row = main_results(asked, responses, reference_model=None).iloc[1]
    expected = clustered_share(np.arange(8) < 3, attributes)
    assert (row["n"], row["questions"], row["attributes"]) == (8, 8, 4)
    assert (row["accuracy"], row["low"], row["high"]) == (
        expected.value,
        expected.low,
        expected.high,
    )


def test_the_drop_is_from_the_whole_non_spurious_set() -> None:
    table = tabulate(respond("tiny", a=1, s=2, c=0, g=8, o=4))
    assert table["accuracy"].tolist() == pytest.approx([1 / 4, 2 / 8, 12 / 16])
    assert table["drop"].tolist()[:2] == pytest.approx([0.5, 0.5])
    assert (table["drop_low"][:2] < 0.5).all() and (table["drop_high"][:2] > 0.5).all()
    assert pd.isna(table["drop"][2])


def test_models_are_compared_on_the_questions_that_both_answered() -> None:
    first = respond("tiny", a=["1", "1", "1", "failed"])
    second = respond("other", a=["0", "0", "1", "1"])
    row = tabulate(second, first, reference="other").iloc[3]
    assert (row["model"], row["reference"], row["pairs"]) == ("tiny", "other", 3)
    assert row["difference"] == pytest.approx(2 / 3)
    assert row["p_value"] == pytest.approx(0.5)


def test_a_model_is_not_compared_with_itself() -> None:
    table = tabulate(respond("other"), respond("tiny", a=0), reference="other")
    mine = table[table["model"] == "other"]
    assert mine[["reference", "difference", "p_value", "p_adjusted"]].isna().all(axis=None)
    theirs = table[table["model"] == "tiny"]
    assert theirs["p_value"].notna().all()
    assert theirs["p_adjusted"].tolist() == pytest.approx(list(holm(theirs["p_value"])))
    assert theirs["difference"].tolist() == [-1, 0, 0]


def test_images_of_one_type_do_not_count_as_independent() -> None:
    """Types 0 and 1, two images each, favour one model; that is two units and not four."""
    table = tabulate(respond("other", s=0), respond("tiny", s=[*"11001100"]), reference="other")
    p_value = cell(table, "p_value", model="tiny", subset="spurious")
    assert p_value == pytest.approx(mcnemar_clustered([1, 1], [0, 0], [0, 1]))


def test_variants_and_other_strategies_stay_out_of_the_main_table() -> None:
    table = tabulate(
        respond("tiny", a=4),
        respond("tiny", "spurious_aware", a=0),
        respond("tiny", "direct+blind"),
    )
    assert table["accuracy"].tolist() == [1, 1, 1]
    other = tabulate(
        respond("tiny", a=4), respond("tiny", "spurious_aware", a=0), strategy="spurious_aware"
    )
    assert other["accuracy"].tolist() == [0, 1, 1]


def test_the_anchor_of_two_types_counts_for_both() -> None:
    twice = ASKED[ASKED["sample_id"] == "a0"].assign(cluster="type-9")
    asked = pd.concat([ASKED, twice])
    responses = pd.concat([respond("other"), respond("tiny", a=0)])
    table = main_results(asked, responses, reference_model="other")
    rows = table[table["subset"] == "anchor"]
    assert rows["n"].tolist() == [5, 5]
    assert rows["pairs"].tolist()[1] == 5


def test_the_order_of_the_rows_does_not_matter() -> None:
    responses = pd.concat([respond("other", s=5), respond("tiny", a=1, s=3)])
    settings = {"reference_model": "other"}
    table = main_results(ASKED, responses, **settings)
    backward = pd.concat([responses[:36][::-1], responses[36:][::-1]])
    pd.testing.assert_frame_equal(main_results(ASKED[::-1], backward, **settings), table)


def test_what_cannot_be_tabulated_is_refused() -> None:
    with pytest.raises(Problem, match=r"'tinny' \(did you mean 'tiny'\?\) .*reference_model"):
        tabulate(respond("tiny"), reference="tinny")
    with pytest.raises(Problem, match=r"strategy 'direct'.*evaluation\.strategies"):
        tabulate(respond("tiny", "spurious_aware"))
    with pytest.raises(Problem, match=r"2 protocols \(corrected, paper\)"):
        tabulate(respond("tiny"), respond("other").assign(protocol="paper"))


# --- published values -------------------------------------------------------------------------


def test_every_published_value_has_a_source() -> None:
    published = read_published()
    given = published["published"].notna()
    assert (published["published_source"] != "").eq(given).all()
    assert published["published"].dropna().between(0, 1).all()
    assert not published.duplicated(["model", "subset", "strategy"]).any()


def test_the_fifteen_models_of_the_paper_have_a_row_for_each_subset() -> None:
    published = read_published()
    blank = published[published["published"].isna()]
    assert blank["model"].nunique() == 15
    assert (blank.groupby("model")["subset"].nunique() == 3).all()


def test_published_values_stand_beside_ours() -> None:
    published = pd.DataFrame(
        [
            ("gpt-4o", "anchor", "direct", 0.2, "A"),
            ("gpt-4o", "spurious", "direct", None, ""),
            ("best", "anchor", "direct", 0.4, "B"),
            ("best", "anchor_held_out", "direct", 0.5, "C"),
        ],
        columns=["model", "subset", "strategy", "published", "published_source"],
    )
    table = tabulate(respond("gpt-4o"), respond("tiny"), published=published)
    assert len(table) == 7
    assert cell(table, "published", model="gpt-4o", subset="anchor") == 0.2
    assert cell(table, "published_source", model="gpt-4o", subset="anchor") == "A"
    assert pd.isna(cell(table, "published", model="gpt-4o", subset="spurious"))
    assert pd.isna(cell(table, "accuracy", model="best", subset="anchor"))
    assert cell(table, "published", model="best", subset="anchor") == 0.4
    assert table["n"].dtype == "Int64"


def test_models_that_were_never_published_stand_alone() -> None:
    table = tabulate(respond("tiny"), published=read_published())
    assert len(table) == 3
    assert table[["published", "published_source"]].isna().all(axis=None)


# --- the prompting table ----------------------------------------------------------------------


def test_every_strategy_is_compared_with_direct() -> None:
    responses = pd.concat(
        [
            respond("tiny", "spurious_aware", a=3, s=["failed", *"1111111"]),
            respond("tiny", "direct", a=1, s=2),
            respond("tiny", "direct+shuffle-1", a=0),
            respond("other", "chain_of_thought"),
        ]
    )
    table = prompting_results(ASKED, responses)
    assert tuple(table.columns) == PROMPTING_COLUMNS
    assert table["strategy"].tolist() == ["direct", "spurious_aware"] * 3 + ["chain_of_thought"] * 3
    aware = table[table["strategy"] == "spurious_aware"].set_index("subset")
    assert aware["difference"].to_dict() == pytest.approx(
        {"anchor": 0.5, "spurious": 6 / 7, "non-spurious": 0}
    )
    assert aware["pairs"].to_dict() == {"anchor": 4, "spurious": 7, "non-spurious": 16}
    assert aware["p_adjusted"].tolist() == pytest.approx(list(holm(aware["p_value"])))
    # Nothing to compare with: the baseline itself, and a model that was not asked by it.
    others = table[table["strategy"] != "spurious_aware"]
    assert others[["difference", "p_value"]].isna().all(axis=None)


def test_another_baseline_comes_first() -> None:
    responses = pd.concat([respond("tiny"), respond("tiny", "mine", a=0)])
    table = prompting_results(ASKED, responses, baseline="mine")
    assert table["strategy"].tolist() == ["mine", "direct"] * 3
    assert cell(table, "difference", subset="anchor", strategy="direct") == 1


def test_variants_alone_make_no_table() -> None:
    with pytest.raises(Problem, match="No model answered"):
        prompting_results(ASKED, respond("tiny", "direct+blind"))
