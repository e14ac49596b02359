"""How often every interval holds the truth, and how often every test errs, by simulation."""

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.progress import progress

COVERAGE_COLUMNS = (
    *("estimator", "design", "clusters", "quantity", "promised"),
    *("tries", "without_interval", "share", "low", "high"),
)
COVERAGE_SHOWN = {
    "Estimator": "{estimator}",
    "Simulated": "{design}",
    "Clusters": "{clusters:.0f}",
    "Quantity": "{quantity}",
    "Promised": "{promised:.2f}",
    "Found": "{share:.3f} ({low:.3f} to {high:.3f})",
    "Tries": "{tries}",
    "Without interval": "{without_interval}",
}


@dataclass(frozen=True)
class Scenario:
    """A world with a known truth, and one estimator in it.

    Attributes:
        estimator: Name of the function.
        design: What is drawn, in words.
        clusters: Number of clusters; None where there are none.
        draw: Draws the world once; whether the interval holds the truth, or the test rejects what
            is true. None if there is no interval.
        quantity: Of an interval its coverage, of a test its error rate.
    """

    estimator: str
    design: str
    clusters: int | None
    draw: Callable[[np.random.Generator], bool | None]
    quantity: Literal["coverage", "error rate"] = "coverage"

    @property
    def promised(self) -> float:
        """What the share should be, or for an error rate be at most."""
        return 0.95 if self.quantity == "coverage" else 0.05


def simulate_coverage(
    scenarios: Sequence[Scenario] | None = None, *, tries: int = 1_000, seed: int = 0
) -> pd.DataFrame:
    """Draw every scenario again and again, and count.

    Args:
        scenarios: Those of every estimator by default.
        tries: Worlds drawn of each. With 1,000, a coverage of .95 is known to about .014.
        seed: A scenario's draws depend on it and on the scenario's own names alone.

    Returns:
        The columns of `COVERAGE_COLUMNS`: `share` is that of the tries with an interval in which
        it holds the truth, or in which the test errs; `low` and `high` are the limits of Clopper
        and Pearson at 95 %, which say how well the simulation knows it.

    Raises:
        Problem: `tries` is below 1.
    """
    if tries < 1:
        raise Problem(f"A simulation of {tries} tries shows nothing; ask for at least 1.")
    if scenarios is None:
        from spuriverse.statistics.scenarios import all_scenarios

        scenarios = all_scenarios()
    each = progress(scenarios, "simulate", len(scenarios), "scenario")
    rows = [_count(scenario, tries, seed) for scenario in each]
    return pd.DataFrame(rows, columns=list(COVERAGE_COLUMNS))


def _count(scenario: Scenario, tries: int, seed: int) -> dict[str, object]:
    name = f"{scenario.estimator}/{scenario.design}/{scenario.clusters}"
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    found = [scenario.draw(rng) for _ in range(tries)]
    marks = [mark for mark in found if mark is not None]
    low, high = _exact_limits(sum(marks), len(marks))
    return {
        "estimator": scenario.estimator,
        "design": scenario.design,
        "clusters": scenario.clusters,
        "quantity": scenario.quantity,
        "promised": scenario.promised,
        "tries": tries,
        "without_interval": tries - len(marks),
        "share": sum(marks) / len(marks) if marks else math.nan,
        "low": low,
        "high": high,
    }


def _exact_limits(right: int, trials: int) -> tuple[float, float]:
    from scipy.stats import binomtest

    if not trials:
        return math.nan, math.nan
    found = binomtest(int(right), trials).proportion_ci(method="exact")
    return float(found.low), float(found.high)
