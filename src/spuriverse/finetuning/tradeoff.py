"""The table behind the trade-off figure."""

from collections.abc import Mapping

import pandas as pd

from spuriverse.evaluation import mark_responses
from spuriverse.statistics import accuracy

TRADEOFF_COLUMNS = ("proportion", "seed", "subset", "n", "accuracy", "low", "high")
BASE = "base"
POOLED = "all"
HELD_OUT = {"spurious": "spurious_held_out", "core": "core_held_out", "anchor": "anchor_held_out"}


def held_out_samples(asked: pd.DataFrame, splits: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the evaluation samples of one split: its held-out types, and the non-spurious set.

    Args:
        asked: As `spuriverse.evaluation.evaluation_samples` returns it.
        splits: A `splits` table.
        seed: Which split.
    """
    test = splits.loc[(splits["seed"] == seed) & (splits["part"] == "test"), "type_id"]
    return asked[~asked["subset"].isin(HELD_OUT) | asked["cluster"].isin(test)]


def held_out_responses(
    asked: pd.DataFrame, responses: pd.DataFrame, splits: pd.DataFrame, seed: int
) -> pd.DataFrame:
    """Mark every response right or wrong, on held-out types and on the non-spurious set.

    Args:
        asked: As `spuriverse.evaluation.evaluation_samples` returns it.
        responses: A `responses` table of one model; failed requests are left out.
        splits: A `splits` table.
        seed: Which split.

    Returns:
        Columns seed, subset, cluster, sample_id, correct.
    """
    joined = mark_responses(held_out_samples(asked, splits, seed), responses)
    joined["subset"] = joined["subset"].replace(HELD_OUT)
    joined["seed"] = seed
    return joined[["seed", "subset", "cluster", "sample_id", "correct"]]


def tabulate_tradeoff(
    runs: Mapping[tuple[str, int], pd.DataFrame], *, seed: int, resamples: int
) -> pd.DataFrame:
    """Accuracy by proportion, seed and subset, with 95 % intervals.

    A row of one seed bootstraps types (images, for the non-spurious subsets); a row of all seeds
    bootstraps types and seeds, crossed.

    Args:
        runs: (proportion or "base", seed) -> as `held_out_responses` returns it.
        seed: Of the bootstrap.
        resamples: Bootstrap resamples.

    Returns:
        The columns of `TRADEOFF_COLUMNS`; n counts responses.
    """
    frames = [
        frame.assign(proportion=proportion) for (proportion, _), frame in sorted(runs.items())
    ]
    answers = pd.concat(frames, ignore_index=True)
    rows = []
    for (proportion, subset), part in answers.groupby(["proportion", "subset"], sort=True):
        for run, group in part.groupby("seed", sort=True):
            estimate = accuracy(group["correct"], group["cluster"], seed=seed, resamples=resamples)
            rows.append((proportion, str(run), subset, *_numbers(estimate)))
        pooled = accuracy(
            part["correct"], part["cluster"], part["seed"], seed=seed, resamples=resamples
        )
        rows.append((proportion, POOLED, subset, *_numbers(pooled)))
    return pd.DataFrame(rows, columns=list(TRADEOFF_COLUMNS))


def _numbers(estimate) -> tuple[int, float, float, float]:  # type: ignore[no-untyped-def]
    return estimate.n, estimate.value, estimate.low, estimate.high
