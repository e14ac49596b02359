"""What models rely on: CGLA by type, failure signatures, and what heat maps are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.questions import PROTOCOL
from spuriverse.report.figures.main_results import WIDTH, draw_intervals, name_rows, short_name
from spuriverse.report.figures.style import COLUMN_WIDTH, GREY, LOOKS, SMALL, house_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW, _HEADER, _FOOTER = 0.3, 0.4, 0.75
_COLUMNS = 4
_LEAST = 0.1
"""Of a row, per model."""
_MEASURES = {
    "share_spurious": "share on spurious region",
    "share_object": "share on object",
    "iou_spurious": "IoU with spurious region",
    "iou_object": "IoU with object",
    "effect_spurious": "effect of occluding spurious region",
    "effect_object": "effect of occluding object",
}


def plot_cgla(table: pd.DataFrame) -> Figure:
    """Draw CGLA and the share of samples below zero, a line per type and a mark per model.

    Args:
        table: As `results/tables/spubench_cgla.csv` holds it.

    Returns:
        A figure of a page's width with the axes "cgla" and "below_zero".

    Raises:
        Problem: The table has no rows, or more models than can be told apart.
    """
    from matplotlib.figure import Figure

    models = _models(table[table["cgla"].notna()])
    types = list(dict.fromkeys(table["spurious_type"]))
    height = _header(models) + max(_ROW, _LEAST * len(models)) * len(types) + _FOOTER
    with house_style():
        figure = Figure(figsize=(WIDTH, height))
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
        _margins(figure, height, models, left=1.75, width=WIDTH)
        for axes, name, label in (
            (left, "cgla", "CGLA (natural log; above 0: core attribute preferred)"),
            (right, "below_zero", "share of samples below 0"),
        ):
            axes.set_label(name)
            axes.axvline(0, color=GREY, linewidth=0.8)
            _draw_models(axes, table, models, "spurious_type", types, name)
            axes.set_xlabel(label)
            name_rows(axes, [_counted(table, kind) for kind in types])
        right.tick_params(axis="y", labelleft=False)
        right.set_xlim(-0.03, 1.03)
        _finish(figure, left, height)
    return figure


def plot_signatures(
    table: pd.DataFrame,
    signatures: pd.DataFrame,
    *,
    accuracy_threshold: float,
    cgla_threshold: float,
) -> Figure:
    """Draw accuracy against CGLA, a mark per model and type, in the four fields of the signatures.

    Args:
        table: As `results/tables/spubench_cgla.csv` holds it.
        signatures: As `results/tables/spubench_signatures.csv` holds it.
        accuracy_threshold: Accuracy is high from here on.
        cgla_threshold: CGLA is high above this.

    Returns:
        A figure of one column's width with the axes "signatures".

    Raises:
        Problem: The table has no rows, or more models than can be told apart.
    """
    from matplotlib.figure import Figure

    drawn = table[(table["spurious_type"] != "all") & table["cgla"].notna()]
    models = _models(drawn)
    height = 3.1 + _header(models)
    with house_style():
        figure = Figure(figsize=(COLUMN_WIDTH, height))
        axes = figure.subplots()
        axes.set_label("signatures")
        _margins(figure, height, models, left=0.55, width=COLUMN_WIDTH)
        axes.axvline(accuracy_threshold, color=GREY, linewidth=0.8)
        axes.axhline(cgla_threshold, color=GREY, linewidth=0.8)
        for model, look in zip(models, LOOKS, strict=False):
            rows = drawn[drawn["model"] == model]
            axes.plot(
                rows["accuracy"],
                rows["cgla"],
                look.marker,
                color=look.colour,
                mfc=look.face,
                markersize=5,
                label=short_name(model),
            )
        axes.set_xlim(-0.03, 1.03)
        low, high = table["cgla"].min(), table["cgla"].max()
        room = 0.25 * max(1.0, high - low)
        axes.set_ylim(min(low, cgla_threshold) - room, max(high, cgla_threshold) + room)
        axes.set_xlabel("accuracy")
        axes.set_ylabel("CGLA (natural log)")
        _name_fields(axes, signatures, accuracy_threshold, cgla_threshold)
        _finish(figure, axes, height)
    return figure


def plot_heatmaps(table: pd.DataFrame) -> Figure:
    """Draw, for every model, how well measures under the plain prompt tell fooled from right.

    Args:
        table: As `results/tables/spubench_heatmaps.csv` holds it.

    Returns:
        A figure of a page's width with the axes "auc" (all pairs) and "auc_within_type".

    Raises:
        Problem: The table has no rows, or more models than can be told apart.
    """
    from matplotlib.figure import Figure

    drawn = table[(table["condition"] == "plain") & table["measure"].isin(_MEASURES)]
    drawn = drawn.assign(line=drawn["method"] + "\n" + drawn["measure"].map(_MEASURES))
    known = drawn[drawn["auc"].notna()]
    models = _models(drawn if known.empty else known)
    lines = list(dict.fromkeys(drawn.sort_values("method", kind="stable")["line"]))
    height = _header(models) + max(0.34, _LEAST * len(models)) * len(lines) + _FOOTER
    with house_style():
        figure = Figure(figsize=(WIDTH, height))
        panels = figure.subplots(1, 2, sharey=True)
        _margins(figure, height, models, left=2.0, width=WIDTH)
        for axes, names, label in zip(
            panels,
            (("auc", "low", "high"), ("auc_within_type", "within_low", "within_high")),
            ("AUC, fooled against right, all pairs", "AUC, pairs of one type"),
            strict=True,
        ):
            axes.set_label(names[0])
            axes.axvline(0.5, color=GREY, linewidth=0.8)
            _draw_models(axes, drawn, models, "line", lines, names)
            axes.set_xlim(-0.03, 1.03)
            axes.set_xlabel(label)
            name_rows(axes, [line.replace("_", "-") for line in lines])
        panels[1].tick_params(axis="y", labelleft=False)
        _finish(figure, panels[0], height)
    return figure


def _models(table: pd.DataFrame) -> list[str]:
    models = list(dict.fromkeys(table["model"]))
    if not 0 < len(models) <= len(LOOKS):
        raise Problem(
            f"The figure shows 1 to {len(LOOKS)} models but the table holds {len(models)};"
            " change explain.models in the configuration."
        )
    return models


def _header(models: list[str]) -> float:
    """Room for the legend, in inches."""
    return max(_HEADER, 0.1 + 0.15 * -(-len(models) // _COLUMNS))


def _margins(
    figure: Figure, height: float, models: list[str], *, left: float, width: float
) -> None:
    figure.subplots_adjust(
        left=left / width,
        right=1 - 0.12 / width,
        top=1 - _header(models) / height,
        bottom=_FOOTER / height,
        wspace=0.07,
    )


def _draw_models(
    axes: Axes,
    table: pd.DataFrame,
    models: list[str],
    by: str,
    lines: list[str],
    names: str | tuple[str, str, str],
) -> None:
    columns = (names, f"{names}_low", f"{names}_high") if isinstance(names, str) else names
    shifts = np.linspace(-0.25, 0.25, len(models)) if len(models) > 1 else np.zeros(1)
    for model, look, shift in zip(models, LOOKS, shifts, strict=False):
        rows = table[table["model"] == model].set_index(by).reindex(lines)
        draw_intervals(axes, rows, np.arange(len(lines)) + shift, columns, look)
        axes.plot(
            [],
            [],
            look.marker,
            color=look.colour,
            mfc=look.face,
            markersize=4,
            label=short_name(model),
        )


def _name_fields(
    axes: Axes, signatures: pd.DataFrame, accuracy_threshold: float, cgla_threshold: float
) -> None:
    """Write into every field its name and how many samples of each model are in it."""
    for name, rows in signatures.groupby("signature", sort=False):
        right, core = str(name).startswith("right"), str(name).endswith("core-led")
        shares = " / ".join("–" if pd.isna(share) else f"{share:.0%}" for share in rows["share"])
        axes.annotate(
            f"{name}\n{shares}",
            (1.0 if right else 0.0, 0.98 if core else 0.02),
            xycoords="axes fraction",
            xytext=(-3 if right else 3, 0),
            textcoords="offset points",
            ha="right" if right else "left",
            va="top" if core else "bottom",
            fontsize=SMALL,
            color="#444444",
        )


def _counted(table: pd.DataFrame, kind: str) -> str:
    n = table.loc[table["spurious_type"] == kind, "n"]
    return f"{kind} (n = {int(n.max()):,})"


def _finish(figure: Figure, axes: Axes, height: float) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=_COLUMNS, handletextpad=0.3)
    note = f"protocol: {PROTOCOL} · 95 % intervals over spurious attributes"
    figure.text(0.01, 0.07 / height, note, fontsize=SMALL, color="#444444")
