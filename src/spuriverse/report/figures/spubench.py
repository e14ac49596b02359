"""MM-SpuBench: accuracy by type, which types mix, and what prompting strategies change."""

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
from spuriverse.report.figures.style import (
    BLUE,
    GREY,
    LOOKS,
    SMALL,
    Look,
    house_style,
    span_at_least,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MACRO, ALL = "macro average", "all types"

_LEFT, _RIGHT = 1.3, 0.12
_HEADER, _FOOTER, _ROW = 0.95, 0.62, 0.36
_INTERVALS = "95 % intervals over spurious correlations within types"
_PANELS_IN_A_ROW = 3


def plot_spubench_accuracy(table: pd.DataFrame) -> Figure:
    """Draw the accuracy of every model on every type, and beside it the macro average.

    Args:
        table: As `results/tables/spubench_accuracy.csv` holds it.

    Returns:
        A figure of a page's width, a line per model. Axes "accuracy" has a field for each of the
        nine types with its value and interval; axes "macro" a dot with its interval.

    Raises:
        Problem: The table has no accuracies.
    """
    from matplotlib.figure import Figure

    models = list(dict.fromkeys(table.loc[table["accuracy"].notna(), "model"]))
    nine = table[table["in_paper"].astype(str) == "True"]
    types = list(dict.fromkeys(nine["spurious_type"]))
    if not models or not types:
        raise Problem("The table of accuracies by type is empty; tabulate the answers again.")
    height = _HEADER + _ROW * len(models) + _FOOTER
    with house_style():
        figure = Figure(figsize=(WIDTH, height))
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(5, 1.4))
        _margins(figure, height)
        _draw_fields(left, nine, models, types)
        _draw_macro(right, table[table["spurious_type"] == MACRO], models)
        n = table.loc[table["spurious_type"] == MACRO, "n"]
        note = f"protocol: {PROTOCOL} · n = {int(n.max()):,} · {_INTERVALS}"
        figure.text(0.01, 0.07 / height, note, fontsize=SMALL, color="#444444")
    return figure


