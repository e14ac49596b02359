"""What kinds of background cost, and which answers they pull."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from spuriverse.problems import Problem
from spuriverse.report.figures.model_rows import Margins, plot_model_rows
from spuriverse.report.figures.style import LOOKS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SURE = 0.05
"""Largest q-value, over cut-outs, of an answer that is drawn."""

_MARGINS = Margins(left=2.3, footer=0.6, least_row=0.2)
_MOST_PULLS = 12


def plot_composites(backgrounds: pd.DataFrame, pulls: pd.DataFrame) -> Figure:
    """Draw the accuracy that every kind of background costs, and the answers that it surely pulls.

    Args:
        backgrounds: As `results/tables/composites_accuracy.csv` holds it.
        pulls: As `results/tables/composites.csv` holds it.

    Returns:
        A figure of a page's width: a line per kind, and then one per kind and answer, a dot with
        its interval per model.

    Raises:
        Problem: There is no row, or there are more models than can be told apart.
    """
    models = list(dict.fromkeys(backgrounds["model"]))
    if not 0 < len(models) <= len(LOOKS):
        raise Problem(
            f"The figure of composites shows 1 to {len(LOOKS)} models but the table has"
            f" {len(models)}; change benchmarks.composites.models in the configuration."
        )
    sure = pulls[pulls["q_cutouts"] <= SURE].assign(
        line=lambda table: table["background"] + " → " + table["answer"]
    )
    chosen = list(dict.fromkeys(sure.sort_values("q_cutouts", kind="stable")["line"]))
    drawn = pd.concat([backgrounds.assign(line=backgrounds["background"] + ": accuracy"), sure])
    lines = list(dict.fromkeys(drawn["line"].iloc[: len(backgrounds)]))
    lines += chosen[:_MOST_PULLS]
    return plot_model_rows(
        drawn,
        lines,
        ("difference", "low", "high"),
        _MARGINS,
        "accuracy lost, and answers gained, against the same cut-outs on grey",
        "95 % intervals over cut-outs and backgrounds crossed; answers with q ≤ .05 over cut-outs",
    )
