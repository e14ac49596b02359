"""Composites: cut-outs of known classes on backgrounds of known kinds, after Waterbirds.

Every cut-out lies on every background, and as often on plain grey, at the same place and size: two
pictures of one cut-out and slot differ in the background alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.benchmarks.composing import (
    draw_placement,
    lay,
    open_ground,
    read_cutout,
    stream,
)
from spuriverse.benchmarks.composite_parts import number_of
from spuriverse.benchmarks.drawn_grounds import PLAIN
from spuriverse.problems import Problem
from spuriverse.progress import progress
from spuriverse.tables import sample_id

BENCHMARK = "composites"
ATTRIBUTE = "background"

_QUALITY = 95


@dataclass(frozen=True)
class Composing:
    """How composites are made.

    Attributes:
        question: What is asked about each.
        options: Most options of a question, the right one among them.
        distractors: Classes without cut-outs that are offered as well.
        side: Of the square pictures, in pixels.
        sizes: Smallest and largest size of a cut-out: its longer side as a share of the picture's.
        cutouts_per_class: Most cut-outs of a class.
        backgrounds_per_kind: Most backgrounds of a kind.
        seed: Settles what is chosen and offered, and where it lies.
    """

    question: str
    options: int
    distractors: Sequence[str]
    side: int
    sizes: tuple[float, float]
    cutouts_per_class: int
    backgrounds_per_kind: int
    seed: int


@dataclass(frozen=True)
class Composites:
    """The benchmark.

    Attributes:
        samples: A `samples` table; the attribute of each is `background:<kind>`.
        design: A `composites` table: what each shows, and where.
    """

    samples: pd.DataFrame
    design: pd.DataFrame


def make_composites_benchmark(
    folder: Path, parts: pd.DataFrame, composing: Composing, *, stored_as: Path | None = None
) -> Composites:
    """Make every composite and ask about each what is shown.

    Args:
        folder: Where the JPEG files go; must exist.
        parts: A `composite_parts` table.
        composing: How they are made.
        stored_as: The folder as the tables name it, if it will be moved; by default `folder`.

    Returns:
        The tables, in the order of cut-outs, kinds and backgrounds, grey first.

    Raises:
        Problem: Fewer than two classes can be offered, or no background is left.
    """
    cutouts = choose_parts(parts, "cutout", composing.cutouts_per_class, composing.seed)
    grounds = choose_parts(parts, "background", composing.backgrounds_per_kind, composing.seed)
    classes = sorted({*cutouts["group"], *composing.distractors})
    _refuse_too_few(classes, grounds)
    slots = grounds.groupby("group").cumcount()
    plain = pd.DataFrame({"file": "", "group": PLAIN}, index=range(slots.max() + 1))
    plain["name"] = [f"{PLAIN}/{number}" for number in plain.index]
    laid = pd.concat([plain.assign(slot=plain.index), grounds.assign(slot=slots)])
    opened = [
        open_ground(file, kind, number_of(name), side=composing.side, seed=composing.seed)
        for file, kind, name in zip(laid["file"], laid["group"], laid["name"], strict=True)
    ]
    rows: list[dict[str, Any]] = []
    told = progress(
        cutouts.to_dict("records"), desc="composing", total=len(cutouts), unit="cut-out"
    )
    for cutout in told:
        shown = read_cutout(cutout["file"])
        options = _offered(cutout, classes, composing)
        for ground, picture in zip(laid.to_dict("records"), opened, strict=True):
            rng = stream(composing.seed, "place", cutout["name"], ground["slot"])
            placement = draw_placement(*composing.sizes, rng)
            name = f"{len(rows):05d}.jpg"
            made = lay(shown, picture, placement)
            made.save(folder / name, "JPEG", quality=_QUALITY, subsampling=0)
            image_id = f"{cutout['name']} on {ground['name']} in slot {ground['slot']}"
            rows.append(
                {
                    "sample_id": sample_id(BENCHMARK, image_id, composing.question),
                    "benchmark": BENCHMARK,
                    "image": str((stored_as or folder) / name),
                    "question": composing.question,
                    "options": options,
                    "answer": options.index(cutout["group"]),
                    "category": ground["group"],
                    "attributes": [f"{ATTRIBUTE}:{ground['group']}"],
                    "cutout": cutout["name"],
                    "class": cutout["group"],
                    "background": ground["group"],
                    "photograph": ground["name"],
                    "slot": ground["slot"],
                    "size": placement.size,
                    "left": placement.left,
                    "top": placement.top,
                }
            )
    table = pd.DataFrame(rows)
    about = list(table.columns[:8])
    return Composites(table[about], table[["sample_id", *table.columns[8:]]])


def choose_parts(parts: pd.DataFrame, part: str, per_group: int, seed: int) -> pd.DataFrame:
    """Return the parts that are used: of each class or kind a few of those kept, by chance.

    Args:
        parts: A `composite_parts` table.
        part: "cutout" or "background".
        per_group: Most of a class or kind.
        seed: Settles which.
    """
    kept = parts[parts["kept"] & (parts["part"] == part)].sort_values(["group", "name"])
    turn = [stream(seed, part, name).random() for name in kept["name"]]
    ranked = kept.assign(turn=turn).sort_values(["group", "turn"])
    return ranked.groupby("group").head(per_group).drop(columns="turn").reset_index(drop=True)


def _refuse_too_few(classes: Sequence[str], grounds: pd.DataFrame) -> None:
    if len(classes) < 2:
        named = f"one class, {classes[0]}" if classes else "no class"
        raise Problem(
            f"The cut-outs that can be used show {named}, so that a question has nothing to choose"
            " from; add cut-outs of other classes, or name some in"
            " benchmarks.composites.distractors."
        )
    if grounds.empty:
        raise Problem(
            "No background is left to lay cut-outs on: add photographs in which none of the classes"
            " is to be seen, or kinds to benchmarks.composites.drawn."
        )


def _offered(cutout: dict[str, str], classes: Sequence[str], composing: Composing) -> list[str]:
    """The options of a cut-out, the same and in the same order on every background."""
    rng = stream(composing.seed, "options", cutout["name"])
    wrong = [name for name in classes if name != cutout["group"]]
    chosen = rng.permutation(len(wrong))[: composing.options - 1]
    options = [cutout["group"], *(wrong[i] for i in sorted(chosen))]
    return [options[i] for i in rng.permutation(len(options))]
