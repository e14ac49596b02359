"""What a job writes into its log when it ends early, and how the workflow reads it back.

The job says it to nobody else: the workflow that started it tells people, once.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

PAUSED = 45
"""The level of a job that waits for people, above that of an error, since nothing follows it."""

LINE = "%(asctime)s %(levelname)s %(message)s"
TIME = "%H:%M:%S"
TOLD_LATER = "told_later"
"""An attribute of log records: the workflow tells it, so the job's terminal does not."""

_BEGINS = re.compile(r"\d\d:\d\d:\d\d (?P<level>[A-Z]+) (?P<said>.*)")
_TRACE = "Traceback (most recent call last):"


@dataclass(frozen=True)
class Ending:
    """Why a job ended early.

    Attributes:
        how: "problem" (a user can fix it), "pause" (people are waited for) or "bug" (ours).
        sentence: What to tell.
        log: The file that says more.
        written: When it was written last, in nanoseconds: a further try may end alike.
    """

    how: Literal["problem", "pause", "bug"]
    sentence: str
    log: Path
    written: int = 0


def read_ending(logs: Iterable[str | Path]) -> Ending | None:
    """Return why a job ended early, by the first of its logs that says so.

    Args:
        logs: Files, which need not exist or be text.
    """
    for log in map(Path, logs):
        try:
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        if found := _last_entry(lines):
            level, said = found
            return replace(_ending(level, said, log), written=log.stat().st_mtime_ns)
    return None


def _last_entry(lines: list[str]) -> tuple[str, list[str]] | None:
    """The level and the lines of the last entry that ends a job."""
    last: tuple[str, list[str]] | None = None
    current: list[str] | None = None
    for line in lines:
        begins = _BEGINS.match(line)
        if begins is None:
            if current is not None:
                current.append(line)
            continue
        current = None
        if begins["level"] in ("ERROR", "PAUSED"):
            current = [begins["said"]]
            last = begins["level"], current
    return last


def _ending(level: str, said: list[str], log: Path) -> Ending:
    if level == "PAUSED":
        return Ending("pause", "\n".join(said), log)
    if _TRACE not in said:
        return Ending("problem", "\n".join(said), log)
    told = [line for line in said if line.strip() and not line.startswith((" ", _TRACE))]
    return Ending("bug", told[-1], log)
