"""What a mitigation is: the runs it needs, and the curve of models that comes out of them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spuriverse.finetuning.loss_hook import LossHook
from spuriverse.finetuning.mitigations.asking import Asking
from spuriverse.problems import Problem

Setting = Mapping[str, float]
"""Hyper-parameters of a method, by name."""


@dataclass(frozen=True)
class Budget:
    """What every method may spend on one model.

    Attributes:
        samples: Distinct images.
        steps: Optimiser steps.
        batch_size: Images a step.
        seed: Of the draw of images, adapter weights and data order.
    """

    samples: int
    steps: int
    batch_size: int
    seed: int


@dataclass(frozen=True)
class Knobs:
    """The places of the curves: proportions of spurious samples, and factors of an adapter."""

    proportions: tuple[float, ...]
    scales: tuple[float, ...]


@dataclass(frozen=True)
class Pools:
    """What one split offers for training; none of it shows a validation or test attribute.

    Attributes:
        spurious: Columns sample_id, type_id, image, twin (the image without the attribute), cue
            (the option to which the attribute leads, as text), question, options, answer.
        non_spurious: Columns sample_id, subset, image, question, options, answer.
        seed: Of the order in which both are drawn from.
        unseen: Attributes that are kept from training.
    """

    spurious: pd.DataFrame
    non_spurious: pd.DataFrame
    seed: int
    unseen: frozenset[str] = frozenset()

    def draw_spurious(self, n: int) -> pd.DataFrame:
        """Return the first n spurious samples in random order; a larger n holds a smaller one."""
        return _draw(self.spurious, n, [self.seed, 11], "spurious")

    def draw_non_spurious(self, n: int) -> pd.DataFrame:
        """Return the first n non-spurious samples in random order."""
        return _draw(self.non_spurious, n, [self.seed, 12], "non-spurious")


@dataclass(frozen=True)
class Training:
    """One fine-tuning run.

    Attributes:
        key: Equal keys are the same run, which is made once.
        samples: What it is trained on; the loss may bring more images.
        budget: Steps, images per step from `samples`, seed.
        loss: Another loss, if it is not the plain one.
        images: Distinct images seen, those of the loss included.
        rows: Images a step that run through the model, those of the loss included.
    """

    key: str
    samples: pd.DataFrame
    budget: Budget
    images: int
    rows: int
    loss: LossHook | None = None


@dataclass(frozen=True)
class Nuisance:
    """A projection off the differences of minimal pairs, to be fitted on the model of a point.

    Attributes:
        pairs: Columns image and twin.
        rank: Number of directions.
        strength: Share of the way to the mean image without attributes.
    """

    pairs: pd.DataFrame
    rank: int
    strength: float = 1.0


@dataclass(frozen=True)
class Point:
    """One model of a curve: the average of the adapters of some runs, and how it is asked.

    Attributes:
        knob: Its place on the curve.
        trainings: The runs; none for the base model.
        scale: Factor of the adapter; at 0 without a projection the point is the base model.
        base_weight: Share of the base model's log-probabilities in those that decide.
        nuisance: A projection of its images, if there is one.
        asking: Another way to ask it than question by question about whole images, if there is one.
    """

    knob: float
    trainings: tuple[Training, ...]
    scale: float = 1.0
    base_weight: float = 0.0
    nuisance: Nuisance | None = None
    asking: Asking | None = None


@dataclass(frozen=True)
class Needs:
    """What a method needs beyond images of verified types and ordinary ones with right answers.

    Attributes:
        attributes: For every training image, its type or the option to which its attribute leads.
        pairs: For every spurious image, the same scene without the attribute.
        generator: Something that makes images, which pairs come from.
    """

    attributes: bool = False
    pairs: bool = False
    generator: bool = False


@dataclass(frozen=True)
class Method:
    """One mitigation; a module of `methods` holds one as `METHOD`.

    Attributes:
        name: What configuration, tables and figure call it.
        defaults: Its hyper-parameters and their values where the configuration gives none.
        curve: From what may be trained on, what one model may cost, the places of the curves and
            all hyper-parameters, makes the models of the curve, from the least to the most robust
            as expected.
        needs: What a user must have for it.
    """

    name: str
    defaults: Setting
    curve: Callable[[Pools, Budget, Knobs, Setting], list[Point]]
    needs: Needs = Needs()


def scaled(training: Training, knobs: Knobs) -> list[Point]:
    """Return one run's curve: its adapter at every scale (Wortsman et al. 2022, WiSE-FT)."""
    return [Point(scale, (training,), scale) for scale in knobs.scales]


def complete(method: Method, setting: Setting) -> dict[str, float]:
    """Return all hyper-parameters of a method, those given in place of the defaults.

    Raises:
        Problem: The method has no such hyper-parameter.
    """
    if unknown := sorted(set(setting) - set(method.defaults)):
        known = ", ".join(method.defaults) or "none"
        raise Problem(
            f"finetuning.mitigations.methods.{method.name} has no hyper-parameter"
            f" {', '.join(unknown)}; known: {known}."
        )
    return {**method.defaults, **setting}


def setting_text(setting: Setting) -> str:
    """Return how tables write a setting: as JSON, sorted by name."""
    return json.dumps({name: float(setting[name]) for name in sorted(setting)})


def _draw(pool: pd.DataFrame, n: int, seed: Sequence[int], name: str) -> pd.DataFrame:
    if n > len(pool):
        raise Problem(
            f"A mitigation asks for {n} {name} samples and the split has {len(pool)}; lower"
            " finetuning.mitigations.samples or enlarge the benchmark pool."
        )
    return pool.iloc[np.random.default_rng(seed).permutation(len(pool))[:n]]
