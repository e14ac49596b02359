"""The worlds in which estimators are simulated, as much like the measured ones as is known.

Answers on one attribute go together: the correlation within an attribute was measured between 0 and
.6, in splits of 8 and runs of some 40 attributes with about 30 questions each. Accuracies of
attributes are beta variables, whose answers have just this correlation.
"""

import math
from collections.abc import Iterator
from functools import cache, partial
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spuriverse.statistics.bootstrap import Estimate, cluster_bootstrap
from spuriverse.statistics.coverage import Scenario
from spuriverse.statistics.crossed import crossed_share
from spuriverse.statistics.discrete import discrete_q_values
from spuriverse.statistics.exact import fisher_one_sided
from spuriverse.statistics.exchange import exchange_pairs
from spuriverse.statistics.jackknife import (
    clustered_difference,
    clustered_mean,
    clustered_share,
    independent_difference,
)
from spuriverse.statistics.paired import holm, mcnemar_clustered
from spuriverse.statistics.separation import roc_area
from spuriverse.statistics.sequential import independent_e_process, paired_e_process
from spuriverse.statistics.splits import mean_over_splits
from spuriverse.statistics.stratified import stratified_bootstrap
from spuriverse.statistics.unconditional import exact_difference, exact_paired_difference

QUESTIONS = 30
RESAMPLES = 500
CLUSTERS = (2, 4, 8, 20, 40)
LEVEL = 0.05
TYPES = 9

Rng = np.random.Generator
Floats = NDArray[np.float64]


def all_scenarios() -> list[Scenario]:
    """Return the scenarios of every estimator in use."""
    makers = (
        _shares,
        _crossed,
        _differences,
        _means,
        _areas,
        _exact,
        _tests,
        _e_processes,
        _splits,
    )
    return [scenario for maker in makers for scenario in maker()]


def _holds(found: Estimate, truth: float) -> bool | None:
    return None if math.isnan(found.low) else found.low <= truth <= found.high


def _levels(rng: Rng, share: float, correlation: float, clusters: int) -> Floats:
    strength = (1 - correlation) / correlation
    return rng.beta(share * strength, (1 - share) * strength, clusters)


def _answers(rng: Rng, levels: Floats, size: int = QUESTIONS) -> tuple[Floats, NDArray[np.int64]]:
    labels = np.repeat(np.arange(len(levels)), size)
    return (rng.random(labels.size) < levels[labels]).astype(float), labels


def _shares() -> Iterator[Scenario]:
    grid = product((0.1, 0.5), (0.05, 0.3, 0.6), CLUSTERS)
    for share, correlation, clusters in grid:
        design = f"share {share} with correlation {correlation}"
        world = (share, correlation, clusters)
        yield Scenario("clustered_share", design, clusters, partial(_share, False, *world))
        yield Scenario("cluster_bootstrap", design, clusters, partial(_share, True, *world))


def _share(drawn: bool, share: float, correlation: float, clusters: int, rng: Rng) -> bool | None:
    answers, labels = _answers(rng, _levels(rng, share, correlation, clusters))
    if drawn:
        return _holds(cluster_bootstrap(answers, labels, seed=0, resamples=RESAMPLES), share)
    return _holds(clustered_share(answers, labels), share)


def _crossed() -> Iterator[Scenario]:
    for share, attributes in product((0.1, 0.7), (20, 40)):
        design = f"share {share} by five base models"
        yield Scenario("crossed_share", design, attributes, partial(_models_by, share, attributes))


def _models_by(share: float, attributes: int, rng: Rng) -> bool | None:
    """Log odds differ between base models, between attributes, and between pairs of both."""
    levels = np.log(share / (1 - share)) + rng.normal(0, 0.4, (5, 1))
    levels = levels + rng.normal(0, 1, attributes) + rng.normal(0, 0.5, (5, attributes))
    correct = (rng.random((5, attributes, 10)) < 1 / (1 + np.exp(-levels))[..., None]).ravel()
    model, attribute = np.indices((5, attributes, 10))[:2].reshape(2, -1)
    return _holds(crossed_share(correct.astype(float), model, attribute), _average(share))


@cache
def _average(share: float) -> float:
    """The share over all base models and attributes, of log odds that differ as above."""
    from scipy.stats import norm

    places = (np.arange(20_000) + 0.5) / 20_000
    spread = math.sqrt(0.4**2 + 1 + 0.5**2)
    odds = np.log(share / (1 - share)) + spread * norm.ppf(places)
    return float((1 / (1 + np.exp(-odds))).mean())


def _differences() -> Iterator[Scenario]:
    for clusters in CLUSTERS:
        yield Scenario(
            "clustered_difference",
            "0.4 of 0.8 is lost on the same attributes",
            clusters,
            partial(_paired, 0.8, 0.4, clusters),
        )
        yield Scenario(
            "clustered_difference",
            "0.05 of 0.95 is lost on the same attributes",
            clusters,
            partial(_paired, 0.95, 0.05, clusters),
        )
        yield Scenario(
            "independent_difference",
            "0.95 of 250 images less 0.2 on attributes",
            clusters,
            partial(_drop, clusters),
        )


