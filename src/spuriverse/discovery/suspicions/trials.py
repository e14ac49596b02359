"""Edit pictures to try suspicions: regions pasted where they are not, and covered where they are.

Any question may carry a region, if it offers the wrong answer and was answered rightly: what is
compared is how often that answer is given, with the region and with a control of the same form.
"""

import logging
import zlib
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.discovery.synthesis.regions import (
    Fill,
    cover_region,
    feathered_mask,
    paste_region,
    place_elsewhere,
)
from spuriverse.discovery.synthesis.suspected import Suspected, read_suspected
from spuriverse.problems import Problem
from spuriverse.progress import progress
from spuriverse.questions import open_image
from spuriverse.tables import SCHEMAS

log = logging.getLogger(__name__)

FEWEST_PAIRS = 5
"""Below this, no result of pairs can be told from chance."""

_SHARED = 1 / 3
"""Most of a control's area that may lie on the region that it stands beside."""

_JPEG_ABOVE = 256
"""Pictures with a longer side are stored as JPEG, since photographs fill a disk as PNG."""


@dataclass(frozen=True)
class Extent:
    """How much is tried of a suspicion, in pictures.

    Attributes:
        pictures: Pasted into, to decide.
        fresh: Pasted into beside them, to measure anew.
        covered: Of those that show it and were answered wrongly.
        side: Shortest side to which larger pictures are shrunk, in pixels.
    """

    pictures: int
    fresh: int
    covered: int
    side: int


def make_trials(
    samples: pd.DataFrame,
    responses: pd.DataFrame,
    regions: pd.DataFrame,
    attributes: Sequence[str],
    folder: Path,
    *,
    stored_as: Path,
    extent: Extent,
    feather: float,
    fill: Fill,
    seed: int,
) -> pd.DataFrame:
    """Edit pictures for suspicions, and say what is to be asked about them.

    Pasted: into pictures without the region that were answered rightly and offer the wrong answer;
    one arm gets what a picture that shows it has there (`Suspected.pasted`), the other what another
    such picture has at that place.
    Covered: in pictures that show the region and were given the wrong answer; one arm is covered at
    the region, the other at a place of the same form, beside it or as far off it as there is room.
    A region's place and size are shares of the sides, so that it fits into a picture of any size.

    Args:
        samples: A `samples` table.
        responses: The source model's `responses` to them.
        regions: A `regions` table.
        attributes: The suspicions that are tried.
        folder: Where the edited pictures go; must exist.
        stored_as: That folder as the table names it.
        extent: How much is tried.
        feather: Width of the soft edge, as in `feathered_mask`.
        fill: What covers a region, as in `cover_region`.
        seed: Settles which pictures are edited; the order of rows does not matter.

    Returns:
        A `trials` table: no rows for a suspicion about whole pictures, nor for one that too few
        pictures can carry.
    """
    bench = _Bench.of(samples, responses)
    known = read_suspected(regions[regions["attribute"].isin(attributes)])
    rows: list[dict[str, object]] = []
    for attribute in progress(attributes, "suspicions tried", len(attributes), "suspicion"):
        suspected = known[attribute]
        planned = [
            *_pasted(bench, attribute, suspected, extent, seed),
            *_covered(bench, attribute, suspected, extent, seed),
        ]
        for trial in planned:
            try:
                picture = trial.edited(extent.side, feather, fill)
            except Problem as problem:
                log.warning("%s: %s", attribute, problem)
                continue
            name = f"{attribute.replace(':', '-')}-{trial.edit}-{trial.pair}-{trial.arm}"
            rows.append(trial.row(bench, attribute, stored_as / _save(picture, folder / name)))
    columns = list(SCHEMAS["trials"].columns)
    table = pd.DataFrame(rows, columns=columns).astype({"answer": "int64", "pair": "int64"})
    # A pair of which one arm could not be edited says nothing.
    whole = table.groupby(["attribute", "edit", "pair"])["arm"].transform("size") == 2
    return table[whole].reset_index(drop=True)


@dataclass(frozen=True)
class _Bench:
    """The questions by their place: what was answered, and which of them offer what wrongly.

    `answered` has the pictures of which an answer is the right one.
    """

    table: pd.DataFrame
    images: np.ndarray
    offering: Mapping[str, np.ndarray]
    right: np.ndarray
    chosen: np.ndarray
    answered: Mapping[str, Set[str]]

    @classmethod
    def of(cls, samples: pd.DataFrame, responses: pd.DataFrame) -> "_Bench":
        table = samples.sort_values("sample_id", ignore_index=True)
        choice = responses.set_index("sample_id")["choice"].reindex(table["sample_id"])
        numbers = choice.to_numpy(dtype=float, na_value=-1)
        offering: dict[str, list[int]] = {}
        answered: dict[str, set[str]] = {}
        chosen = np.full(len(table), "", dtype=object)
        answers = zip(table["options"], table["answer"], numbers, table["image"], strict=True)
        for place, (options, answer, number, image) in enumerate(answers):
            answered.setdefault(options[answer], set()).add(image)
            for index, option in enumerate(options):
                if index != answer:
                    offering.setdefault(option, []).append(place)
                if index == number:
                    chosen[place] = option
        right = numbers == table["answer"].to_numpy()
        images = table["image"].to_numpy(dtype=object)
        places = {option: np.array(found) for option, found in offering.items()}
        return cls(table, images, places, right, chosen, answered)

    def offers(self, wrong: str) -> np.ndarray:
        return self.offering.get(wrong, np.array([], dtype=int))


