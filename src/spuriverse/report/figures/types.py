"""A contact sheet: a dozen types, their images and what the source model says to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.questions import PROTOCOL, open_image
from spuriverse.report.figures.style import GREEN, SMALL, VERMILLION, house_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_COLUMNS = 2
_ROW_HEIGHT, _HEADER, _FOOTER = 1.22, 0.30, 0.25
_SHOWN = {"anchor": 1, "core": 2, "spurious": 2}


def plot_types(
    types: pd.DataFrame,
    asked: pd.DataFrame,
    responses: pd.DataFrame,
    verification: pd.DataFrame,
    *,
    source: str,
    n_types: int = 12,
) -> Figure:
    """Draw a row of images per type: its anchor, two core and two spurious images.

    Under each image stands the source model's answer with a tick or a cross.

    Args:
        types: A `types` table.
        asked: As `spuriverse.evaluation.evaluation_samples` returns it.
        responses: A `responses` table of any number of models.
        verification: A `verification` table.
        source: The model whose answers and gaps are shown.
        n_types: Most types shown; they are spread evenly over kinds and attributes.

    Returns:
        A figure of two columns' width. An image that a group lacks is left blank.

    Raises:
        Problem: There is no type, no response of the source model, or an image cannot be opened.
    """
    from matplotlib.figure import Figure

    if types.empty:
        raise Problem("No candidate was verified, so there is no type to draw.")
    answers = _answers(asked, responses[responses["model"] == source])
    if answers["reply"].isna().all():
        raise Problem(
            f"There is no answer of the source model {source!r} to draw; add it to"
            " evaluation.models in the configuration."
        )
    gaps = verification[verification["model"] == source].set_index("candidate_id")
    chosen = choose_types(types, n_types)
    n_rows = -(-len(chosen) // _COLUMNS)
    height = _HEADER + n_rows * _ROW_HEIGHT + _FOOTER
    with house_style():
        figure = Figure(figsize=(7.0, height))
        ratios = [_HEADER, *[_ROW_HEIGHT] * n_rows, _FOOTER]
        grid = figure.add_gridspec(len(ratios), _COLUMNS, height_ratios=ratios)
        for i, kind in enumerate(chosen.to_dict("records")):
            panel = figure.add_subfigure(grid[1 + i // _COLUMNS, i % _COLUMNS])
            _draw_type(panel, kind, answers[answers["cluster"] == kind["type_id"]], gaps)
        title = f"{len(chosen)} of {len(types)} types, and what {source} answers"
        figure.text(0.012, 1 - 0.16 / height, title, fontsize=9, weight="bold", va="center")
        note = (
            f"protocol: {PROTOCOL} · groups: fresh images, which took no part in verification"
            " · gap: accuracy of the core group less that of the spurious group"
        )
        figure.text(0.012, 0.09 / height, note, fontsize=SMALL, color="#444444")
    return figure


def choose_types(types: pd.DataFrame, n: int) -> pd.DataFrame:
    """Return at most `n` types, in turn from every kind and there from every attribute.

    The choice depends on nothing but the rows; they are returned sorted by kind and attribute.
    """
    ordered = types.sort_values(["kind", "attribute", "type_id"])
    ordered = ordered.assign(turn=ordered.groupby("attribute").cumcount())
    ordered = ordered.sort_values(["kind", "turn", "attribute", "type_id"])
    ordered["turn"] = ordered.groupby("kind").cumcount()
    chosen = ordered.sort_values(["turn", "kind"]).head(n).drop(columns="turn")
    return chosen.sort_values(["kind", "attribute", "type_id"]).reset_index(drop=True)


def _answers(asked: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """Add to every question the text of the answer given and whether it is right."""
    given = responses.drop_duplicates("sample_id")[["sample_id", "outcome", "choice"]]
    joined = asked.merge(given, on="sample_id", how="left")
    joined["right"] = (joined["choice"] == joined["answer"]).fillna(False).astype(bool)
    joined["reply"] = [
        outcome if pd.isna(choice) else options[int(choice)]
        for options, outcome, choice in zip(
            joined["options"], joined["outcome"], joined["choice"], strict=True
        )
    ]
    return joined


def _draw_type(
    panel: SubFigure, kind: dict[str, Any], answers: pd.DataFrame, gaps: pd.DataFrame
) -> None:
    axes = panel.subplots(1, sum(_SHOWN.values()))
    panel.subplots_adjust(left=0.025, right=0.975, bottom=0.13, top=0.66, wspace=0.08)
    for one in axes:
        one.set_axis_off()
    place = 0
    for subset, number in _SHOWN.items():
        shown = answers[answers["subset"] == subset].head(number).to_dict("records")
        for i, row in enumerate(shown):
            _draw_image(axes[place + i], row, subset)
        place += number
    panel.text(0.025, 0.965, kind["attribute"], weight="bold", fontsize=7.5, va="top")
    panel.text(0.975, 0.965, _gaps(kind["candidate_id"], gaps), fontsize=6.5, va="top", ha="right")
    right = [row["options"][row["answer"]] for row in answers.head(1).to_dict("records")]
    line = (
        f"right: {_cut(right[0] if right else '?', 28)} · leads to: {_cut(kind['predicted'], 28)}"
    )
    panel.text(0.025, 0.85, line, fontsize=6.5, va="top")


def _draw_image(axes: Axes, row: dict[str, Any], subset: str) -> None:
    image = np.asarray(open_image(row["image"]))
    colour, sign = (GREEN, "✓") if row["right"] else (VERMILLION, "✗")
    axes.imshow(image, interpolation="nearest")
    axes.set_axis_on()
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set(color=colour, linewidth=1.4)
    axes.set_title(subset, fontsize=SMALL, pad=2, color="#444444")
    reply = "no answer" if pd.isna(row["reply"]) else row["reply"]
    axes.set_xlabel(f"{_cut(reply, 12)} {sign}", fontsize=SMALL, labelpad=2, color=colour)


def _gaps(candidate: str, gaps: pd.DataFrame) -> str:
    if candidate not in gaps.index:
        return "gap not measured"
    row = gaps.loc[candidate]
    fresh = "not measured" if pd.isna(row["fresh_gap"]) else f"{row['fresh_gap']:.2f}"
    return f"gap {row['gap']:.2f}, fresh {fresh}"


def _cut(text: str, length: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
