"""What the losses of the neighbouring papers are where the answer is known, in several families."""

from contextlib import nullcontext
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

from spuriverse.evaluation import changed_region, destroy_cells
from spuriverse.finetuning import Encoder
from spuriverse.finetuning.mitigations.asking import Views, add_up
from spuriverse.finetuning.mitigations.methods.balanced_average import MixupLoss
from spuriverse.finetuning.mitigations.methods.cover_found import cover_all, stickers_of
from spuriverse.finetuning.mitigations.methods.cue_covered import CoveredLoss
from spuriverse.finetuning.mitigations.methods.cue_removed import RemovedLoss
from spuriverse.finetuning.mitigations.methods.diversify import DisagreementLoss, KeepRight
from spuriverse.finetuning.mitigations.methods.virtual_outliers import OutlierLoss
from spuriverse.finetuning.mitigations.scale_choice import FACTORS, ScaleChoice, choose_factor
from spuriverse.models import LocalModel, answer_samples, load_model

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


def test_what_is_covered_is_where_a_pair_differs(
    tiny_folder: Path, tmp_path: Path, rows: pd.DataFrame
) -> None:
    pixels = np.full((64, 64, 3), 90, np.uint8)
    Image.fromarray(pixels).save(tmp_path / "bare.png")
    pixels[10:20, 30:40] = 200
    Image.fromarray(pixels).save(tmp_path / "shown.png")
    region = changed_region(*(str(tmp_path / f"{n}.png") for n in ("shown", "bare")))
    assert region is not None and region.sum() == 100
    pair = rows[:1].assign(image=str(tmp_path / "shown.png"), twin=str(tmp_path / "bare.png"))
    base = load_model(tiny_folder)
    # The rest has one colour, so that the covered picture is the one without the square.
    found = extra(CoveredLoss(pair, weight=2.0), base, pair)
    assert found.item() == pytest.approx(2 * plain(base, pair.assign(image=pair["twin"])), abs=1e-4)
    assert extra(CoveredLoss(rows, weight=2.0), base, rows[3:]).item() == 0


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


# --- another way to ask -----------------------------------------------------------------------


def at(models: dict[float, LocalModel]):
    """Opens one of some models by the factor of the adapter."""
    return lambda scale: nullcontext(models[scale])


@pytest.fixture(scope="module")
def two(tiny_folder: Path) -> dict[float, LocalModel]:
    """A model, and the same with another head."""
    first, second = load_model(tiny_folder), load_model(tiny_folder)
    with torch.no_grad():
        second.model.lm_head.weight.copy_(-2 * second.model.lm_head.weight)
    return {0.0: first, 1.0: second}


def test_views_that_are_the_image_itself_change_nothing(two, tiny_samples: pd.DataFrame) -> None:
    samples = tiny_samples.assign(subset="ordinary")
    samples.loc[2, "image"] = "missing.png"
    plain = answer_samples(two[1.0], samples)
    seen = Views(lambda image: [image, image], 2).answer(at(two), 1.0, samples, 64)
    pd.testing.assert_series_equal(seen["choice"], plain["choice"])
    pd.testing.assert_series_equal(seen["outcome"], plain["outcome"])
    assert seen["outcome"][2] == "failed"
    scores = np.array([row for row in seen["option_scores"] if len(row)])
    expected = np.array([row for row in plain["option_scores"] if len(row)])
    np.testing.assert_allclose(scores, expected, atol=1e-5)


def test_what_sways_one_view_of_four_is_outvoted() -> None:
    def table(scores: list[float]) -> pd.DataFrame:
        known = {"sample_id": ["a"], "outcome": ["answered"], "choice": [int(np.argmax(scores))]}
        return pd.DataFrame(known).assign(option_scores=[scores])

    parts = [table([-1.0, -2.0])] * 3 + [table([-3.0, -1.0])]
    assert add_up(parts)["choice"].tolist() == [0]


