"""The figure over associations: pooled curves with intervals, single base models behind them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spuriverse.problems import Problem
from spuriverse.report.figures import plot_association, save_figure

DOSES = (0.7, 0.9, 0.99)
SETS = ("spurious_held_out", "aligned", "aligned_without_cue", "ordinary")


def table(interval: bool = True) -> pd.DataFrame:
    limits = {"low": 0.4, "high": 0.7} if interval else {"low": np.nan, "high": np.nan}
    return pd.DataFrame(
        [
            {
                **{"association": dose, "base_model": model, "proportion": proportion},
                **{"subset": subset, "base_models": 2 if model == "all" else 1},
                **{"accuracy": 0.5, **limits},
            }
            for dose in DOSES
            for model in ("m-0", "m-1", "all")
            for proportion in ("base", "0.5", "1")
            for subset in SETS
        ]
    )


@pytest.mark.parametrize("interval", [True, False])
def test_both_panels_show_every_set_at_every_dose(tmp_path: Path, interval: bool) -> None:
    figure = plot_association(table(interval))
    assert [axes.get_label() for axes in figure.axes] == ["before", "after"]
    assert "proportion 1 " in figure.axes[1].get_title(loc="left")
    ticks = [text.get_text() for text in figure.axes[1].get_xticklabels()]
    assert ticks == ["0.7", "0.9", "0.99"]
    for axes in figure.axes:
        assert len(axes.containers) == len(SETS)
        assert all(len(each.lines[0].get_xdata()) == len(DOSES) for each in axes.containers)
    note = figure.texts[0].get_text()
    assert "mean of 2 base models" in note and "no photograph" in note
    save_figure(figure, tmp_path / "association.pdf")


@pytest.mark.parametrize("kept", ["base", "1"])
def test_a_table_without_before_or_after_is_refused(kept: str) -> None:
    rows = table()
    with pytest.raises(Problem, match="tabulate_association"):
        plot_association(rows[rows["proportion"] == kept])
