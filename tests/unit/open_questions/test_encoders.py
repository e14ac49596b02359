"""Encoders of other losses, and how they rank the classes of images."""

import numpy as np
import pandas as pd
import pytest

from spuriverse.open_questions import rank_by_encoders, ranks_of_encoders
from spuriverse.tables import write_table
from spuriverse.world import OBJECTS, ClipRecipe, Optics, Statistics

RECIPE = ClipRecipe(images=48, steps=3, batch_size=16, width=64, layers=1)


@pytest.fixture(scope="module")
def ranks(asked) -> pd.DataFrame:
    return rank_by_encoders(
        asked.scenes, seed=0, recipe=RECIPE, statistics=Statistics(), optics=Optics(), threads=1
    )


def test_every_encoder_ranks_every_image(asked, ranks: pd.DataFrame, tmp_path) -> None:
    write_table(ranks, tmp_path / "ranks.parquet", "encoder_ranks")
    assert set(ranks["encoder"]) == {"SigLIP loss", "supervised", "self-supervised"}
    by = ranks_of_encoders(ranks)
    for found in by.values():
        assert set(found.index) == set(asked.scenes["image"])
        assert found.between(1, len(OBJECTS)).all()
    assert not by["supervised"].equals(by["SigLIP loss"])


def test_the_same_seed_gives_the_same_ranks(asked, ranks: pd.DataFrame) -> None:
    again = rank_by_encoders(
        asked.scenes, seed=0, recipe=RECIPE, statistics=Statistics(), optics=Optics(), threads=1
    )
    assert np.array_equal(ranks["rank"], again["rank"])
