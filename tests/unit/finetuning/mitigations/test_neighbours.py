"""What the losses of the neighbouring papers are where the answer is known, in several families."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from spuriverse.finetuning import Encoder
from spuriverse.finetuning.mitigations.methods.balanced_average import MixupLoss
from spuriverse.finetuning.mitigations.methods.cue_removed import RemovedLoss
from spuriverse.finetuning.mitigations.methods.virtual_outliers import OutlierLoss, destroy_cells
from spuriverse.models import LocalModel, load_model

laws = settings(deadline=None, derandomize=True, max_examples=30)
PLAIN = torch.tensor(0.5)


def load_builders() -> ModuleType:
    """What builds tiny checkpoints of the open families."""
    path = Path(__file__).parents[2] / "models" / "families.py"
    spec = spec_from_file_location("families_of_neighbours", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=["llava", "qwen2_5_vl", "idefics3"])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    folder = load_builders().save_family(request.param, tmp_path_factory.mktemp(request.param))
    return load_model(folder, name=request.param)


@pytest.fixture
def rows(tiny_samples: pd.DataFrame) -> pd.DataFrame:
    """Three spurious and two other samples, whose options are a word each."""
    twins = [*tiny_samples["image"].iloc[[5, 6, 7]], None, None]
    chosen = tiny_samples.iloc[:5].assign(twin=twins, options=[["red", "blue", "moon"]] * 5)
    return chosen.assign(answer=[0, 1, 2, 1, 0])


def extra(loss, base: LocalModel, batch: pd.DataFrame) -> torch.Tensor:
    collate = Encoder(base).collate
    loss.prepare(base, collate)
    inputs = {**collate(batch), "columns": loss.columns(batch)}
    return loss.compute_loss(base.model, inputs, PLAIN) - PLAIN


def plain(base: LocalModel, batch: pd.DataFrame) -> float:
    inputs = Encoder(base).collate(batch)
    return base.model(**inputs).loss.item()


def test_images_without_their_cue_cost_their_loss(base: LocalModel, rows: pd.DataFrame) -> None:
    found = extra(RemovedLoss(rows, weight=2.0), base, rows)
    removed = rows[:3].assign(image=rows["twin"][:3])
    assert found.item() == pytest.approx(2 * plain(base, removed), abs=1e-4)
    assert extra(RemovedLoss(rows, weight=2.0), base, rows[3:]).item() == 0


def test_a_sample_blended_with_itself_costs_its_own_loss(
    base: LocalModel, rows: pd.DataFrame
) -> None:
    one = rows[:1]
    loss = MixupLoss(one, weight=1.0, smoothing=0.0, seed=0)
    assert extra(loss, base, one).item() == pytest.approx(plain(base, one), abs=1e-3)


def test_a_target_that_is_spread_evenly_costs_its_entropy_at_least(
    base: LocalModel, rows: pd.DataFrame
) -> None:
    cost = extra(MixupLoss(rows[:1], weight=1.0, smoothing=1.0, seed=0), base, rows[:1])
    assert cost.item() >= np.log(base.model.get_output_embeddings().out_features) - 1e-3
    assert extra(MixupLoss(rows, weight=1.0, smoothing=0.1, seed=0), base, rows).isfinite()


def test_even_odds_cost_nothing_and_others_something(tiny_folder: Path, rows: pd.DataFrame) -> None:
    base = load_model(tiny_folder)
    loss = OutlierLoss(rows, weight=1.0, cells=4, seed=0)
    assert extra(loss, base, rows).item() > 1e-4
    with torch.no_grad():
        base.model.lm_head.weight.zero_()
    assert extra(loss, base, rows).item() == pytest.approx(0, abs=1e-5)


def test_doubt_is_asked_for_in_every_family(base: LocalModel, rows: pd.DataFrame) -> None:
    # The same sample twice in a batch is asked about twice, no more.
    twice = pd.concat([rows[:2], rows[:1]])
    loss = OutlierLoss(rows, weight=1.0, cells=2, seed=0)
    alone = [extra(loss, base, rows[i : i + 1]).item() for i in (0, 1)]
    together = extra(loss, base, twice).item()
    assert together == pytest.approx((2 * alone[0] + alone[1]) / 3, abs=1e-3)


@laws
@given(st.lists(st.floats(-1, 1), min_size=16, max_size=16), st.integers(0, 16))
def test_destroyed_cells_keep_their_pixels_but_not_their_places(pulls, cells: int) -> None:
    rng = np.random.default_rng(0)
    image = Image.fromarray(rng.integers(0, 255, (24, 32, 3), dtype=np.uint8))
    before = np.asarray(image)
    after = np.asarray(destroy_cells(image, np.array(pulls), cells, rng))
    blocks = [
        np.s_[6 * row : 6 * row + 6, 8 * column : 8 * column + 8]
        for row in range(4)
        for column in range(4)
    ]
    changed = [bool((before[block] != after[block]).any()) for block in blocks]
    assert changed == [
        place in np.argsort(-np.array(pulls), kind="stable")[:cells] for place in range(16)
    ]
    for block in blocks:
        first, second = (np.sort(part[block].reshape(-1, 3), 0) for part in (before, after))
        np.testing.assert_array_equal(first, second)
