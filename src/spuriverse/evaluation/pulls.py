"""To which option something pasted on an image pulls: found on one half, measured on the other."""

import numpy as np
import pandas as pd

from spuriverse.evaluation.probe import Material, marks_of

PULL = "answers the option"
FEWEST = 5
"""Fewest questions that a pull is measured on."""


def halve_carriers(material: Material, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the non-spurious questions in two halves that share no image: search, confirmation."""
    carriers = material.non_spurious()
    images = np.random.default_rng([material.seed, seed]).permutation(carriers["image"].unique())
    searched = carriers["image"].isin(images[: len(images) // 2])
    return carriers[searched], carriers[~searched]


def strongest_pull(
    carriers: pd.DataFrame, before: pd.Series, after: pd.Series
) -> tuple[str, float] | None:
    """Return the wrong option that is answered so much more often than before, and by how much.

    Args:
        carriers: The questions.
        before: Their answers, as `answers_of` returns them.
        after: Their answers with something pasted on the images.

    Returns:
        Text of the option and the difference of the shares; None if no option is wrong in five
        questions.
    """
    pulls = {
        option: float(
            marks_of(part, after, option)["value"].mean()
            - marks_of(part, before, option)["value"].mean()
        )
        for option in sorted({text for options in carriers["options"] for text in options})
        if len(part := _with_wrong(carriers, option)) >= FEWEST
    }
    if not pulls:
        return None
    option = max(pulls, key=lambda text: pulls[text])
    return option, pulls[option]


def _with_wrong(samples: pd.DataFrame, option: str) -> pd.DataFrame:
    """The samples among whose wrong options one is."""
    wrong = [
        option in list(options) and options[answer] != option
        for options, answer in zip(samples["options"], samples["answer"], strict=True)
    ]
    return samples[np.array(wrong, dtype=bool)]


def offering(samples: pd.DataFrame, option: str) -> pd.DataFrame:
    """Return the samples of questions that offer an option somewhere, with it among the wrong ones.

    Where it was not offered, it takes the place of the first wrong option.
    """
    asks_for = samples.loc[[option in list(o) for o in samples["options"]], "question"]
    rows = samples[samples["question"].isin(asks_for)]
    right = [o[a] for o, a in zip(rows["options"], rows["answer"], strict=True)]
    rows = rows[np.array([text != option for text in right], dtype=bool)]
    changed = []
    for offered, answer in zip(map(list, rows["options"]), rows["answer"], strict=True):
        if option not in offered and len(offered) > 1:
            offered[0 if answer else 1] = option
        changed.append(offered)
    return rows.assign(options=changed)
