"""Regret where the best scale of every environment is known."""

import pandas as pd
import pytest

from spuriverse.finetuning.mitigations import REGRET_COLUMNS, tabulate_regret


def points(chosen: dict[str, float]) -> pd.DataFrame:
    """Two splits: the full adapter is best where the cue misleads, none where it helps."""
    fixed = {0.0: (0.2, 0.9, 0.8), 0.5: (0.5, 0.7, 0.8), 1.0: (0.9, 0.4, 0.7)}
    rows = []
    for fold in (0, 1):
        for half in (0, 1):
            shared = {
                **{"base_model": "b", "seed": 1, "fold": fold, "part": "test", "half": half},
                **{"held_out": 4, "trained_on": 12},
            }
            for knob, values in fixed.items():
                name = "base" if knob == 0 else "adapter_scaling"
                setting = "{}" if knob == 0 else '{"proportion": 1.0}'
                known = {"method": name, "setting": setting, "knob": knob}
                rows.append({**shared, **known, **dict(zip(chosen, values, strict=True))})
            known = {"method": "adaptive_scale", "setting": '{"known": 8.0, "proportion": 1.0}'}
            rows.append({**shared, **known, "knob": 1.0, **chosen})
    return pd.DataFrame(rows)


def test_a_choice_as_good_as_the_best_scale_regrets_nothing() -> None:
    table = tabulate_regret(points({"spurious": 0.9, "aligned": 0.9, "ordinary": 0.8}))
    assert tuple(table.columns) == REGRET_COLUMNS
    assert table["environment"].tolist() == ["spurious", "aligned", "ordinary"]
    assert table["regret"].tolist() == pytest.approx([0, 0, 0])
    assert table["regret_fixed"].tolist() == pytest.approx([0, 0.5, 0.1])


def test_nothing_is_said_where_scales_were_not_compared() -> None:
    table = points({"spurious": 0.9, "aligned": 0.9, "ordinary": 0.8})
    assert tabulate_regret(table[table["method"] != "adapter_scaling"]).empty
    assert tabulate_regret(table[table["method"] != "adaptive_scale"]).empty
