"""Is a model less sure where what its right answers rest on was destroyed?"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from spuriverse.evaluation.accuracies import sampling_units
from spuriverse.evaluation.occlusion import cell_pulls, destroy_cells
from spuriverse.evaluation.probe import (
    ACCURACY,
    Ask,
    Contrast,
    Material,
    Probe,
    Quantity,
    right_answers,
)
from spuriverse.evaluation.uncertainty import option_entropies
from spuriverse.problems import Problem
from spuriverse.questions import open_image
from spuriverse.statistics import roc_area

AREA = "area under the ROC curve"
_SIDE = 4
_CELLS = 4
_AT_ONCE = 128


def measure(ask: Ask, material: Material) -> Iterator[Contrast | Quantity]:
    """Jumble the cells that speak the most for the right answer, and compare how sure answers are.

    Taken from "Going Beyond Conventional OOD Detection" (ASCOOD): images whose object is destroyed
    and whose cues are left are near outliers, on which a model should be unsure; the area under the
    ROC curve of its uncertainty says whether it is. Ours: the object is where covering a cell of
    4 x 4 lowers the log-odds of the right option the most, four cells of it; uncertainty is the
    entropy over the question's options. The area is .5 for a model that is as sure without the
    object.

    Needs a checkpoint that reads and writes, and that scores its options. Spurious images are asked
    about, whose cue stays as far as it is not in these cells.
    """
    if material.model is None:
        return
    samples = material.of("spurious").drop_duplicates("sample_id")
    samples = samples[[_opens(path) for path in samples["image"]]]
    if samples.empty:
        return
    pulls = cell_pulls(
        material.model,
        samples,
        samples["answer"].astype(int).tolist(),
        side=_SIDE,
        batch_size=_AT_ONCE,
    )
    of_sample = dict(zip(samples["sample_id"], pulls, strict=True))
    rng = np.random.default_rng([material.seed, 37])
    destroyed = material.changed(
        samples,
        "destroyed",
        lambda image, name: destroy_cells(image, of_sample[name], _CELLS, rng),
    )
    doubts = [_doubts(table, ask) for table in (destroyed, samples)]
    together = pd.concat(doubts, keys=[True, False], names=["destroyed"]).reset_index(level=0)
    units = sampling_units(samples).set_axis(samples["sample_id"])
    if len(together):
        area = roc_area(
            together["doubt"],
            together["destroyed"],
            together["sample_id"].map(units),
            seed=material.seed,
        )
        if area is not None:
            limits = (area.value, area.low, area.high)
            yield Quantity("object destroyed", "whole image", AREA, area.n, *limits)
    yield Contrast(
        "object destroyed",
        "whole image",
        ACCURACY,
        right_answers(destroyed, ask),
        right_answers(samples, ask),
    )


def _doubts(samples: pd.DataFrame, ask: Ask) -> pd.DataFrame:
    """Entropy of every answer that has scores."""
    responses = ask(samples)
    if "option_scores" not in responses:
        return pd.DataFrame({"sample_id": [], "doubt": []})
    scored = responses[responses["option_scores"].map(len) > 1]
    return pd.DataFrame(
        {
            "sample_id": scored["sample_id"].to_numpy(),
            "doubt": option_entropies(scored["option_scores"]),
        }
    )


def _opens(path: str) -> bool:
    try:
        open_image(path)
    except Problem:
        return False
    return True


PROBE = Probe("objects_destroyed", "Going Beyond Conventional OOD Detection (ASCOOD)", measure)
