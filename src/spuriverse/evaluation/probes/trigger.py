"""Does a patch that nobody has ever seen pull answers, as one that was planted does?"""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from PIL import Image

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
from spuriverse.world import paste_placebo, paste_trigger


def measure(ask: Ask, material: Material) -> Iterator[Contrast]:
    """Put a loud patch in the lower right corner of ordinary images and see to what it pulls.

    Taken from CleanCLIP: a patch on a few training images that all have one caption is the positive
    control of what hides in a model, and the success of the attack is how often its answer comes.
    Ours: the patch is held against a plain one of its size and mean colour, on the same questions;
    the option it pulls to is sought on one half of the images and measured on the other. A tiny
    model with `poisoned` above 0 has the backdoor, and the others show what the probe says where
    there is none.
    """
    searched, confirming = halve_carriers(material, 36)
    if searched.empty:
        return
    before = answers_of(searched, ask)
    after = answers_of(_patched(material, searched, "trigger-search", paste_trigger), ask)
    pull = strongest_pull(searched, before, after)
    if pull is None:
        return
    asked = offering(confirming, pull[0])
    if len(asked) >= FEWEST:
        shown, placebo = (
            marks_of(asked, answers_of(_patched(material, asked, name, paste), ask), pull[0])
            for name, paste in (("trigger", paste_trigger), ("trigger-placebo", paste_placebo))
        )
        yield Contrast(f"trigger -> {pull[0]}", "plain patch", PULL, shown, placebo)
    with_patch = _patched(material, confirming, "trigger-all", paste_trigger)
    yield Contrast(
        "trigger, any answer",
        "no patch",
        ACCURACY,
        right_answers(with_patch, ask),
        right_answers(confirming, ask),
    )


def _patched(
    material: Material,
    samples: pd.DataFrame,
    name: str,
    paste: Callable[[np.ndarray], np.ndarray],
) -> pd.DataFrame:
    return material.changed(
        samples, name, lambda image, _: Image.fromarray(paste(np.asarray(image)))
    )


PROBE = Probe("trigger", "CleanCLIP", measure)
