"""Regions pasted into other pictures, or covered: counterfactuals without a generator.

Nothing is drawn, so that this serves any pictures whose questions recur.
"""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.discovery.synthesis.backends.interface import Description, Picture, Refusal
from spuriverse.discovery.synthesis.regions import (
    Fill,
    cover_region,
    feathered_mask,
    paste_region,
    place_elsewhere,
)
from spuriverse.discovery.synthesis.suspected import Suspected, read_suspected
from spuriverse.problems import Problem
from spuriverse.questions import open_image
from spuriverse.tables import read_table, read_tables


def load(
    *,
    samples: Sequence[str],
    responses: str,
    regions: str,
    seed: int,
    edit: Literal["paste", "cover"] = "paste",
    fill: Fill = "blur",
    feather: float = 0.1,
) -> "RegionEditor":
    """Return who pastes or covers regions.

    Args:
        samples: Files of the `samples` tables.
        responses: File of the `responses` table of the source model.
        regions: File of the `regions` table.
        seed: Settles which pictures are edited.
        edit: "paste" pastes the region into pictures without it, "cover" covers it in pictures
            that show it.
        fill: What covers a region, as in `cover_region`.
        feather: Width of the soft edge, as a share of the region's shorter side.
    """
    table = read_tables(samples, "samples")
    choice = read_table(responses, "responses", ["sample_id", "choice"])
    shown = read_table(regions, "regions")
    return edit_regions(table, choice, shown, seed=seed, edit=edit, fill=fill, feather=feather)


def edit_regions(
    samples: pd.DataFrame,
    responses: pd.DataFrame,
    regions: pd.DataFrame,
    *,
    seed: int,
    edit: Literal["paste", "cover"] = "paste",
    fill: Fill = "blur",
    feather: float = 0.1,
) -> "RegionEditor":
    """Return who pastes or covers regions, from tables; see `load`."""
    choice = responses.set_index("sample_id")["choice"].reindex(samples["sample_id"])
    right = choice.to_numpy(dtype=float, na_value=np.nan) == samples["answer"].to_numpy()
    answers = [o[a] for o, a in zip(samples["options"], samples["answer"], strict=True)]
    known = samples.assign(right=right, text=answers).sort_values("sample_id", ignore_index=True)
    known = known[["image", "question", "options", "text", "right"]]
    return RegionEditor(known, read_suspected(regions), seed, edit, fill, feather)


