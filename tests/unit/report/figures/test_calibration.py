"""The figure of the calibration: a line per decision and number of models, every point in sight."""

import numpy as np
import pandas as pd
import pytest

from spuriverse.discovery.verification.truth import CALIBRATION_COLUMNS
from spuriverse.problems import Problem
from spuriverse.report.figures import plot_calibration


def make_table(models: int) -> pd.DataFrame:
    rows = [
        {
            **dict.fromkeys(CALIBRATION_COLUMNS, 0.5),
            "decision": decision,
            "models": number,
            "images": images,
            "n_control": 210,
            "n_true": 180,
            "control_kept": 0.1,
            "control_low": 0.05,
            "control_high": 0.4,
        }
        for decision in ("paper", "corrected", "corrected_paired")
        for number in range(1, models + 1)
        for images in (3, 10)
    ]
    table = pd.DataFrame(rows, columns=list(CALIBRATION_COLUMNS))
    # Where nothing is kept there is no rate of false discoveries.
    nothing = (table["decision"] == "corrected") & (table["images"] == 3)
    table.loc[nothing, ["false_discovery_rate", "fdr_low", "fdr_high"]] = np.nan
    return table


def test_three_panels_show_both_decisions_at_every_number_of_models() -> None:
    figure = plot_calibration(make_table(3), false_discovery_rate=0.05)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(labels) == len(set(labels)) == 6
    assert len(figure.axes) == 3
    for axes in figure.axes:
        assert len(axes.containers) == 6
        low, high = axes.get_ylim()
        assert low <= 0 and high > 0.4
    assert "210" in figure.texts[0].get_text()


@pytest.mark.parametrize("missing", [("fdr_low", "fdr_high"), ("control_kept", "control_high")])
def test_rates_without_interval_or_value_leave_limits_that_can_be_drawn(
    missing: tuple[str, str],
) -> None:
    table = make_table(1).assign(**dict.fromkeys(missing, np.nan))
    figure = plot_calibration(table, false_discovery_rate=0.05)
    for axes in figure.axes:
        assert np.isfinite(axes.get_ylim()).all()
    assert figure.axes[1].get_ylim()[1] > 0.5


@pytest.mark.parametrize("models", [0, 9])
def test_what_cannot_be_told_apart_is_refused(models: int) -> None:
    with pytest.raises(Problem, match=r"calibration\.models"):
        plot_calibration(make_table(models), false_discovery_rate=0.05)
