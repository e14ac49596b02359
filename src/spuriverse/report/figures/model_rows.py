"""A line per condition, and on it a dot with its interval per model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spuriverse.report.figures.main_results import WIDTH, draw_intervals, name_rows, short_name
from spuriverse.report.figures.style import GREY, LOOKS, SMALL, house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_RIGHT, _HEADER, _ROW = 0.15, 0.5, 0.1


@dataclass(frozen=True)
class Margins:
    """What a figure leaves free, and how high its lines are, in inches.

    Attributes:
        left: For the names of the lines.
        footer: For the axis and the note.
        least_row: Least height of a line.
    """

    left: float
    footer: float
    least_row: float


def plot_model_rows(
    drawn: pd.DataFrame,
    lines: Sequence[str],
    names: tuple[str, str, str],
    margins: Margins,
    label: str,
    note: str,
) -> Figure:
    """Draw how conditions change models, about a line at no difference.

    Args:
        drawn: Columns model (at most as many as there are looks), line, and those in `names`; of
            several rows of a model on a line the first counts.
        lines: The lines in order, from the top.
        names: Columns of the difference and of the limits of its interval.
        margins: Sizes.
        label: Of the axis.
        note: Below it.

    Returns:
        A figure of a page's width.
    """
    from matplotlib.figure import Figure

    models = list(dict.fromkeys(drawn["model"]))
    height = _HEADER + max(margins.least_row, _ROW * len(models)) * len(lines) + margins.footer
    with house_style():
        figure = Figure(figsize=(WIDTH, height))
        axes = figure.subplots()
        figure.subplots_adjust(
            left=margins.left / WIDTH,
            right=1 - _RIGHT / WIDTH,
            top=1 - _HEADER / height,
            bottom=margins.footer / height,
        )
        axes.axvline(0, color=GREY, linewidth=0.8)
        shifts = np.linspace(-0.3, 0.3, len(models)) if len(models) > 1 else np.zeros(1)
        for model, look, shift in zip(models, LOOKS, shifts, strict=False):
            mine = drawn[drawn["model"] == model].drop_duplicates("line").set_index("line")
            places = np.arange(len(lines)) + shift
            draw_intervals(axes, mine.reindex(lines), places, names, look)
            axes.plot(
                [],
                [],
                look.marker,
                color=look.colour,
                mfc=look.face,
                markersize=4,
                label=short_name(model),
            )
        name_rows(axes, list(lines))
        axes.set_xlabel(label)
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="upper center", ncols=6, handletextpad=0.3)
        figure.text(0.01, 0.07 / height, note, fontsize=SMALL, color="#444444")
    return figure
