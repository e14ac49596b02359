"""What the mitigations' losses are where the answer is known."""

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

from spuriverse.finetuning import Encoder, attached_adapter
from spuriverse.finetuning.adapters import attach_adapter
from spuriverse.finetuning.mitigations import average_adapters
from spuriverse.finetuning.mitigations.anchoring import (
    AnchorLoss,
    answer_distribution,
    answer_likelihood,
    divergence,
)
from spuriverse.finetuning.mitigations.methods.answer_consistency import (
    ShuffleLoss,
    shuffle_options,
)
from spuriverse.finetuning.mitigations.methods.group_dro import GroupDroLoss
from spuriverse.finetuning.mitigations.methods.jtt import ErrorLoss
from spuriverse.finetuning.mitigations.methods.last_layer import LastLayerLoss
from spuriverse.finetuning.mitigations.methods.pair_consistency import PairLoss
from spuriverse.finetuning.mitigations.methods.perturbation_consistency import PerturbationLoss
from spuriverse.finetuning.mitigations.methods.preference_pairs import (
    PreferenceLoss,
    with_rejected,
)
from spuriverse.finetuning.mitigations.methods.region_aware import RegionLoss, replace_cells
from spuriverse.finetuning.mitigations.methods.undesirable_update import UphillLoss
from spuriverse.finetuning.targets import find_targets
from spuriverse.models import (
    LocalModel,
    answer_samples,
    fingerprint_model,
    load_model,
    write_base_model,
)
from spuriverse.problems import Problem

laws = settings(deadline=None, derandomize=True, max_examples=30)
PLAIN = torch.tensor(0.5)


@pytest.fixture(scope="module")
def base(tiny_folder: Path) -> LocalModel:
    return load_model(tiny_folder)


def distribution(logits: list[float]) -> torch.Tensor:
    return torch.tensor([logits]).log_softmax(-1)


@laws
@given(
    st.lists(st.floats(-5, 5), min_size=3, max_size=3),
    st.lists(st.floats(-5, 5), min_size=3, max_size=3),
)
def test_divergence_is_0_from_a_distribution_to_itself_and_never_less(a, b) -> None:
    assert divergence(distribution(a), distribution(a)).item() == pytest.approx(0, abs=1e-6)
    assert divergence(distribution(a), distribution(b)).item() >= -1e-6


def test_the_anchor_costs_nothing_at_the_base_model_and_something_away_from_it(
    base: LocalModel, tiny_samples: pd.DataFrame
) -> None:
    anchor = AnchorLoss(tiny_samples, batch_size=4, weight=2.0, seed=0)
    anchor.prepare(base, Encoder(base).collate)
    assert anchor.compute_loss(base.model, {}, PLAIN).item() == pytest.approx(0.5, abs=1e-5)
    head = base.model.lm_head.weight.data
    base.model.lm_head.weight.data = 2 * head
    try:
        assert anchor.compute_loss(base.model, {}, PLAIN).item() > 0.501
    finally:
        base.model.lm_head.weight.data = head


@pytest.mark.parametrize("same", [True, False])
def test_a_pair_costs_nothing_if_its_images_are_the_same(
    base: LocalModel, tiny_samples: pd.DataFrame, same: bool
) -> None:
    samples = tiny_samples.iloc[[0, 3, 6]]
    twins = samples["image"] if same else tiny_samples["image"].iloc[[1, 4, 7]].to_numpy()
    pairs = samples.assign(twin=twins)
    loss, collate = PairLoss(pairs, weight=1.0), Encoder(base).collate
    loss.prepare(base, collate)
    inputs = {**collate(pairs), "columns": loss.columns(pairs)}
    extra = loss.compute_loss(base.model, inputs, PLAIN).item() - 0.5
    assert extra == pytest.approx(0, abs=1e-6) if same else extra > 1e-6


