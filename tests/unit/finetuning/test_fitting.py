"""Batches that fit: the same samples a step, in as few forward passes as the memory holds."""

import dataclasses
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spuriverse.finetuning import Encoder, Hyperparameters, Mixture, finetune_adapter
from spuriverse.finetuning.adapters import attach_adapter, detach_adapter
from spuriverse.finetuning.fitting import fit_to_memory
from spuriverse.finetuning.targets import find_targets
from spuriverse.finetuning.trainer import StepOrder
from spuriverse.models import LocalModel, load_model

HYPER = Hyperparameters(
    rank=2, alpha=2, learning_rate=1e-3, warmup_steps=0, batch_size=2, accumulation=4, epochs=2,
    gradient_checkpointing=True,
)  # fmt: skip


@pytest.fixture(scope="module")
def base(tiny_folder: Path) -> LocalModel:
    return load_model(tiny_folder)


@pytest.mark.parametrize(
    ("room", "batch", "accumulation", "twice"),
    [(8, 8, 1, False), (5, 4, 2, False), (2, 2, 4, False), (1, 2, 4, True)],
)
def test_the_largest_batch_that_fits_is_taken(
    base: LocalModel,
    tiny_samples: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
    room: int,
    batch: int,
    accumulation: int,
    twice: bool,
) -> None:
    targets = find_targets(base.model, "both")
    model = attach_adapter(base.model, targets, rank=2, alpha=2, dropout=0.0)
    forward = type(base.model).forward

    def limited(self: Any, *args: Any, **inputs: Any) -> Any:
        if len(inputs["input_ids"]) > room:
            raise torch.OutOfMemoryError
        return forward(self, *args, **inputs)

    monkeypatch.setattr(type(base.model), "forward", limited)
    try:
        found = fit_to_memory(model, Encoder(base), tiny_samples, HYPER)
        assert not any(p.grad is not None for p in model.parameters())
    finally:
        detach_adapter(base, model)
    assert found == dataclasses.replace(
        HYPER, batch_size=batch, accumulation=accumulation, gradient_checkpointing=twice
    )


def test_a_step_is_the_same_however_its_samples_are_shared_out(
    base: LocalModel, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    """Eight samples are one step: at once, in pieces, and in pieces by length."""
    ways: list[dict[str, Any]] = [
        {"batch_size": 8, "accumulation": 1, "gradient_checkpointing": False},
        {},
        {"group_lengths": True},
    ]
    mixture = Mixture(tiny_samples.iloc[:8], tiny_samples.iloc[8:])
    losses = []
    for number, changes in enumerate(ways):
        folder = tmp_path / str(number)
        folder.mkdir()
        hyper = dataclasses.replace(HYPER, **changes)
        record = finetune_adapter(base, mixture, hyper, seed=0, folder=folder)
        assert record.steps == 2
        losses.append(record.validation_loss)
    assert losses[1:] == pytest.approx([losses[0]] * 2, rel=1e-5)


@given(st.lists(st.integers(1, 900), min_size=1, max_size=60), st.integers(1, 9), st.integers(0, 5))
def test_an_epoch_has_every_sample_once_and_the_steps_of_the_plain_order(
    lengths: list[int], step: int, epoch: int
) -> None:
    order = StepOrder(lengths, step, seed=3)
    order.set_epoch(epoch)
    found = list(order)
    assert sorted(found) == list(range(len(lengths)))
    assert list(order) == found
    for start in range(0, len(found), step):
        part = [lengths[place] for place in found[start : start + step]]
        assert part == sorted(part)


def test_epochs_have_different_orders() -> None:
    order = StepOrder([1] * 50, 1, seed=0)
    first = list(order)
    order.set_epoch(1)
    assert list(order) != first


def test_what_is_not_remembered_is_prepared_beside_and_gives_the_same_run(
    base: LocalModel, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    mixture = Mixture(tiny_samples.iloc[:8], tiny_samples.iloc[8:])
    losses = []
    for name, memory in (("all", None), ("nothing", 0)):
        (tmp_path / name).mkdir()
        encoder = Encoder(base, memory_bytes=memory)
        record = finetune_adapter(
            base, mixture, HYPER, seed=0, folder=tmp_path / name, encoder=encoder
        )
        assert encoder.holds_all == (memory is None)
        losses.append(record.validation_loss)
    assert losses[0] == losses[1]
