"""What every probe finds in every model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.report.figures.main_results import WIDTH, draw_intervals, name_rows, short_name
from spuriverse.report.figures.style import GREY, LOOKS, SMALL, house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LEFT, _RIGHT = 2.6, 0.15
_HEADER, _FOOTER = 0.5, 0.55
_ROW = 0.1
_MOST_RANKS = 5
_NAMES = ("difference", "difference_low", "difference_high")


def plot_probes(table: pd.DataFrame) -> Figure:
    """Draw the difference that every condition makes, model by model.

    Args:
        table: As `results/tables/probes.csv` holds it.

    Returns:
        A figure of a page's width: a line per condition, probe by probe, a dot with its interval
        per model. Stickers and heads differ between models, so that those lines show their rank
        alone, and of either the strongest few.

    Raises:
        Problem: The table has no difference, or more models than can be told apart.
    """
    from matplotlib.figure import Figure

    drawn = table[table["difference"].notna()].assign(line=_lines(table))
    drawn = drawn[_ranks(drawn) <= _MOST_RANKS]
    models = list(dict.fromkeys(drawn["model"]))
    if not 0 < len(models) <= len(LOOKS):
        raise Problem(
            f"The figure of the probes shows 1 to {len(LOOKS)} models but the table has differences"
            f" of {len(models)}; change evaluation.models in the configuration."
        )
    lines = list(dict.fromkeys(drawn["line"]))
    height = _HEADER + max(0.16, _ROW * len(models)) * len(lines) + _FOOTER
    with house_style():
        figure = Figure(figsize=(WIDTH, height))
        axes = figure.subplots()
        figure.subplots_adjust(
            left=_LEFT / WIDTH,
            right=1 - _RIGHT / WIDTH,
            top=1 - _HEADER / height,
            bottom=_FOOTER / height,
        )
        axes.axvline(0, color=GREY, linewidth=0.8)
        shifts = np.linspace(-0.3, 0.3, len(models)) if len(models) > 1 else np.zeros(1)
        for model, look, shift in zip(models, LOOKS, shifts, strict=False):
            mine = drawn[drawn["model"] == model].drop_duplicates("line").set_index("line")
            mine = mine.reindex(lines)
            draw_intervals(axes, mine, np.arange(len(lines)) + shift, _NAMES, look)
            axes.plot(
                [],
                [],
                look.marker,
                color=look.colour,
                mfc=look.face,
                markersize=4,
                label=short_name(model),
            )
        name_rows(axes, lines)
        axes.set_xlabel("difference that the condition makes")
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="upper center", ncols=6, handletextpad=0.3)
        note = (
            "the same questions under both conditions, but for common_counter and artefacts ·"
            " 95 % intervals"
        )
        figure.text(0.01, 0.07 / height, note, fontsize=SMALL, color="#444444")
    return figure


def _lines(table: pd.DataFrame) -> pd.Series:
    """Probe and condition; of a sticker its place in the ranking, as names and options differ."""
    condition = table["condition"].str.replace(r"^(\d+): [^,]*", r"rank \1", regex=True)
    condition = condition.str.replace(r" -> .*$", " -> an option", regex=True)
    return table["probe"] + ": " + condition


def _ranks(table: pd.DataFrame) -> pd.Series:
    """The place in a ranking; 0 of a condition that is in none."""
    return table["condition"].str.extract(r"^(\d+): ", expand=False).fillna(0).astype(int)
