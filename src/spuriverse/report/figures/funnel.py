"""How many questions are left after each step of curation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from spuriverse.problems import Problem
from spuriverse.report.figures.style import COLUMN_WIDTH, LOOKS, SMALL, house_style, remove_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_STEPS = {
    "rows": "rows",
    "answered": "answered",
    "errors": "errors",
    "lvlm_accepted": "annotator accepts",
    "human_accepted": "people accept",
    "verified": "verified",
}
_PROTOCOLS = ("paper", "corrected")
_LEFT = 0.8
_WORLD, _STATISTICAL = "world", "statistics"
"""Where bars begin: a logarithmic axis has no zero."""


def plot_funnel(table: pd.DataFrame) -> Figure:
    """Draw, for every benchmark, what each step leaves, by both protocols.

    Args:
        table: As `results/tables/curation_funnel.csv` holds it. A step without a number in any
            row is left out.

    Returns:
        A figure of one column's width, one panel per benchmark, on a logarithmic axis.

    Raises:
        Problem: The table has no rows.
    """
    from matplotlib.figure import Figure

    if table.empty:
        raise Problem("The funnel has no rows; make results/tables/curation_funnel.csv again.")
    benchmarks = list(dict.fromkeys(table["benchmark"]))
    steps = {step: name for step, name in _STEPS.items() if table[step].notna().any()}
    panel = 0.35 + 0.27 * len(steps)
    height = panel * len(benchmarks) + 0.85
    with house_style():
        figure = Figure(figsize=(COLUMN_WIDTH, height))
        panels = figure.subplots(len(benchmarks), 1, sharex=True, squeeze=False)[:, 0]
        figure.subplots_adjust(
            left=0.29, right=0.86, bottom=0.62 / height, top=1 - 0.42 / height, hspace=0.35
        )
        for axes, benchmark in zip(panels, benchmarks, strict=True):
            _draw_benchmark(axes, table[table["benchmark"] == benchmark], steps)
            axes.set_title(benchmark, loc="left", pad=3)
        panels[-1].set_xlabel("questions (logarithmic)")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="upper right", ncols=2, title=None)
        model, annotator = table["source_model"].iloc[0], table["annotator"].iloc[0]
        note = f"errors of {model} · annotator: {annotator}"
        if _WORLD in benchmarks and annotator == _STATISTICAL:
            note += ", which sees perfect attribute lists of a closed vocabulary"
        figure.text(0.02, 0.08 / height, note, fontsize=SMALL, color="#444444")
    return figure


def _draw_benchmark(axes: Axes, rows: pd.DataFrame, steps: dict[str, str]) -> None:
    for protocol, look, shift in zip(_PROTOCOLS, LOOKS[1::-1], (-0.19, 0.19), strict=True):
        counts = rows.loc[rows["protocol"] == protocol, list(steps)].iloc[0]
        places = [place + shift for place in range(len(steps))]
        face = look.colour if protocol == "corrected" else "white"
        axes.barh(
            places,
            counts.fillna(0).clip(lower=_LEFT) - _LEFT,
            left=_LEFT,
            height=0.34,
            color=face,
            edgecolor=look.colour,
            linewidth=0.8,
            label=protocol,
        )
        for place, count in zip(places, counts, strict=True):
            if pd.notna(count):
                axes.annotate(
                    f"{int(count):,}",
                    (max(count, _LEFT), place),
                    xytext=(2, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=SMALL,
                )
    axes.set_yticks(range(len(steps)), list(steps.values()))
    axes.set_ylim(len(steps) - 0.5, -0.5)
    axes.set_xscale("log")
    axes.set_xlim(left=_LEFT)
    axes.tick_params(axis="y", length=0)
    remove_frame(axes, left=True)
