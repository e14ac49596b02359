"""The figure of the mitigations: every curve with its intervals, and the front."""

from pathlib import Path

import pandas as pd
import pytest

from spuriverse.problems import Problem
from spuriverse.report.figures import plot_mitigations, save_figure


def curves(methods: int = 7) -> pd.DataFrame:
    rows = []
    for model in ("m0", "m1"):
        for method in range(methods):
            for knob in (-1.0, 0.5, 1.0):
                r, a = 0.1 + 0.3 * (knob + 1), 1 - 0.02 * (knob + 1) * (method + 1) / methods
                rows.append(
                    {
                        **{"base_model": model, "method": f"method_{method}", "setting": "{}"},
                        **{"knob": knob, "splits": 8, "loss": 1 - a, "pareto": method == 0},
                        **{"robustness": r, "robustness_low": r - 0.1, "robustness_high": r + 0.1},
                        **{"accuracy": a, "accuracy_low": a - 0.01, "accuracy_high": a + 0.01},
                    }
                )
    return pd.DataFrame(rows)


def test_every_base_model_has_a_panel_with_every_method_and_the_front(tmp_path: Path) -> None:
    figure = plot_mitigations(curves())
    assert [axes.get_label() for axes in figure.axes] == ["m0", "m1"]
    for axes in figure.axes:
        labels = axes.get_legend_handles_labels()[1]
        assert labels == [f"method {n}" for n in range(7)]
        front = next(line for line in axes.lines if line.get_gid() == "front")
        assert len(front.get_xdata()) == 3
    save_figure(figure, tmp_path / "mitigations.pdf")


def test_more_methods_than_colours_are_still_told_apart() -> None:
    figure = plot_mitigations(curves(9))
    drawn = figure.axes[0].get_legend_handles_labels()[0]
    looks = {(h[0].get_color(), h[0].get_marker(), h[0].get_markerfacecolor()) for h in drawn}
    assert len(looks) == 9


@pytest.mark.parametrize("broken", [curves().drop(columns="pareto"), curves().iloc[:0]])
def test_a_table_without_what_is_drawn_is_refused(broken: pd.DataFrame) -> None:
    with pytest.raises(Problem, match="tabulate_mitigations"):
        plot_mitigations(broken)
