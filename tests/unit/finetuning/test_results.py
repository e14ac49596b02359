"""The tables of the study are the means they claim to be."""

import numpy as np
import pandas as pd
import pytest

from spuriverse.evaluation import read_published
from spuriverse.finetuning import (
    ABLATION_COLUMNS,
    FINETUNING_COLUMNS,
    HELD_OUT_COLUMNS,
    TRANSFER_COLUMNS,
    ablation_results,
    as_paper_table,
    compare_runs,
    finetuning_results,
    held_out_results,
    tag_held_out_types,
    tag_other_benchmarks,
    transfer_results,
)

TYPES = [f"t-{n}" for n in range(6)]
SUBSETS = {"anchor": 1, "spurious": 3, "core": 3, "aligned": 2}


def questions() -> pd.DataFrame:
    """Six types with an anchor and groups of three, and twelve samples that are of none."""
    rows = [
        (f"{name}-{subset}-{n}", subset, name)
        for name in TYPES
        for subset, size in SUBSETS.items()
        for n in range(size)
    ]
    rows += [
        (f"{subset}-{n}", subset, f"{subset}-{n}.png")
        for subset in ("ordinary", "easy_vqa")
        for n in range(4)
    ]
    return pd.DataFrame(rows, columns=["sample_id", "subset", "cluster"]).assign(
        answer=0, attribute=lambda t: t["cluster"].where(t["cluster"].isin(TYPES), "")
    )


ASKED = questions()


def answers(model: str, asked: pd.DataFrame, right: float, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    wrong = (rng.random(len(asked)) > right).astype(int)
    return pd.DataFrame(
        {
            "sample_id": asked["sample_id"].to_numpy(),
            "model": model,
            "outcome": "answered",
            "choice": wrong,
        }
    )


def study(base_model: str = "tiny") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two regimes on two splits of two held-out types each, and the base model's answers."""
    runs, responses = [], []
    for seed in (0, 1):
        held_out = TYPES[2 * seed : 2 * seed + 2]
        asked = ASKED[~ASKED["subset"].isin(SUBSETS) | ASKED["cluster"].isin(held_out)]
        for number, regime in enumerate(("anchor", "spurious_group")):
            name = f"{base_model}/{regime}/{seed}"
            runs.append(
                {
                    "run_id": name,
                    "study": "regimes",
                    "base_model": base_model,
                    "regime": regime,
                    "layers": "both",
                    "types": 4 + seed if number else 0,
                    "held_out": "",
                    "seed": seed,
                    "samples": 40,
                    "modules": ["m"],
                }
            )
            responses.append(answers(name, asked, 0.4 + 0.4 * number, seed))
    # The base model is asked on every split.
    base = [answers(base_model, ASKED, 0.3, 9)] * 2
    return pd.DataFrame(runs), pd.concat([*base, *responses])


@pytest.fixture
def compared() -> pd.DataFrame:
    return compare_runs(*study(), ASKED)


def test_a_response_stands_beside_the_base_models_to_the_same_question(
    compared: pd.DataFrame,
) -> None:
    base = answers("tiny", ASKED, 0.3, 9).set_index("sample_id")["choice"] == 0
    assert (compared["before"].to_numpy() == base[compared["sample_id"]].to_numpy()).all()
    assert len(compared) == 4 * (2 * 9 + 2 * 8)
    whole = compared[compared["subset"] == "non_spurious"]
    assert set(whole["sample_id"].str.split("-").str[0]) == {"ordinary", "easy_vqa"}


def test_every_regime_and_the_base_model_have_a_row_a_set(compared: pd.DataFrame) -> None:
    table = finetuning_results(compared, read_published())
    assert list(table.columns) == list(FINETUNING_COLUMNS)
    assert list(dict.fromkeys(table["regime"])) == ["base", "anchor", "spurious_group"]
    row = table[(table["regime"] == "anchor") & (table["subset"] == "spurious_held_out")].iloc[0]
    part = compared[(compared["regime"] == "anchor") & (compared["subset"] == "spurious_held_out")]
    assert (row["n"], row["seeds"]) == (12, 2)
    assert row["accuracy"] == pytest.approx(part["correct"].mean())
    assert row["change"] == pytest.approx(part["correct"].mean() - part["before"].mean())
    assert row["low"] <= row["accuracy"] <= row["high"]
    base = table[table["regime"] == "base"].set_index("subset")
    assert base.loc["spurious_held_out", "accuracy"] == pytest.approx(part["before"].mean())
    assert (base["change"] == 0).all()
    assert table["published"].isna().all(), "no published model has this name"


def test_published_values_stand_beside_the_model_of_their_name_alone() -> None:
    compared = compare_runs(*study("Qwen2.5-VL-7B"), ASKED)
    table = finetuning_results(compared, read_published())
    beside = table[table["published"].notna()].set_index("regime")
    assert set(beside["subset"]) == {"anchor_held_out"}
    assert beside["published"].to_dict() == {"base": 0.352, "spurious_group": 0.784}


def test_the_paper_table_has_a_row_a_regime_and_a_cell_a_set(compared: pd.DataFrame) -> None:
    table = finetuning_results(compared, read_published())
    wide, shown = as_paper_table(table)
    assert wide["regime"].tolist() == ["base", "anchor", "spurious_group"]
    cell = (
        shown["spurious, held-out"]
        if "spurious, held-out" in shown
        else shown["spurious, held out"]
    )
    row = wide.iloc[1].to_dict()
    expected = table.set_index(["regime", "subset"]).loc[("anchor", "spurious_held_out")]
    assert cell.format_map(row) == (
        f"{expected['accuracy']:.3f} ({expected['low']:.3f} to {expected['high']:.3f})"
    )


def test_splits_with_other_totals_share_a_step_of_the_ablation(compared: pd.DataFrame) -> None:
    table = ablation_results(compared)
    assert list(table.columns) == list(ABLATION_COLUMNS)
    assert sorted(set(table["types"])) == [0, 4.5]
    for types in (0, 4.5):
        rows = table[(table["types"] == types) & (table["subset"] == "spurious_held_out")]
        assert rows["seed"].tolist() == ["0", "1", "all"]
        assert rows["n"].tolist() == [6, 6, 12]


def test_held_out_types_are_told_apart_by_kind(compared: pd.DataFrame) -> None:
    kinds = pd.DataFrame({"type_id": TYPES, "kind": ["scene", "prop"] * 3})
    table = held_out_results(tag_held_out_types(compared, kinds))
    assert list(table.columns) == list(HELD_OUT_COLUMNS)
    assert set(table["held_out"]) == {"scene", "prop"}
    held_out = {"anchor_held_out", "spurious_held_out", "core_held_out", "aligned"}
    assert set(table["subset"]) == held_out
    assert set(table["types"]) == {2}
    other = held_out_results(tag_other_benchmarks(compared))
    assert other[["held_out", "subset", "n"]].values.tolist() == [["easy_vqa", "easy_vqa", 8]]


def test_a_transfer_has_a_row_a_pair_and_set(compared: pd.DataFrame) -> None:
    both = pd.concat([compared.assign(found_on="one"), compared.assign(found_on="tiny")])
    table = transfer_results(both)
    assert list(table.columns) == list(TRANSFER_COLUMNS)
    assert table["found_on"].value_counts().to_dict() == {"one": 7, "tiny": 7}
