"""The table behind the trade-off figure."""

from collections.abc import Mapping

import pandas as pd

from spuriverse.evaluation import mark_responses
from spuriverse.statistics import Estimate, clustered_difference, clustered_share

TRADEOFF_COLUMNS = (
    *("proportion", "seed", "subset", "n", "questions", "attributes"),
    *("accuracy", "low", "high"),
)
BASE = "base"
POOLED = "all"
ALIGNED, TWIN, GAIN = "aligned", "aligned_without_cue", "cue_gain"
HELD_OUT = {
    "spurious": "spurious_held_out",
    "core": "core_held_out",
    "anchor": "anchor_held_out",
    ALIGNED: ALIGNED,
    TWIN: TWIN,
}
"""Subset of the questions about a type -> its name where only held-out types are asked about."""


def held_out_samples(asked: pd.DataFrame, splits: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the questions of one split: those about its held-out types, and about no type.

    Args:
        asked: As `spuriverse.finetuning.study_samples` returns it.
        splits: A `splits` table.
        seed: Which split.
    """
    test = splits.loc[(splits["seed"] == seed) & (splits["part"] == "test"), "type_id"]
    return asked[~asked["subset"].isin(HELD_OUT) | asked["cluster"].isin(test)]


def held_out_responses(
    asked: pd.DataFrame,
    responses: pd.DataFrame,
    splits: pd.DataFrame,
    types: pd.DataFrame,
    seed: int,
) -> pd.DataFrame:
    """Mark every response right or wrong, about held-out types and about no type.

    Args:
        asked: As `spuriverse.finetuning.study_samples` returns it.
        responses: A `responses` table of one model; failed requests are left out.
        splits: A `splits` table.
        types: A `types` table.
        seed: Which split.

    Returns:
        Columns seed, subset, attribute, cluster, sample_id, correct. Attributes are what is split,
        so the cluster of a held-out type is its attribute, and that of an ordinary sample its
        image; attribute is missing there.
    """
    # Images, questions and options would be carried along for nothing.
    named = asked[["sample_id", "subset", "cluster", "answer"]]
    joined = mark_responses(held_out_samples(named, splits, seed), responses)
    of_type = joined["cluster"].map(types.set_index("type_id")["attribute"])
    joined["attribute"] = of_type.where(joined["subset"].isin(HELD_OUT))
    joined["cluster"] = joined["attribute"].fillna(joined["cluster"])
    joined["subset"] = joined["subset"].replace(HELD_OUT)
    joined["seed"] = seed
    return joined[["seed", "subset", "attribute", "cluster", "sample_id", "correct"]]


def tabulate_tradeoff(runs: Mapping[tuple[str, int], pd.DataFrame]) -> pd.DataFrame:
    """Accuracy by proportion, seed and subset, with 95 % intervals over attributes or images.

    The intervals say what other attributes (images, of ordinary samples) would give; all rows are
    of one base model, and what another training of it would give they do not say. The rows of
    cue_gain hold no accuracy but a difference: the accuracy on aligned images less that on their
    twins without the cue, which is what the model still gains by it.

    Args:
        runs: (proportion or "base", seed) -> as `held_out_responses` returns it.

    Returns:
        The columns of `TRADEOFF_COLUMNS`; n counts responses, questions and attributes distinct
        ones; attributes is missing for ordinary samples. An interval is missing where there
        are too few attributes for one (`spuriverse.statistics.clustered_share`).
    """
    frames = [
        frame.assign(proportion=proportion) for (proportion, _), frame in sorted(runs.items())
    ]
    answers = pd.concat(frames, ignore_index=True)
    # Numbers in the order of the labels, which are compared and counted for every row of the table.
    for name in ("cluster", "sample_id", "attribute"):
        codes, _ = pd.factorize(answers[name], sort=True)
        answers[name] = pd.Series(codes).where(codes >= 0)
    rows: list[tuple] = []
    for (proportion, subset), part in answers.groupby(["proportion", "subset"], sort=True):
        for run, group in part.groupby("seed", sort=True):
            rows.append((proportion, str(run), subset, *_numbers(group)))
        rows.append((proportion, POOLED, subset, *_numbers(part)))
    pairs = answers[answers["subset"].isin([ALIGNED, TWIN])]
    for proportion, part in pairs.groupby("proportion", sort=True):
        runs_of = {str(run): group for run, group in part.groupby("seed", sort=True)}
        for run, group in {**runs_of, POOLED: part}.items():
            rows += [(proportion, run, GAIN, *found) for found in _gain(group)]
    table = pd.DataFrame(rows, columns=list(TRADEOFF_COLUMNS))
    table = table.sort_values("proportion", kind="stable", ignore_index=True)
    return table.assign(attributes=table["attributes"].replace(0, pd.NA).astype("Int64"))


def _gain(answers: pd.DataFrame) -> list[tuple[int, int, int, float, float, float]]:
    """What the cue adds to the accuracy, if aligned images and their twins were asked about."""
    first, second = (answers[answers["subset"] == subset] for subset in (ALIGNED, TWIN))
    if first.empty or second.empty:
        return []
    found = clustered_difference(
        first["correct"], first["cluster"], second["correct"], second["cluster"]
    )
    return [_row(found, answers)]


def _numbers(answers: pd.DataFrame) -> tuple[int, int, int, float, float, float]:
    found: Estimate = clustered_share(answers["correct"], answers["cluster"])
    return _row(found, answers)


def _row(found: Estimate, answers: pd.DataFrame) -> tuple[int, int, int, float, float, float]:
    questions, attributes = answers["sample_id"].nunique(), answers["attribute"].nunique()
    return found.n, questions, attributes, found.value, found.low, found.high
