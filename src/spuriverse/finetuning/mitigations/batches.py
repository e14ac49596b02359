"""What losses know of a batch: its samples, and other inputs made of them."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from spuriverse.finetuning.loss_hook import Collate, LossHook

if TYPE_CHECKING:
    from spuriverse.models import LocalModel


class SampleLoss(LossHook):
    """A loss that looks up the samples of a batch in a table; it changes nothing by itself."""

    def __init__(self, samples: pd.DataFrame) -> None:
        """Remember the samples.

        Args:
            samples: Columns sample_id, image, question, options, answer and what else the loss
                needs; the samples of the run.
        """
        self.samples = samples.drop_duplicates("sample_id")
        self._places = {name: place for place, name in enumerate(self.samples["sample_id"])}
        self._collate: Collate | None = None

    def prepare(self, base: "LocalModel", collate: Collate) -> None:
        """Keep what turns samples into inputs."""
        self._collate = collate

    def columns(self, samples: pd.DataFrame) -> dict[str, list[Any]]:
        """The place of the row's sample in the table."""
        return {"place": [self._places[name] for name in samples["sample_id"]]}

    def batch(self, inputs: dict[str, Any]) -> pd.DataFrame:
        """Return the rows of the table that a batch shows, in its order."""
        return self.samples.iloc[inputs["columns"]["place"]]

    def collate(self, samples: pd.DataFrame) -> dict[str, Any]:
        """Return samples as the inputs of a forward pass with labels."""
        assert self._collate is not None
        return self._collate(samples)
