"""What can be asked for by name, and what was meant by a name that nothing makes."""

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from spuriverse.problems import Problem

CLOSE_ENOUGH = 0.6
"""Least similarity of a name to the one that is suggested, as `difflib` counts it."""


@dataclass(frozen=True)
class Target:
    """Something that can be made.

    Attributes:
        name: A rule or a file.
        meaning: A sentence.
    """

    name: str
    meaning: str


def list_targets(rules: Sequence[Target], files: Sequence[Target]) -> str:
    """Return a text that lists what can be made, a line each."""
    return (
        "Targets, for `snakemake --cores all TARGET`:\n\n"
        f"{_aligned(rules)}\n\n"
        "Files, which are targets too:\n\n"
        f"{_aligned(files)}\n"
    )


def _aligned(targets: Sequence[Target]) -> str:
    width = max((len(target.name) for target in targets), default=0)
    return "\n".join(f"  {target.name:<{width}}  {target.meaning}" for target in targets)


def refuse_unknown(
    asked: Iterable[str], known: Sequence[str], is_made: Callable[[str], bool]
) -> None:
    """Refuse a target that nothing makes, with the one that was probably meant.

    Args:
        asked: Targets of a command line.
        known: Names of rules, and files that a rule makes.
        is_made: Whether a rule makes a file, or whether it is there.

    Raises:
        Problem: One sentence about the first such target.
    """
    for name in asked:
        if name in known or is_made(name):
            continue
        close = _closest(name, known)
        perhaps = f"did you mean {close}? " if close else ""
        raise Problem(
            f"There is no target {name} in this configuration: {perhaps}`snakemake targets` lists"
            " them (with the --configfile of the run)."
        )


def _closest(name: str, known: Sequence[str]) -> str | None:
    """The nearest of the known names, or of their last parts: folders are often left out."""
    if close := difflib.get_close_matches(name, known, n=1, cutoff=CLOSE_ENOUGH):
        return close[0]
    last = {PurePath(each).name: each for each in known}
    close = difflib.get_close_matches(PurePath(name).name, last, n=1, cutoff=CLOSE_ENOUGH)
    return last[close[0]] if close else None
