"""The evaluation sets of SpuriVerse: anchors, core and spurious groups, the non-spurious set."""

import logging
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.discovery.verification import group_samples
from spuriverse.problems import Problem
from spuriverse.tables import read_table, read_tables

log = logging.getLogger(__name__)

_ASKED = ["sample_id", "image", "question", "options", "answer"]


def sample_non_spurious(
    samples: pd.DataFrame,
    errors: pd.DataFrame,
    candidates: pd.DataFrame,
    types: pd.DataFrame,
    *,
    per_anchor: int,
    validation_samples: int,
    seed: int,
    drawn_anew: bool = False,
) -> pd.DataFrame:
    """Draw the non-spurious set and the pools for training and validation, disjoint by image.

    Errors, anchors and flagged samples are excluded; flagged is a sample that shows the attribute
    of a candidate although the answer it leads to is not right. The part `unselected` alone keeps
    the errors: the price of fine-tuning that same model must not be measured where it was right.
    Every benchmark has an equal share: the paper's shares are those of the anchors, which a
    benchmark without attribute tables cannot have.

    A sample is *aligned* if it shows an attribute that leads to its right answer, and *ordinary*
    otherwise; samples of another benchmark than the anchors' majority form a subset of their own.

    Args:
        samples: All `samples`, of every benchmark.
        errors: The error set of the source model.
        candidates: The `candidates` table.
        types: The `types` table; its anchors settle how many samples are drawn.
        per_anchor: Samples of the test part per anchor.
        validation_samples: Samples of the validation part, at most half of what remains.
        seed: Of the draw.
        drawn_anew: Whether images as those of the anchors' benchmark are drawn anew, so that it
            needs no unselected part.

    Returns:
        A `non_spurious` table: sample_id, subset, part.

    Raises:
        Problem: No type was verified, or no sample is left to draw from.
    """
    if types.empty:
        raise Problem(
            "No candidate was verified, so there is no type to evaluate or to fine-tune on; enlarge"
            " the benchmarks, or in the embedded world train the source model longer (zoo.steps) or"
            " enlarge its pool (benchmarks.world.independent)."
        )
    leads_to = dict(zip(candidates["attribute"], candidates["predicted"], strict=True))
    pool = samples[~samples["sample_id"].isin(types["sample_id"])].copy()
    right = [o[a] for o, a in zip(pool["options"], pool["answer"], strict=True)]
    shown = [{leads_to[a] for a in present if a in leads_to} for present in pool["attributes"]]
    flagged = [bool(answers - {answer}) for answers, answer in zip(shown, right, strict=True)]
    aligned = [answer in answers for answers, answer in zip(shown, right, strict=True)]
    home = _home_benchmark(samples, types)
    pool["subset"] = np.where(aligned, "aligned", "ordinary")
    pool.loc[pool["benchmark"] != home, "subset"] = pool["benchmark"]
    pool = pool[~np.array(flagged, dtype=bool)]
    pool["error"] = pool["sample_id"].isin(errors["sample_id"])
    if pool["error"].all():
        raise Problem("No sample is left for the non-spurious set; enlarge the benchmark pool.")
    if drawn_anew:
        pool = pool[~pool["error"] | (pool["benchmark"] != home)]
    keeping = set(pool["benchmark"]) - ({home} if drawn_anew else set())
    return _part_by_image(pool, len(types) * per_anchor, validation_samples, seed, keeping)


def evaluation_samples(
    types: pd.DataFrame,
    samples: pd.DataFrame,
    asked_groups: pd.DataFrame,
    non_spurious: pd.DataFrame,
) -> pd.DataFrame:
    """Return every question a model is evaluated on, with subset and cluster.

    The groups are the fresh images, which took no part in the choice of the types; where no
    candidate has any, they are those that decided, and a warning says so.

    Returns:
        Columns sample_id, subset, cluster, attribute, image, question, options, answer. The cluster
        is the type, or the image of a non-spurious sample; attribute that of the type, empty for
        non-spurious samples.
    """
    named = ["type_id", "attribute"]
    anchors = types[[*named, "sample_id"]].merge(samples, on="sample_id")
    anchors = anchors.assign(subset="anchor", cluster=anchors["type_id"])
    part = "fresh" if (asked_groups["part"] == "fresh").any() else "selection"
    if part == "selection":
        log.warning(
            "There are no fresh images, so the groups are those by which the types were selected"
        )
    groups = types[[*named, "candidate_id"]].merge(
        asked_groups[asked_groups["part"] == part], on="candidate_id"
    )
    groups = groups.assign(subset=groups["group"], cluster=groups["type_id"])
    ordinary = non_spurious[non_spurious["part"] == "test"].merge(samples, on="sample_id")
    ordinary = ordinary.assign(cluster=ordinary["image"], attribute="")
    columns = ["subset", "cluster", "attribute", *_ASKED]
    return pd.concat([t[columns] for t in (anchors, groups, ordinary)], ignore_index=True)


