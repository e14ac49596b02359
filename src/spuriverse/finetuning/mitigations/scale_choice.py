"""Choose how much of an adapter to use for a set of questions from what their answers look like."""

import numpy as np
import pandas as pd

from spuriverse.evaluation import option_entropies
from spuriverse.finetuning.mitigations.asking import Asking, OpenAt
from spuriverse.models import answer_samples

FACTORS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares of a point's adapter among which one is chosen; the first is the base model."""

_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
_DRAWS = 4
_NEIGHBOURS = 3


class ScaleChoice(Asking):
    """Ask an unlabelled set at the share of the adapter that served sets of its signature."""

    passes = 3

    def __init__(self, spurious: pd.DataFrame, ordinary: pd.DataFrame, seed: int) -> None:
        """Remember what known environments are made of.

        Args:
            spurious: Labelled samples on which an attribute misleads, of no training run.
            ordinary: Labelled samples on which none does.
            seed: Of the environments.
        """
        self._pool = pd.concat(
            [spurious.assign(misleads=True), ordinary.assign(misleads=False)], ignore_index=True
        )
        self._pool = self._pool.drop_duplicates("sample_id").reset_index(drop=True)
        self.fitting = len(FACTORS) * len(self._pool)
        self._seed = seed
        self._known: dict[float, tuple[np.ndarray, np.ndarray]] = {}

    def answer(
        self, opened: OpenAt, scale: float, samples: pd.DataFrame, batch_size: int
    ) -> pd.DataFrame:
        """Answer every subset, an environment each, at the share that its signature asks for."""

        def ask(rows: pd.DataFrame, factor: float) -> pd.DataFrame:
            with opened(factor * scale) as model:
                return answer_samples(model, rows, batch_size=batch_size)

        if scale not in self._known:
            self._known[scale] = self._environments(
                {factor: ask(self._pool, factor) for factor in FACTORS}
            )
        signatures, accuracies = self._known[scale]
        parts = []
        for _, rows in samples.groupby("subset", sort=True):
            ends = {factor: ask(rows, factor) for factor in (FACTORS[0], FACTORS[-1])}
            factor = choose_factor(signature(*ends.values()), signatures, accuracies)
            parts.append(ends[factor] if factor in ends else ask(rows, factor))
        together = pd.concat(parts, ignore_index=True)
        return together.set_index("sample_id").loc[samples["sample_id"]].reset_index()

    def _environments(self, answers: dict[float, pd.DataFrame]) -> tuple[np.ndarray, np.ndarray]:
        """Signatures and accuracies, at all shares, of mixtures that mislead more and less."""
        rng = np.random.default_rng([self._seed, 26])
        right = self._pool["answer"].to_numpy()
        correct = {
            factor: (table["choice"].fillna(-1).to_numpy() == right)
            for factor, table in answers.items()
        }
        groups = [np.flatnonzero(self._pool["misleads"] == side) for side in (True, False)]
        size = min(len(group) for group in groups)
        signatures, accuracies = [], []
        for share in _SHARES:
            for _ in range(_DRAWS):
                counts = (round(share * size), size - round(share * size))
                chosen = np.concatenate(
                    [rng.permutation(g)[:n] for g, n in zip(groups, counts, strict=True)]
                ).astype(int)
                ends = (answers[factor].iloc[chosen] for factor in (FACTORS[0], FACTORS[-1]))
                signatures.append(signature(*ends))
                accuracies.append([correct[factor][chosen].mean() for factor in FACTORS])
        return np.array(signatures), np.array(accuracies)


def signature(base: pd.DataFrame, robust: pd.DataFrame) -> np.ndarray:
    """Return what the answers to an unlabelled set look like.

    Args:
        base: A `responses` table of the base model.
        robust: Of the robust one, to the same questions in the same order.

    Returns:
        The share of answers that differ, the mean entropy of either model's answers, from 0 to 1,
        and the share on which the base model is the surer one.
    """
    differ = base["choice"].fillna(-1).to_numpy() != robust["choice"].fillna(-1).to_numpy()
    entropies = [option_entropies(table["option_scores"]) for table in (base, robust)]
    surer = entropies[0] < entropies[1]
    return np.array([differ.mean(), entropies[0].mean(), entropies[1].mean(), surer.mean()])


def choose_factor(found: np.ndarray, signatures: np.ndarray, accuracies: np.ndarray) -> float:
    """Return the share of the adapter that served the three nearest known environments best.

    Args:
        found: A signature.
        signatures: Those of known environments, shape (n, d).
        accuracies: Theirs at every share of `FACTORS`, shape (n, shares).
    """
    spread = signatures.std(0)
    spread[spread == 0] = 1
    distance = (((signatures - found) / spread) ** 2).sum(1)
    near = np.argsort(distance, kind="stable")[:_NEIGHBOURS]
    return FACTORS[int(accuracies[near].mean(0).argmax())]
