"""Points that share a run or a model: trained once, asked once, with the answers of each alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spuriverse.finetuning import Hyperparameters
from spuriverse.finetuning.mitigations import METHODS, Budget, Knobs, Point, PointModels, Pools
from spuriverse.models import LocalModel, answer_samples, load_model

BUDGET = Budget(samples=4, steps=1, batch_size=4, seed=3)
KNOBS = Knobs(proportions=(0.5, 1.0), scales=(0.5, 1.0))
HYPER = Hyperparameters(rank=4, alpha=4, learning_rate=2e-2, warmup_steps=0)


@pytest.fixture(scope="module")
def base(tiny_folder: Path) -> LocalModel:
    return load_model(tiny_folder)


@pytest.fixture(scope="module")
def models(base: LocalModel, tmp_path_factory: pytest.TempPathFactory) -> PointModels:
    return PointModels(base, HYPER, tmp_path_factory.mktemp("adapters"))


@pytest.fixture(scope="module")
def pools(tiny_samples: pd.DataFrame) -> Pools:
    spurious = tiny_samples.iloc[[0, 3, 6, 9]].assign(
        type_id="a", twin=tiny_samples["image"][7:11].values, cue="cup"
    )
    return Pools(spurious, tiny_samples[:7].assign(subset="ordinary"), seed=1)


def curve_of(pools: Pools, name: str, **setting: float) -> list[Point]:
    method = METHODS[name]
    return method.curve(pools, BUDGET, KNOBS, {**method.defaults, **setting})


CURVES = [
    ("mixing", {}),
    ("adapter_scaling", {"proportion": 0.5}),
    ("transplant", {}),
    ("base_average", {"base_weight": 0.3}),
    ("nuisance_projection", {"rank": 1, "base_weight": 0.3}),
    ("nuisance_projection", {"rank": 1, "trained": 0, "base_weight": 0.3}),
]


@pytest.mark.parametrize(("name", "setting"), CURVES)
def test_a_point_answers_as_its_model_does_when_it_is_opened_and_asked(
    models: PointModels, pools: Pools, tiny_samples: pd.DataFrame, name: str, setting
) -> None:
    """Whether the answers are new, shared, or averaged with the base model's."""
    samples = tiny_samples.copy()
    samples.loc[2, "image"] = "missing.png"
    for point in curve_of(pools, name, **setting):
        shared = models.answer(point, samples, 4)
        with models.opened(point) as model:
            alone = answer_samples(model, samples, batch_size=4)
        for column in ("sample_id", "outcome", "choice"):
            assert shared[column].tolist() == alone[column].tolist()
        # Adapters are added to the weights, which moves the last digits.
        for ours, theirs in zip(shared["option_scores"], alone["option_scores"], strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_afterwards_the_base_model_is_what_it_was_to_the_bit(
    models: PointModels, base: LocalModel, pools: Pools, tiny_samples: pd.DataFrame
) -> None:
    before = {name: value.clone() for name, value in base.model.state_dict().items()}
    models.answer(curve_of(pools, "transplant")[0], tiny_samples[:2], 4)
    after = base.model.state_dict()
    assert before.keys() == after.keys()
    assert all((after[name] == value).all() for name, value in before.items())


def passes(models: PointModels, base: LocalModel, points: list[Point], samples) -> int:
    """Forward passes that it takes to answer as some points."""
    counted = []
    handle = base.model.register_forward_pre_hook(lambda *_: counted.append(1))
    try:
        for point in points:
            models.cost(point)
        counted.clear()
        for point in points:
            models.answer(point, samples, 64)
    finally:
        handle.remove()
    return len(counted)


def test_a_model_that_points_share_is_asked_once(
    base: LocalModel, pools: Pools, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    models = PointModels(base, HYPER, tmp_path)
    few = tiny_samples[:3]  # a batch
    assert passes(models, base, curve_of(pools, "transplant"), few) == 2
    # The base model is new, and all else is an average of what is known.
    assert passes(models, base, curve_of(pools, "base_average"), few) == 1
    assert passes(models, base, curve_of(pools, "base_average", base_weight=0.2), few) == 0
    assert passes(models, base, curve_of(pools, "mixing"), few) == 2
    # Mixing's own runs are scales of 1.
    assert passes(models, base, curve_of(pools, "adapter_scaling"), few) == 1
    assert passes(models, base, [replace(curve_of(pools, "mixing")[0], scale=0.0)], few) == 0


def test_other_questions_are_asked_anew(
    models: PointModels, pools: Pools, tiny_samples: pd.DataFrame
) -> None:
    point = curve_of(pools, "mixing")[0]
    first = models.answer(point, tiny_samples[:4], 64)
    second = models.answer(point, tiny_samples[4:7], 64)
    assert first["sample_id"].tolist() == tiny_samples["sample_id"][:4].tolist()
    assert second["sample_id"].tolist() == tiny_samples["sample_id"][4:7].tolist()
    turned = tiny_samples[:4].assign(options=[list(o)[::-1] for o in tiny_samples["options"][:4]])
    third = models.answer(point, turned, 64)
    np.testing.assert_allclose(
        [row[::-1] for row in third["option_scores"]], first["option_scores"].tolist(), atol=1e-6
    )
