"""Names of suspicions, by people or words, and natural pairs ranked by them."""

import numpy as np
import pandas as pd
from planted import RED
from tried_suspicions import Tried, patch_regions

from contracts import as_table
from spuriverse.discovery.suspicions import (
    compare_natural_pairs,
    measure_presence,
    name_by_words,
)


def redness(images, words) -> np.ndarray:
    """Knows one word, red; every other fits all pictures alike."""
    shares = []
    for image in images:
        pixels = np.asarray(image.convert("RGB")).astype(int)
        shares.append((np.abs(pixels - RED).max(axis=-1) < 40).mean())
    return np.array([[share if word == "red" else 0.9 for word in words] for share in shares])


def test_suspicions_are_named_by_people_or_by_the_word_that_sets_them_apart(tried: Tried) -> None:
    red, plain = patch_regions(tried.planted), patch_regions(tried.planted, box=(0, 0, 0.25, 0.25))
    regions = pd.concat([red, plain.assign(attribute="region:2")], ignore_index=True)
    assert name_by_words(regions, {}, ["picture", "red"], redness)["region:1"] == "red"
    given = {"region:1": "my patch", "region:2": "a corner"}
    assert name_by_words(regions, given, ["picture", "red"], redness) == given
    assert name_by_words(regions, {}, [], redness) == {}


def test_natural_pairs_are_ranked_by_what_the_suspicion_is_called(tried: Tried) -> None:
    planted = tried.planted
    images = [*planted.samples["image"].unique(), "gone.png"]
    presence = measure_presence(images, {"region:1": "red"}, redness)
    as_table(presence, "presence")
    assert len(presence) == len(images) - 1
    found = compare_natural_pairs(
        planted.samples,
        planted.responses,
        patch_regions(planted),
        share=0.25,
        presence=presence,
    ).iloc[0]
    assert found["natural_least"] - found["natural_most"] > 0.5
    assert found["natural_low"] > 0.3 and found["natural_p"] < 0.001
    assert measure_presence(images, {}, redness).empty
