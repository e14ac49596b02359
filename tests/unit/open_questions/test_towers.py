"""Worlds whose association one tower saw alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spuriverse.discovery.verification.truth import measure_gaps
from spuriverse.finetuning import Hyperparameters
from spuriverse.models import load_model
from spuriverse.open_questions import (
    VARIANTS,
    WORLDS,
    compare_towers,
    measure_worlds,
    train_worlds,
)
from spuriverse.tables import write_table
from spuriverse.world import Optics, StagedRecipe, Statistics

RECIPE = StagedRecipe(
    images=32, tower_steps=2, steps=2, swap_steps=1, batch_size=8, width=64, layers=2
)
KNOWN = {
    "recipe": RECIPE,
    "seed": 3,
    "statistics": Statistics(),
    "optics": Optics(),
    "threads": 1,
}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worlds")
    train_worlds(folder, **KNOWN)
    return folder


def weights(folder: Path, part: str) -> list[np.ndarray]:
    model = load_model(folder).model
    return [v.numpy() for name, v in model.state_dict().items() if part in name]


def same(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    return bool(first) and all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_worlds_share_the_tower_they_say_they_share(worlds: Path) -> None:
    towers = {world: weights(worlds / world, "vision_tower") for world in WORLDS}
    assert same(towers["neither"], towers["language"])
    assert same(towers["vision"], towers["both"])
    assert not same(towers["neither"], towers["vision"])


def test_the_text_changes_the_language_model_alone(worlds: Path) -> None:
    heads = {world: weights(worlds / world, "language_model") for world in WORLDS}
    assert not same(heads["neither"], heads["language"])


def test_every_world_is_measured_in_every_way_and_stays_what_it_was(
    worlds: Path, tmp_path: Path
) -> None:
    before = weights(worlds / "vision", "")
    pairs = measure_worlds(
        worlds,
        lambda model, told: measure_gaps(model, pairs=1, optics=Optics(), seed=0, told=told),
        **KNOWN,
        budget={"samples": 4, "steps": 1, "batch_size": 4},
        hyper=Hyperparameters(rank=2, alpha=2, warmup_steps=0),
    )
    write_table(pairs, tmp_path / "pairs.parquet", "tower_pairs")
    counts = pairs.groupby(["world", "variant", "means"]).size()
    assert len(counts) == len(WORLDS) * len(VARIANTS) * 2 + 2
    assert counts.nunique() == 1
    assert same(before, weights(worlds / "vision", ""))


def test_gaps_are_compared_attribute_by_attribute() -> None:
    """Made up: where vision saw it every shown attribute misleads until vision is tuned."""
    rows = []
    for world, (vision, language) in WORLDS.items():
        for variant in VARIANTS:
            for means in ("shown", "told"):
                fooled = vision if means == "shown" else language
                fooled = fooled and variant not in ("vision tuned", "both tuned")
                rows += [
                    {
                        "attribute": f"scene:{n}",
                        "planted": n < 12,
                        "core_correct": True,
                        "spurious_correct": not fooled or n % 3 == 0,
                        "world": world,
                        "variant": variant,
                        "means": means,
                    }
                    for n in range(15)
                ]
    alone = pd.DataFrame(rows[:30]).assign(variant="tower alone", means="shown")
    both = [alone.assign(world=world) for world in ("neither", "vision")]
    table = compare_towers(pd.concat([pd.DataFrame(rows), *both])).set_index(
        ["model", "condition", "measure"]
    )
    value = table["value"]
    assert value["vision", "as trained", "gap – shown"] == pytest.approx(2 / 3)
    assert value["vision", "as trained", "gap – told"] == 0
    assert value["language", "as trained less neither", "gap – told"] == pytest.approx(2 / 3)
    assert value["both", "vision tuned less as trained", "gap – shown"] == pytest.approx(-2 / 3)
    assert value["both", "language tuned less as trained", "gap – shown"] == 0
    assert table["clusters"].max() == 12
