"""Clusters of regions that look alike."""

from dataclasses import dataclass

import numpy as np

_COMPONENTS = 24
_FITTED = 30_000
"""Most regions that clusters are fitted to: enough for hundreds of clusters, and soon done."""
_PER_CLUSTER = 20
"""Least regions per cluster, on average."""
_ROUNDS = 15
_AT_ONCE = 20_000


@dataclass(frozen=True)
class Clusters:
    """Clusters in the principal components of standardised features.

    Attributes:
        centre: Mean of every feature, shape (width,).
        axes: Standardises and projects, shape (width, components).
        means: The clusters, shape (k, components).
    """

    centre: np.ndarray
    axes: np.ndarray
    means: np.ndarray

    def assign(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the cluster of every region, and the squared distance to its mean.

        Args:
            features: Shape (n, width).
        """
        parts = [
            _nearest((part - self.centre) @ self.axes, self.means) for part in _in_parts(features)
        ]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def fit_clusters(features: np.ndarray, clusters: int, seed: int) -> Clusters:
    """Fit clusters to the features of regions, by principal components and k-means.

    Args:
        features: Shape (n, width).
        clusters: Most clusters; there are fewer where they would hold few regions each.
        seed: Settles which regions are fitted to, and where k-means starts.
    """
    rng = np.random.default_rng([seed, 7])
    chosen = features[np.sort(rng.permutation(len(features))[:_FITTED])].astype(np.float64)
    centre, spread = chosen.mean(axis=0), chosen.std(axis=0)
    scale = 1 / np.where(spread > 1e-9, spread, np.inf)
    standard = (chosen - centre) * scale
    _, vectors = np.linalg.eigh(standard.T @ standard)
    axes = scale[:, None] * vectors[:, ::-1][:, :_COMPONENTS]
    points = (chosen - centre) @ axes
    # More clusters than different regions would leave some of them empty.
    wanted = min(clusters, max(2, len(points) // _PER_CLUSTER), len(np.unique(points, axis=0)))
    means = _spread_starts(points, wanted, rng)
    for _ in range(_ROUNDS):
        means = _means_of(points, _nearest(points, means)[0], means)
    return Clusters(centre, axes, means)


def _spread_starts(points: np.ndarray, wanted: int, rng: np.random.Generator) -> np.ndarray:
    """Choose starting points far from each other: k-means++ (Arthur and Vassilvitskii 2007)."""
    chosen = [int(rng.integers(len(points)))]
    nearest = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < wanted:
        chosen.append(int(rng.choice(len(points), p=nearest / nearest.sum())))
        nearest = np.minimum(nearest, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return points[chosen]


def _means_of(points: np.ndarray, labels: np.ndarray, before: np.ndarray) -> np.ndarray:
    """The mean of each cluster's points; one without any stays where it was."""
    counts = np.bincount(labels, minlength=len(before))
    weights = np.zeros_like(before)
    np.add.at(weights, labels, points)
    return np.where(counts[:, None] > 0, weights / np.maximum(counts, 1)[:, None], before)


def _nearest(points: np.ndarray, means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest mean of each point, and the squared distance to it."""
    squares = (points**2).sum(axis=1)[:, None] + (means**2).sum(axis=1)[None]
    distance = squares - 2 * points @ means.T
    return distance.argmin(axis=1), np.maximum(distance.min(axis=1), 0)


def _in_parts(features: np.ndarray) -> list[np.ndarray]:
    return [features[i : i + _AT_ONCE] for i in range(0, max(1, len(features)), _AT_ONCE)]