def test_answers_are_read_where_they_are_written(
    base: LocalModel, tiny_samples: pd.DataFrame
) -> None:
    inputs = Encoder(base).collate(tiny_samples[:4])
    read = answer_distribution(base.model, inputs)
    assert read.shape[0] == int((inputs["labels"] != -100).sum())
    assert torch.allclose(read.exp().sum(-1), torch.ones(len(read)), atol=1e-5)
    labels = inputs["labels"][inputs["labels"] != -100]
    mean = -read[torch.arange(len(read)), labels].mean()
    assert mean.item() == pytest.approx(base.model(**inputs).loss.item(), abs=1e-4)


@laws
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0, 20)), min_size=1, max_size=6),
        min_size=1,
        max_size=5,
    ),
    st.floats(0, 1),
)
def test_the_weights_of_the_types_stay_on_the_simplex(batches, step: float) -> None:
    dro = GroupDroLoss(pd.Series(list("abcd")), step)
    for batch in batches:
        names, losses = zip(*batch, strict=True)
        columns = dro.columns(pd.DataFrame({"type_id": names}))
        inputs = {"columns": columns, "row_losses": torch.tensor(losses)}
        value = dro.compute_loss(None, inputs, PLAIN).item()
        assert min(losses) - 1e-4 <= value <= max(losses) + 1e-4
        assert dro.weights.sum() == pytest.approx(1)
        assert (dro.weights >= 0).all()


def test_the_worst_type_gains_weight() -> None:
    dro = GroupDroLoss(pd.Series(["a", "b"]), 0.5)
    inputs = {"columns": {"type": [0, 1]}, "row_losses": torch.tensor([0.1, 3.0])}
    value = dro.compute_loss(None, inputs, PLAIN).item()
    assert dro.weights[1] > 0.5 > dro.weights[0]
    assert value > 1.55


# --- preferences and regions ------------------------------------------------------------------

PARTS = {"weight": 2.0, "beta": 0.5, "neutral": 1.0, "anchor": 0.5}


def spurious_rows(samples: pd.DataFrame) -> pd.DataFrame:
    rows = samples.iloc[[0, 3, 6]]
    cues = [o[(a + 1) % len(o)] for o, a in zip(rows["options"], rows["answer"], strict=True)]
    return rows.assign(cue=cues, subset=None, twin=samples["image"].iloc[[1, 4, 7]].to_numpy())


def test_the_rejected_option_is_the_cues_and_on_an_aligned_image_any_other(
    tiny_samples: pd.DataFrame,
) -> None:
    spurious = spurious_rows(tiny_samples)
    others = tiny_samples.iloc[[1, 2]].assign(subset=["aligned", "ordinary"])
    rows = with_rejected(pd.concat([spurious, others]), seed=0)
    for row in rows[:3].to_dict("records"):
        assert row["options"][row["rejected"]] == row["cue"]
    assert rows["rejected"].iloc[3] not in (-1, rows["answer"].iloc[3])
    assert rows["rejected"].iloc[4] == -1


def test_a_preference_costs_log_2_at_the_base_model_and_a_tie_nothing(
    tiny_folder: Path, tiny_samples: pd.DataFrame
) -> None:
    base = load_model(tiny_folder)
    rows = with_rejected(spurious_rows(tiny_samples), seed=0)
    targets = find_targets(base.model, "language")
    model = attach_adapter(base.model, targets, rank=2, alpha=4, dropout=0.0)
    loss, collate = PreferenceLoss(rows, **PARTS), Encoder(base).collate
    loss.prepare(base, collate)
    inputs = {**collate(rows), "columns": loss.columns(rows)}
    extra = loss.compute_loss(model, inputs, PLAIN).item() - 0.5
    assert extra == pytest.approx(2 * np.log(2), abs=1e-5)


def test_the_likelihood_of_answers_adds_up_to_the_loss_of_the_model(
    base: LocalModel, tiny_samples: pd.DataFrame
) -> None:
    inputs = Encoder(base).collate(tiny_samples[:4])
    total = answer_likelihood(base.model, inputs).sum()
    tokens = (inputs["labels"] != -100).sum()
    assert (-total / tokens).item() == pytest.approx(base.model(**inputs).loss.item(), abs=1e-4)


