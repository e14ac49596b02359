"""A trained model is a checkpoint folder, whole or not at all."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from spuriverse.world import write_checkpoint


class Part:
    """Stands for a model or a processor: writes one file under a name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def save_pretrained(self, folder: Path) -> None:
        if self.name == "broken":
            raise OSError("the disk is full")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / self.name).write_text("weights")


@dataclass
class Trained:
    model: Part
    processor: Part
    losses: list[float]


def test_a_checkpoint_holds_model_processor_and_the_loss_of_every_step(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "biased-0"
    write_checkpoint(Trained(Part("model"), Part("processor"), [2.0, 1.5]), folder)
    names = {path.name for path in folder.iterdir()}
    assert names == {"model", "processor", "losses.csv"}
    losses = pd.read_csv(folder / "losses.csv")
    assert losses.to_dict("list") == {"step": [1, 2], "loss": [2.0, 1.5]}


def test_a_checkpoint_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "biased-0"
    with pytest.raises(OSError, match="disk is full"):
        write_checkpoint(Trained(Part("model"), Part("broken"), [2.0]), folder)
    assert list(tmp_path.iterdir()) == []