def _paired(first: float, lost: float, clusters: int, rng: Rng) -> bool | None:
    """Attributes differ in level and in what the second answers lose of it."""
    level = rng.beta(8 * first, 8 * (1 - first), clusters)
    kept = rng.beta(8 * (1 - lost), 8 * lost, clusters)
    (before, labels), (after, _) = _answers(rng, level), _answers(rng, level * kept)
    return _holds(clustered_difference(before, labels, after, labels), first * lost)


def _drop(clusters: int, rng: Rng) -> bool | None:
    images = (rng.random(250) < 0.95).astype(float)
    answers, labels = _answers(rng, _levels(rng, 0.2, 0.3, clusters))
    usual = clustered_share(images, np.arange(images.size))
    return _holds(independent_difference(usual, clustered_share(answers, labels)), 0.75)


def _means() -> Iterator[Scenario]:
    for clusters in (4, 8, 15, 50):
        design = "mean gap of ten images and five candidates per attribute"
        yield Scenario("clustered_mean", design, clusters, partial(_gap, False, clusters))
        yield Scenario("cluster_bootstrap", design, clusters, partial(_gap, True, clusters))
        design = "mean of an exponential variable that clusters share by half"
        yield Scenario("clustered_mean", design, clusters, partial(_skewed, clusters))
    for clusters in (6, 12):
        design = f"macro average of {TYPES} types with five questions per cluster"
        yield Scenario("stratified_bootstrap", design, clusters, partial(_macro, clusters))


def _gap(drawn: bool, clusters: int, rng: Rng) -> bool | None:
    """Attributes differ in their gap; a candidate's gap is that of ten pairs of images."""
    true = rng.beta(2, 2, clusters)
    labels = np.repeat(np.arange(clusters), 5)
    gaps = rng.binomial(10, true[labels]) / 10 - rng.binomial(10, 0.05, labels.size) / 10
    if drawn:
        return _holds(cluster_bootstrap(gaps, labels, seed=0, resamples=RESAMPLES), 0.45)
    return _holds(clustered_mean(gaps, labels), 0.45)


def _skewed(clusters: int, rng: Rng) -> bool | None:
    """As log-likelihoods differ, and numbers of images: some clusters lie far out on one side."""
    labels = np.repeat(np.arange(clusters), 5)
    values = rng.exponential(1, clusters)[labels] + rng.exponential(1, labels.size)
    return _holds(clustered_mean(values, labels), 2.0)


def _macro(clusters: int, rng: Rng) -> bool | None:
    centres = np.linspace(0.1, 0.5, TYPES)
    parts = [_answers(rng, _levels(rng, centre, 0.3, clusters), 5) for centre in centres]
    answers, labels = (np.concatenate(part) for part in zip(*parts, strict=True))
    strata = np.repeat(np.arange(TYPES), clusters * 5)
    found = stratified_bootstrap(answers, strata, labels, seed=0, resamples=RESAMPLES)
    return _holds(found.mean, float(centres.mean()))


def _areas() -> Iterator[Scenario]:
    for clusters in (15, 30):
        design = "fooled answers lie 0.7 deviations above right ones"
        yield Scenario("roc_area", design, clusters, partial(_area, clusters))


def _area(clusters: int, rng: Rng) -> bool | None:
    from scipy.stats import norm

    labels = np.repeat(np.arange(clusters), 4)
    positive = rng.random(labels.size) < 0.6
    common = rng.normal(0, 0.5, clusters)[labels]
    values = common + rng.normal(0, 1, labels.size) + 0.7 * positive
    found = roc_area(values, positive, labels, seed=0, resamples=RESAMPLES)
    # Of pairs of different attributes, whose values differ with a variance of 2 (1 + 0.25).
    return None if found is None else _holds(found, float(norm.cdf(0.7 / math.sqrt(2.5))))


def _exact() -> Iterator[Scenario]:
    for images, spurious in product((10, 20), (0.9, 0.6, 0.2)):
        design = f"0.9 of {images} core and {spurious} of {images} spurious images"
        yield Scenario("exact_difference", design, None, partial(_groups, images, spurious))
        design = f"0.9 of {images} core images and a share of {0.9 - spurious:.1f} falls"
        yield Scenario("exact_paired_difference", design, None, partial(_pairs, images, spurious))


@cache
def _interval(counts: tuple[int, ...], paired: bool) -> tuple[float, float]:
    return exact_paired_difference(*counts) if paired else exact_difference(*counts)


def _groups(images: int, spurious: float, rng: Rng) -> bool:
    counts = (rng.binomial(images, 0.9), images, rng.binomial(images, spurious), images)
    low, high = _interval(tuple(map(int, counts)), False)
    return low <= 0.9 - spurious <= high


def _discordant(rng: Rng, images: int, spurious: float) -> tuple[int, int]:
    """Pairs in which only the core, and only the spurious image is answered rightly."""
    kept = 0.05
    lost = 0.9 - spurious + kept
    only_core, only_spurious, _ = rng.multinomial(images, (lost, kept, 1 - lost - kept))
    return int(only_core), int(only_spurious)


