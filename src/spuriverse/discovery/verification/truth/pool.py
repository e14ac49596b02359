"""Answers to candidates of known truth, as arrays on which decisions are tried many times."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spuriverse.discovery.verification.truth.shortcuts import HARDNESS_GAP, TAKES_HOLD_GAP
from spuriverse.problems import Problem


@dataclass(frozen=True)
class Pool:
    """Answers of M models to N pairs of images of C candidates.

    Attributes:
        attributes: Of each candidate, shape (C,).
        planted: Whether the attribute is planted, shape (C,); the others are controls.
        holds: Whether the attribute took hold in the model, shape (C, M): it is planted, its gap on
            fresh images exceeds 0.30 and the control model shows none. These alone are true.
        core: Whether the core image is answered rightly, shape (C, M, N).
        spurious: Whether the spurious one is, shape (C, M, N).
        fresh_gap: Gap of the candidate itself on images that decide nothing, shape (C, M).
    """

    attributes: NDArray[np.str_]
    planted: NDArray[np.bool_]
    holds: NDArray[np.bool_]
    core: NDArray[np.bool_]
    spurious: NDArray[np.bool_]
    fresh_gap: NDArray[np.float64]

    @cached_property
    def clusters(self) -> NDArray[np.intp]:
        """The number of each candidate's attribute among the sorted ones, shape (C,)."""
        return np.unique(self.attributes, return_inverse=True)[1]

    def orders(self, number: int, seed: int) -> Iterator[tuple[NDArray, NDArray]]:
        """Yield the answers with the pairs of every candidate in random orders.

        The two images of a pair stay together, and so do the models' answers to them.
        """
        for order in range(number):
            rng = np.random.default_rng([seed, 8, order])
            shape = (self.core.shape[0], 1, self.core.shape[2])
            places = rng.permuted(np.broadcast_to(np.arange(shape[2]), shape), axis=2)
            places = np.broadcast_to(places, self.core.shape)
            yield (
                np.take_along_axis(self.core, places, 2),
                np.take_along_axis(self.spurious, places, 2),
            )

    def true_of(self, sets: Sequence[Sequence[int]]) -> NDArray[np.bool_]:
        """Whether a candidate is true for a set of models, shape (sets, C): for any of them.

        Args:
            sets: Sets of models, all of one size.
        """
        return np.asarray(self.holds[:, np.asarray(sets)].any(axis=-1).T)

    def sets_of(self, size: int) -> list[list[int]]:
        """Every set of so many models."""
        return [list(models) for models in combinations(range(self.core.shape[1]), size)]


def read_pool(deciding: Mapping[str, pd.DataFrame], control: Sequence[pd.DataFrame]) -> Pool:
    """Gather the answers of several models.

    Args:
        deciding: Model -> its `calibration_candidates` table; the images of part "selection"
            decide, those of part "fresh" tell the truth.
        control: Tables of the control models.

    Raises:
        Problem: There is no deciding or no control model.
    """
    if not deciding or not control:
        raise Problem(
            "zoo.models needs a model of the biased and one of the decorrelated world, or the"
            " decisions cannot be calibrated."
        )
    first = next(iter(deciding.values())).drop_duplicates("candidate_id").set_index("candidate_id")
    names = first.index
    attributes, planted = first["attribute"], first["planted"].to_numpy()
    hard = _fresh_gap(pd.concat(control), "attribute").abs() >= HARDNESS_GAP
    easy = ~attributes.map(hard).to_numpy(dtype=bool)
    holds = [
        planted & easy & (attributes.map(_fresh_gap(t, "attribute")) > TAKES_HOLD_GAP).to_numpy()
        for t in deciding.values()
    ]
    core, spurious = (
        np.stack([_answers(t, column, names) for t in deciding.values()], axis=1)
        for column in ("core_correct", "spurious_correct")
    )
    own = [_fresh_gap(t, "candidate_id").reindex(names).to_numpy() for t in deciding.values()]
    return Pool(
        attributes.to_numpy(str),
        planted,
        np.stack(holds, axis=1),
        core,
        spurious,
        np.stack(own, axis=1),
    )


def _fresh_gap(answers: pd.DataFrame, of: str) -> pd.Series:
    fresh = answers[answers["part"] == "fresh"]
    gap = fresh["core_correct"].astype(float) - fresh["spurious_correct"]
    return gap.groupby(fresh[of]).mean()


def _answers(answers: pd.DataFrame, column: str, names: pd.Index) -> NDArray[np.bool_]:
    selection = answers[answers["part"] == "selection"]
    wide = selection.pivot(index="candidate_id", columns="number", values=column)
    return wide.loc[names].to_numpy(dtype=bool)
