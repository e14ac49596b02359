"""One split with every mitigation on a tiny model: equal budgets, runs shared, base unchanged."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file

from spuriverse.finetuning import Hyperparameters, LossHook, Mixture, finetune_adapter
from spuriverse.finetuning.mitigations import Budget, Knobs, Pools, Training, study_split
from spuriverse.finetuning.mitigations.methods import METHODS
from spuriverse.models import load_model
from spuriverse.problems import Problem

BUDGET = Budget(samples=4, steps=2, batch_size=4, seed=3)
KNOBS = Knobs(proportions=(0.5, 1.0), scales=(0.0, 1.0))
HYPER = Hyperparameters(rank=4, alpha=4, learning_rate=2e-2, warmup_steps=0)


def wrong_option(options, answer: int) -> str:
    return options[(answer + 1) % len(options)]


@pytest.fixture(scope="module")
def pools(tiny_samples: pd.DataFrame) -> Pools:
    """Four spurious samples of two types, and six non-spurious ones."""
    objects = tiny_samples.iloc[[0, 3, 6, 9]]
    spurious = objects.assign(
        type_id=["a", "a", "b", "b"],
        twin=tiny_samples["image"][7:11].values,
        cue=[wrong_option(*row) for row in zip(objects["options"], objects["answer"], strict=True)],
    )
    return Pools(
        spurious, tiny_samples[:7].assign(subset=["aligned", "ordinary"] * 3 + ["aligned"]), seed=1
    )


@pytest.fixture(scope="module")
def asked(tiny_samples: pd.DataFrame) -> pd.DataFrame:
    """The samples once per subset."""
    subsets = ("spurious", "core", "aligned", "aligned_without_cue", "ordinary")
    parts = [
        tiny_samples.assign(subset=name, sample_id=f"{name}-" + tiny_samples["sample_id"])
        for name in subsets
    ]
    together = pd.concat(parts, ignore_index=True).assign(candidate_id="a")
    return together.assign(half=together.groupby("subset").cumcount() % 2)


def study(folder: Path, base: object, pools: Pools, asked: pd.DataFrame, curves) -> pd.DataFrame:
    return study_split(
        base,
        pools,
        asked,
        curves,
        knobs=KNOBS,
        budget=BUDGET,
        hyper=HYPER,
        batch_size=64,
        folder=folder,
    )


@pytest.fixture(scope="module")
def points(
    tiny_folder: Path, pools: Pools, asked: pd.DataFrame, tmp_path_factory
) -> tuple[pd.DataFrame, bool]:
    base = load_model(tiny_folder)
    before = {name: value.clone() for name, value in base.model.state_dict().items()}
    table = study(
        tmp_path_factory.mktemp("adapters"), base, pools, asked, [(name, {}) for name in METHODS]
    )
    after = base.model.state_dict()
    same = before.keys() == after.keys() and all((after[k] == v).all() for k, v in before.items())
    return table, bool(same)


def test_every_method_gets_the_same_steps_and_distinct_images(points) -> None:
    tuned = points[0].query("method != 'base'")
    assert set(tuned["method"]) == set(METHODS)
    assert (tuned["steps"] == BUDGET.steps).all()
    assert (tuned["images"] <= BUDGET.samples).all()


def test_what_runs_through_the_model_beyond_the_budget_is_in_the_table(points) -> None:
    rows = points[0].set_index("method")["rows"]
    dear = {name for name in METHODS if (rows[name] > BUDGET.steps * BUDGET.batch_size).any()}
    assert dear == {
        *("adaptive_scale", "answer_consistency", "balanced_average", "diversify", "jtt"),
        *("nuisance_projection", "pair_consistency", "perturbation_consistency"),
        *("preference_pairs", "region_aware", "undesirable_update", "virtual_outliers"),
    }


def test_a_second_pass_per_question_is_in_the_table(points) -> None:
    passes = points[0].set_index("method")["answer_passes"]
    dear = {name for name in METHODS if (passes[name] > 1).any()}
    assert dear == {"adaptive_scale", "base_average", "crop_vote", "nuisance_projection"}


def test_at_scale_0_every_curve_is_at_the_base_model(points) -> None:
    table = points[0]
    accuracies = ["spurious", "aligned", "ordinary"]
    for _, half in table.groupby("half"):
        base = half.iloc[0][accuracies].to_numpy(dtype=float)
        starts = half[(half["method"] != "mixing") & (half["knob"] == 0)][accuracies]
        assert len(starts) == len(METHODS)
        expected = np.tile(base, (len(starts), 1))
        np.testing.assert_array_equal(starts.to_numpy(dtype=float), expected)


def test_afterwards_the_base_model_is_what_it_was(points) -> None:
    assert points[1]


def test_a_run_that_two_methods_share_is_made_once(points) -> None:
    """Scaling at proportion 1 is a run of mixing; the time it took is recorded to the last bit."""
    table = points[0]
    table = table[table["half"] == 0]
    mixed = table.query("method == 'mixing' and knob == 1")["seconds"].item()
    scaled = table.query("method == 'adapter_scaling' and knob == 1")["seconds"].item()
    assert mixed == scaled


WEIGHTED = [name for name, method in METHODS.items() if "weight" in method.defaults]


@pytest.mark.parametrize("name", WEIGHTED)
def test_a_loss_of_weight_0_is_the_plain_loss_to_the_bit(
    tiny_folder: Path, pools: Pools, tmp_path: Path, name: str
) -> None:
    """The adapter is the one that the plain loss makes of the same samples."""
    setting = {**METHODS[name].defaults, "weight": 0.0}
    training = METHODS[name].curve(pools, BUDGET, KNOBS, setting)[-1].trainings[0]
    assert training.loss is not None
    changed, plain = (
        train(tiny_folder, training, loss, tmp_path / str(place))
        for place, loss in enumerate((training.loss, None))
    )
    assert changed.keys() == plain.keys()
    assert all((changed[key] == plain[key]).all() for key in plain)


def test_a_transplant_of_amplitude_0_is_plain_mixing_to_the_bit(
    tiny_folder: Path, pools: Pools, tmp_path: Path
) -> None:
    """And one of another amplitude is not."""
    made = {}
    for amplitude in (0.0, 1.0):
        setting = {"amplitude": amplitude, "proportion": 0.5}
        curve = METHODS["transplant"].curve(pools, replace(BUDGET, samples=8), KNOBS, setting)
        training = curve[-1].trainings[0]
        made[amplitude] = train(tiny_folder, training, training.loss, tmp_path / f"{amplitude}")
        made[None] = train(tiny_folder, training, None, tmp_path / f"plain-{amplitude}")
    same = [(made[0.0][key] == made[None][key]).all() for key in made[None]]
    moved = [(made[1.0][key] != made[None][key]).any() for key in made[None]]
    assert all(same)
    assert any(moved)


UNREMEDIED = [
    ("base_average", {"base_weight": 0.0}),
    ("nuisance_projection", {"base_weight": 0.0, "rank": 0.0}),
]


@pytest.mark.parametrize(("name", "setting"), UNREMEDIED)
def test_weight_0_and_rank_0_measure_what_transplant_does(
    tiny_folder: Path, pools: Pools, asked: pd.DataFrame, tmp_path: Path, name: str, setting
) -> None:
    table = study(
        tmp_path, load_model(tiny_folder), pools, asked, [("transplant", {}), (name, setting)]
    )
    columns = [
        "knob",
        "half",
        "spurious",
        "aligned",
        "ordinary",
        "rows",
        "answer_passes",
        "seconds",
    ]
    first, second = (table[table["method"] == n][columns] for n in ("transplant", name))
    pd.testing.assert_frame_equal(first.reset_index(drop=True), second.reset_index(drop=True))


def test_a_projection_needs_no_training(
    tiny_folder: Path, pools: Pools, asked: pd.DataFrame, tmp_path: Path
) -> None:
    curve = ("nuisance_projection", {"trained": 0.0})
    table = study(tmp_path, load_model(tiny_folder), pools, asked, [curve])
    tuned = table[table["method"] == "nuisance_projection"]
    assert (tuned["steps"] == 0).all()
    assert (tuned["rows"] == tuned["images"]).all()


def train(folder: Path, training: Training, loss: LossHook | None, output: Path) -> dict:
    """The weights of an adapter after the steps of a run."""
    output.mkdir()
    size = training.budget.batch_size
    visits = pd.concat([training.samples] * BUDGET.steps * size).iloc[: BUDGET.steps * size]
    finetune_adapter(
        load_model(folder),
        Mixture(visits, training.samples[:1]),
        replace(HYPER, batch_size=size, epochs=1),
        seed=BUDGET.seed,
        folder=output,
        hook=loss,
    )
    return load_file(output / "adapter_model.safetensors")


@pytest.mark.parametrize(
    ("curve", "words"),
    [(("prayer", {}), "known are adapter_average"), (("kl_anchor", {"wait": 1.0}), "weight")],
)
def test_an_unknown_name_is_refused_with_the_known_ones(
    tiny_folder: Path, pools: Pools, asked: pd.DataFrame, tmp_path: Path, curve, words: str
) -> None:
    with pytest.raises(Problem, match=words):
        study(tmp_path, load_model(tiny_folder), pools, asked, [curve])
