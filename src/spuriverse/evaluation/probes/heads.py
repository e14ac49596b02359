"""Which attention heads of the language tower carry the cue, and does salience say so?"""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from spuriverse.evaluation.accuracies import sampling_units
from spuriverse.evaluation.attention_heads import (
    Head,
    find_heads,
    recorded_salience,
    without_head,
)
from spuriverse.evaluation.probe import Ask, Contrast, Material, Probe, Quantity, marks_of

CUE = "answers the cue's option"
DEVIATION = "deviation (nats)"
SALIENCE = "salience"
_MOST_HEADS = 24
_RESAMPLES = 1000


def measure(ask: Ask, material: Material) -> Iterator[Contrast | Quantity]:
    """Remove every head by itself from answers to spurious images, and compare with its salience.

    Taken from DARTS-GT: heads are judged by what removing them does, beside what is read off
    without removing anything; how unlike the heads are (specialisation), and on how few inputs one
    matters (focus). Ours: the graph transformer is the language tower, what a head does is what it
    adds at the attention's output projection, and its importance is how much the log-odds of the
    chosen option change without it. Salience is the share of the layer's output that a head's own
    has where an answer begins.

    Of more than 24 heads as many are drawn. The rows, the most important head first: how often the
    cue's option is answered without it; its deviation, the mean change of the log-odds; then, over
    all heads, their specialisation (spread of the deviations divided by their mean), their focus
    (1 less the share of questions on which a head effectively matters), and the rank correlation of
    salience and deviation. Intervals are over attributes.

    Needs a checkpoint that reads and writes, and that scores its options.
    """
    if material.model is None:
        return
    asked = material.of("spurious")
    asked = asked[asked["cue"].notna()].drop_duplicates("sample_id")
    heads = _draw(find_heads(material.model.model), material.seed)
    if asked.empty or not heads:
        return
    with recorded_salience(material.model.model, heads) as salience:
        whole = _Answers(ask(asked), asked)
    if not len(whole.odds):
        return
    removed = []
    for head in heads:
        with without_head(material.model.model, head):
            removed.append(_Answers(ask(asked), asked))
    kept = whole.odds.index
    for answers in removed:
        kept = kept.intersection(answers.odds.index)
    rows = asked.set_index("sample_id", drop=False).loc[kept]
    units = sampling_units(rows).to_numpy()
    moved = np.stack(
        [(a.scores_of(whole.chosen)[kept] - whole.odds[kept]).abs().to_numpy() for a in removed]
    )
    plain = marks_of(asked, whole.texts, asked["cue"])
    order = np.argsort(-moved.mean(1), kind="stable")
    for rank, place in enumerate(order, start=1):
        name = f"{rank}: head {heads[place]}"
        without = marks_of(asked, removed[place].texts, asked["cue"])
        yield Contrast(name, "all heads", CUE, without, plain)
        yield _quantity(f"{name}, deviation", DEVIATION, moved[[place]], units, material.seed)
    shares = np.array([salience[head] for head in heads])
    of_all = {
        "specialisation": lambda values: _ratio(values.mean(1).std(), values.mean()),
        "focus": _focus,
        "salience and deviation": lambda values: _rank_correlation(shares, values.mean(1)),
    }
    for name, estimate in of_all.items():
        measured = "rank correlation" if name.startswith(SALIENCE) else name
        yield _quantity(f"heads, {name}", measured, moved, units, material.seed, estimate)


class _Answers:
    """What was answered: the option's text, its place, and the log-odds of options."""

    def __init__(self, responses: pd.DataFrame, asked: pd.DataFrame) -> None:
        options = asked.set_index("sample_id")["options"]
        made = responses[responses["outcome"] != "failed"].set_index("sample_id")
        made = made[made["choice"].notna()]
        self.chosen = made["choice"].astype(int)
        self.texts = pd.Series(
            {name: options[name][place] for name, place in self.chosen.items()}, dtype=object
        )
        scored = made["option_scores"] if "option_scores" in made else pd.Series(dtype=object)
        self._scores = scored[scored.map(len) > 1]
        self.odds = self.scores_of(self.chosen)

    def scores_of(self, chosen: pd.Series) -> pd.Series:
        """Log-odds of an option of every question against the likeliest other."""
        found = {
            name: _odds(scores, int(chosen[name]))
            for name, scores in self._scores.items()
            if name in chosen.index
        }
        return pd.Series(found, dtype=float)


def _odds(scores: np.ndarray, option: int) -> float:
    others = [score for place, score in enumerate(scores) if place != option]
    return float(scores[option] - max(others))


def _draw(heads: list[Head], seed: int) -> list[Head]:
    if len(heads) <= _MOST_HEADS:
        return heads
    chosen = np.random.default_rng([seed, 34]).choice(len(heads), _MOST_HEADS, replace=False)
    return [heads[place] for place in sorted(chosen)]


def _quantity(
    name: str,
    measured: str,
    moved: np.ndarray,
    units: np.ndarray,
    seed: int,
    estimate: Callable[[np.ndarray], float] = np.mean,
) -> Quantity:
    """A number over heads and questions, with its bootstrap interval over units."""
    codes, names = pd.factorize(units)
    rng = np.random.default_rng([seed, 35])
    places = [np.flatnonzero(codes == code) for code in range(len(names))]
    values = []
    for _ in range(_RESAMPLES):
        drawn = rng.integers(len(names), size=len(names))
        values.append(estimate(moved[:, np.concatenate([places[code] for code in drawn])]))
    low, high = np.nanquantile(values, [0.025, 0.975])
    whole = float(estimate(moved))
    return Quantity(name, "", measured, moved.shape[1], whole, float(low), float(high))


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else 0.0


def _focus(moved: np.ndarray) -> float:
    """Mean over heads of 1 less the share of the questions that effectively matter to each."""
    squares, n = (moved**2).sum(1), moved.shape[1]
    # A head that does nothing matters everywhere alike.
    effective = [
        total**2 / square if square else n
        for total, square in zip(moved.sum(1), squares, strict=True)
    ]
    return float(1 - np.mean(effective) / n)


def _rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's, ties sharing their mean rank; 0 where either is the same for all."""
    ranks = [pd.Series(values).rank().to_numpy() for values in (first, second)]
    if any(np.ptp(values) == 0 for values in ranks):
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])


PROBE = Probe("heads", "DARTS-GT", measure)
