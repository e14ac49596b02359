"""The whole workflow at smoke scale: its products, a second run, a changed key."""

import json
import re
from pathlib import Path

import pandas as pd
import yaml
from checkout import Checkout
from PIL import Image

from spuriverse.discovery.curation import CHANGE_COLUMNS, FUNNEL_COLUMNS
from spuriverse.discovery.suspicions import SHORTCUT_COLUMNS
from spuriverse.discovery.synthesis import AUDIT_COLUMNS
from spuriverse.discovery.verification.truth import (
    CALIBRATION_COLUMNS,
    CLIP_COLUMNS,
    DISCOVERY_COLUMNS,
    SAVINGS_COLUMNS,
    SHRINKAGE_COLUMNS,
)
from spuriverse.evaluation import (
    BLIND_COLUMNS,
    CONSISTENCY_COLUMNS,
    EVALUATION_COLUMNS,
    MAIN_COLUMNS,
    PROMPTING_COLUMNS,
)
from spuriverse.finetuning import TRADEOFF_COLUMNS
from spuriverse.spubench import (
    ACCURACY_COLUMNS,
    CONFUSION_TABLE_COLUMNS,
)
from spuriverse.spubench.explain import (
    CGLA_COLUMNS,
    HEATMAP_COLUMNS,
    OCCLUSION_COLUMNS,
    SIGNATURE_COLUMNS,
)
from spuriverse.tables import read_table

RESULTS = "results/smoke"


def test_the_products_are_there_and_readable(smoke: Checkout) -> None:
    results = smoke.folder / RESULTS
    assert (results / "figures/tradeoff.pdf").read_bytes().startswith(b"%PDF")
    assert (results / "figures/evaluation.pdf").read_bytes().startswith(b"%PDF")
    for name in ("tradeoff", "types"):
        with Image.open(results / f"figures/{name}.png") as image:
            image.load()
    assert "</html>" in (results / "notebooks/tradeoff.html").read_text()


def test_the_page_of_the_run_links_to_what_is_there(smoke: Checkout) -> None:
    results = smoke.folder / RESULTS
    page = (results / "index.html").read_text(encoding="utf-8")
    assert "smoke run: not for quoting" in page
    links = set(re.findall('href="([^"#]+)', page))
    products = {"figures/tradeoff.pdf", "tables/main_results.csv", "sheets/index.html"}
    assert products | {"samples.html"} <= links
    assert [link for link in links if not (results / link).exists()] == []


