"""How likely the comparison of mitigations is to show "at most half of mixing's loss", beforehand.

    python bench/mitigation_power.py [--tries 2000]

A split's loss is what its held-out attributes lose on aligned questions and what the split loses on
ordinary ones. The envelope of mixing loses .04 on aligned questions, by attributes with a standard
deviation of .03, and .01 on ordinary ones; a method loses a share of each that differs between
attributes by .15, and every run adds noise of .005 of its own. A question is answered otherwise
than before with a probability of twice its loss, and not less than .04, so that few questions tell
a small loss badly. Every split's d = a - b/2 is that of `compare_methods`, and so is the test: the
upper limit of `mean_over_splits` at 90 % lies below 0. Printed are the power where the method loses
a quarter, and the size where it loses exactly half.
"""

import argparse
from dataclasses import dataclass

import numpy as np

from spuriverse.statistics import mean_over_splits

ALIGNED, SPREAD, ORDINARY, RUN = 0.04, 0.03, 0.01, 0.005
SHARE_SPREAD = 0.15
LEAST_CHANGED = 0.04
ORDINARY_QUESTIONS = 400


@dataclass(frozen=True)
class Design:
    """Attributes beside those for the choice, folds, seeds, and questions per attribute."""

    attributes: int
    folds: int
    seeds: int
    questions: int

    @property
    def ordinary(self) -> int:
        """Ordinary questions, which grow with those of an attribute."""
        return ORDINARY_QUESTIONS * self.questions // 30


DESIGNS = (
    Design(24, 4, 2, 30),
    Design(24, 4, 2, 300),
    Design(24, 4, 4, 300),
    Design(48, 4, 2, 300),
    Design(72, 4, 2, 300),
)


def measured(rng: np.random.Generator, loss: np.ndarray, questions: int) -> np.ndarray:
    """Return losses as so many questions show them: some are lost, others are won."""
    changed = np.maximum(LEAST_CHANGED, 2 * np.abs(loss))
    return loss + rng.normal(0, np.sqrt(changed / questions), loss.shape)


def shown(rng: np.random.Generator, design: Design, share: float) -> bool:
    """Draw one study; whether it shows that a method costs at most half."""
    theirs = np.clip(rng.normal(ALIGNED, SPREAD, design.attributes), 0, None)
    ours = theirs * np.clip(rng.normal(share, SHARE_SPREAD, design.attributes), 0, None)
    contrasts = []
    for _ in range(design.seeds):
        order = rng.permutation(design.attributes)
        for fold in range(design.folds):
            out = order[fold :: design.folds]
            losses = []
            for loss, ordinary in ((ours, share * ORDINARY), (theirs, ORDINARY)):
                aligned = measured(rng, loss[out], design.questions).mean()
                usual = measured(rng, np.array(ordinary), design.ordinary)
                losses.append(aligned + usual + rng.normal(0, RUN))
            contrasts.append(losses[0] - losses[1] / 2)
    found = mean_over_splits(contrasts, test_to_train=1 / (design.folds - 1), level=0.90)
    return found.high < 0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tries", type=int, default=2_000)
    tries = parser.parse_args().tries
    print("attributes  folds x seeds  questions  power at .25  size at .5")
    for design in DESIGNS:
        rng = np.random.default_rng(0)
        power, size = (
            np.mean([shown(rng, design, share) for _ in range(tries)]) for share in (0.25, 0.5)
        )
        print(
            f"{design.attributes:10d}  {design.folds:5d} x {design.seeds}"
            f"  {design.questions:13d}  {power:12.3f}  {size:10.3f}"
        )


if __name__ == "__main__":
    main()
