"""The models of a curve's points: trained once, averaged, scaled, and asked as the point says."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.finetuning.adapters import attached_adapter
from spuriverse.finetuning.encoding import Encoder
from spuriverse.finetuning.hyperparameters import Hyperparameters
from spuriverse.finetuning.mitigations.asking import add_up
from spuriverse.finetuning.mitigations.averaging import average_adapters
from spuriverse.finetuning.mitigations.method import Nuisance, Point, Training
from spuriverse.finetuning.mixtures import Mixture
from spuriverse.finetuning.training import FinetuningRecord, finetune_adapter
from spuriverse.models import (
    InputMemory,
    LocalModel,
    NuisanceProjection,
    Remedies,
    RobustModel,
    answer_samples,
    average_scores,
    fit_projection,
)
from spuriverse.tables import content_sha256

_ASKED = ["sample_id", "image", "question", "options"]


def fit_nuisance(model: LocalModel, nuisance: Nuisance | None) -> NuisanceProjection | None:
    """Return the projection that a point asks for, fitted on its model.

    Args:
        model: The model with the point's adapter on it.
        nuisance: What the point says of it.

    Raises:
        Problem: As in `spuriverse.models.fit_projection`.
    """
    if nuisance is None or not nuisance.rank:
        return None
    return fit_projection(
        model,
        nuisance.pairs["image"].tolist(),
        nuisance.pairs["twin"].tolist(),
        rank=nuisance.rank,
        strength=nuisance.strength,
    )


def _views(point: Point) -> int:
    """Forward passes per question that the point's way of asking takes."""
    return point.asking.passes if point.asking and point.scale else 1


def _is_base(point: Point) -> bool:
    """Whether a point is the base model, asked plainly."""
    tuned = point.scale and point.trainings
    return not tuned and (point.nuisance is None or bool(point.trainings))


def _identity(point: Point) -> str:
    """What the answers of a point's model depend on; equal for points with the same model."""
    if _is_base(point):
        return "base"
    keys = [training.key for training in point.trainings]
    parts = [*keys, f"{point.scale!r}" if keys else ""]
    if point.nuisance and point.nuisance.rank:
        pairs = _digest(point.nuisance.pairs, ["image", "twin"])
        parts.append(f"{point.nuisance.rank} {point.nuisance.strength!r} {pairs}")
    return "\n".join(parts)


def _digest(table: pd.DataFrame, columns: list[str]) -> str:
    return content_sha256(table[columns].to_json(orient="values"))


class PointModels:
    """The models of points, each trained once and asked once whatever points share it.

    Runs are told apart by their keys, so that one object is of one split alone.
    """

    def __init__(
        self,
        base: LocalModel,
        hyper: Hyperparameters,
        folder: Path,
        encoder: Encoder | None = None,
    ) -> None:
        """Remember what runs are made with.

        Args:
            base: The base model.
            hyper: Hyper-parameters of LoRA and optimiser.
            folder: Where adapters are kept; must exist.
            encoder: Of the base model, if it is not asked by the likelihood of options.
        """
        self._base, self._hyper, self._folder = base, hyper, folder
        self._encoder = encoder or Encoder(base)
        self._made: dict[str, tuple[Path, FinetuningRecord]] = {}
        self._inputs = InputMemory()
        self._answers: dict[tuple[str, str, int], pd.DataFrame] = {}

    def cost(self, point: Point) -> dict[str, Any]:
        """Return what the point's runs cost together; makes them if they are not there."""
        records = [self._make(training)[1] for training in point.trainings]
        pairs = list(zip(point.trainings, records, strict=True))
        fitted = 2 * len(point.nuisance.pairs) if point.nuisance and point.nuisance.rank else 0
        return {
            "steps": sum(record.steps for record in records),
            "images": max((training.images for training in point.trainings), default=fitted),
            "rows": sum(training.rows * record.steps for training, record in pairs)
            + fitted
            + (point.asking.fitting if point.asking and point.scale else 0),
            "answer_passes": (2 if point.base_weight else 1) * _views(point),
            "seconds": sum(record.seconds for record in records),
        }

    @contextmanager
    def opened(self, point: Point, *, merged: bool = False) -> Iterator[LocalModel]:
        """Give the base model with the point's adapter on it, asked as the point says.

        Args:
            point: The point.
            merged: As in `attached_adapter`; a point that averages with the base model needs the
                adapter apart, and gets it so.

        Yields:
            The base model itself, or a `RobustModel` around it, as long as the block lasts.
        """
        with ExitStack() as stack:
            model = self._base
            if point.scale and point.trainings:
                folder = self.adapter(point)
                merged = merged and not point.base_weight
                tuned = attached_adapter(self._base, folder, scale=point.scale, merged=merged)
                model = stack.enter_context(tuned)
            elif _is_base(point):
                yield model
                return
            remedies = Remedies(point.base_weight, fit_nuisance(model, point.nuisance))
            yield RobustModel(model, remedies) if any(remedies) else model

    def answer(self, point: Point, samples: pd.DataFrame, batch_size: int) -> pd.DataFrame:
        """Answer questions as the point says.

        Args:
            point: The point; at scale 0 its model is asked plainly.
            samples: As in `Asking.answer`.
            batch_size: Questions a forward pass.

        Returns:
            A `responses` table.
        """
        if point.asking is None or not point.scale:
            return self._answer_plainly(point, samples, batch_size)
        return point.asking.answer(
            lambda scale: self.opened(replace(point, scale=scale), merged=True),
            point.scale,
            samples,
            batch_size,
        )

    def _answer_plainly(self, point: Point, samples: pd.DataFrame, batch_size: int) -> pd.DataFrame:
        """Ask what no other point has asked; an average with the base model needs no model."""
        if point.base_weight and not _is_base(point):
            alone, base = replace(point, base_weight=0.0), Point(point.knob, (), 0.0)
            parts = [self._answer_plainly(one, samples, batch_size) for one in (base, alone)]
            return add_up(parts, partial(average_scores, weight=point.base_weight))
        key = (_identity(point), _digest(samples, _ASKED), batch_size)
        if key not in self._answers:
            with self.opened(point, merged=True) as model:
                self._answers[key] = answer_samples(
                    model, samples, batch_size=batch_size, kept=self._inputs
                )
        return self._answers[key]

    def adapter(self, point: Point) -> Path:
        """Return the folder of the point's adapter, which has at least one run."""
        folders = [self._make(training)[0] for training in point.trainings]
        if len(folders) == 1:
            return folders[0]
        folder = self._folder / ("average-" + "-".join(f.name for f in folders))
        if not folder.exists():
            folder.mkdir()
            average_adapters(folders, folder)
        return folder

    def _make(self, training: Training) -> tuple[Path, FinetuningRecord]:
        if training.key not in self._made:
            folder = self._folder / training.key
            folder.mkdir()
            budget = training.budget
            n = budget.steps * budget.batch_size
            visits = pd.concat([training.samples] * -(-n // len(training.samples))).iloc[:n]
            record = finetune_adapter(
                self._base,
                Mixture(visits, training.samples.iloc[: budget.batch_size]),
                replace(self._hyper, batch_size=budget.batch_size, epochs=1),
                seed=budget.seed,
                folder=folder,
                hook=training.loss,
                encoder=self._encoder,
            )
            self._made[training.key] = folder, record
        return self._made[training.key]