def test_the_model_that_is_right_on_counter_examples_is_kept(
    two, tiny_samples: pd.DataFrame
) -> None:
    samples = tiny_samples.assign(subset="ordinary")
    for wanted in (0.0, 1.0):
        own = answer_samples(two[wanted], samples)
        counter = samples.assign(answer=own["choice"].astype(int).to_numpy())
        found = KeepRight(counter).answer(at(two), 1.0, samples, 64)
        pd.testing.assert_series_equal(found["choice"], own["choice"])


def test_each_environment_is_asked_at_the_scale_that_serves_it(
    two, tiny_samples: pd.DataFrame
) -> None:
    """What misleads is right under the second head, and the rest under the first."""
    answers = {f: answer_samples(two[f], tiny_samples)["choice"].astype(int) for f in two}
    differ = (answers[0.0] != answers[1.0]).to_numpy()
    assert differ.sum() >= 4
    known = tiny_samples[differ]
    spurious = known.assign(answer=answers[1.0][differ].to_numpy(), sample_id="s" + known["image"])
    ordinary = known.assign(answer=answers[0.0][differ].to_numpy(), sample_id="o" + known["image"])
    models = {f: two[0.0] if f < 0.5 else two[1.0] for f in FACTORS}
    choice = ScaleChoice(spurious, ordinary, seed=0)
    samples = pd.concat(
        [
            known.assign(subset="spurious"),
            known.assign(subset="aligned", sample_id="x" + known["sample_id"]),
        ]
    )
    found = choice.answer(at(models), 1.0, samples, 64)
    assert found["sample_id"].tolist() == samples["sample_id"].tolist()
    assert choice.fitting == len(FACTORS) * 2 * differ.sum()
    again = choice.answer(at(models), 1.0, samples, 64)
    pd.testing.assert_series_equal(found["choice"], again["choice"])


@laws
@given(st.integers(0, 4), st.integers(0, 9))
def test_the_factor_is_that_of_the_environments_nearby(best: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    near, far = rng.normal(0, 0.01, (4, 3)), rng.normal(9, 0.01, (4, 3))
    accuracies = np.zeros((8, len(FACTORS)))
    accuracies[:4, best] = 1
    accuracies[4:, 4 - best] = 1
    found = choose_factor(np.zeros(3), np.concatenate([near, far]), accuracies)
    assert found == FACTORS[best]


def test_a_sticker_is_cut_out_of_a_pair_and_covered_in_another_image(tmp_path: Path) -> None:
    ground = Image.new("RGB", (60, 60), (90, 90, 90))
    shown = ground.copy()
    shown.paste((250, 20, 20), (4, 4, 20, 20))
    other = Image.new("RGB", (60, 60), (90, 90, 90))
    other.paste((250, 20, 20), (0, 0, 20, 20))
    for name, image in (("a", shown), ("b", ground)):
        image.save(tmp_path / f"{name}.png")
    row = {"type_id": "t", "image": str(tmp_path / "a.png"), "twin": str(tmp_path / "b.png")}
    whole = {**row, "type_id": "u", "image": row["twin"]}
    stickers = stickers_of(pd.DataFrame([row, whole]))
    assert len(stickers) == 1
    covered = np.asarray(cover_all(other, stickers), int)
    assert (abs(covered - 90).max(-1) > 24).sum() < (16 * 16) / 4
    assert cover_all(ground, stickers).tobytes() == ground.tobytes()


def test_disagreement_costs_least_where_the_models_disagree(
    two, tiny_samples: pd.DataFrame
) -> None:
    rows = tiny_samples.assign(options=[["red", "blue"]] * len(tiny_samples), answer=0)
    loss = DisagreementLoss(rows[:3], rows[3:8], weight=1.0, batch_size=5, seed=0)
    collate = Encoder(two[0.0]).collate
    loss.prepare(two[0.0], collate)
    inputs = {**collate(rows[:3]), "columns": loss.columns(rows[:3])}
    same, other = (loss.compute_loss(two[f].model, inputs, PLAIN).item() for f in (0.0, 1.0))
    assert other < same
