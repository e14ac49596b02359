"""Where a point is right and where it is not, on counts that are known."""

import numpy as np
import pandas as pd
import pytest
from mitigation_curves import SCALED, make_points

from spuriverse.finetuning.mitigations import (
    PART_COLUMNS,
    WAY_OUT_PART_COLUMNS,
    PartAccuracies,
    tabulate_way_out_parts,
)

CURVES = {
    ("mixing", "{}"): {0.5: (0.4, 0.04), 1.0: (0.6, 0.1)},
    ("adapter_scaling", SCALED): {0.5: (0.3, 0.01), 1.0: (0.6, 0.1)},
    ("ours", "{}"): {0.5: (0.5, 0.01), 1.0: (0.7, 0.2)},
}
N = 100


def parts_of(points: pd.DataFrame, shift: float = 0.2) -> pd.DataFrame:
    """Two kinds as many times: one that is `shift` better than the whole, one as much worse."""
    rows = []
    for point in points.to_dict("records"):
        known = {key: point[key] for key in ("base_model", "seed", "fold", "method", "setting")}
        for sign, kind in ((1, "prop"), (-1, "texture")):
            for subset in ("spurious", "aligned"):
                moved = sign * shift if subset == "spurious" and point["method"] != "base" else 0.0
                correct = round(N * (point[subset] + moved))
                place = {"grouping": "kind", "group": kind, "subset": subset}
                more = {"knob": point["knob"], "half": point["half"], "n": N, "correct": correct}
                rows.append({**known, **place, **more})
    return pd.DataFrame(rows)


def table_of(at: float = 0.02) -> pd.DataFrame:
    points = make_points(CURVES, shift=0.0)
    table = tabulate_way_out_parts(points, parts_of(points), losses=[at])
    assert list(table.columns) == list(WAY_OUT_PART_COLUMNS)
    return table.set_index(["method", "group"])


def test_the_point_that_the_whole_chose_is_measured_in_every_group() -> None:
    table = table_of()
    assert table.loc[("ours", "prop"), "robustness"] == pytest.approx(0.7)
    assert table.loc[("ours", "texture"), "robustness"] == pytest.approx(0.3)
    assert table.loc[("ours", "texture"), "baseline"] == pytest.approx(0.1)
    assert table.loc[("ours", "texture"), "difference"] == pytest.approx(0.2)
    assert table.loc[("ours", "texture"), "loss"] == pytest.approx(0.01)
    assert table.loc[("ours", "texture"), "splits"] == 8
    assert table.loc[("ours", "texture"), "n"] == 8 * 2 * N


def test_a_curve_that_always_loses_more_is_the_base_model_in_every_group() -> None:
    table = table_of(at=0.0)
    assert (table["loss"] == 0).all()
    assert np.allclose(table["difference"], 0)


def test_a_group_that_only_some_splits_hold_out_counts_those_alone() -> None:
    points = make_points(CURVES, shift=0.0)
    parts = parts_of(points)
    elsewhere = (parts["group"] == "texture") & (parts["fold"] > 0)
    table = tabulate_way_out_parts(points, parts[~elsewhere], losses=[0.02])
    splits = table.set_index(["method", "group"])["splits"]
    assert splits[("ours", "texture")] == 2
    assert splits[("ours", "prop")] == 8


def test_answers_are_counted_by_kind_and_by_question() -> None:
    asked = pd.DataFrame(
        {
            "sample_id": ["a", "b", "c", "d"],
            "candidate_id": ["k1", "k1", "k2", ""],
            "question": ["which?", "which?", "how many?", "which?"],
            "subset": ["spurious", "spurious", "spurious", "ordinary"],
        }
    )
    types = pd.DataFrame({"candidate_id": ["k1", "k2"], "kind": ["prop", "light"]})
    marked = pd.DataFrame(
        {
            "sample_id": ["a", "b", "c", "d"],
            "subset": ["spurious", "spurious", "spurious", "ordinary"],
            "correct": [True, False, True, True],
        }
    )
    counts = PartAccuracies(asked, types)
    counts.add({"method": "m", "setting": "{}", "knob": 1.0, "half": 0}, marked)
    table = counts.table()
    assert list(table.columns) == list(PART_COLUMNS)
    found = {(row.group, row.subset): (row.n, row.correct) for row in table.itertuples(index=False)}
    assert found == {
        ("prop", "spurious"): (2, 1),
        ("light", "spurious"): (1, 1),
        ("which?", "spurious"): (2, 1),
        ("which?", "ordinary"): (1, 1),
        ("how many?", "spurious"): (1, 1),
    }
