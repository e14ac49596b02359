"""What a tiny CLIP looks at before and after mending: maps of the same scenes side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from spuriverse.problems import Problem
from spuriverse.report.figures.main_results import WIDTH
from spuriverse.report.figures.style import SMALL, VERMILLION, house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HEADER, _FOOTER = 0.3, 0.35


def plot_defence_maps(maps: Mapping[str, np.ndarray]) -> Figure:
    """Draw a row per scene: the scene, then the map of every model over it.

    Args:
        maps: As `spuriverse.discovery.verification.truth.draw_defence_maps` returns them.

    Returns:
        A figure of a page's width. Bright cells are those that the named answer rests on, a line
        goes around the attribute.

    Raises:
        Problem: There are no scenes or no models.
    """
    from matplotlib.figure import Figure

    scenes, names = maps["scenes"], [str(name) for name in maps["models"]]
    if not len(scenes) or not names:
        raise Problem(
            "There are no maps of a mended CLIP to draw; set spubench.defences.shown to 1 or more"
            " and make them again with the rule measure_clip_defences."
        )
    side = WIDTH / (1 + len(names))
    height = _HEADER + (side + 0.15) * len(scenes) + _FOOTER
    with house_style():
        figure = Figure(figsize=(WIDTH, height))
        panels = figure.subplots(len(scenes), 1 + len(names), squeeze=False)
        for row, scene in enumerate(scenes):
            for column, axes in enumerate(panels[row]):
                axes.set_axis_off()
                axes.contour(maps["regions"][row], [0.5], colors=VERMILLION, linewidths=0.7)
                if column == 0:
                    axes.imshow(scene)
                    continue
                heat = maps["maps"][column - 1, row]
                axes.imshow(scene.mean(-1), cmap="gray", alpha=0.6)
                axes.imshow(heat / max(float(heat.max()), 1e-12), cmap="viridis", alpha=0.6)
                axes.set_title(str(maps["answers"][column - 1, row]), fontsize=SMALL, pad=2)
        for column, name in enumerate(["scene", *names]):
            place = (column + 0.5) / (1 + len(names))
            figure.text(place, 1 - 0.14 / height, name.replace("_", " "), ha="center")
        figure.subplots_adjust(
            left=0.01,
            right=0.99,
            bottom=_FOOTER / height,
            top=1 - (_HEADER + 0.1) / height,
            wspace=0.04,
            hspace=0.12,
        )
        note = (
            "above a map: the model's answer · bright: covering it takes the answer away"
            " · line: the attribute, which has nothing to do with the object"
        )
        figure.text(0.02, 0.1 / height, note, fontsize=SMALL, color="#444444")
    return figure
