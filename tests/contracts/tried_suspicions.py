"""A planted patch, found and tried: what the tests of suspicions start from."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from planted import LEFT, PATCH, RED, SIDE, TOP, WRONG, Planted

from spuriverse.discovery.curation import Annotated
from spuriverse.discovery.suspicions import (
    Extent,
    compare_natural_pairs,
    make_trials,
    weigh_suspicions,
)

EXTENT = Extent(pictures=12, fresh=6, covered=12, side=512)
BOX = (LEFT / SIDE, TOP / SIDE, (LEFT + PATCH) / SIDE, (TOP + PATCH) / SIDE)


@dataclass(frozen=True)
class Tried:
    planted: Planted
    found: Annotated
    trials: pd.DataFrame
    responses: pd.DataFrame

    def weighed(self, **changes: object) -> pd.DataFrame:
        regions = self.found.regions
        natural = compare_natural_pairs(
            self.planted.samples, self.planted.responses, regions, share=0.25
        )
        given = {"trials": self.trials, "responses": self.responses, **changes}
        return weigh_suspicions(
            self.found.proposals,
            regions,
            given["trials"],
            given["responses"],
            natural,
            false_discovery_rate=0.05,
        )


def follow_the_patch(trials: pd.DataFrame) -> pd.DataFrame:
    """A model that sees the patch by its colour and is right otherwise."""
    choices = []
    for trial in trials.itertuples():
        pixels = np.asarray(Image.open(trial.image).convert("RGB")).astype(int)
        reds = (np.abs(pixels - RED).max(axis=-1) < 40).mean()
        shown = reds > 0.4 * (PATCH / SIDE) ** 2 and WRONG in trial.options
        choices.append(trial.options.index(WRONG) if shown else trial.answer)
    return pd.DataFrame(
        {"sample_id": trials["sample_id"], "choice": pd.array(choices, dtype="Int64")}
    )


def try_all(planted: Planted, regions: pd.DataFrame, attributes: list[str], folder: Path, **more):
    settings = {"extent": EXTENT, "feather": 0.1, "fill": "blur", "seed": 0, **more}
    return make_trials(
        planted.samples,
        planted.responses,
        regions,
        attributes,
        folder,
        stored_as=folder,
        **settings,
    )


def patch_regions(planted: Planted, box: tuple[float, ...] = BOX, wrong: str = WRONG):
    misled = planted.errors.loc[planted.errors["predicted"] == WRONG, "image"]
    exemplars = [image for image in misled if image in planted.patched][:3]
    rows = [
        {
            "attribute": "region:1",
            "wrong": wrong,
            "image": image,
            "exemplar": exemplars.index(image) + 1 if image in exemplars else 0,
            "share": 1.0,
            "size": box[2] - box[0],
            "distance": 0.0,
            **dict(zip(("left", "top", "right", "bottom"), box, strict=True)),
        }
        for image in sorted(planted.patched)
    ]
    return pd.DataFrame(rows)
