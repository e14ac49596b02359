"""A trained tiny model as a checkpoint folder, like any of the Hub."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from spuriverse.tables import atomic_path, write_csv

if TYPE_CHECKING:
    from transformers import PreTrainedModel, ProcessorMixin

LOSS_COLUMNS = ("step", "loss")


class TrainedModel(Protocol):
    """What training gives back: a model, its processor and the loss of every step."""

    @property
    def model(self) -> "PreTrainedModel": ...

    @property
    def processor(self) -> "ProcessorMixin": ...

    @property
    def losses(self) -> list[float]: ...


def write_checkpoint(trained: TrainedModel, folder: str | Path) -> None:
    """Write a trained model where `AutoProcessor` and the model's Auto class find it.

    Args:
        trained: As `train_zoo_model` or `train_zoo_clip` returns it.
        folder: The folder to make or to replace, whole or not at all. Beside model and processor
            it holds `losses.csv`: the loss of every step, counted from 1.

    Raises:
        Problem: The folder cannot be written.
    """
    steps = range(1, len(trained.losses) + 1)
    with atomic_path(folder) as temporary:
        trained.model.save_pretrained(temporary)
        trained.processor.save_pretrained(temporary)
        losses = pd.DataFrame({"step": steps, "loss": trained.losses})
        write_csv(losses, temporary / "losses.csv", LOSS_COLUMNS)
