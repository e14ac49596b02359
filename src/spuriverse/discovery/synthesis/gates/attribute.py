"""Spurious images without the attribute, and core images with it."""

from collections.abc import Mapping, Sequence
from typing import Any

from spuriverse.discovery.synthesis.gates.interface import PASSED, UNJUDGED, Shown
from spuriverse.discovery.synthesis.judges import Judge, load_judge


class AttributeGate:
    """Turns images away that show what they should not, or lack what they should show."""

    name = "attribute"

    def __init__(self, judge: Judge) -> None:
        """Believe this judge."""
        self._judge = judge

    def judge(self, shown: Sequence[Shown]) -> list[str]:
        """Say "absent" or "present" of images that are wrong."""
        present = self._judge.are_present(
            [one.description for one in shown], [one.image for one in shown]
        )
        return [_verdict(*pair) for pair in zip(shown, present, strict=True)]


def _verdict(shown: Shown, present: bool | None) -> str:
    if present is None:
        return UNJUDGED
    if present == (shown.description.group == "spurious"):
        return PASSED
    return "present" if present else "absent"


def load(settings: Mapping[str, Any]) -> AttributeGate | None:
    """Return the gate, unless `attribute` is none."""
    return None if settings["attribute"] == "none" else AttributeGate(load_judge(settings))
