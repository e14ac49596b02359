"""The fine-tuning study at smoke scale, and the plan of the paper's."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml
from checkout import SMOKE, Checkout

from spuriverse.finetuning import (
    ABLATION_COLUMNS,
    ASSOCIATION_COLUMNS,
    FINETUNING_COLUMNS,
    HELD_OUT_COLUMNS,
    SETS,
    TRANSFER_COLUMNS,
)
from spuriverse.finetuning.mitigations import COMPARISON_COLUMNS
from spuriverse.tables import read_table

RESULTS = "results/smoke"


@pytest.fixture(scope="module")
def study(smoke: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The study on top of a copy of the finished smoke run."""
    checkout = smoke.copy_to(tmp_path_factory.mktemp("study") / "checkout")
    done = checkout.run("finetuning_study")
    assert done.returncode == 0, done.stderr[-4000:]
    # Of the association's base model alone.
    assert "Train tiny model biased-0" not in done.stderr
    return checkout


def test_the_tables_of_the_study_are_there(study: Checkout) -> None:
    tables = study.folder / RESULTS / "tables"
    columns = {
        "finetuning": FINETUNING_COLUMNS,
        "ablation": ABLATION_COLUMNS,
        "held_out_types": HELD_OUT_COLUMNS,
        "held_out_benchmarks": HELD_OUT_COLUMNS,
        "association": ASSOCIATION_COLUMNS,
        "mitigations": COMPARISON_COLUMNS,
    }
    for name, expected in columns.items():
        assert list(pd.read_csv(tables / f"{name}.csv").columns) == list(expected)
    table = pd.read_csv(tables / "finetuning.csv", keep_default_na=False)
    regimes = ["base", "anchor", "spurious_group", "non_spurious", "mixed"]
    assert list(dict.fromkeys(table["regime"])) == regimes
    assert set(table["subset"]) == set(SETS)
    for suffix in ("md", "tex"):
        text = (tables / f"finetuning.{suffix}").read_text()
        assert all(regime.split("_")[0] in text for regime in regimes)
    for figure in ("ablation", "association", "methods", "mitigations"):
        path = study.folder / RESULTS / f"figures/{figure}.pdf"
        assert path.read_bytes().startswith(b"%PDF")
    page = (study.folder / RESULTS / "notebooks/paper_tables.html").read_text()
    assert "0.784" in page, "the published value on held-out anchors"


def test_a_run_that_a_neighbour_made_is_not_made_again(study: Checkout) -> None:
    """The share 1 of the sweep, the regime spurious_group and the ablation's last step are one."""
    folder = study.folder / RESULTS / "finetuning"
    runs = pd.concat(
        [read_table(path, "runs") for path in folder.glob("*/biased-0/seed-0/runs.parquet")]
    )
    whole = runs[(runs["proportion"] == 1) & (runs["regime"] != "anchor")]
    assert set(whole["study"]) == {"tradeoff", "regimes", "ablation"}
    assert whole["adapter"].nunique() == 1
    assert len(list((folder / "adapters").iterdir())) < len(runs) * 2
    adapted = runs["modules"].explode()
    assert adapted.str.contains("language_model").any()
    assert adapted.str.contains("vision_tower").any()


def test_types_found_on_another_model_are_verified_on_it_and_carried_over(study: Checkout) -> None:
    pair = ["biased-0", "biased-1"]
    zoo = [{"name": name, "world": "biased", "seed": int(name[-1])} for name in pair]
    zoo.append({"name": "control-0", "world": "decorrelated", "seed": 0})
    overlay = study.folder / "config/transfer.yaml"
    settings = {"zoo": {"models": zoo}, "finetuning": {"study": {"transfer": pair}}}
    overlay.write_text(yaml.safe_dump(settings))
    table = f"{RESULTS}/tables/transfer.csv"
    done = study.run(table, overlays=(SMOKE, "config/transfer.yaml"))
    assert done.returncode == 0, done.stderr[-4000:]
    assert "Train tiny model biased-0" not in done.stderr
    carried = pd.read_csv(study.folder / table)
    assert list(carried.columns) == list(TRANSFER_COLUMNS)
    found = set(zip(carried["found_on"], carried["base_model"], strict=True))
    assert found == {(a, b) for a in pair for b in pair}
    folder = study.folder / RESULTS / "transfer/biased-1/verification"
    assert set(read_table(folder / "verification.parquet", "verification")["model"]) == {"biased-1"}


def test_the_papers_study_is_planned_with_its_number_of_gpu_jobs(
    new_checkout: Callable[[], Checkout],
) -> None:
    checkout = new_checkout()
    done = checkout.run("finetuning_study", "--dry-run", overlays=("config/paper.yaml",))
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-3000:]
    assert "the fine-tuning study has 30 GPU jobs, of Qwen2.5-VL-7B, Llama-3.2-11B-Vision" in said
    assert not (Path(checkout.folder) / "results/paper/finetuning").exists()


def test_a_model_is_made_robust_and_opened_by_the_four_lines_of_its_card(study: Checkout) -> None:
    done = study.run("robust_model")
    assert done.returncode == 0, done.stderr[-4000:]
    folder = study.folder / RESULTS / "robust/biased-0"
    card = (folder / "README.md").read_text()
    for part in ("What it was trained on", "Before and after", "Price", "Limits"):
        assert f"## {part}" in card
    measured = pd.read_csv(folder / "measured.csv")
    assert set(measured["proportion"]) == {"before", "after"}
    assert {"spurious_held_out", "aligned", "ordinary"} <= set(measured["subset"])
    lines = re.findall(r"```python\n(.*?)```", card, re.DOTALL)[0]
    assert len(lines.strip().splitlines()) == 4
    picture = next((study.folder / RESULTS / "groups/images").rglob("*.png"))
    shutil.copy(picture, study.folder / "picture.png")
    said = subprocess.run(
        [sys.executable, "-c", lines], cwd=study.folder, capture_output=True, text=True, timeout=300
    )
    assert said.returncode == 0, said.stderr[-2000:]
    assert said.stdout.strip() in ("cup", "key")


@pytest.mark.parametrize(
    ("overlays", "jobs", "transfers"),
    [
        (("config/smoke.yaml", "config/smoke-strong.yaml"), 2, (9, 0)),
        (("config/way-out.yaml", "config/strong-world.yaml"), 24, (27, 24)),
        (("config/way-out.yaml",), 16, (18, 8)),
    ],
)
def test_the_confirmation_and_its_transfer_are_planned_on_either_world(
    new_checkout: Callable[[], Checkout],
    overlays: tuple[str, ...],
    jobs: int,
    transfers: tuple[int, int],
) -> None:
    done = new_checkout().run("way_out", "way_out_transfer", "--dry-run", overlays=overlays)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-3000:]
    assert re.search(rf"^confirm_way_out +{jobs}$", said, re.MULTILINE)
    for rule, number in zip(("transfer_kind", "transfer_types"), transfers, strict=True):
        assert bool(re.search(rf"^{rule} +{number}$", said, re.MULTILINE)) == bool(number)
