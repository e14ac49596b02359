"""What will be asked of models once images are made and types are verified, at most."""

import pandas as pd

_ASKED = ["sample_id", "image", "question", "options", "answer"]


def expected_groups(
    candidates: pd.DataFrame, samples: pd.DataFrame, *, images: int
) -> pd.DataFrame:
    """Return questions as many as there will be about core and spurious groups.

    Args:
        candidates: A `candidates` table.
        samples: A `samples` table with their anchors.
        images: Images in each of a candidate's two groups.

    Returns:
        Columns sample_id, image, question, options, answer. The anchor stands for the images that
        are not there yet, and a number in the question tells the requests apart.
    """
    anchors = candidates[["candidate_id", "sample_id"]].merge(samples[_ASKED], on="sample_id")
    parts = []
    for number in range(2 * images):
        part = anchors.assign(sample_id=anchors["candidate_id"] + f"-{number}")
        parts.append(part.assign(question=part["question"] + f" [{number}]"))
    found = pd.concat(parts, ignore_index=True) if parts else anchors.iloc[:0]
    return found[_ASKED]


def expected_samples(
    candidates: pd.DataFrame, samples: pd.DataFrame, *, images: int, per_anchor: int
) -> pd.DataFrame:
    """Return questions as many as a model will be evaluated on if all candidates become types.

    Args:
        candidates: A `candidates` table.
        samples: All `samples`.
        images: Images in each of a candidate's two groups that models are evaluated on.
        per_anchor: Non-spurious samples per anchor.

    Returns:
        As `expected_groups`: anchors, groups and non-spurious samples.
    """
    is_anchor = samples["sample_id"].isin(candidates["sample_id"])
    ordinary = samples[~is_anchor].head(per_anchor * len(candidates))
    groups = expected_groups(candidates, samples, images=images)
    parts = [samples.loc[is_anchor, _ASKED], groups, ordinary[_ASKED]]
    return pd.concat(parts, ignore_index=True)
