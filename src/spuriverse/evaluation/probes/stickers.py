"""Which small pictures, pasted into a corner, pull answers to an option?"""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from spuriverse.evaluation.probe import (
    ACCURACY,
    Ask,
    Contrast,
    Material,
    Probe,
    answers_of,
    marks_of,
    right_answers,
)
from spuriverse.evaluation.pulls import FEWEST, PULL, halve_carriers, offering, strongest_pull
from spuriverse.evaluation.sticker_images import (
    corner_crops,
    cover_found,
    paste_sticker,
    placebo_of,
)


@dataclass(frozen=True)
class _Pull:
    """A sticker, the option it pulls to, and by how much on the carriers of the search."""

    sticker: str
    option: str
    size: float


def measure(ask: Ask, material: Material) -> Iterator[Contrast]:
    """Search a bank of stickers on one half of the carriers and confirm on the other.

    Taken from SLANT (Spurious Logo ANalysis Toolkit): paste each of a bank on carriers, keep what
    pulls answers, and two defences: vote over crops that leave corners out, and cover what was
    found before asking. Ours: a sticker is compared, question by question, with a placebo of the
    same outline in its mean colour, on carriers that took no part in the search, so that the
    interval and the test hold whatever the search did; all of them offer the option, which takes
    the place of another wrong one where it was not offered.

    For every sticker, the strongest of the search first: the share of answers that are the wrong
    option to which it pulled most. For the strongest, the same under each defence; and what the
    defences cost on images without stickers.
    """
    searched, confirming = halve_carriers(material, 32)
    found = _search(ask, material, searched)
    offered = [(pull, offering(confirming, pull.option)) for pull in found]
    enough = [(pull, asked) for pull, asked in offered if len(asked) >= FEWEST]
    for place, (pull, asked) in enumerate(enough):
        with_sticker, with_placebo = _both(material, asked, pull.sticker)
        name = f"{place + 1}: {pull.sticker} -> {pull.option}"
        yield _contrast(
            name, asked, answers_of(with_sticker, ask), answers_of(with_placebo, ask), pull
        )
        if place == 0:
            for defence, defended in _DEFENCES.items():
                yield _contrast(
                    f"{name}, {defence}",
                    asked,
                    defended(ask, material, with_sticker, pull),
                    defended(ask, material, with_placebo, pull),
                    pull,
                )
    if enough:
        plain = right_answers(confirming, ask)
        for defence, defended in _DEFENCES.items():
            answers = defended(ask, material, confirming, enough[0][0])
            right = pd.Series(
                [o[a] for o, a in zip(confirming["options"], confirming["answer"], strict=True)],
                confirming.index,
            )
            marks = marks_of(confirming, answers, right)
            yield Contrast(f"no sticker, {defence}", "no sticker", ACCURACY, marks, plain)


def _search(ask: Ask, material: Material, carriers: pd.DataFrame) -> list[_Pull]:
    """The option that every sticker pulls to most, the strongest first."""
    if carriers.empty:
        return []
    before, found = answers_of(carriers, ask), []
    for name in material.stickers:
        pasted = _pasted(material, carriers, name, "search")
        after = answers_of(pasted, ask)
        if pull := strongest_pull(carriers, before, after):
            found.append(_Pull(name, *pull))
    return sorted(found, key=lambda pull: -pull.size)


def _both(
    material: Material, samples: pd.DataFrame, name: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    placebo = placebo_of(material.stickers[name])
    return _pasted(material, samples, name, "sticker"), material.changed(
        samples, f"placebo-{name}", lambda image, _: paste_sticker(image, placebo)
    )


def _pasted(material: Material, samples: pd.DataFrame, name: str, use: str) -> pd.DataFrame:
    sticker = material.stickers[name]
    return material.changed(
        samples, f"{use}-{name}", lambda image, _: paste_sticker(image, sticker)
    )


def _contrast(
    name: str, asked: pd.DataFrame, shown: pd.Series, placebo: pd.Series, pull: _Pull
) -> Contrast:
    return Contrast(
        name,
        "placebo",
        PULL,
        marks_of(asked, shown, pull.option),
        marks_of(asked, placebo, pull.option),
    )


def _vote(ask: Ask, material: Material, samples: pd.DataFrame, pull: _Pull) -> pd.Series:
    """The commonest answer to four crops; of several the first that was given."""
    votes = pd.DataFrame(
        {corner: answers_of(_cropped(material, samples, corner), ask) for corner in range(4)}
    )
    return votes.apply(lambda row: row.dropna().value_counts(sort=True).index[0], axis=1)


def _cropped(material: Material, samples: pd.DataFrame, corner: int) -> pd.DataFrame:
    return material.changed(samples, f"crop-{corner}", lambda image, _: corner_crops(image)[corner])


def _cover(ask: Ask, material: Material, samples: pd.DataFrame, pull: _Pull) -> pd.Series:
    sticker = material.stickers[pull.sticker]
    covered = material.changed(samples, "covered", lambda image, _: cover_found(image, sticker))
    return answers_of(covered, ask)


_DEFENCES = {"crop_vote": _vote, "cover_found": _cover}

PROBE = Probe("stickers", "SLANT: Spurious Logo ANalysis Toolkit", measure, score="1: ")
