"""What the `regions` table says of each suspicion, as those who edit pictures need it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from spuriverse.discovery.synthesis.regions import Box

_WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class Suspected:
    """What the `regions` table says of one attribute.

    Attributes:
        wrong: The answer that it leads to.
        boxes: Picture -> where it shows the attribute.
        exemplars: Pictures whose regions are pasted, the clearest first.
    """

    wrong: str
    boxes: Mapping[str, Sequence[Box]]
    exemplars: Sequence[str]

    def local(self, *, every: bool = False) -> list[str]:
        """Return the exemplars, or all pictures, whose region is less than the whole picture."""
        images = list(self.boxes) if every else self.exemplars
        return [image for image in images if _WHOLE not in self.boxes[image]]


def read_suspected(regions: pd.DataFrame) -> dict[str, Suspected]:
    """Return what a `regions` table says of each attribute, by the attribute."""
    found = {}
    for attribute, rows in regions.groupby("attribute", sort=True):
        # Where a picture shows it in several sizes, the smallest regions say where most closely.
        least = rows.groupby("image")["size"].transform("min")
        boxes: dict[str, list[Box]] = {}
        for row in rows[rows["size"] == least].itertuples():
            boxes.setdefault(str(row.image), []).append(
                (float(row.left), float(row.top), float(row.right), float(row.bottom))
            )
        marked = rows[rows["exemplar"] > 0].sort_values("exemplar")
        exemplars = list(dict.fromkeys(marked["image"]))
        found[str(attribute)] = Suspected(str(rows["wrong"].iloc[0]), boxes, exemplars)
    return found
