"""Images that show nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from PIL import ImageStat

from spuriverse.discovery.synthesis.gates.interface import PASSED, Shown


class BlankGate:
    """Turns an image away whose pixels hardly differ from each other, in every channel."""

    name = "blank"

    def __init__(self, least_deviation: float) -> None:
        """Make the gate.

        Args:
            least_deviation: Standard deviation, in grey levels, that some channel must have.
        """
        self._least = least_deviation

    def judge(self, shown: Sequence[Shown]) -> list[str]:
        """Say "blank" of images without contrast."""
        return [self._verdict(one) for one in shown]

    def _verdict(self, shown: Shown) -> str:
        deviations = ImageStat.Stat(shown.image).stddev
        return PASSED if max(deviations) >= self._least else "blank"


def load(settings: Mapping[str, Any]) -> BlankGate | None:
    """Return the gate, if `blank` is not null."""
    least = settings["blank"]
    return None if least is None else BlankGate(least)
