"""Whether two sets of vectors come from one distribution."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spuriverse.problems import Problem


@dataclass(frozen=True)
class Discrepancy:
    """How far two distributions are apart.

    Attributes:
        value: The squared maximum mean discrepancy, unbiased: 0 on average for equal distributions,
            and below it by chance.
        p_value: Share of permutations that are at least as far apart, the data counted as one.
    """

    value: float
    p_value: float


def mean_discrepancy(
    first: ArrayLike, second: ArrayLike, *, seed: int, permutations: int = 500
) -> Discrepancy:
    """Test whether two sets of vectors come from one distribution.

    The statistic is the unbiased squared maximum mean discrepancy with a Gaussian kernel, whose
    width is the median distance of two vectors of both sets; it is compared with that of random
    relabellings (Gretton et al. 2012, Journal of Machine Learning Research 13, sections 3 and 8).

    Args:
        first: n vectors, shape (n, width); at least two.
        second: m vectors, shape (m, width); at least two.
        seed: Of the permutations.
        permutations: How many; the least p-value is one by these and the data.

    Raises:
        Problem: The shapes do not fit, a value is missing, or a set has fewer than two vectors.
    """
    x, y = (np.asarray(part, dtype=np.float64) for part in (first, second))
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1] or min(len(x), len(y)) < 2:
        raise Problem(
            f"A two-sample test needs two sets of at least two vectors of one width, but got"
            f" {x.shape} and {y.shape}; embed more images."
        )
    both = np.concatenate([x, y])
    if not np.isfinite(both).all():
        raise Problem("A two-sample test got a vector with a missing value; leave it out.")
    kernel = _kernel(both)
    signs = np.zeros((permutations + 1, len(both)), bool)
    signs[0, : len(x)] = True
    rng = np.random.default_rng(seed)
    for row in signs[1:]:
        row[rng.permutation(len(both))[: len(x)]] = True
    found = _discrepancies(kernel, signs.astype(float), len(x), len(y))
    # Relabellings that only differ by rounding are as far apart.
    as_far = int((found[1:] >= found[0] - 1e-12).sum())
    return Discrepancy(float(found[0]), (1 + as_far) / (1 + permutations))


def _kernel(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The Gaussian kernel of all pairs, with nothing on the diagonal."""
    squares = (vectors**2).sum(1)
    apart = np.maximum(squares[:, None] + squares - 2 * vectors @ vectors.T, 0)
    middle = float(np.median(apart[np.triu_indices(len(vectors), 1)]))
    kernel = np.exp(-apart / (middle or 1.0))
    np.fill_diagonal(kernel, 0)
    return kernel


def _discrepancies(
    kernel: NDArray[np.float64], first: NDArray[np.float64], n: int, m: int
) -> NDArray[np.float64]:
    second = 1 - first
    within = (first @ kernel * first).sum(1) / (n * (n - 1))
    within += (second @ kernel * second).sum(1) / (m * (m - 1))
    between = (first @ kernel * second).sum(1) / (n * m)
    return np.asarray(within - 2 * between)