@laws
@given(st.lists(st.floats(-1, 1), min_size=16, max_size=16), st.integers(0, 16))
def test_only_cells_that_pull_are_replaced_and_the_strongest_first(pulls, cells: int) -> None:
    image, other = Image.new("RGB", (20, 12), "black"), Image.new("RGB", (7, 7), "white")
    changed = np.asarray(replace_cells(image, other, np.array(pulls), cells)).any(-1)
    strongest = sorted((p for p in pulls if p > 0), reverse=True)[:cells]
    assert changed.sum() == 15 * len(strongest)


def test_changed_images_cost_their_loss_and_leave_what_is_not_spurious_alone(
    base: LocalModel, tiny_samples: pd.DataFrame
) -> None:
    rows = pd.concat([spurious_rows(tiny_samples), tiny_samples.iloc[[1, 2]]])
    loss, collate = RegionLoss(rows, weight=1.0, cells=0, seed=0), Encoder(base).collate
    loss.prepare(base, collate)
    ordinary = {**collate(rows[3:]), "columns": loss.columns(rows[3:])}
    assert loss.compute_loss(base.model, ordinary, PLAIN).item() == 0.5
    inputs = {**collate(rows), "columns": loss.columns(rows)}
    extra = loss.compute_loss(base.model, inputs, PLAIN).item() - 0.5
    # Without cells to replace, the changed images are the spurious ones.
    assert extra == pytest.approx(base.model(**collate(rows[:3])).loss.item(), abs=1e-4)


# --- consistency and errors -------------------------------------------------------------------


def fresh_adapter(folder: Path) -> tuple[LocalModel, torch.nn.Module]:
    base = load_model(folder)
    targets = find_targets(base.model, "both")
    return base, attach_adapter(base.model, targets, rank=2, alpha=4, dropout=0.0)


@pytest.mark.parametrize("family", ["tiny", "llava", "qwen2_5_vl", "idefics3"])
def test_no_step_and_no_perturbation_cost_nothing_in_any_family(
    tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path, family: str
) -> None:
    folder = tiny_folder if family == "tiny" else load_builders().save_family(family, tmp_path)
    base, model = fresh_adapter(folder)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "lora_B" in name:
                weights.normal_(std=0.1)
    inputs = Encoder(base).collate(tiny_samples[:2].assign(options=[["red", "blue"]] * 2, answer=0))
    losses = (
        lambda size: UphillLoss(1.0, size),
        lambda size: PerturbationLoss(1.0, size, seed=0),
    )
    for make in losses:
        plain = model(**inputs).loss
        assert make(0.0).compute_loss(model, inputs, plain).item() == pytest.approx(plain.item())
        loss = make(0.5).compute_loss(model, inputs, plain)
        assert loss.item() > plain.item() + 1e-7
        loss.backward()
        assert any(p.grad is not None for p in model.parameters())


