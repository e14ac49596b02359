"""The annotator that needs pictures, questions and answers alone: regions that go with errors.

Clusters of regions stand in the place of attributes (in the sense of RaVL, arXiv 2411.04097). They
are chosen on one half of the pictures and tested on the other by the statistical annotator; what
they are depends on no answer.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spuriverse.discovery.curation.annotation import (
    LEAST_PRESENT,
    choose_candidates,
    propose_attributes,
)
from spuriverse.discovery.curation.region_sizes import Encoder, cluster_regions, readable_pictures
from spuriverse.discovery.curation.windows import WHOLE
from spuriverse.problems import Problem
from spuriverse.tables import SHOWN_SHARE

log = logging.getLogger(__name__)

FEWEST_QUESTIONS = 50
"""Below this, half of the questions leave no cluster enough pictures for a test."""

SCREENING_RATE = 0.5
"""Level of the false-discovery rate in the half that chooses, and in the other for what edits can
try: they are a test of their own, and half of what comes before it may be chance."""

_CLUSTERS_SHARE = 1 / 2
"""Of the least effect of an attribute, what is asked of its clusters: they show it in part, and
other things besides. What the thing itself does is for edits to say."""

_LEAST_PRESENT = LEAST_PRESENT // 2
"""Least samples that show a cluster, in either half: together as many as an attribute needs."""

REGION_COLUMNS = [
    *("attribute", "wrong", "image", "exemplar", "share"),
    *("size", "distance", "left", "top", "right", "bottom"),
]


@dataclass(frozen=True)
class Suspicion:
    """Clusters of regions that occur together and go with the same wrong answer.

    Attributes:
        attribute: "region:" and a number.
        wrong: The wrong answer.
        clusters: The clusters, in order.
    """

    attribute: str
    wrong: str
    clusters: tuple[int, ...]


@dataclass(frozen=True)
class Annotated:
    """What the annotator `regions` makes.

    Attributes:
        candidates: A `candidates` table.
        proposals: A `proposals` table: the tests on the half that chose nothing. Regions whose
            q-value exceeds the level are there to be tried by edits.
        regions: A `regions` table.
    """

    candidates: pd.DataFrame
    proposals: pd.DataFrame
    regions: pd.DataFrame


def annotate_with_regions(
    samples: pd.DataFrame,
    responses: pd.DataFrame,
    errors: pd.DataFrame,
    encoder: Encoder,
    *,
    sizes: Sequence[float],
    clusters: int,
    overlap: float,
    exemplars: int,
    false_discovery_rate: float,
    minimum_effect: float,
    anchors_per_attribute: int,
    seed: int,
    least_attributes: int = 0,
) -> Annotated:
    """Propose regions of pictures as what leads to wrong answers.

    Clusters are found in all pictures, without a look at any answer. On one half of the pictures
    the statistical annotator chooses those that go with a wrong answer. Those of one wrong answer
    that occur together are one suspicion. The other half tests the suspicions, each with its wrong
    answer alone. Then the halves change places.

    Args:
        samples: A `samples` table; its column `attributes` is not looked at.
        responses: A `responses` table of one model and one strategy over these samples.
        errors: As `collect_errors` returns them.
        encoder: What it makes of pictures.
        sizes: As in `cluster_regions`.
        clusters: As in `cluster_regions`.
        overlap: Clusters occur together if the pictures that show both are more than this share of
            those that show the rarer one.
        exemplars: Pictures per suspicion that are marked as its exemplars.
        false_discovery_rate: As in `propose_attributes`, in each half.
        minimum_effect: As in `propose_attributes`, of attributes; of clusters, which stand for them
            in part, half of it is asked in each half.
        anchors_per_attribute: As in `choose_candidates`.
        seed: Settles the halves, the clusters and the anchors; the order of rows does not matter.
        least_attributes: As in `propose_attributes`, in each half.

    Returns:
        Candidates whose attribute is "region:" and a number, and the tables behind them.

    Raises:
        Problem: No picture can be read, there are too few questions, all or none were answered
            rightly, or nothing is found.
    """
    ordered = samples.sort_values("sample_id", ignore_index=True)
    _check_answers(ordered, responses)
    images = readable_pictures(list(dict.fromkeys(ordered["image"])))
    ordered = ordered[ordered["image"].isin(set(images))].reset_index(drop=True)
    _check_answers(ordered, responses)
    halves = _split(images, seed)
    found = cluster_regions(images, encoder, sizes=sizes, clusters=clusters, seed=seed)
    clusters_shown = _clusters_shown(found)
    rates = _Rates(false_discovery_rate, _CLUSTERS_SHARE * minimum_effect, least_attributes)
    tried: list[_Tried] = []
    for half in halves:
        chooses = ordered["image"].isin(set(half))
        shown = _with_attributes(ordered[chooses], clusters_shown)
        suspicions = choose_suspicions(
            shown,
            responses,
            found,
            rates,
            overlap=overlap,
            first=sum(len(suspected) for suspected, *_ in tried),
        )
        present = _suspicions_shown(found, suspicions)
        fresh = _with_attributes(ordered[~chooses], present)
        tried.append((suspicions, present, _confirm(fresh, responses, suspicions, rates)))
    whole = set(found.loc[found["size"] == WHOLE, "cluster"].unique())
    level = 1.0 if least_attributes else false_discovery_rate
    proposals, present = _strongest(tried, overlap, whole, level)
    if not (proposals["q_value"] <= level).any():
        raise Problem(
            f"Of {sum(len(t[0]) for t in tried)} suspicions from one half of the pictures none"
            f" shows on the other, in {len(ordered)} questions, so there is no candidate; ask more"
            " questions or lower curation.minimum_effect."
        )
    mistaken = errors.sort_values("sample_id", ignore_index=True)
    mistaken = mistaken[mistaken["image"].isin(set(images))]
    candidates = choose_candidates(
        _with_attributes(mistaken, present),
        proposals,
        anchors_per_attribute=anchors_per_attribute,
        seed=seed,
        annotator="regions",
    )
    kept = [
        _tabulate_regions(found, suspicion, mistaken, exemplars)
        for suspicions, *_ in tried
        for suspicion in suspicions
        if suspicion.attribute in set(proposals["attribute"])
    ]
    return Annotated(candidates, proposals, pd.concat(kept, ignore_index=True))


@dataclass(frozen=True)
class _Rates:
    false_discovery_rate: float
    minimum_effect: float
    least_attributes: int


_Tried = tuple[list[Suspicion], dict[str, list[str]], pd.DataFrame]
"""Suspicions of one half, what every picture shows of them, and their tests on the other."""


def choose_suspicions(
    samples: pd.DataFrame,
    responses: pd.DataFrame,
    found: pd.DataFrame,
    rates: _Rates,
    *,
    overlap: float,
    first: int = 0,
) -> list[Suspicion]:
    """Return the clusters that go with a wrong answer, those that occur together as one.

    Args:
        samples: Samples of the half that chooses, with their clusters as attributes.
        responses: As in `annotate_with_regions`.
        found: As `cluster_regions` returns it.
        rates: What is asked of the tests on the other half.
        overlap: As in `annotate_with_regions`.
        first: Number of the suspicions so far.
    """
    chosen = propose_attributes(
        samples,
        responses,
        false_discovery_rate=max(SCREENING_RATE, rates.false_discovery_rate),
        minimum_effect=rates.minimum_effect,
        least_attributes=rates.least_attributes,
        least_present=_LEAST_PRESENT,
    )
    whole = set(found.loc[found["size"] == WHOLE, "cluster"].unique())
    images = set(samples["image"])
    shows = {
        cluster: set(rows) & images
        for cluster, rows in found[found["cluster"].isin(_numbers(chosen["attribute"]))].groupby(
            "cluster", observed=True
        )["image"]
    }
    groups: list[tuple[str, tuple[int, ...]]] = []
    for wrong, part in chosen.groupby("wrong", sort=False):
        clusters = _numbers(part["attribute"])
        local = [cluster for cluster in clusters if cluster not in whole]
        groups += [(wrong, (cluster,)) for cluster in clusters if cluster in whole]
        groups += [(wrong, together) for together in _together(local, shows, overlap)]
    rank = {cluster: number for number, cluster in enumerate(_numbers(chosen["attribute"]))}
    groups.sort(key=lambda group: min(rank[cluster] for cluster in group[1]))
    return [
        Suspicion(f"region:{number}", wrong, tuple(sorted(clusters)))
        for number, (wrong, clusters) in enumerate(groups, first + 1)
    ]


def _check_answers(samples: pd.DataFrame, responses: pd.DataFrame) -> None:
    if len(samples) < FEWEST_QUESTIONS:
        raise Problem(
            f"There are only {len(samples)} questions with readable pictures, and below"
            f" {FEWEST_QUESTIONS} no test can tell a shortcut from chance; ask more, or look at"
            " the errors one by one on the review page (curation.annotator: lvlm)."
        )
    choice = responses.set_index("sample_id")["choice"].reindex(samples["sample_id"])
    right = (choice.to_numpy(dtype=float, na_value=np.nan) == samples["answer"]).sum()
    if right == len(samples):
        raise Problem(
            f"All {len(samples)} questions were answered rightly, so no region of a picture leads"
            " to a wrong answer; ask harder questions."
        )
    if right == 0:
        raise Problem(
            f"None of {len(samples)} questions was answered rightly, so wrong answers cannot be"
            " compared with right ones; check how the model is asked."
        )


def _split(images: Sequence[str], seed: int) -> tuple[list[str], list[str]]:
    """Two halves of the pictures; questions about one picture stay together."""
    order = np.random.default_rng([seed, 13]).permutation(len(images))
    middle = len(images) // 2
    first, second = ([images[i] for i in np.sort(part)] for part in np.split(order, [middle]))
    return first, second


def _confirm(
    samples: pd.DataFrame,
    responses: pd.DataFrame,
    suspicions: Sequence[Suspicion],
    rates: _Rates,
) -> pd.DataFrame:
    return propose_attributes(
        samples,
        responses,
        false_discovery_rate=max(SCREENING_RATE, rates.false_discovery_rate),
        minimum_effect=rates.minimum_effect,
        least_attributes=rates.least_attributes,
        suspected={s.attribute: s.wrong for s in suspicions},
        least_present=_LEAST_PRESENT,
    )


def _strongest(
    tried: Sequence[_Tried], overlap: float, whole: Collection[int], level: float
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Join both halves; of suspicions that are shown together the strongest stays.

    A region goes before what whole pictures have in common, since it can be tried; of the latter
    no test but this one will say whether they are chance.
    """
    joined: dict[str, list[str]] = {}
    for _, present, _ in tried:
        for image, attributes in present.items():
            joined.setdefault(image, []).extend(attributes)
    shows: dict[str, set[str]] = {}
    for image, attributes in joined.items():
        for attribute in attributes:
            shows.setdefault(attribute, set()).add(image)
    table = pd.concat([proposals for *_, proposals in tried], ignore_index=True)
    vague = {s.attribute for suspicions, *_ in tried for s in suspicions if s.clusters[0] in whole}
    table = table.assign(vague=table["attribute"].isin(vague))
    table = table[~table["vague"] | (table["q_value"] <= level)].sort_values(
        ["vague", "q_value", "effect", "attribute"], ascending=[True, True, False, True]
    )
    kept: list[tuple[str, str]] = []
    for attribute, wrong in zip(table["attribute"], table["wrong"], strict=True):
        if not any(
            wrong == known and _overlap(shows[attribute], shows[other]) > overlap
            for other, known in kept
        ):
            kept.append((attribute, wrong))
    names = {attribute for attribute, _ in kept}
    table = table[table["attribute"].isin(names)].drop(columns="vague")
    table = table.sort_values(["effect", "attribute"], ascending=[False, True], ignore_index=True)
    shown = {image: [a for a in found if a in names] for image, found in joined.items()}
    return table, shown


