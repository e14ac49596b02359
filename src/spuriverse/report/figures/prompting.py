"""What each prompting strategy changes in a model's accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.questions import PROTOCOL
from spuriverse.report.figures.main_results import (
    LEAST_SPAN,
    WIDTH,
    draw_intervals,
    name_rows,
    short_name,
)
from spuriverse.report.figures.style import GREY, LOOKS, SMALL, house_style, span_at_least

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LEFT, _RIGHT = 1.6, 0.15
_HEADER, _FOOTER = 0.5, 0.62
_TITLES = {
    "anchor": "anchors",
    "spurious": "spurious groups",
    "non-spurious": "non-spurious set",
}


def plot_prompting(table: pd.DataFrame, *, baseline: str = "direct") -> Figure:
    """Draw how much more accurate every model is by each strategy than by the baseline.

    Args:
        table: As `results/tables/prompting.csv` holds it.
        baseline: The strategy that the others are compared with.

    Returns:
        A figure of a page's width: a panel per subset, a line per model, a dot with its interval
        per strategy. The axes are labelled by their subset.

    Raises:
        Problem: The table has no difference, or more strategies than can be told apart.
    """
    from matplotlib.figure import Figure

    drawn = table[table["difference"].notna()]
    models = list(dict.fromkeys(drawn["model"]))
    strategies = list(dict.fromkeys(drawn["strategy"]))
    if not 0 < len(strategies) <= len(LOOKS):
        raise Problem(
            f"The figure shows 1 to {len(LOOKS)} strategies beside {baseline!r} but the table holds"
            f" {len(strategies)}; change evaluation.strategies in the configuration."
        )
    subsets = [subset for subset in _TITLES if subset in set(drawn["subset"])]
    height = _HEADER + max(0.3, 0.16 * len(strategies)) * len(models) + _FOOTER
    with house_style():
        figure = Figure(figsize=(WIDTH, height))
        panels = figure.subplots(1, len(subsets), sharex=True, sharey=True, squeeze=False)[0]
        figure.subplots_adjust(
            left=_LEFT / WIDTH,
            right=1 - _RIGHT / WIDTH,
            top=1 - _HEADER / height,
            bottom=_FOOTER / height,
            wspace=0.1,
        )
        for place, (axes, subset) in enumerate(zip(panels, subsets, strict=True)):
            _draw_subset(axes, drawn[drawn["subset"] == subset], models, strategies)
            axes.set_label(subset)
            axes.set_title(_TITLES[subset], pad=3)
            axes.tick_params(axis="y", labelleft=place == 0)
        # The panels share their axis, so it is widened once all is drawn.
        span_at_least(panels[0], LEAST_SPAN)
        panels[len(panels) // 2].set_xlabel(f"difference in accuracy to {short_name(baseline)}")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="upper center", ncols=4, handletextpad=0.3)
        note = (
            f"protocol: {PROTOCOL} · the same questions by both strategies · 95 % intervals over"
            " types (images of the non-spurious set)"
        )
        figure.text(0.01, 0.07 / height, note, fontsize=SMALL, color="#444444")
    return figure


def _draw_subset(axes: Axes, rows: pd.DataFrame, models: list[str], strategies: list[str]) -> None:
    axes.axvline(0, color=GREY, linewidth=0.8)
    shifts = np.linspace(-0.25, 0.25, len(strategies)) if len(strategies) > 1 else np.zeros(1)
    for strategy, look, shift in zip(strategies, LOOKS, shifts, strict=False):
        mine = rows[rows["strategy"] == strategy].set_index("model").reindex(models)
        names = ("difference", "difference_low", "difference_high")
        draw_intervals(axes, mine, np.arange(len(models)) + shift, names, look)
        label = short_name(strategy)
        axes.plot([], [], look.marker, color=look.colour, mfc=look.face, markersize=4, label=label)
    axes.locator_params(axis="x", nbins=5, steps=[1, 2, 5, 10])
    name_rows(axes, [short_name(model) for model in models])
