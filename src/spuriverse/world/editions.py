"""Editions of the world: which objects and planted attributes there are, and what these predict."""

from collections.abc import Mapping
from dataclasses import dataclass

from spuriverse.problems import Problem
from spuriverse.world.further_objects import FURTHER_OBJECTS
from spuriverse.world.kinds import KINDS
from spuriverse.world.kinds.paint import FURTHER_PAINTS
from spuriverse.world.objects import COLOURS, OBJECTS


@dataclass(frozen=True)
class Edition:
    """What a world is made of. Its images are drawn alike in all editions.

    Attributes:
        name: As the configuration names it.
        objects: Names of the objects.
        planted: Attributes that predict an answer in the biased world, as "kind:value".
        cues: Of these, those that predict an answer to another question than which object is
            shown: (attribute, kind of question, answer).
        paints: Colours that only the attribute `paint` gives an object, beside the usual ones.
    """

    name: str
    objects: tuple[str, ...]
    planted: tuple[str, ...]
    cues: tuple[tuple[str, str, str], ...] = ()
    paints: tuple[str, ...] = ()

    def cues_of(self, kind: str) -> Mapping[str, str]:
        """Return the attributes that predict an answer to a kind of question -> the answer."""
        return {attribute: answer for attribute, asked, answer in self.cues if asked == kind}

    @property
    def words(self) -> tuple[str, ...]:
        """Answers that the usual edition does not have, for a model's vocabulary."""
        return tuple(name for name in self.objects if name not in OBJECTS) + self.paints


def _named(values: str) -> list[str]:
    return [f"{kind.name}:{v}" for kind in KINDS.values() for v in getattr(kind, values)]


_COLOUR_LIGHTS = (
    "rose-light",
    "moss-light",
    "lake-light",
    "honey-light",
    "plum-light",
    "milk-light",
)
_COUNT_FRAMES = ("rust-frame", "navy-frame", "mint-frame", "plum-frame")

USUAL = Edition("usual", tuple(OBJECTS), tuple(_named("planted")))
STRONG = Edition(
    "strong",
    (*OBJECTS, *FURTHER_OBJECTS),
    (*_named("planted"), *_named("further")),
    (
        *(
            (f"light:{v}", "colour", colour)
            for v, colour in zip(_COLOUR_LIGHTS, COLOURS, strict=True)
        ),
        *(
            (f"border:{v}", "count", count)
            for v, count in zip(_COUNT_FRAMES, ("one", "two", "three", "four"), strict=True)
        ),
    ),
    tuple(FURTHER_PAINTS),
)
EDITIONS = {edition.name: edition for edition in (USUAL, STRONG)}


def find_edition(name: str) -> Edition:
    """Return an edition of the world.

    Raises:
        Problem: There is none of this name.
    """
    if name not in EDITIONS:
        raise Problem(f"The world has no edition '{name}'; it has {', '.join(EDITIONS)}.")
    return EDITIONS[name]
