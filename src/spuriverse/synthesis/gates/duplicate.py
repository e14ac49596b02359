"""Images that a group has already."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spuriverse.synthesis.gates.interface import PASSED, Shown

if TYPE_CHECKING:
    import imagehash


class DuplicateGate:
    """Turns an image away that looks like one that its group has already.

    Two images look alike if the difference hashes of their brightness (9 x 8 pixels: is a pixel
    brighter than its neighbour?) differ in few of their 64 bits. It must be the last gate, since
    it remembers what it lets through.
    """

    name = "duplicate"

    def __init__(self, distance: int) -> None:
        """Make the gate.

        Args:
            distance: Most bits in which the hashes of near-duplicates differ.
        """
        self._distance = distance
        self._known: defaultdict[tuple[str, str], list[imagehash.ImageHash]] = defaultdict(list)

    def judge(self, shown: Sequence[Shown]) -> list[str]:
        """Say "near-duplicate" of every image but the first that look alike."""
        return [self._verdict(one) for one in shown]

    def _verdict(self, shown: Shown) -> str:
        import imagehash

        found = imagehash.dhash(shown.image)
        known = self._known[shown.description.candidate_id, shown.description.group]
        if any(found - other <= self._distance for other in known):
            return "near-duplicate"
        known.append(found)
        return PASSED


def load(settings: Mapping[str, Any]) -> DuplicateGate | None:
    """Return the gate, if `duplicate` is not null."""
    distance = settings["duplicate"]
    return None if distance is None else DuplicateGate(distance)
