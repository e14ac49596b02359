"""CGLA by model and type, and the two-by-two of failure signatures."""

import numpy as np
import pandas as pd
import pytest

from spuriverse.problems import Problem
from spuriverse.spubench.explain import join_advantages, tabulate_cgla, tabulate_signatures


def likelihoods() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two models on forty samples of two types: one is right and core-led, the other neither."""
    rows = []
    for model, gain, outcome in (("good", 2.0, "right"), ("bad", -1.0, "fooled")):
        rows += [
            {
                "sample_id": f"s-{i}",
                "model": model,
                "answer": "star",
                "outcome": outcome,
                "label_tokens": 1 + i % 2,
                "label_core": -1.0,
                "label_spurious": -1.0 - gain - 0.01 * (i % 5),
                "predicted_tokens": 1,
                "predicted_core": -3.0,
                "predicted_spurious": -2.0,
            }
            for i in range(40)
        ]
    attributes = pd.DataFrame(
        {
            "sample_id": [f"s-{i}" for i in range(40)],
            "spurious": [f"attribute {i // 4}" for i in range(40)],
            "spurious_types": [["background"]] * 20 + [["shape"]] * 20,
            "label_source": "class",
        }
    )
    return pd.DataFrame(rows), attributes


def test_estimates_of_every_type_and_of_all() -> None:
    table = tabulate_cgla(join_advantages(*likelihoods()))
    assert table["spurious_type"].tolist() == ["all", "background", "shape"] * 2
    assert table["n"].tolist() == [40, 20, 20] * 2
    good, bad = table.iloc[0], table.iloc[3]
    assert good["cgla"] == pytest.approx(2.02) and bad["cgla"] == pytest.approx(-0.98)
    assert good["per_token"] == pytest.approx(
        np.mean([2.0, 2.01 / 2, 2.02, 2.03 / 2, 2.04, 2.0 / 2, 2.01, 2.02 / 2, 2.03, 2.04 / 2])
    )
    assert (good["below_zero"], bad["below_zero"]) == (0, 1)
    assert (table["cgla_low"] <= table["cgla"]).all() and (
        table["cgla"] <= table["cgla_high"]
    ).all()
    assert (
        good["signature"] == "right and core-led" and bad["signature"] == "wrong and spurious-led"
    )
    # Five attributes that agree do not rule out an accuracy of a half; ten do.
    assert table["certain"].tolist() == [True, False, False] * 2


def test_thresholds_move_the_signature_and_an_interval_across_one_is_not_certain() -> None:
    joined = join_advantages(*likelihoods())
    table = tabulate_cgla(joined, cgla_threshold=3)
    assert table.iloc[0]["signature"] == "right and spurious-led"
    half = joined.assign(accuracy=np.tile([0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0], 10))
    assert not tabulate_cgla(half).iloc[0]["certain"]


def test_the_four_signatures_share_all_samples() -> None:
    joined = join_advantages(*likelihoods())
    table = tabulate_cgla(joined)
    signatures = tabulate_signatures(joined, table)
    assert signatures.groupby("model")["share"].sum().tolist() == [1, 1]
    assert signatures.groupby("model")["types"].sum().tolist() == [2, 2]
    found = signatures.set_index(["model", "signature"])["share"]
    assert found["good", "right and core-led"] == found["bad", "wrong and spurious-led"] == 1


def test_a_sample_without_attributes_is_named() -> None:
    rows, attributes = likelihoods()
    with pytest.raises(Problem, match="such as s-39"):
        join_advantages(rows, attributes[:-1])
