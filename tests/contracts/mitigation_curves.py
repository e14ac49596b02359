"""Points of made-up curves, whose losses are known."""

import json
from collections.abc import Mapping

import numpy as np
import pandas as pd

Curves = Mapping[tuple[str, str], Mapping[float, tuple[float, float]]]
"""Method and setting -> knob -> robustness and loss."""

SCALED = json.dumps({"proportion": 1.0})
BLIND = 0.2
CORE, START = 0.9, 0.1


def point(knob: float, robustness: float, loss: float) -> dict[str, object]:
    return {
        "knob": knob,
        "spurious": robustness,
        "aligned": 1 - loss,
        "ordinary": 0.9,
        "core": np.nan,
        "aligned_without_cue": np.nan,
        "n_spurious": 9,
        "n_aligned": 9,
        "n_ordinary": 9,
        "steps": 3,
        "images": 4,
        "rows": 5,
        "answer_passes": 1,
        "seconds": 1.0,
        "held_out": 8,
        "trained_on": 24,
    }


def make_points(
    curves: Curves, *, part: str = "test", shift: float = 0.02, folds: int = 4
) -> pd.DataFrame:
    """Points of two seeds and some folds; losses differ by `shift` from split to split."""
    rows = []
    for seed in (600, 601):
        for fold in range(folds):
            for half in (0, 1):
                split = {"base_model": "m", "seed": seed, "fold": fold, "part": part, "half": half}
                base = point(0.0, START, 0.0)
                base |= {"core": CORE, "aligned_without_cue": 1 - BLIND}
                rows.append({**split, "method": "base", "setting": "{}", **base})
                factor = 1 + shift * (fold + (seed % 2) / 2)
                for (method, setting), knobs in curves.items():
                    for knob, (robustness, loss) in knobs.items():
                        known = {**split, "method": method, "setting": setting}
                        rows.append({**known, **point(knob, robustness, loss * factor)})
    return pd.DataFrame(rows)


def vary(points: pd.DataFrame, method: str) -> pd.DataFrame:
    """Let a method's robustness differ from fold to fold, by as much as leaves its mean."""
    theirs = points["method"] == method
    apart = np.where(points["fold"] % 2, 0.01, -0.01)
    return points.assign(spurious=points["spurious"] + np.where(theirs, apart, 0.0))
