"""How the samples of an optimiser step fit into a device's memory, found by trying."""

import dataclasses
import gc
import logging
from typing import Any

import pandas as pd

from spuriverse.finetuning.encoding import Encoder
from spuriverse.finetuning.hyperparameters import Hyperparameters

log = logging.getLogger(__name__)


def fit_to_memory(
    model: Any, encoder: Encoder, samples: pd.DataFrame, hyper: Hyperparameters
) -> Hyperparameters:
    """Return the hyper-parameters with the largest batch that fits, of the same optimiser step.

    Batches of the longest samples are tried, forward and backward: first all samples of a step at
    once and no activation computed twice, then ever fewer, at last what was asked for.

    Args:
        model: The base model with a fresh adapter; gradients are as before afterwards.
        encoder: Of the base model.
        samples: What is trained on.
        hyper: What was asked for.
    """
    lengths = encoder.lengths(samples)
    longest = sorted(range(len(samples)), key=lambda place: -lengths[place])
    for tried in _ways(hyper):
        if _fits(model, encoder, samples.iloc[longest[: tried.batch_size]]):
            return tried
        log.info("%d samples at once do not fit into the memory", tried.batch_size)
    return hyper


def _ways(hyper: Hyperparameters) -> list[Hyperparameters]:
    """From all samples of a step at once to the batch size that was asked for."""
    step = hyper.batch_size * hyper.accumulation
    sizes = [size for size in range(step, hyper.batch_size - 1, -1) if step % size == 0]
    return [
        dataclasses.replace(
            hyper, batch_size=size, accumulation=step // size, gradient_checkpointing=False
        )
        for size in sizes
    ]


def _fits(model: Any, encoder: Encoder, samples: pd.DataFrame) -> bool:
    import torch

    model.train()
    inputs = encoder.collate(samples)
    try:
        model(**inputs, use_cache=False).loss.backward()
    except torch.OutOfMemoryError:
        return False
    finally:
        del inputs
        model.zero_grad(set_to_none=True)
        gc.collect()
        torch.cuda.empty_cache()
    return True