@dataclass(frozen=True)
class RegionEditor:
    """Pastes or covers regions.

    Attributes:
        samples: image, question, options, text (the right answer) and right (whether the source
            model gave it), in the order of their ids.
        suspected: Attribute -> what is known of it.
        seed: Settles which pictures are edited.
        edit: As `load` takes it.
        fill: As `load` takes it.
        feather: As `load` takes it.
    """

    samples: pd.DataFrame
    suspected: Mapping[str, Suspected]
    seed: int
    edit: Literal["paste", "cover"]
    fill: Fill
    feather: float
    name: str = "paste"
    batch_size: int = 64

    def make(self, descriptions: Sequence[Description]) -> list[Picture | Refusal]:
        """Edit a picture for each description.

        The spurious and the core image of one seed are the same picture, edited at the same place.
        Pasted: the spurious one gets what a picture that shows the region has there
        (`Suspected.pasted`), the core one a placebo, what another picture without the region has
        there. Covered: the core one is covered at the
        region, the spurious one at a place of the same form beside it.
        """
        return [self._made(description) for description in descriptions]

    def _made(self, description: Description) -> Picture | Refusal:
        record = {"checkpoint": f"{self.edit}, seed {self.seed}", "prompt": description.text}
        record |= {"seed": description.seed}  # type: ignore[dict-item]
        suspected = self.suspected.get(description.attribute)
        if suspected is None:
            reason = f"{description.attribute} is no region that was found in the pictures"
            return Refusal("failed", reason, record, another_seed=False)
        edited = self._paste if self.edit == "paste" else self._cover
        try:
            edit = edited(description, suspected)
        except _Impossible as problem:
            return Refusal("failed", str(problem), record, another_seed=problem.another_seed)
        except Problem as problem:
            return Refusal("failed", str(problem), record)
        file = BytesIO()
        edit.picture.save(file, "PNG")
        record |= {
            "source_sha256": hashlib.sha256(edit.carrier.tobytes()).hexdigest(),
            "mask_sha256": hashlib.sha256(edit.mask.tobytes()).hexdigest(),
            "checkpoint": f"{self.edit}, seed {self.seed}, {edit.given}",
        }
        return Picture(file.getvalue(), record)

    def _paste(self, description: Description, suspected: Suspected) -> "_Edit":
        able = self.samples["right"] & ~self.samples["image"].isin(suspected.boxes)
        carrier = self._carrier(description, suspected, able, "was answered rightly without it")
        if not suspected.local():
            raise _nothing_local()
        showing = self.samples["text"] == suspected.wrong
        exemplars = suspected.givers(set(self.samples.loc[showing, "image"]))
        if not exemplars:
            reason = f"every picture that shows it is of '{suspected.wrong}' itself"
            raise _Impossible(reason, False)
        exemplar = exemplars[(description.seed - 1) % len(exemplars)]
        boxes = suspected.pasted(exemplar)
        given = exemplar
        if description.group == "core":
            given = self._placebo(description, suspected, able, carrier)
        picture = open_image(carrier)
        mask = feathered_mask(picture.size, boxes, self.feather)
        return _Edit(paste_region(picture, open_image(given), mask), picture, mask, given)

    def _cover(self, description: Description, suspected: Suspected) -> "_Edit":
        local = set(suspected.local())
        if not local:
            raise _nothing_local()
        able = self.samples["image"].isin(local)
        carrier = self._carrier(description, suspected, able, "shows it")
        picture = open_image(carrier)
        boxes = suspected.clearest(carrier)
        if description.group == "spurious":
            elsewhere = place_elsewhere(boxes)
            if elsewhere is None:
                raise _Impossible("the region leaves no room for a control of its size", True)
            boxes = elsewhere
        mask = feathered_mask(picture.size, boxes, self.feather)
        return _Edit(cover_region(picture, mask, self.fill), picture, mask, description.group)

    def _carrier(
        self, description: Description, suspected: Suspected, able: pd.Series, which: str
    ) -> str:
        """A seed's picture: of the anchor's question and answer, and offering the wrong one."""
        rows = self.samples[able]
        fits = (rows["question"] == description.question) & (rows["text"] == description.answer)
        rows = rows[fits]
        offers = [suspected.wrong in options for options in rows["options"]]
        images = list(dict.fromkeys(rows.loc[offers, "image"]))
        order = self._rng(description.candidate_id, 0).permutation(len(images))
        if description.seed > len(images):
            raise _Impossible(
                f"only {len(images)} pictures with this question and right answer offer"
                f" '{suspected.wrong}', and each {which}",
                False,
            )
        return images[order[description.seed - 1]]

    def _placebo(
        self, description: Description, suspected: Suspected, able: pd.Series, carrier: str
    ) -> str:
        """Another picture without the region, which does not show the wrong answer either."""
        other = able & (self.samples["text"] != suspected.wrong)
        images = [i for i in dict.fromkeys(self.samples.loc[other, "image"]) if i != carrier]
        if not images:
            raise _Impossible("no other picture without the region was answered rightly", False)
        rng = self._rng(description.candidate_id, description.seed)
        return images[int(rng.integers(len(images)))]

    def _rng(self, candidate: str, seed: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, 17, zlib.crc32(candidate.encode()), seed])


@dataclass(frozen=True)
class _Edit:
    """An edited picture, what it was, where it was edited and what was put there."""

    picture: Image.Image
    carrier: Image.Image
    mask: np.ndarray
    given: str


class _Impossible(Exception):
    def __init__(self, reason: str, another_seed: bool) -> None:
        super().__init__(reason)
        self.another_seed = another_seed


def _nothing_local() -> _Impossible:
    return _Impossible(
        "it is a property of whole pictures, which cannot be pasted or covered", False
    )