@dataclass(frozen=True)
class _Trial:
    """A picture, and what is done to it where."""

    edit: str
    arm: str
    part: str
    pair: int
    place: int
    carrier: str
    given: str
    boxes: Sequence[tuple[float, float, float, float]]
    wrong: str

    def edited(self, side: int, feather: float, fill: Fill) -> Image.Image:
        picture = open_image(self.carrier, shortest=side)
        mask = feathered_mask(picture.size, self.boxes, feather)
        if self.edit == "cover":
            return cover_region(picture, mask, fill)
        return paste_region(picture, open_image(self.given, shortest=side), mask)

    def row(self, bench: _Bench, attribute: str, image: Path) -> dict[str, object]:
        asked = bench.table.iloc[self.place]
        return {
            "sample_id": f"{attribute}/{self.edit}/{self.pair}/{self.arm}",
            "image": str(image),
            **{key: asked[key] for key in ("question", "options", "answer")},
            "attribute": attribute,
            "wrong": self.wrong,
            **{key: getattr(self, key) for key in ("edit", "arm", "part", "pair")},
            **{key: getattr(self, key) for key in ("carrier", "given")},
        }


def _pasted(
    bench: _Bench, attribute: str, suspected: Suspected, extent: Extent, seed: int
) -> Iterator[_Trial]:
    showing = bench.answered.get(suspected.wrong, frozenset())
    exemplars = suspected.givers(showing)
    offers = bench.offers(suspected.wrong)
    able = [i for i in offers if bench.right[i] and bench.images[i] not in suspected.boxes]
    rng = np.random.default_rng([seed, 23, zlib.crc32(attribute.encode())])
    places = _one_per_picture(bench, [able[i] for i in rng.permutation(len(able))])
    wanted = extent.pictures + extent.fresh
    # The last of them are what placebos come from, so that no picture is its own.
    if not exemplars or len(places) < FEWEST_PAIRS + 1:
        return
    carriers = places[: min(wanted, len(places) - 1)]
    givers = places[len(carriers) :] if len(places) > wanted + FEWEST_PAIRS else places
    for pair, place in enumerate(carriers, 1):
        exemplar = exemplars[(pair - 1) % len(exemplars)]
        others = [giver for giver in givers if giver != place]
        placebo = bench.images[others[int(rng.integers(len(others)))]]
        part = "selection" if pair <= extent.pictures else "fresh"
        carrier, boxes = bench.images[place], suspected.pasted(exemplar)
        for arm, given in (("region", exemplar), ("control", placebo)):
            yield _Trial("paste", arm, part, pair, place, carrier, given, boxes, suspected.wrong)


def _covered(
    bench: _Bench, attribute: str, suspected: Suspected, extent: Extent, seed: int
) -> Iterator[_Trial]:
    local = set(suspected.local())
    offers = bench.offers(suspected.wrong)
    misled = [i for i in offers if bench.chosen[i] == suspected.wrong and bench.images[i] in local]
    rng = np.random.default_rng([seed, 29, zlib.crc32(attribute.encode())])
    places = _one_per_picture(bench, [misled[i] for i in rng.permutation(len(misled))])
    # Looking for room is slow, and half of the pictures may have none.
    places = places[: 3 * extent.covered]
    shown = {place: suspected.clearest(bench.images[place]) for place in places}
    beside = {p: place_elsewhere(boxes, shared=_SHARED) for p, boxes in shown.items()}
    places = [place for place in places if beside[place] is not None][: extent.covered]
    if len(places) < FEWEST_PAIRS:
        return
    for pair, place in enumerate(places, 1):
        carrier = bench.images[place]
        for arm, boxes in (
            ("region", shown[place]),
            ("control", beside[place] or ()),
        ):
            yield _Trial(
                "cover", arm, "selection", pair, place, carrier, carrier, boxes, suspected.wrong
            )


def _one_per_picture(bench: _Bench, places: Sequence[int]) -> list[int]:
    first: dict[str, int] = {}
    for place in places:
        first.setdefault(bench.images[place], place)
    return list(first.values())


def _save(picture: Image.Image, path: Path) -> str:
    if max(picture.size) > _JPEG_ABOVE:
        file = path.with_name(f"{path.name}.jpg")
        picture.save(file, quality=95, subsampling=0)
    else:
        file = path.with_name(f"{path.name}.png")
        # Soon read and deleted: small is worth less than fast.
        picture.save(file, compress_level=1)
    return file.name
