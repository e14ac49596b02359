"""What every probe finds in every model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from spuriverse.problems import Problem
from spuriverse.report.figures.model_rows import Margins, plot_model_rows
from spuriverse.report.figures.style import LOOKS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MARGINS = Margins(left=2.6, footer=0.55, least_row=0.16)
_MOST_RANKS = 5


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
    drawn = table[table["difference"].notna()].assign(line=_lines(table))
    drawn = drawn[_ranks(drawn) <= _MOST_RANKS]
    models = list(dict.fromkeys(drawn["model"]))
    if not 0 < len(models) <= len(LOOKS):
        raise Problem(
            f"The figure of the probes shows 1 to {len(LOOKS)} models but the table has differences"
            f" of {len(models)}; change evaluation.models in the configuration."
        )
    lines = list(dict.fromkeys(drawn["line"]))
    return plot_model_rows(
        drawn,
        lines,
        ("difference", "difference_low", "difference_high"),
        _MARGINS,
        "difference that the condition makes",
        "the same questions under both conditions, but for common_counter and artefacts ·"
        " 95 % intervals",
    )


def _lines(table: pd.DataFrame) -> pd.Series:
    """Probe and condition; of a sticker its place in the ranking, as names and options differ."""
    condition = table["condition"].str.replace(r"^(\d+): [^,]*", r"rank \1", regex=True)
    condition = condition.str.replace(r" -> .*$", " -> an option", regex=True)
    return table["probe"] + ": " + condition


def _ranks(table: pd.DataFrame) -> pd.Series:
    """The place in a ranking; 0 of a condition that is in none."""
    return table["condition"].str.extract(r"^(\d+): ", expand=False).fillna(0).astype(int)
