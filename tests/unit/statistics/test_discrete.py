"""False discoveries are counted by what each test could have shown."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.problems import Problem
from spuriverse.statistics import benjamini_hochberg, discrete_q_values

laws = settings(deadline=None, derandomize=True, max_examples=40)
FINE = np.arange(1, 2001) / 2000


@given(st.lists(st.sampled_from([*FINE[:40], *FINE[::100]]), min_size=1, max_size=30))
@laws
def test_tests_alike_are_judged_as_blanchard_and_roquain_do(p_values: list[float]) -> None:
    """R of m are rejected at t if (m - R + 1) t / (1 - .1) / R is small enough."""
    p = np.array(p_values)
    q = discrete_q_values(p, [FINE] * len(p))
    for value in p:
        limits = [t for t in p if value <= t <= 0.1]
        rejected = [(p <= t).sum() for t in limits]
        bounds = [(len(p) - r + 1) * t / 0.9 / r for t, r in zip(limits, rejected, strict=True)]
        assert q[p == value][0] == pytest.approx(min([*bounds, 1]))


def test_what_could_not_have_been_seen_does_not_count() -> None:
    """Ninety candidates with two discordant pairs cannot show what ten with seven do."""
    seven = np.array([0.5**7, 8 * 0.5**7])
    few = discrete_q_values([0.5**7] * 10, [seven] * 10)
    many = discrete_q_values([0.5**7] * 10 + [1.0] * 90, [seven] * 10 + [np.zeros(0)] * 90)
    np.testing.assert_allclose(many, [*few, *[1] * 90])
    assert (many[:10] < 0.002).all()
    assert (benjamini_hochberg([0.5**7] * 10 + [1.0] * 90)[:10] > 0.05).all()


def test_the_rate_is_held_where_tests_differ_in_what_they_can_show() -> None:
    """Half of the hypotheses are true, with other numbers of discordant pairs."""
    rng = np.random.default_rng(0)
    tails = {d: np.cumsum(0.5**d * _choices(d)) for d in range(1, 13)}
    shares = []
    for _ in range(400):
        sizes = rng.integers(1, 13, 60)
        lean = np.where(np.arange(60) < 30, 0.5, 0.95)
        heads = rng.binomial(sizes, lean)
        p = [tails[d][d - b] for d, b in zip(sizes, heads, strict=True)]
        rejected = discrete_q_values(np.minimum(p, 1), [tails[d] for d in sizes]) <= 0.05
        shares.append(rejected[:30].sum() / max(1, rejected.sum()))
    assert np.mean(shares) <= 0.05
    assert np.mean(shares) > 0.002


def _choices(d: int) -> np.ndarray:
    from scipy.special import comb

    return comb(d, np.arange(d + 1))


def test_nothing_and_nonsense() -> None:
    assert discrete_q_values([], []).size == 0
    assert discrete_q_values([0.5], [FINE]) == 1
    for p, lists in (([0.1], []), ([1.2], [FINE]), ([np.nan], [FINE])):
        with pytest.raises(Problem, match="Discrete tests need"):
            discrete_q_values(p, lists)
