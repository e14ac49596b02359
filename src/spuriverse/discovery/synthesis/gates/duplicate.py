"""Images that a group has already."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spuriverse.discovery.synthesis.gates.interface import PASSED, Shown

if TYPE_CHECKING:
    import imagehash


class DuplicateGate:
    """Turns an image away that looks like one that its group has already.

    Two images look alike if their perceptual hashes (signs of the lowest 16 x 16 frequencies of
    brightness) differ in few of 256 bits. It must be the last gate, since it remembers what it
    lets through.
    """

    name = "duplicate"
    hash_size = 16

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

        found = imagehash.phash(shown.image, self.hash_size)
        known = self._known[shown.description.candidate_id, shown.description.group]
        if any(found - other <= self._distance for other in known):
            return "near-duplicate"
        known.append(found)
        return PASSED


def load(settings: Mapping[str, Any]) -> DuplicateGate | None:
    """Return the gate, if `duplicate` is not null."""
    distance = settings["duplicate"]
    return None if distance is None else DuplicateGate(distance)