def limit_samples(samples: pd.DataFrame, limit: int | None, seed: int) -> pd.DataFrame:
    """Draw some of the samples, of every subset if they have any; a larger limit adds to them.

    Args:
        samples: Samples, with or without a column subset.
        limit: Most samples of a subset; None for all.
        seed: Of the draw.

    Returns:
        The rows that were drawn, in their order.
    """
    if limit is None:
        return samples
    rank = pd.Series(np.random.default_rng([seed, 6]).permutation(len(samples)), samples.index)
    subset = samples["subset"] if "subset" in samples else pd.Series("", samples.index)
    return samples[rank.groupby(subset).rank() <= limit].reset_index(drop=True)


def read_evaluation_samples(paths: Any, limit: int | None = None, seed: int = 0) -> pd.DataFrame:
    """Read what `evaluation_samples` needs, from a job's named input files.

    Args:
        paths: Has the attributes samples (several files), candidates, groups, types and
            non_spurious.
        limit: As in `limit_samples`.
        seed: As in `limit_samples`.

    Raises:
        Problem: As in `spuriverse.tables.read_table`.
    """
    samples = read_tables(paths.samples, "samples", _ASKED)
    candidates = read_table(paths.candidates, "candidates")
    asked = group_samples(candidates, samples, read_table(paths.groups, "groups"))
    types = read_table(paths.types, "types")
    ordinary = read_table(paths.non_spurious, "non_spurious")
    found = evaluation_samples(types, samples, asked, ordinary)
    return limit_samples(found, limit, seed)


def _home_benchmark(samples: pd.DataFrame, types: pd.DataFrame) -> str:
    anchors = samples[samples["sample_id"].isin(types["sample_id"])]
    return str(anchors["benchmark"].mode().iloc[0])


def _part_by_image(
    pool: pd.DataFrame, n_test: int, validation_samples: int, seed: int, keeping: set[str]
) -> pd.DataFrame:
    """Fill the parts in their order, an image at a time, benchmark by benchmark."""
    rng = np.random.default_rng([seed, 4])
    parts = []
    benchmarks = sorted(pool["benchmark"].unique())
    share = 1 / len(benchmarks)
    for benchmark in benchmarks:
        rows = pool[pool["benchmark"] == benchmark]
        images = rng.permutation(rows["image"].unique())
        rank = rows["image"].map({image: i for i, image in enumerate(images)})
        ordered = rows.assign(rank=rank).sort_values(["rank", "sample_id"])
        right = ordered[~ordered["error"]]
        test = right[_start_of_image(right) < min(round(share * n_test), len(right) // 2)]
        parts.append(test.assign(part="test"))
        ordered = ordered[ordered["rank"] > test["rank"].max()] if len(test) else ordered
        if benchmark in keeping:
            kept = _start_of_image(ordered) < min(round(share * n_test), len(ordered) // 3)
            parts.append(ordered[kept].assign(part="unselected"))
            ordered = ordered[~kept]
        ordered = ordered[~ordered["error"]]
        n_validation = min(round(share * validation_samples), len(ordered) // 2)
        part = np.where(_start_of_image(ordered) < n_validation, "validation", "train")
        parts.append(ordered.assign(part=part))
    return pd.concat(parts)[["sample_id", "subset", "part"]].reset_index(drop=True)


def _start_of_image(ordered: pd.DataFrame) -> pd.Series:
    """For every row, the place at which the rows of its image begin."""
    place = pd.Series(np.arange(len(ordered)), index=ordered.index)
    return place.groupby(ordered["rank"]).transform("min")
