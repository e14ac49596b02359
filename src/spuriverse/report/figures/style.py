"""How every figure looks: colours, lines, markers and font sizes, and how it is saved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spuriverse.problems import Problem
from spuriverse.tables import atomic_path
from spuriverse.workflow import FIELD, current_record

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMN_WIDTH = 3.4
"""Width of a single column of a paper, in inches."""

SMALL = 6.0
"""Font size of notes, in points."""

# The palette of Okabe and Ito, which colour-blind readers can tell apart.
BLACK, GREY = "#000000", "#999999"
ORANGE, SKY_BLUE, GREEN, BLUE = "#E69F00", "#56B4E9", "#009E73", "#0072B2"
VERMILLION, PURPLE = "#D55E00", "#CC79A7"

_DPI = 200
_INK = ".15"
_SETTINGS: dict[Any, Any] = {
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.axisbelow": True,
    "lines.solid_capstyle": "round",
    "patch.edgecolor": "w",
    "patch.force_edgecolor": True,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 7.5,
    "axes.labelsize": 7.5,
    "axes.titlesize": 7.5,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.frameon": False,
    # Names and answers come from data, where a dollar sign is a dollar sign.
    "text.parse_math": False,
}


@dataclass(frozen=True)
class Look:
    """What tells one series from another, in colour and in grey.

    Attributes:
        colour: Of line and marker.
        line: Line style, as Matplotlib takes it.
        marker: Marker, as Matplotlib takes it.
        open: The marker is white inside.
    """

    colour: str
    line: Any
    marker: str
    open: bool = False

    @property
    def face(self) -> str:
        """Colour inside the marker."""
        return "white" if self.open else self.colour


_FIRST = (
    Look(VERMILLION, "-", "o"),
    Look(BLUE, (0, (4, 1.5)), "s"),
    Look(GREEN, (0, (5, 1.5, 1, 1.5)), "^", open=True),
    Look(PURPLE, (0, (2, 1)), "D"),
    Look(ORANGE, (0, (6, 1, 1, 1, 1, 1)), "v", open=True),
    Look(SKY_BLUE, (0, (3, 2)), "P"),
    Look(BLACK, (0, (1, 1.5)), "X"),
)

LOOKS = tuple(
    Look(first.colour, shaped.line, shaped.marker, shaped.open != bool(turn))
    for turn in range(4)
    for first, shaped in zip(_FIRST, (*_FIRST[turn:], *_FIRST[:turn]), strict=True)
)
"""Looks for as many series, in order of preference; from the eighth on colours recur with other
markers and lines."""


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the style of the project as long as the block lasts."""
    import matplotlib

    with matplotlib.rc_context(_SETTINGS):
        yield


def remove_frame(axes: Axes, *, left: bool = False) -> None:
    """Leave of an axes' frame the lines with ticks alone.

    Args:
        axes: The axes.
        left: Whether the left line is removed as well.
    """
    axes.spines[["top", "right", *(["left"] if left else [])]].set_visible(False)


def span_at_least(axes: Axes, least: float, *, across: bool = True, up: bool = False) -> None:
    """Widen an axis that spans less, so that rounding errors are not blown up to differences.

    Args:
        axes: The axes.
        least: Span in units of the data.
        across: Whether the axis from left to right is widened.
        up: Whether the axis from bottom to top is.
    """
    for asked, limits, limit in (
        (across, axes.get_xlim(), axes.set_xlim),
        (up, axes.get_ylim(), axes.set_ylim),
    ):
        if asked and (missing := least - abs(limits[1] - limits[0])) > 0:
            limit(limits[0] - missing / 2, limits[1] + missing / 2)


def save_figure(figure: Figure, *paths: str | Path) -> None:
    """Save a figure as PDF or PNG; the same figure of the same job gives the same bytes.

    Within a job, the metadata say what made it (`spuriverse.workflow.job_record`).

    Args:
        figure: What to save.
        paths: The files to make or to replace; their suffixes settle the formats.

    Raises:
        Problem: The suffix is another one, or a file cannot be written.
    """
    import matplotlib

    record = current_record()
    metadata: dict[str, dict[str, Any]] = {
        ".pdf": {"CreationDate": None} | ({"Keywords": record} if record else {}),
        ".png": {FIELD: record} if record else {},
    }
    for path in map(Path, paths):
        suffix = path.suffix.lower()
        if suffix not in metadata:
            raise Problem(f"Cannot save a figure as {path}; let its name end in .pdf or .png.")
        with matplotlib.rc_context({"pdf.fonttype": 42}), atomic_path(path) as temporary:
            figure.savefig(temporary, dpi=_DPI, metadata=metadata[suffix])
