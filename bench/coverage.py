"""How often intervals over few attributes hold the truth, by simulation.

Attributes differ as beta variables do whose answers have the given correlation within an attribute;
each has 30 questions. Prints the coverage of three 95 % intervals: that of `clustered_share`, the
jackknife of the share itself, and the percentile bootstrap over attributes.

    python bench/coverage.py [--tries 2000]
"""

import argparse

import numpy as np
from scipy.stats import t

from spuriverse.statistics import cluster_bootstrap, clustered_share

QUESTIONS = 30
ATTRIBUTES = (4, 8, 20, 40)


def plain_jackknife(answers: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Return the limits of the delete-one-attribute jackknife with t(G - 1); equal sizes."""
    shares = answers.reshape(-1, QUESTIONS).mean(axis=1)
    error = shares.std(ddof=1) / np.sqrt(len(shares))
    reach = t.ppf(0.975, len(shares) - 1) * error
    return shares.mean() - reach, shares.mean() + reach


def covered(share: float, correlation: float, attributes: int, tries: int) -> list[float]:
    """Return the share of tries in which each interval holds the truth."""
    rng = np.random.default_rng(0)
    strength = (1 - correlation) / correlation
    labels = np.repeat(np.arange(attributes), QUESTIONS)
    levels = rng.beta(share * strength, (1 - share) * strength, (tries, attributes))
    found = []
    for row in levels:
        answers = (rng.random(len(labels)) < np.repeat(row, QUESTIONS)).astype(float)
        ours = clustered_share(answers, labels)
        drawn = cluster_bootstrap(answers, labels, seed=0, resamples=500)
        limits = [(ours.low, ours.high), plain_jackknife(answers, labels), (drawn.low, drawn.high)]
        found.append([low <= share <= high for low, high in limits])
    return np.mean(found, axis=0).tolist()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tries", type=int, default=2_000)
    tries = parser.parse_args().tries
    print("share  correlation  attributes  log odds  plain  bootstrap")
    for share in (0.1, 0.5):
        for correlation in (0.05, 0.3, 0.6):
            for attributes in ATTRIBUTES:
                log_odds, plain, drawn = covered(share, correlation, attributes, tries)
                print(
                    f"{share:5.1f}  {correlation:11.2f}  {attributes:10d}"
                    f"  {log_odds:8.3f}  {plain:5.3f}  {drawn:9.3f}"
                )


if __name__ == "__main__":
    main()
