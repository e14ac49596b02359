"""What the `regions` table says of each suspicion, as those who edit pictures need it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spuriverse.discovery.synthesis.regions import Box

MOST_EDITED = 0.5
"""Most of a picture's area that is pasted or covered."""

_CELLS = 32
_WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class Suspected:
    """What the `regions` table says of one attribute.

    Attributes:
        wrong: The answer that it leads to.
        boxes: Picture -> where it shows the attribute, in every size and view; they overlap.
        exemplars: Pictures whose regions are pasted, the clearest first.
    """

    wrong: str
    boxes: Mapping[str, Sequence[Box]]
    exemplars: Sequence[str]

    def local(self, *, every: bool = False) -> list[str]:
        """Return the exemplars, or all pictures, whose region is less than the whole picture."""
        images = list(self.boxes) if every else self.exemplars
        return [image for image in images if _WHOLE not in self.boxes[image]]

    def clearest(self, image: str) -> list[Box]:
        """Return those of a picture's regions on which most of the others lie.

        Together they leave the picture the larger part, so that what is pasted into another is
        not the whole of it, and beside what is covered there is something to see.
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
            left, top, right, bottom = np.round(boxes[place] * _CELLS).astype(int)
            more = covered.copy()
            more[top:bottom, left:right] = True
            if not chosen or (more.mean() <= MOST_EDITED and more.sum() > covered.sum()):
                covered = more
                x0, y0, x1, y1 = boxes[place].tolist()
                chosen.append((x0, y0, x1, y1))
        return chosen


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
        found[str(attribute)] = Suspected(str(rows["wrong"].iloc[0]), boxes, exemplars)
    return found
