"""The table behind the trade-off figure: held-out types only, by proportion and seed."""

import pandas as pd
import pytest

from spuriverse.finetuning import (
    TRADEOFF_COLUMNS,
    held_out_responses,
    held_out_samples,
    tabulate_tradeoff,
)

TYPES = ("t1", "t2", "t3")
ASKED = pd.DataFrame(
    [
        {"sample_id": f"{name}-{subset}", "subset": subset, "cluster": name, "answer": 0}
        for name in TYPES
        for subset in ("anchor", "core", "spurious")
    ]
    + [
        {"sample_id": f"o-{n}", "subset": subset, "cluster": f"{n}.png", "answer": 0}
        for n, subset in enumerate(("other", "ordinary", "easy_vqa"))
    ]
)
KINDS = pd.DataFrame({"type_id": TYPES, "attribute": ["scene:sea", "scene:sea", "prop:ball"]})
SPLITS = pd.DataFrame(
    {
        "seed": [0, 0, 0, 1, 1, 1],
        "type_id": TYPES * 2,
        "part": ["train", "validation", "test", "test", "train", "validation"],
    }
)


def respond(wrong: set[str] = frozenset(), failed: set[str] = frozenset()) -> pd.DataFrame:
    ids = ASKED["sample_id"]
    choices = [None if name in failed else int(name in wrong) for name in ids]
    return pd.DataFrame(
        {
            "sample_id": ids,
            "model": "tiny",
            "outcome": ["failed" if name in failed else "answered" for name in ids],
            "choice": pd.array(choices, dtype="Int64"),
        }
    )


@pytest.mark.parametrize(("seed", "held_out"), [(0, "t3"), (1, "t1")])
def test_only_held_out_types_and_the_non_spurious_set_are_asked(seed: int, held_out: str) -> None:
    asked = held_out_samples(ASKED, SPLITS, seed)
    typed = asked["subset"].isin(["anchor", "core", "spurious"])
    assert set(asked.loc[typed, "cluster"]) == {held_out}
    assert asked.loc[typed, "subset"].tolist() == ["anchor", "core", "spurious"]
    assert set(asked.loc[~typed, "subset"]) == {"other", "ordinary", "easy_vqa"}


def test_responses_to_trained_types_do_not_count() -> None:
    wrong, failed = {"t1-spurious", "t3-core"}, {"o-0"}
    marked = held_out_responses(ASKED, respond(wrong, failed), SPLITS, KINDS, 0)
    correct = marked.set_index("subset")["correct"].to_dict()
    assert correct == {
        "anchor_held_out": True,
        "core_held_out": False,
        "spurious_held_out": True,
        "ordinary": True,
        "easy_vqa": True,
    }
    assert set(marked["seed"]) == {0}


def test_a_row_for_every_proportion_seed_and_subset_and_for_all_seeds() -> None:
    right = {seed: held_out_responses(ASKED, respond(), SPLITS, KINDS, seed) for seed in (0, 1)}
    worse = held_out_responses(ASKED, respond({"t1-spurious"}), SPLITS, KINDS, 1)
    runs = {("base", 0): right[0], ("base", 1): worse, ("0.5", 0): right[0], ("0.5", 1): right[1]}
    table = tabulate_tradeoff(runs)
    assert tuple(table.columns) == TRADEOFF_COLUMNS
    assert len(table) == 2 * 6 * 3
    rows = table.set_index(["proportion", "seed", "subset"])
    spurious = rows.xs("spurious_held_out", level="subset")["accuracy"]
    assert spurious.to_dict() == {
        ("0.5", "0"): 1.0,
        ("0.5", "1"): 1.0,
        ("0.5", "all"): 1.0,
        ("base", "0"): 1.0,
        ("base", "1"): 0.0,
        ("base", "all"): 0.5,
    }
    assert rows.loc[("base", "all", "spurious_held_out"), "n"] == 2
    assert rows.loc[("base", "all", "spurious_held_out"), "attributes"] == 2
    assert pd.isna(rows.loc[("base", "all", "ordinary"), "attributes"])
    assert table[["low", "high"]].isna().all(axis=None), "two attributes give no interval"


def test_the_gain_by_the_cue_is_aligned_less_its_twin_on_held_out_attributes() -> None:
    types = pd.DataFrame(
        {"type_id": [f"t{n}" for n in range(6)], "attribute": [f"scene:{n}" for n in range(6)]}
    )
    pairs = [
        {"sample_id": f"{name}-{subset}", "subset": subset, "cluster": name, "answer": 0}
        for name in types["type_id"]
        for subset in ("aligned", "aligned_without_cue")
    ]
    asked = pd.DataFrame(pairs)
    part = ["test"] * 5 + ["train"]
    splits = pd.DataFrame({"seed": 0, "type_id": types["type_id"], "part": part})
    wrong = {"t0-aligned_without_cue", "t1-aligned_without_cue", "t5-aligned"}
    choices = pd.array([int(name in wrong) for name in asked["sample_id"]], dtype="Int64")
    answers = {"sample_id": asked["sample_id"], "model": "tiny", "outcome": "answered"}
    answered = pd.DataFrame(answers).assign(choice=choices)
    runs = {("base", 0): held_out_responses(asked, answered, splits, types, 0)}
    rows = tabulate_tradeoff(runs).set_index(["subset", "seed"])
    for seed in ("0", "all"):
        assert rows.loc[("aligned", seed), "accuracy"] == 1
        assert rows.loc[("aligned_without_cue", seed), "accuracy"] == pytest.approx(0.6)
        gain = rows.loc[("cue_gain", seed)]
        assert (gain["n"], gain["questions"], gain["attributes"]) == (10, 10, 5)
        assert gain["accuracy"] == pytest.approx(0.4)
        assert gain["low"] < 0.4 < gain["high"] <= 1


def test_intervals_are_over_attributes_and_never_of_no_width() -> None:
    attributes = [f"scene:{n}" for n in range(8)]
    types = pd.DataFrame({"type_id": [f"t{n}" for n in range(24)], "attribute": attributes * 3})
    asked = types.assign(
        sample_id=types["type_id"] + "-spurious", subset="spurious", cluster=types["type_id"]
    ).assign(answer=0)
    splits = pd.DataFrame({"seed": 0, "type_id": types["type_id"], "part": "test"})
    answers = {"sample_id": asked["sample_id"], "model": "tiny", "outcome": "answered"}
    right = pd.DataFrame(answers).assign(choice=pd.array([0] * 24, dtype="Int64"))
    runs = {("base", 0): held_out_responses(asked, right, splits, types, 0)}
    row = tabulate_tradeoff(runs).set_index("seed").loc["all"]
    assert (row["n"], row["questions"], row["attributes"], row["accuracy"]) == (24, 24, 8, 1)
    assert row["low"] == pytest.approx(0.025 ** (1 / 8))