def load_builders() -> ModuleType:
    """What builds tiny checkpoints of the open families."""
    path = Path(__file__).parents[2] / "models" / "families.py"
    spec = spec_from_file_location("families_of_losses", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@laws
@given(st.integers(2, 6), st.integers(0, 1000))
def test_shuffled_options_keep_the_right_text(n: int, seed: int) -> None:
    options = [f"o{place}" for place in range(n)]
    samples = pd.DataFrame({"options": [options] * n, "answer": range(n)})
    shuffled = shuffle_options(samples, np.random.default_rng(seed))
    for row, answer in zip(shuffled.to_dict("records"), options, strict=True):
        assert row["options"][row["answer"]] == answer
        assert sorted(row["options"]) == options


def test_to_a_model_that_sees_no_options_their_order_changes_nothing(
    base: LocalModel, tiny_samples: pd.DataFrame
) -> None:
    rows = tiny_samples[:3]
    loss, collate = ShuffleLoss(rows, weight=1.0, seed=0), Encoder(base).collate
    loss.prepare(base, collate)
    inputs = collate(rows)
    tokens = (inputs["labels"] != -100).sum(1)
    row_losses = -answer_likelihood(base.model, inputs) / tokens
    given = {**inputs, "columns": loss.columns(rows), "row_losses": row_losses}
    extra = loss.compute_loss(base.model, given, PLAIN) - 0.5
    assert extra.item() == pytest.approx(row_losses.mean().item(), abs=1e-5)


def test_what_the_base_model_gets_wrong_counts_more(
    base: LocalModel, tiny_samples: pd.DataFrame
) -> None:
    choices = answer_samples(base, tiny_samples)["choice"].to_numpy()
    answers = [c if n % 2 else (c + 1) % 4 for n, c in enumerate(choices)]
    rows = tiny_samples.assign(answer=answers)
    loss = ErrorLoss(rows, weight=2.0)
    loss.prepare(base, Encoder(base).collate)
    inputs = {"columns": loss.columns(rows[:2]), "row_losses": torch.tensor([0.3, 0.9])}
    assert loss.compute_loss(base.model, inputs, PLAIN).item() == pytest.approx(0.5 + 0.3)


def test_last_layer_trains_the_language_towers_last_layer_alone(tiny_folder: Path) -> None:
    base, model = fresh_adapter(tiny_folder)
    LastLayerLoss().prepare(base, Encoder(base).collate)
    trained = {name for name, p in model.named_parameters() if p.requires_grad}
    assert trained
    assert all(".layers.0." in name and "vision" not in name for name in trained)


# --- averaging --------------------------------------------------------------------------------


def save_adapter(base: LocalModel, folder: Path, seed: int, rank: int = 2) -> Path:
    """An adapter of random numbers."""
    torch.manual_seed(seed)
    fingerprint, targets = fingerprint_model(base.model), find_targets(base.model, "language")
    model = attach_adapter(base.model, targets, rank=rank, alpha=4, dropout=0.0)
    for name, weights in model.named_parameters():
        if "lora_B" in name:
            weights.data.normal_()
    folder.mkdir()
    model.save_pretrained(folder)
    write_base_model(folder, base.name, fingerprint)
    base.model = model.unload()
    return folder


def logits(base: LocalModel, folder: Path, inputs) -> torch.Tensor:
    with attached_adapter(base, folder) as tuned, torch.no_grad():
        return tuned.model(**inputs).logits


def change(base: LocalModel, folder: Path) -> np.ndarray:
    """What the adapter adds to one weight."""
    with attached_adapter(base, folder) as tuned:
        layer = next(
            module for name, module in tuned.model.named_modules() if name.endswith("o_proj")
        )
        return layer.get_delta_weight("default").detach().numpy()


def test_the_average_of_one_adapter_is_itself(
    tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    base = load_model(tiny_folder)
    inputs = Encoder(base).collate(tiny_samples[:3])
    one = save_adapter(base, tmp_path / "one", 1)
    (tmp_path / "mean").mkdir()
    average_adapters([one], tmp_path / "mean")
    assert torch.allclose(
        logits(base, tmp_path / "mean", inputs), logits(base, one, inputs), atol=1e-5
    )


def test_the_average_changes_every_weight_by_the_mean(tiny_folder: Path, tmp_path: Path) -> None:
    base = load_model(tiny_folder)
    folders = [save_adapter(base, tmp_path / str(seed), seed) for seed in range(3)]
    (tmp_path / "mean").mkdir()
    average_adapters(folders, tmp_path / "mean")
    expected = np.mean([change(base, folder) for folder in folders], axis=0)
    np.testing.assert_allclose(change(base, tmp_path / "mean"), expected, atol=1e-5)


def test_adapters_of_unlike_rank_are_not_averaged(tiny_folder: Path, tmp_path: Path) -> None:
    base = load_model(tiny_folder)
    folders = [save_adapter(base, tmp_path / str(rank), 0, rank) for rank in (2, 4)]
    (tmp_path / "mean").mkdir()
    with pytest.raises(Problem, match="differ in rank"):
        average_adapters(folders, tmp_path / "mean")