def test_the_report_has_every_product_with_its_caption(smoke: Checkout, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    done = smoke.run("all", "--report", str(report))
    assert done.returncode == 0, done.stderr[-4000:]
    text = report.read_text(encoding="utf-8")
    captions = Path(__file__).parents[2] / "report"
    for name in ("tradeoff", "types", "samples", "spubench_accuracy", "main_results", "workflow"):
        words = (captions / f"{name}.rst").read_text(encoding="utf-8").split()[:6]
        assert " ".join(words) in text, name


def test_the_tables_have_the_documented_columns(smoke: Checkout) -> None:
    tables = smoke.folder / RESULTS / "tables"
    columns = {path.stem: list(pd.read_csv(path).columns) for path in tables.glob("*.csv")}
    assert columns == {
        "tradeoff": list(TRADEOFF_COLUMNS),
        "planted_shortcuts": [
            *("model", "kind", "attribute", "planted", "n"),
            *("gap", "low", "high", "control_gap", "took_hold"),
        ],
        "discovery": list(DISCOVERY_COLUMNS),
        "evaluation": list(EVALUATION_COLUMNS),
        "curation_funnel": FUNNEL_COLUMNS,
        "curation_changes": CHANGE_COLUMNS,
        "main_results": list(MAIN_COLUMNS),
        "prompting": list(PROMPTING_COLUMNS),
        "consistency": list(CONSISTENCY_COLUMNS),
        "blind": list(BLIND_COLUMNS),
        "spubench_accuracy": list(ACCURACY_COLUMNS),
        "spubench_clip": list(CLIP_COLUMNS),
        "spubench_confusion": list(CONFUSION_TABLE_COLUMNS),
        "verification_calibration": list(CALIBRATION_COLUMNS),
        "sequential_savings": list(SAVINGS_COLUMNS),
        "shrinkage": list(SHRINKAGE_COLUMNS),
        "synthesis_audit": AUDIT_COLUMNS,
        "shortcuts": list(SHORTCUT_COLUMNS),
        "spubench_cgla": CGLA_COLUMNS,
        "spubench_signatures": SIGNATURE_COLUMNS,
        "spubench_heatmaps": HEATMAP_COLUMNS,
        "spubench_occlusion": OCCLUSION_COLUMNS,
    }


def test_later_steps_have_types_to_work_on_whatever_was_learned(smoke: Checkout) -> None:
    results = smoke.folder / RESULTS
    keys = yaml.safe_load((smoke.folder / "config/smoke.yaml").read_text())
    for table, path in (("candidates", "curation/candidates"), ("types", "verification/types")):
        found = read_table(results / f"{path}.parquet", table)["attribute"].nunique()
        section = "curation" if table == "candidates" else "verification"
        # An error is the anchor of one candidate alone, so that an attribute may be left without.
        assert found >= keys[section]["least_attributes"] - (table == "candidates")


def test_every_run_has_rows_for_every_subset_and_the_base_model_its_own(smoke: Checkout) -> None:
    table = pd.read_csv(smoke.folder / RESULTS / "tables/tradeoff.csv", dtype=str)
    subsets = {"spurious_held_out", "core_held_out", "anchor_held_out"}
    subsets |= {"aligned", "aligned_without_cue", "cue_gain", "ordinary"}
    for proportion in ("base", "0", "1"):
        for seed in ("0", "1", "all"):
            rows = table[(table["proportion"] == proportion) & (table["seed"] == seed)]
            assert set(rows["subset"]) == subsets
    # Two attributes of one seed give no interval.
    assert table.loc[table["attributes"] == "2", ["low", "high"]].isna().all(axis=None)
    numbers = table[["accuracy", "low", "high"]].astype(float).dropna()
    assert (
        (numbers["low"] <= numbers["accuracy"]) & (numbers["accuracy"] <= numbers["high"])
    ).all()


def test_held_out_types_and_their_attributes_are_not_in_training(smoke: Checkout) -> None:
    results = smoke.folder / RESULTS
    types = read_table(results / "verification/types.parquet", "types")
    splits = read_table(results / "evaluation/splits.parquet", "splits").merge(types, on="type_id")
    parts = splits.groupby(["seed", "attribute"])["part"].nunique()
    assert (parts == 1).all()
    assert set(splits["part"]) == {"train", "validation", "test"}


def test_the_models_load_as_any_checkpoint(smoke: Checkout) -> None:
    from transformers import AutoModelForImageTextToText, AutoProcessor

    folder = smoke.folder / RESULTS / "models/biased-0"
    processor = AutoProcessor.from_pretrained(folder)
    model = AutoModelForImageTextToText.from_pretrained(folder)
    image = Image.new("RGB", (64, 64), (90, 90, 90))
    chat = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Hi?"}]}]
    text = processor.apply_chat_template(chat, add_generation_prompt=True)
    reply = model.generate(**processor(images=image, text=text, return_tensors="pt"))
    assert reply.shape[0] == 1


def test_provenance_says_what_made_the_results(smoke: Checkout) -> None:
    record = json.loads((smoke.folder / RESULTS / "records/provenance.json").read_text())
    assert record["config"]["results"] == RESULTS
    assert record["protocol"] == "corrected"
    assert record["versions"]["torch"]
    assert record["timings"]["train_zoo_model/biased-0.tsv"]["seconds"] > 0


def test_jobs_that_count_or_draw_load_no_model_library(smoke: Checkout) -> None:
    grouped = yaml.safe_load((smoke.folder / "profiles/slurm/config.yaml").read_text())["groups"]
    light = {
        entry.partition("=")[0] for entry in grouped if entry.endswith(("=tables", "=curation"))
    }
    logs = {
        path: path.read_text(encoding="utf-8")
        for path in (smoke.folder / RESULTS / "logs").rglob("*.log")
    }
    loaded = {
        path.relative_to(smoke.folder / RESULTS / "logs").parts[0].removesuffix(".log")
        for path, text in logs.items()
        if "This job loaded torch" in text
    }
    assert {"train_zoo_model", "collect_errors", "evaluate_model"} <= loaded
    assert not loaded & (light | {"split_types"})


def test_a_second_run_has_nothing_to_do(smoke: Checkout) -> None:
    before = smoke.tables
    done = smoke.run("all")
    assert done.returncode == 0
    assert "Nothing to be done" in done.stderr
    assert smoke.tables == before


def test_a_changed_key_reruns_what_depends_on_it_and_nothing_else(
    smoke: Checkout, tmp_path: Path
) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("curation: {minimum_effect: 0.06}")
    done = smoke.run("all", "--dry-run", overlays=("config/smoke.yaml", str(overlay)))
    assert done.returncode == 0, done.stderr[-4000:]
    assert "annotate_errors" in done.stdout
    assert "train_zoo_model" not in done.stdout
    assert "retrieve_world" not in done.stdout
