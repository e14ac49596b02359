"""What the `regions` table says of each suspicion, as those who edit pictures need it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from spuriverse.discovery.synthesis.regions import Box
from spuriverse.tables import SHOWN_SHARE

MOST_EDITED = 0.5
"""Most of a picture's area that `Suspected.clearest` returns."""

SURROUNDINGS: Sequence[Box] = (
    (0.0, 0.0, 1.0, 0.25),
    (0.0, 0.75, 1.0, 1.0),
    (0.0, 0.0, 0.25, 1.0),
    (0.75, 0.0, 1.0, 1.0),
)
"""A picture without its middle."""

_MARGIN = 1 / 8
_GIVERS = 40
_CELLS = 32
_WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class Suspected:
    """What the `regions` table says of one attribute.

    Attributes:
        wrong: The answer that it leads to.
        boxes: Picture -> where it shows the attribute, in every size and view; they overlap.
        exemplars: Pictures that are shown to people, the clearest first.
        shown: Pictures that show it, whatever was answered about them, the clearest first.
    """

    wrong: str
    boxes: Mapping[str, Sequence[Box]]
    exemplars: Sequence[str]
    shown: Sequence[str]

    def local(self) -> list[str]:
        """Return the pictures that show it in less than the whole picture, the clearest first."""
        return [image for image in self.shown if _WHOLE not in self.boxes[image]]

    def givers(self, showing_wrong: Collection[str]) -> list[str]:
        """Return the pictures that are pasted from, the clearest first.

        They are chosen without a look at the model's answers. Pictures that it got wrong would
        bring along whatever else misled it in them, and so confirm any suspicion.

        Args:
            showing_wrong: Pictures of what the wrong answer names, which cannot serve.
        """
        return [image for image in self.local() if image not in showing_wrong][:_GIVERS]

    @cached_property
    def central(self) -> bool:
        """Whether most of it lies in the middle of the pictures, where their object may be."""
        inside = [_share_inside(self.clearest(image)) for image in self.local()[:_GIVERS]]
        return bool(inside) and float(np.mean(inside)) > 1 / 2

    def pasted(self, image: str) -> Sequence[Box]:
        """Return what of a picture is pasted into another.

        That is all but its middle: a frame, a light or a scene reaches further than the regions
        that gave it away, and the picture that carries it keeps its object. Of what lies in the
        middle it is the clearest regions, with a margin.
        """
        if not self.central:
            return SURROUNDINGS
        return [
            (
                max(0.0, left - _MARGIN),
                max(0.0, top - _MARGIN),
                min(1.0, right + _MARGIN),
                min(1.0, bottom + _MARGIN),
            )
            for left, top, right, bottom in self.clearest(image)
        ]

    def clearest(self, image: str) -> list[Box]:
        """Return those of a picture's regions on which most of the others lie.

        Together they leave the picture the larger part, so that beside what is covered there is
        something to see.
        """
        boxes = np.array(self.boxes[image], dtype=float)
        sides = boxes[:, 2:] - boxes[:, :2]
        common = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:]) - np.maximum(
            boxes[:, None, :2], boxes[None, :, :2]
        )
        on_it = common.clip(0).prod(axis=-1) / sides.prod(axis=-1)[None]
        density = (on_it.sum(axis=1) / sides.prod(axis=-1)).round(6)
        order = np.lexsort((boxes[:, 0], boxes[:, 1], -density))
        chosen: list[Box] = []
        covered = np.zeros((_CELLS, _CELLS), dtype=bool)
        for place in order:
            more = covered | _rastered(boxes[place])
            if not chosen or (more.mean() <= MOST_EDITED and more.sum() > covered.sum()):
                covered = more
                x0, y0, x1, y1 = boxes[place].tolist()
                chosen.append((x0, y0, x1, y1))
        return chosen


def _rastered(box: Sequence[float] | np.ndarray) -> np.ndarray:
    cells = np.zeros((_CELLS, _CELLS), dtype=bool)
    left, top, right, bottom = np.round(np.asarray(box) * _CELLS).astype(int)
    cells[top:bottom, left:right] = True
    return cells


def _share_inside(boxes: Sequence[Box]) -> float:
    """Of the area of some regions, the share in the middle of the picture."""
    cells = np.any([_rastered(box) for box in boxes], axis=0)
    outside = np.any([_rastered(box) for box in SURROUNDINGS], axis=0)
    return float((cells & ~outside).sum() / cells.sum())


def read_suspected(regions: pd.DataFrame) -> dict[str, Suspected]:
    """Return what a `regions` table says of each attribute, by the attribute."""
    found = {}
    for attribute, rows in regions.groupby("attribute", sort=True):
        boxes: dict[str, list[Box]] = {}
        for row in rows.itertuples():
            boxes.setdefault(str(row.image), []).append(
                (float(row.left), float(row.top), float(row.right), float(row.bottom))
            )
        marked = rows[rows["exemplar"] > 0].sort_values("exemplar")
        exemplars = list(dict.fromkeys(marked["image"]))
        ranked = rows.groupby("image").agg({"share": "max", "distance": "min"}).reset_index()
        ranked = ranked[ranked["share"] >= SHOWN_SHARE].sort_values(
            ["share", "distance", "image"], ascending=[False, True, True]
        )
        wrong = str(rows["wrong"].iloc[0])
        found[str(attribute)] = Suspected(wrong, boxes, exemplars, ranked["image"].tolist())
    return found
