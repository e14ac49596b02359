"""Another loss in fine-tuning: what a mitigation may do."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from spuriverse.models import LocalModel

Collate = Callable[[pd.DataFrame], dict[str, Any]]
"""Turns a table of samples into the inputs of a forward pass with labels, on the device."""

COLUMNS = "columns"
ROW_LOSSES = "row_losses"


class LossHook:
    """A change to the loss of training. This one changes nothing: override what you need."""

    def describe(self) -> str:
        """Return what the loss depends on; a checkpoint of another loss is not taken up.

        By default the class and the numbers and texts among its attributes.
        """
        plain = {k: v for k, v in vars(self).items() if isinstance(v, int | float | str)}
        return f"{type(self).__qualname__} {sorted(plain.items())}"

    def prepare(self, base: LocalModel, collate: Collate) -> None:
        """Get ready, once per run.

        Args:
            base: The model that is trained; its modules have the adapter on them by now.
            collate: Turns a table of samples into the inputs of a forward pass with labels.
        """

    def columns(self, samples: pd.DataFrame) -> dict[str, list[Any]]:
        """Return what `compute_loss` needs to know of every training sample, by name.

        Args:
            samples: The training part of the mixture, n rows.

        Returns:
            Name -> n values: numbers, texts, or lists of them.
        """
        return {}

    def change_inputs(
        self, inputs: dict[str, Any], columns: dict[str, list[Any]]
    ) -> dict[str, Any]:
        """Return what the model is given of a batch, before its forward pass.

        Args:
            inputs: As the samples were encoded, with `labels`.
            columns: Name -> the values of the batch, as `columns` returned them.
        """
        return inputs

    def compute_loss(self, model: Any, inputs: dict[str, Any], plain_loss: Any) -> Any:
        """Return the loss that is minimised, of one batch.

        Args:
            model: The model with its adapter, a `peft.PeftModel` (within `disable_adapter()` it
                is the base model).
            inputs: What the model was given, with `labels` (-100 where a token does not count);
                `columns`: name -> the values of the batch; `row_losses`: the mean loss of every
                row's answer, shape (rows,), with its gradient.
            plain_loss: The mean loss over the answers' tokens, with its gradient.
        """
        return plain_loss
