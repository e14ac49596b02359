"""Cut-outs laid on a kind of background, and on grey: counterfactuals without a generator.

The pictures are none of the benchmark's: cut-outs and backgrounds are its own, places and sizes are
drawn anew, and so is the grey.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.benchmarks import (
    PLAIN,
    draw_placement,
    lay,
    number_of,
    open_ground,
    read_cutout,
    stream,
)
from spuriverse.discovery.synthesis.backends.interface import Description, Picture, Refusal
from spuriverse.problems import Problem
from spuriverse.tables import read_table

_KIND = "background"
_OTHER_GREYS = 10_000
"""Numbers of greys from here on are none of the benchmark's."""


def load(*, parts: str, question: str, side: int, sizes: Sequence[float], seed: int) -> "Composer":
    """Return who lays cut-outs on backgrounds.

    Args:
        parts: File of the `composite_parts` table.
        question: The benchmark's question.
        side: Of the square pictures, in pixels.
        sizes: Smallest and largest size of a cut-out, as a share of the picture's side.
        seed: Settles what is laid where.
    """
    return Composer(read_table(parts, "composite_parts"), question, side, sizes, seed)


@dataclass(frozen=True)
class Composer:
    """Lays cut-outs on backgrounds.

    Attributes:
        parts: A `composite_parts` table.
        question: As `load` takes it.
        side: As `load` takes it.
        sizes: As `load` takes it.
        seed: As `load` takes it.
    """

    parts: pd.DataFrame
    question: str
    side: int
    sizes: Sequence[float]
    seed: int
    name: str = "composites"
    batch_size: int = 64

    def make(self, descriptions: Sequence[Description]) -> list[Picture | Refusal]:
        """Lay a cut-out of the right answer's class for each description.

        Both images of one seed show the same cut-out at the same place: the spurious one on a
        background of the attribute's kind, the core one on grey. Seeds go through all pairs of
        cut-out and background before one comes again, at another place.
        """
        return [self._made(description) for description in descriptions]

    def _made(self, description: Description) -> Picture | Refusal:
        record: dict[str, Any] = {"prompt": description.text, "seed": description.seed}
        name, _, kind = description.attribute.partition(":")
        cutouts, grounds = self._kept("cutout", description.answer), self._kept("background", kind)
        reason = ""
        if name != _KIND or not grounds:
            reason = f"{description.attribute} is no kind of background that there is"
        elif description.question != self.question or not cutouts:
            reason = f"there is no cut-out that answers '{description.question}' with"
            reason += f" '{description.answer}'"
        if reason:
            return Refusal("failed", reason, record, another_seed=False)
        pairs = [(cutout, ground) for ground in grounds for cutout in cutouts]
        order = stream(self.seed, "pairs", description.candidate_id).permutation(len(pairs))
        cutout, ground = pairs[order[(description.seed - 1) % len(pairs)]]
        if description.group == "core":
            number = _OTHER_GREYS + description.seed
            ground = {"file": "", "group": PLAIN, "name": f"{PLAIN}/{number}"}
        record["checkpoint"] = f"composites, seed {self.seed}, {cutout['name']} on {ground['name']}"
        try:
            content = self._laid(cutout, ground, description)
        except Problem as problem:
            return Refusal("failed", str(problem), record)
        return Picture(content, record)

    def _kept(self, part: str, group: str) -> list[dict[str, Any]]:
        rows = self.parts[self.parts["kept"] & (self.parts["part"] == part)]
        found: list[dict[str, Any]] = rows[rows["group"] == group].to_dict("records")
        return sorted(found, key=lambda row: str(row["name"]))

    def _laid(
        self, cutout: Mapping[str, Any], ground: Mapping[str, Any], description: Description
    ) -> bytes:
        rng: np.random.Generator = stream(
            self.seed, "fresh", description.candidate_id, description.seed
        )
        least, largest = self.sizes
        picture = open_ground(
            ground["file"],
            ground["group"],
            number_of(ground["name"]),
            side=self.side,
            seed=self.seed,
        )
        laid = lay(read_cutout(cutout["file"]), picture, draw_placement(least, largest, rng))
        file = BytesIO()
        laid.save(file, "PNG")
        return file.getvalue()
