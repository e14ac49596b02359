"""Made-up changes of the picture, which no attribute was looked at for."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.finetuning.mitigations.method import (
    Budget,
    Knobs,
    Method,
    Point,
    Pools,
    Setting,
    scaled,
)
from spuriverse.finetuning.mitigations.methods.mixing import mixed_training
from spuriverse.finetuning.mitigations.repainting import Repainting

Family = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""Takes and returns float pixels of shape (height, width, 3), 0 to 255."""

_OFTEN = 0.5


def _grid(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places of the pixels, -1 to 1 to the right and downwards."""
    height, width = pixels.shape[:2]
    down, right = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return right, down


def _smooth(pixels: np.ndarray, rng: np.random.Generator, size: float, channels: int) -> np.ndarray:
    """A random field that varies over a third of the picture, shape (height, width, channels)."""
    coarse = rng.normal(0, size, (3, 3, channels)).astype(np.float32)
    shape = pixels.shape[1::-1]
    planes = [
        Image.fromarray(coarse[..., i]).resize(shape, Image.Resampling.BILINEAR)
        for i in range(channels)
    ]
    return np.stack([np.asarray(plane) for plane in planes], axis=-1)


def _turned(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    angle, shear = np.radians(rng.uniform(-30, 30)), rng.uniform(-0.3, 0.3)
    stretch = np.exp(rng.uniform(-0.3, 0.3, 2))
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = matrix @ np.array([[stretch[0], shear], [0, stretch[1]]])
    centre = np.array(image.size) / 2
    offset = centre - matrix @ centre
    values = (*matrix[0], offset[0], *matrix[1], offset[1])
    ground = tuple(int(v) for v in np.median(pixels.reshape(-1, 3), axis=0))
    turned = image.transform(
        image.size, Image.Transform.AFFINE, values, Image.Resampling.BILINEAR, fillcolor=ground
    )
    return np.asarray(turned, np.float32)


def _patterned(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    right, down = _grid(pixels)
    wave = np.zeros_like(right)
    for _ in range(2):
        frequency, angle, phase = rng.uniform(1.5, 9) * np.pi, *rng.uniform(0, 2 * np.pi, 2)
        wave += np.cos(frequency * (np.cos(angle) * right + np.sin(angle) * down) + phase)
    wave = np.sign(wave) if rng.random() < 0.5 else wave / 2
    return pixels + (rng.uniform(0, 57) * wave)[..., None]


def _tinted(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    gain = np.exp(rng.normal(0, 0.2, 3) + rng.normal(0, 0.2))
    order = rng.permutation(3) if rng.random() < 0.5 else np.arange(3)
    return pixels[..., order] * gain + rng.normal(0, 15, 3)


def _lit(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return pixels + _smooth(pixels, rng, rng.uniform(0, 90), 3)


def _covered(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Strips, blobs and frames that leave the middle free."""
    right, down = _grid(pixels)
    outside = np.maximum(np.abs(right), np.abs(down)) > rng.uniform(0.4, 0.55)
    changed = pixels.copy()
    for _ in range(3):
        x, y = rng.uniform(-1, 1, 2)
        width, height = rng.uniform(0.06, 0.45, 2)
        inside = (np.abs(right - x) < width) & (np.abs(down - y) < height)
        changed[inside & outside] = rng.uniform(0, 255, 3)
    if rng.random() < 0.3:
        edge, power = rng.uniform(0.78, 1.0), rng.uniform(2, 8)
        beyond = np.abs(right / edge) ** power + np.abs(down / edge) ** power > 1
        changed[beyond & outside] = rng.uniform(0, 255, 3)
    return changed


def _surrounded(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another ground above and below, which leaves the middle free."""
    _, down = _grid(pixels)
    weight = 1 / (1 + np.exp(-(np.abs(down) - rng.uniform(0.45, 0.75)) / 0.08))
    upper, lower = rng.uniform(0, 255, (2, 3))
    ground = np.where((down < 0)[..., None], upper, lower)
    return pixels * (1 - weight[..., None]) + ground * weight[..., None]


FAMILIES: dict[str, tuple[Family, frozenset[str]]] = {
    "turned": (_turned, frozenset({"view", "orientation", "size"})),
    "patterned": (_patterned, frozenset({"texture"})),
    "tinted": (_tinted, frozenset({"paint"})),
    "lit": (_lit, frozenset({"light"})),
    "covered": (_covered, frozenset({"prop", "border"})),
    "surrounded": (_surrounded, frozenset({"scene"})),
}
"""Name -> the change, and the kinds of attribute that it resembles."""


class Distractors(Repainting):
    """The plain loss on pictures that were changed in random ways."""

    def __init__(self, samples: pd.DataFrame, questions: Collection[str], seed: int) -> None:
        """Remember the samples.

        Args:
            samples: As in `SampleLoss`.
            questions: Those that the changes leave alone.
            seed: Of the changes.
        """
        super().__init__(samples, seed)
        self._questions, self._seed = set(questions), seed
        self.families: list[Family] = []
        self._names = ""

    def leave_out(self, kinds: Collection[str]) -> "Distractors":
        """Use the families that resemble none of these kinds; returns itself."""
        chosen = {n: f for n, (f, like) in FAMILIES.items() if not like & set(kinds)}
        self.families, self._names = list(chosen.values()), " ".join(chosen)
        return self

    def repaint(self, sample: Any, picture: Image.Image) -> Image.Image | None:
        """Change the picture by every family in one of two cases."""
        if sample.question not in self._questions:
            return None
        drawn = [family for family in self.families if self.rng.random() < _OFTEN]
        if not drawn:
            return None
        pixels = np.asarray(picture, np.float32)
        for family in drawn:
            pixels = np.clip(family(pixels, self.rng), 0, 255)
        return Image.fromarray(np.rint(pixels).astype(np.uint8))


def curve(pools: Pools, budget: Budget, knobs: Knobs, setting: Setting) -> list[Point]:
    """A mixture whose pictures are changed in made-up ways, then scaling of the adapter.

    Domain randomisation (Tobin et al. 2017). A baseline for `transplant`, which takes its changes
    from pairs: made-up ones do well where they resemble what is held out, so that the comparison
    is fair only without those that do.

    Cost: pictures are processed anew; no further image and no further pass.

    Hyper-parameters: `resembling`, 1 for all families, 0 without those that resemble the kind of an
    attribute that the split keeps from training, of which few or none may be left; `proportion` of
    spurious samples.
    """
    plain = mixed_training(pools, budget, setting["proportion"])
    kinds = {attribute.partition(":")[0] for attribute in pools.unseen}
    loss = Distractors(plain.samples, set(pools.spurious["question"]), budget.seed)
    text = "-".join(f"{setting[name]:g}" for name in ("resembling", "proportion"))
    training = replace(
        plain,
        key=f"distractors-{text}-{budget.steps}-{budget.seed}",
        loss=loss.leave_out(() if setting["resembling"] else kinds),
    )
    return scaled(training, knobs)


METHOD = Method("distractors", {"resembling": 0.0, "proportion": 0.5}, curve)