def _pairs(images: int, spurious: float, rng: Rng) -> bool:
    low, high = _interval((*_discordant(rng, images, spurious), images), True)
    return low <= 0.9 - spurious <= high


def _tests() -> Iterator[Scenario]:
    error: Literal["error rate"] = "error rate"
    for images, share in product((10, 20), (0.5, 0.9)):
        design = f"{share} of {images} images right in either group"
        yield Scenario("fisher_one_sided", design, None, partial(_fisher, images, share), error)
        design = f"{2 * share * (1 - share):.2f} of {images} pairs are discordant"
        yield Scenario("exchange_pairs", design, None, partial(_exchange, images, share), error)
    for clusters in (8, 20, 40):
        design = "two models are equally often right on five questions per cluster"
        yield Scenario("mcnemar_clustered", design, clusters, partial(_models, clusters), error)
    for candidates in (20, 200):
        design = f"three models keep any of {candidates} candidates without a gap"
        yield Scenario("discrete_q_values", design, None, partial(_nothing, candidates), error)
    design = "any of twenty true hypotheses is rejected"
    yield Scenario("holm", design, None, _family, error)


def _fisher(images: int, share: float, rng: Rng) -> bool:
    right = rng.binomial(images, share, 2)
    return bool(fisher_one_sided([right[0]], images, [right[1]], images)[0] <= LEVEL)


def _exchange(images: int, share: float, rng: Rng) -> bool:
    """Two models mostly agree; the larger of their gaps is tested."""
    gaps, known = _gapless(rng, images, share, models=2)
    chances = exchange_pairs(gaps[None], known[None])[0]
    return bool(chances.of((gaps.sum(1) / known).max()) <= LEVEL)


def _gapless(
    rng: Rng, images: int, share: float, models: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Differences of pairs whose images are as hard, and how many there are."""
    right = (rng.random((2, 1, images)) < share) ^ (rng.random((2, models, images)) < 0.05)
    return right[0].astype(int) - right[1], np.full(models, images)


def _nothing(candidates: int, rng: Rng) -> bool:
    """Candidates differ in how hard their images are, and no gap below .3 counts."""
    p_values, attainable = [], []
    for share in rng.uniform(0.5, 1, candidates):
        gaps, known = _gapless(rng, 10, share, models=3)
        chances = exchange_pairs(gaps[None], known[None])[0]
        largest = (gaps.sum(1) / known).max()
        p_values.append(float(chances.of(largest)) if largest > 0.3 else 1.0)
        attainable.append(chances.beyond(0.3))
    return bool((discrete_q_values(p_values, attainable) <= LEVEL).any())


def _models(clusters: int, rng: Rng) -> bool:
    levels = rng.permuted(rng.beta(2, 2, (clusters, 2)), axis=1)
    (first, labels), (second, _) = _answers(rng, levels[:, 0], 5), _answers(rng, levels[:, 1], 5)
    return mcnemar_clustered(first, second, labels) <= LEVEL


def _family(rng: Rng) -> bool:
    return bool((holm(rng.random(20)) <= LEVEL).any())


def _e_processes() -> Iterator[Scenario]:
    for share in (0.5, 0.9):
        design = f"above 20 after any of eight batches with {share} right in either group"
        yield Scenario("independent_e_process", design, None, partial(_e, share), "error rate")
        yield Scenario("paired_e_process", design, None, partial(_paired_e, share), "error rate")


def _e(share: float, rng: Rng) -> bool:
    core, spurious = rng.binomial(2, share, (2, 8))
    two = np.full(8, 2)
    return bool(independent_e_process(core, two, spurious, two).max() >= 1 / LEVEL)


def _paired_e(share: float, rng: Rng) -> bool:
    core, spurious = rng.random((2, 8, 2)) < share
    only_core, only_spurious = (core & ~spurious).sum(-1), (~core & spurious).sum(-1)
    return bool(paired_e_process(only_core, only_spurious).max() >= 1 / LEVEL)


def _splits() -> Iterator[Scenario]:
    for folds, seeds, attributes in ((4, 2, 32), (4, 2, 64)):
        design = f"{folds} folds in rotation and {seeds} seeds"
        yield Scenario(
            "mean_over_splits", design, attributes, partial(_rotated, folds, seeds, attributes)
        )


def _rotated(folds: int, seeds: int, attributes: int, rng: Rng) -> bool | None:
    """What a split shows depends on what it holds out, and a little on what it trains on."""
    held_out, trained = rng.normal(0, 2, attributes), rng.normal(0, 1, attributes)
    values = []
    for _ in range(seeds):
        order = rng.permutation(attributes)
        for fold in range(folds):
            out = order[fold::folds]
            rest = np.setdiff1d(order, out)
            questions = rng.normal(0, 1, len(out))
            values.append((held_out[out] + questions).mean() + trained[rest].mean())
    return _holds(mean_over_splits(values, test_to_train=1 / (folds - 1)), 0.0)
