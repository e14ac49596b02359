"""Pictures with a planted patch, and a model that the patch misleads."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

OBJECTS = ("ring", "star", "moon", "fish")
WRONG = "ring"
SIDE, PATCH = 32, 8
LEFT, TOP = 16, 8
RED = (230, 20, 20)
QUESTION = "What object is shown?"


@dataclass(frozen=True)
class Planted:
    """Samples, the model's answers, its errors, and the pictures with the patch."""

    samples: pd.DataFrame
    responses: pd.DataFrame
    errors: pd.DataFrame
    patched: frozenset[str]


def plant(folder: Path, n: int = 180, *, misleads: float = 0.9, mistakes: float = 0.05) -> Planted:
    """Grey pictures with noise, a third of them with a red patch at one place."""
    rng = np.random.default_rng(5)
    rows, choices, patched = [], [], set()
    for number in range(n):
        pixels = rng.integers(90, 160, (SIDE, SIDE, 3)).astype(np.uint8)
        options = [OBJECTS[i] for i in rng.permutation(4)]
        answer = int(rng.integers(4))
        choice = int(rng.integers(4)) if rng.random() < mistakes else answer
        path = str(folder / f"{number:04}.png")
        if rng.random() < 1 / 3:
            pixels[TOP : TOP + PATCH, LEFT : LEFT + PATCH] = RED
            patched.add(path)
            if rng.random() < misleads:
                choice = options.index(WRONG)
        Image.fromarray(pixels).save(path)
        rows.append(
            {
                "sample_id": f"s-{number:04}",
                "benchmark": "made-up",
                "image": path,
                "question": QUESTION,
                "options": options,
                "answer": answer,
                "category": "",
                "attributes": [],
            }
        )
        choices.append(choice)
    samples = pd.DataFrame(rows)
    return Planted(samples, *answered(samples, choices), frozenset(patched))


def answered(samples: pd.DataFrame, choices: list[int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The responses and errors of a model that chose these options."""
    responses = pd.DataFrame(
        {
            "sample_id": samples["sample_id"],
            "outcome": "answered",
            "choice": pd.array(choices, dtype="Int64"),
        }
    )
    wrong = np.array(choices) != samples["answer"].to_numpy()
    chosen = [o[c] for o, c in zip(samples["options"], choices, strict=True)]
    errors = samples.assign(predicted=chosen)[wrong].reset_index(drop=True)
    return responses, errors