def plot_spubench_confusion(table: pd.DataFrame) -> Figure:
    """Draw for every model of which type the class is that it chose wrongly.

    Args:
        table: As `results/tables/spubench_confusion.csv` holds it.

    Returns:
        A figure of a page's width, axes labelled by their model: rows are the types of the
        questions, columns those of the predicted classes; a field is grey where no question offers
        such a class.

    Raises:
        Problem: The table is empty.
    """
    from matplotlib.figure import Figure

    models = list(dict.fromkeys(table.loc[table["share"].notna(), "model"]))
    if not models:
        raise Problem("The table of confusions between types is empty; tabulate the answers again.")
    names = list(dict.fromkeys([*table["spurious_type"], *table["predicted_type"]]))
    order = [name for name in names if name != "none"] + [n for n in names if n == "none"]
    columns = min(len(models), _PANELS_IN_A_ROW)
    lines = -(-len(models) // columns)
    height = 2.2 * lines + 1.2
    with house_style():
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        panels = figure.subplots(lines, columns, squeeze=False).ravel()
        for axes, model in zip(panels, models, strict=False):
            mine = table[table["model"] == model]
            shares = mine.pivot(index="spurious_type", columns="predicted_type", values="share")
            grid = shares.reindex(index=order, columns=order).dropna(how="all")
            rows = list(grid.index)
            image = axes.imshow(grid.to_numpy(float), cmap="Blues", vmin=0, vmax=1, aspect="auto")
            axes.set_facecolor(GREY)
            axes.set_label(model)
            axes.set_title(short_name(model), pad=3)
            axes.set_xticks(range(len(order)), order, rotation=90, fontsize=SMALL - 1)
            axes.set_yticks(range(len(rows)), rows, fontsize=SMALL - 1)
        for axes in panels[len(models) :]:
            axes.set_visible(False)
        bar = figure.colorbar(image, ax=list(panels), shrink=0.6, aspect=30)
        bar.set_label("share of answers, where one is offered", fontsize=SMALL)
        figure.supxlabel(
            f"type of the predicted wrong class · grey: no question offers such a class"
            f" · protocol: {PROTOCOL}",
            fontsize=SMALL,
            color="#444444",
        )
        figure.supylabel("type of the question", fontsize=SMALL)
    return figure


def plot_spubench_strategies(table: pd.DataFrame) -> Figure:
    """Draw how much more accurate every model is over all types by each strategy.

    Args:
        table: As `results/tables/spubench_strategies.csv` holds it.

    Returns:
        A figure of a page's width with one panel: a line per model, a dot with its interval per
        strategy. Without a second strategy the panel says so.

    Raises:
        Problem: There are more strategies than can be told apart.
    """
    from matplotlib.figure import Figure

    whole = table[table["spurious_type"] == ALL]
    baseline = str(whole["strategy"].iloc[0]) if len(whole) else ""
    drawn = whole[whole["difference"].notna()]
    # A model without a second strategy has no point, so it has no line either.
    models = list(dict.fromkeys((drawn if len(drawn) else whole)["model"]))
    strategies = list(dict.fromkeys(drawn["strategy"]))
    if len(strategies) > len(LOOKS):
        raise Problem(
            f"The figure shows up to {len(LOOKS)} strategies beside {baseline!r} but the table"
            f" holds {len(strategies)}; change spubench.strategies in the configuration."
        )
    height = 0.4 + max(0.3, 0.16 * len(strategies)) * len(models) + _FOOTER
    with house_style():
        figure = Figure(figsize=(WIDTH, height))
        axes = figure.subplots()
        figure.subplots_adjust(
            left=_LEFT / WIDTH, right=0.98, top=1 - 0.4 / height, bottom=_FOOTER / height
        )
        axes.set_label("difference")
        axes.axvline(0, color=GREY, linewidth=0.8)
        shifts = np.linspace(-0.25, 0.25, len(strategies)) if len(strategies) > 1 else np.zeros(1)
        for strategy, look, shift in zip(strategies, LOOKS, shifts, strict=False):
            mine = drawn[drawn["strategy"] == strategy].set_index("model").reindex(models)
            names = ("difference", "difference_low", "difference_high")
            draw_intervals(axes, mine, np.arange(len(models)) + shift, names, look)
            label = short_name(strategy)
            axes.plot(
                [], [], look.marker, color=look.colour, mfc=look.face, markersize=4, label=label
            )
        name_rows(axes, [short_name(model) for model in models])
        axes.set_xlabel(
            f"difference in accuracy to {short_name(baseline)}"
            if strategies
            else f"asked by {short_name(baseline)} alone"
        )
        span_at_least(axes, LEAST_SPAN)
        if strategies and not drawn[["difference_low", "difference_high"]].any(axis=None):
            note = "no strategy changed an accuracy"
            axes.text(0.99, 0.02, note, transform=axes.transAxes, ha="right", va="bottom")
        if strategies:
            figure.legend(loc="upper center", ncols=4, handletextpad=0.3)
        note = f"protocol: {PROTOCOL} · the same questions by both strategies · {_INTERVALS}"
        figure.text(0.01, 0.07 / height, note, fontsize=SMALL, color="#444444")
    return figure


def _margins(figure: Figure, height: float) -> None:
    figure.subplots_adjust(
        left=_LEFT / WIDTH,
        right=1 - _RIGHT / WIDTH,
        top=1 - _HEADER / height,
        bottom=_FOOTER / height,
        wspace=0.05,
    )


def _draw_fields(axes: Axes, table: pd.DataFrame, models: list[str], types: list[str]) -> None:
    axes.set_label("accuracy")
    grid = table.pivot(index="model", columns="spurious_type", values="accuracy")
    values = grid.reindex(index=models, columns=types).to_numpy(float)
    axes.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row in table.itertuples():
        if pd.isna(row.accuracy):
            continue
        x, y = types.index(row.spurious_type), models.index(row.model)
        colour = "white" if row.accuracy > 0.55 else "black"
        axes.text(x, y - 0.02, f"{row.accuracy:.2f}", ha="center", va="bottom", color=colour)
        limits = "" if pd.isna(row.low) else f"{row.low:.2f}–{row.high:.2f}"
        size = SMALL - 1
        axes.text(x, y + 0.06, limits, ha="center", va="top", fontsize=size, color=colour)
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(types)), types, rotation=35, ha="left", rotation_mode="anchor")
    axes.set_yticks(range(len(models)), [short_name(model) for model in models])
    axes.tick_params(length=0)


def _draw_macro(axes: Axes, rows: pd.DataFrame, models: list[str]) -> None:
    axes.set_label("macro")
    ordered = rows.set_index("model").reindex(models)
    names = ("accuracy", "low", "high")
    draw_intervals(axes, ordered, np.arange(len(models)), names, Look(BLUE, "-", "o"))
    axes.set_xlim(-0.03, 1.03)
    axes.set_xlabel("macro average")
    axes.tick_params(axis="y", labelleft=False, length=0)
    for place, spread in enumerate(ordered["corrected_sd"]):
        if not pd.isna(spread):
            axes.text(
                0.98, place - 0.28, f"SD over types {spread:.2f}", ha="right", fontsize=SMALL - 1
            )
