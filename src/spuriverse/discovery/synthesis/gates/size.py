"""Images of another size than was asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from spuriverse.discovery.synthesis.gates.interface import PASSED, Shown


class SizeGate:
    """Turns an image away whose sides are not in the ratio that was asked for."""

    name = "size"

    def __init__(self, ratio: float, tolerance: float) -> None:
        """Make the gate.

        Args:
            ratio: Width by height.
            tolerance: Relative deviation that is let through; makers round to multiples of 8 or 64.
        """
        self._ratio = ratio
        self._tolerance = tolerance

    def judge(self, shown: Sequence[Shown]) -> list[str]:
        """Name the size of images that have another one."""
        return [self._verdict(one) for one in shown]

    def _verdict(self, shown: Shown) -> str:
        width, height = shown.image.size
        off = abs(width / height / self._ratio - 1)
        return PASSED if off <= self._tolerance else f"{width} x {height}"


def load(settings: Mapping[str, Any]) -> SizeGate | None:
    """Return the gate, if it is known what was asked for and `size` is not null."""
    ratio, tolerance = settings.get("aspect"), settings["size"]
    return None if ratio is None or tolerance is None else SizeGate(ratio, tolerance)