def _overlap(a: set[str], b: set[str]) -> float:
    """Pictures in both, as a share of the smaller set."""
    return len(a & b) / max(1, min(len(a), len(b)))


def _clusters_shown(found: pd.DataFrame) -> dict[str, list[str]]:
    pairs = found[["image", "cluster"]].drop_duplicates()
    names = "region:" + pairs["cluster"].astype(str)
    return names.groupby(pairs["image"].astype(str)).agg(list).to_dict()


def _with_attributes(samples: pd.DataFrame, shown: Mapping[str, list[str]]) -> pd.DataFrame:
    return samples.assign(attributes=[shown.get(image, []) for image in samples["image"]])


def _numbers(attributes: pd.Series) -> list[int]:
    return [int(attribute.partition(":")[2]) for attribute in attributes]


def _together(
    clusters: Sequence[int], shows: Mapping[int, set[str]], overlap: float
) -> list[tuple[int, ...]]:
    """Join clusters by the mean of their overlaps, so that no chain joins what never meets."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(clusters) < 2:
        return [tuple(clusters)] if clusters else []
    shared = [[_overlap(shows[a], shows[b]) for b in clusters] for a in clusters]
    apart = 1 - np.array(shared)
    np.fill_diagonal(apart, 0)
    labels = fcluster(linkage(squareform(apart), "average"), 1 - overlap, "distance")
    return [
        tuple(c for c, own in zip(clusters, labels, strict=True) if own == label)
        for label in dict.fromkeys(labels)
    ]


def _shares(found: pd.DataFrame, suspicion: Suspicion) -> pd.DataFrame:
    """The regions of a suspicion, with the share of its clusters that their picture shows."""
    rows = found[found["cluster"].isin(suspicion.clusters)]
    counts = rows.groupby("image", observed=True)["cluster"].nunique()
    share = rows["image"].map(counts).astype(float) / len(suspicion.clusters)
    return rows.assign(image=rows["image"].astype(str), share=share)


def _suspicions_shown(found: pd.DataFrame, suspicions: Sequence[Suspicion]) -> dict[str, list[str]]:
    shown: dict[str, list[str]] = {}
    for suspicion in suspicions:
        rows = _shares(found, suspicion)
        for image in rows.loc[rows["share"] >= SHOWN_SHARE, "image"].unique():
            shown.setdefault(image, []).append(suspicion.attribute)
    return shown


def _tabulate_regions(
    found: pd.DataFrame, suspicion: Suspicion, errors: pd.DataFrame, exemplars: int
) -> pd.DataFrame:
    rows = _shares(found, suspicion)
    misled = set(errors.loc[errors["predicted"] == suspicion.wrong, "image"])
    best = rows[rows["image"].isin(misled)].groupby("image")
    ranked = best.agg({"share": "max", "distance": "min"}).reset_index()
    ranked = ranked.sort_values(["share", "distance", "image"], ascending=[False, True, True])
    rank = {image: n for n, image in enumerate(ranked["image"].head(exemplars), 1)}
    rows = rows.assign(
        attribute=suspicion.attribute,
        wrong=suspicion.wrong,
        exemplar=rows["image"].map(rank).fillna(0).astype("int64"),
    )
    numbers = ["share", "size", "distance", "left", "top", "right", "bottom"]
    table = rows.sort_values(["image", "size", "top", "left"])[REGION_COLUMNS]
    return table.astype(dict.fromkeys(numbers, "float64"))
