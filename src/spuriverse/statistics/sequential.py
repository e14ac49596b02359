"""Evidence that may be looked at after every batch: e-processes for two proportions.

An e-process has an expectation of at most 1 under the null hypothesis at any stopping time, so that
it exceeds 1/a with probability at most a however often one looks and whenever one stops. The null
hypothesis is that the first proportion is at most the second one.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spuriverse.problems import Problem

Array = NDArray[np.float64]

PRIOR_FIRST = (4.5, 5.0)
"""Successes and trials that count as seen of the first proportion: it is expected to be high ..."""

PRIOR_SECOND = (1.5, 5.0)
"""... and the second one to be low. A wrong guess costs power, never validity."""

PRIOR_DISCORDANT = (2.0, 0.25)
"""Discordant pairs for the first and for the second that count as seen."""


def independent_e_process(
    successes_first: ArrayLike, n_first: ArrayLike, successes_second: ArrayLike, n_second: ArrayLike
) -> Array:
    """Return the evidence that the first proportion exceeds the second, of independent trials.

    A batch multiplies the evidence by the likelihood ratio of two Bernoulli distributions, at the
    proportions that the earlier batches let expect, against one with their mean in common (Turner,
    Ly and Grünwald 2024, Journal of Statistical Planning and Inference 230, arXiv 2106.02693: the
    block e-variable of two proportions). Where the first is not expected to exceed the second
    nothing is bet. The result is valid for positively dependent groups as well, such as minimal
    pairs of which a hard one is hard in both groups.

    Args:
        successes_first: Successes of each batch; batches along the last axis, the four of a shape.
        n_first: Trials of each batch.
        successes_second: As of the first.
        n_second: As of the first.

    Returns:
        e-values after each batch, of the same shape.

    Raises:
        Problem: Successes exceed trials or are negative.
    """
    a, n_a, b, n_b = map(_counts, (successes_first, n_first, successes_second, n_second))
    if (a > n_a).any() or (b > n_b).any():
        raise Problem("An e-process got more successes than trials; count the former among these.")
    p_a, p_b = _expected(a, n_a, PRIOR_FIRST), _expected(b, n_b, PRIOR_SECOND)
    p_b = np.minimum(p_a, p_b)
    total = n_a + n_b
    share = np.divide(n_a, total, out=np.full(total.shape, 0.5), where=total > 0)
    p_both = share * p_a + (1 - share) * p_b
    gain = a * np.log(p_a / p_both) + (n_a - a) * np.log((1 - p_a) / (1 - p_both))
    gain += b * np.log(p_b / p_both) + (n_b - b) * np.log((1 - p_b) / (1 - p_both))
    return np.exp(np.cumsum(gain, axis=-1))


def paired_e_process(only_first: ArrayLike, only_second: ArrayLike) -> Array:
    """Return the evidence that the first proportion exceeds the second, of paired trials.

    A discordant pair is a fair coin under the null hypothesis, on which a part of the evidence is
    bet that the earlier batches settle (testing by betting: Shafer 2021, Journal of the Royal
    Statistical Society A 184(2)). Concordant pairs change nothing, and no assumption is made on
    how the two answers of a pair depend.

    Args:
        only_first: Pairs of each batch in which only the first succeeds; batches along the last
            axis.
        only_second: Pairs of each batch in which only the second succeeds.

    Returns:
        e-values after each batch, of the same shape.

    Raises:
        Problem: A count is negative.
    """
    b, c = _counts(only_first), _counts(only_second)
    prior_b, prior_c = PRIOR_DISCORDANT
    seen_b, seen_c = _before(b) + prior_b, _before(c) + prior_c
    bet = np.maximum(0, (seen_b - seen_c) / (seen_b + seen_c))
    return np.exp(np.cumsum(b * np.log1p(bet) + c * np.log1p(-bet), axis=-1))


def _expected(successes: Array, trials: Array, prior: tuple[float, float]) -> Array:
    return (_before(successes) + prior[0]) / (_before(trials) + prior[1])


def _before(counts: Array) -> Array:
    """Sum over the earlier batches: what a bet may depend on."""
    return np.cumsum(counts, axis=-1) - counts


def _counts(values: ArrayLike) -> Array:
    array = np.asarray(values)
    is_whole = array.dtype.kind in "biu" or (array % 1 == 0).all()
    if not (is_whole and (array >= 0).all()):
        raise Problem("An e-process needs whole numbers of 0 or more; pass counts, not rates.")
    return array.astype(np.float64)
