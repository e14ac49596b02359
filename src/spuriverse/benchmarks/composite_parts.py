"""What composites are made from: cut-outs by class, backgrounds by kind, and which are fit."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from spuriverse.benchmarks.composing import (
    draw_placement,
    lay,
    open_ground,
    read_cutout,
    read_ground,
    stream,
)
from spuriverse.benchmarks.drawn_grounds import DRAWN, PLAIN
from spuriverse.benchmarks.formats import read_csv
from spuriverse.problems import Problem
from spuriverse.questions import image_suffixes

log = logging.getLogger(__name__)

PartKind = Literal["cutout", "background"]
Chances = Callable[[Sequence[Image.Image], Sequence[str]], NDArray[np.float64]]
"""Images and classes -> the probability of every class in every image."""

_CALLED = {"cutout": ("cut-outs", "class"), "background": ("backgrounds", "kind")}
_GLANCE = 32


@dataclass(frozen=True)
class Folders:
    """Where the parts are.

    Attributes:
        cutouts: Folder with a folder per class, or a file per class, or both.
        classes: CSV file with the columns file and class; None if the folders say it.
        backgrounds: Folder with a folder per kind, or a file per kind; None for no photographs.
        kinds: CSV file with the columns file and kind; None if the folders say it.
        drawn: Kinds that are drawn, keys of `DRAWN`.
        drawn_per_kind: How many of each.
    """

    cutouts: str
    classes: str | None = None
    backgrounds: str | None = None
    kinds: str | None = None
    drawn: Sequence[str] = ()
    drawn_per_kind: int = 8


def find_parts(folders: Folders, *, refused_at_most: float) -> pd.DataFrame:
    """Look at every cut-out and background.

    Args:
        folders: Where they are.
        refused_at_most: Largest share of either that may be unfit.

    Returns:
        A `composite_parts` table. What cannot be read, and cut-outs without transparency, are not
        kept; the log names them.

    Raises:
        Problem: A folder or file is missing, there are no cut-outs or no backgrounds, too many are
            unfit, a class has no cut-out left, or a kind has the name of one that is drawn.
    """
    found = [_looked_at(*part) for part in _listed("cutout", folders.cutouts, folders.classes)]
    if folders.backgrounds is not None:
        listed = _listed("background", folders.backgrounds, folders.kinds)
        found += [_looked_at(*part) for part in listed]
    parts = pd.DataFrame([*found, *_drawn(folders)])
    for kind in _CALLED:
        _refuse_unfit(parts[parts["part"] == kind], kind, folders, refused_at_most)
    photographed = parts.loc[(parts["part"] == "background") & (parts["file"] != ""), "group"]
    if taken := sorted({PLAIN, *folders.drawn}.intersection(photographed)):
        raise Problem(
            f"The kind of background {taken[0]} in {folders.backgrounds} has the name of one that"
            " is drawn; rename its folder."
        )
    return parts


def check_parts(
    parts: pd.DataFrame,
    chances: Chances,
    *,
    side: int,
    sizes: tuple[float, float],
    seed: int,
    recognised: float,
    shown_at_most: float,
    distractors: Sequence[str] = (),
) -> pd.DataFrame:
    """Let a classifier look at every cut-out on grey and at every background alone.

    Args:
        parts: As `find_parts` returns them.
        chances: The classifier.
        side: Of the pictures, in pixels.
        sizes: Smallest and largest size of a cut-out, as in `Placement`.
        seed: Settles place and grey of what is looked at, which is no picture of the benchmark.
        recognised: Least probability of a cut-out's own class.
        shown_at_most: Largest probability of any class in a background without a cut-out.
        distractors: Classes without cut-outs that are offered as well.

    Returns:
        The table, with what was seen; those that fail are not kept, with the reason.

    Raises:
        Problem: No class or no background is left, or the classifier does not know a class.
    """
    parts = parts.copy()
    usable = parts.loc[(parts["part"] == "cutout") & parts["kept"], "group"]
    classes = sorted({*usable, *distractors})
    checked = parts[parts["kept"] & ((parts["file"] != "") | (parts["group"] != PLAIN))]
    for start in range(0, len(checked), _GLANCE):
        rows = checked.iloc[start : start + _GLANCE]
        images = [_glance(row, side, sizes, seed) for row in rows.to_dict("records")]
        for index, seen in zip(rows.index, chances(images, classes), strict=True):
            best = int(seen.argmax())
            parts.loc[index, ["seen", "probability"]] = [classes[best], float(seen[best])]
            if reason := _unfit(
                parts.loc[index], dict(zip(classes, seen, strict=True)), recognised, shown_at_most
            ):
                parts.loc[index, ["kept", "reason"]] = [False, reason]
    for kind, (what, _) in _CALLED.items():
        rows = parts[parts["part"] == kind]
        log.info("The classifier leaves %d of %d %s.", rows["kept"].sum(), len(rows), what)
    return parts


def _listed(
    kind: PartKind, folder: str, table: str | None
) -> Iterator[tuple[PartKind, Path, str, str]]:
    """Yield (part, file, name, group) of every file, in the order of their names."""
    what, group = _CALLED[kind]
    root = Path(folder)
    if not root.is_dir():
        raise Problem(f"There is no folder of {what} at {folder}; name the right one.")
    if table is not None:
        rows = dict.fromkeys(
            (cells["file"].strip(), cells[group].strip())
            for _, cells in read_csv(Path(table), ("file", group))
        )
        names = [name for name, _ in rows]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise Problem(
                f"{table} gives {twice[0]} more than one {group}; a file has one, so drop the other"
                " lines."
            )
        for name, said in sorted(rows):
            if not said:
                raise Problem(f"{table} names no {group} for {name}; add it, or drop the line.")
            yield kind, root / name, name, said
        return
    for path in sorted(root.rglob("*")):
        below = path.relative_to(root)
        hidden = any(step.startswith(".") for step in below.parts)
        if path.suffix.lower() in image_suffixes() and not hidden and path.is_file():
            said = below.parts[0] if len(below.parts) > 1 else path.stem
            yield kind, path, below.as_posix(), said.replace("_", " ").strip()


def _looked_at(kind: PartKind, path: Path, name: str, group: str) -> dict[str, object]:
    reason = ""
    try:
        if kind == "cutout":
            read_cutout(path)
        else:
            read_ground(path, _GLANCE)
    except Problem as problem:
        reason = str(problem)
    return _part(kind, str(path), name, group, reason)


def _part(kind: str, file: str, name: str, group: str, reason: str = "") -> dict[str, object]:
    said = {"part": kind, "file": file, "name": name, "group": group, "kept": not reason}
    return {**said, "reason": reason, "seen": "", "probability": np.nan}


def _drawn(folders: Folders) -> Iterator[dict[str, object]]:
    if unknown := sorted(set(folders.drawn) - set(DRAWN)):
        raise Problem(
            f"Backgrounds of the kind {unknown[0]} cannot be drawn; choose from {', '.join(DRAWN)}."
        )
    for kind in dict.fromkeys(folders.drawn):
        for number in range(folders.drawn_per_kind):
            yield _part("background", "", f"{kind}/{number}", kind)


def _refuse_unfit(parts: pd.DataFrame, kind: str, folders: Folders, at_most: float) -> None:
    what, group = _CALLED[kind]
    place = folders.cutouts if kind == "cutout" else folders.backgrounds
    if parts.empty:
        raise Problem(
            f"There are no {what} in {place or 'benchmarks.composites'}: put images into a folder"
            f" per {group} (docs/composites.md)."
        )
    unfit = parts[~parts["kept"]]
    if len(unfit) > at_most * len(parts):
        raise Problem(
            f"{len(unfit)} of {len(parts)} {what} in {place} cannot be used, more than"
            f" benchmarks.composites.refused_at_most = {at_most:g} allows. The first:"
            f" {unfit['reason'].iloc[0]}"
        )
    for reason in unfit["reason"]:
        log.warning("Left out: %s", reason)


def _glance(
    row: dict[str, object], side: int, sizes: tuple[float, float], seed: int
) -> Image.Image:
    file, group, name = str(row["file"]), str(row["group"]), str(row["name"])
    if row["part"] == "background":
        return open_ground(file, group, number_of(name), side=side, seed=seed)
    rng = stream(seed, "glance", name)
    ground = open_ground("", PLAIN, -1, side=side, seed=seed)
    return lay(read_cutout(file), ground, draw_placement(*sizes, rng))


def number_of(name: str) -> int:
    """Return the number of a drawn background, by its name; 0 for a photograph."""
    last = name.rpartition("/")[2]
    return int(last) if last.isdecimal() else 0


def _unfit(part: pd.Series, seen: dict[str, float], recognised: float, at_most: float) -> str:
    """Say why a part is not kept, by the probabilities of the classes in it."""
    if part["part"] == "cutout":
        own = seen[part["group"]]
        if own >= recognised:
            return ""
        return f"on grey it has a probability of {own:.2f}, below {recognised:g}, to be its class"
    if part["probability"] <= at_most:
        return ""
    return (
        f"alone it shows {part['seen']} with a probability of {part['probability']:.2f}, above"
        f" {at_most:g}"
    )
