"""Cases of transfer, on made-up curves whose numbers are known, and what they are asked."""

import pandas as pd
import pytest
from mitigation_curves import SCALED, START, make_points, vary

from spuriverse.finetuning.mitigations import (
    WAY_OUT_TRANSFER_COLUMNS,
    select_further,
    tabulate_transfer_of_way_out,
)

CURVES = {
    ("mixing", "{}"): {0.5: (0.4, 0.04), 1.0: (0.6, 0.1)},
    ("adapter_scaling", SCALED): {0.5: (0.3, 0.01), 1.0: (0.6, 0.1)},
    ("base_average", "{}"): {0.5: (0.5, 0.01), 1.0: (0.7, 0.2)},
}
CASES = (("kind left out", "texture"), ("types of another model", "biased-1"))


def cases() -> tuple[pd.DataFrame, pd.DataFrame]:
    """One split of a kind, eight of another model's types; easy-VQA is asked in the first alone."""
    points = make_points(CURVES, shift=0.0)
    first = points[(points["seed"] == 600) & (points["fold"] == 0)]
    tables = [
        table.assign(case=case, of=of)
        for table, (case, of) in zip((first, vary(points, "base_average")), CASES, strict=True)
    ]
    keys = ["base_model", "seed", "fold", "method", "setting", "knob", "half", "case", "of"]
    right = {"base": 80, "mixing": 70, "adapter_scaling": 75, "base_average": 79}
    parts = tables[0][keys].assign(grouping="question", group="easy_vqa", subset="easy_vqa", n=100)
    parts["correct"] = parts["method"].map(right)
    return pd.concat(tables), parts


def test_every_case_is_compared_with_the_envelope_of_its_own_splits() -> None:
    table = tabulate_transfer_of_way_out(*cases(), losses=[0.02])
    assert list(table.columns) == list(WAY_OUT_TRANSFER_COLUMNS)
    ours = table[table["method"] == "base_average"].set_index(["case", "of"])
    for case, splits in zip(CASES, (1, 8), strict=True):
        row = ours.loc[case]
        assert row["splits"] == splits
        assert row["base"] == pytest.approx(START)
        assert row["value"] == pytest.approx(0.5)
        assert row["change"] == pytest.approx(0.5 - START)
        assert row["difference"] == pytest.approx(0.2)
    assert pd.isna(ours.loc[CASES[0], "difference_low"])
    assert ours.loc[CASES[1], "difference_low"] > 0


def test_another_benchmark_is_measured_at_the_point_that_the_world_chose() -> None:
    table = tabulate_transfer_of_way_out(*cases(), losses=[0.02])
    other = table[table["case"] == "another benchmark"].set_index("method")
    assert set(other["of"]) == {"easy_vqa"}
    assert other.loc["base_average", "value"] == pytest.approx(0.79)
    assert other.loc["base_average", "base"] == pytest.approx(0.80)
    assert other.loc["base_average", "change"] == pytest.approx(-0.01)
    assert other.loc["envelope", "value"] == pytest.approx(0.75)


def test_questions_of_other_benchmarks_are_those_of_the_test_part() -> None:
    drawn = pd.DataFrame(
        {
            "sample_id": list("abcde"),
            "subset": ["easy_vqa", "easy_vqa", "easy_vqa", "aligned", "ordinary"],
            "part": ["test", "train", "test", "test", "test"],
        }
    )
    samples = pd.DataFrame(
        {"sample_id": list("abcde"), "image": "i", "question": "q", "options": [["x"]] * 5}
    ).assign(answer=0)
    further = select_further(drawn, samples)
    assert further["sample_id"].tolist() == ["a", "c"]
    assert further["half"].tolist() == [0, 1]
    assert set(further["candidate_id"]) == {""}
    assert select_further(drawn[3:], samples).empty
