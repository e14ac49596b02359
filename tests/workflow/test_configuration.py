"""A wrong configuration is refused in one sentence, before any job starts."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from checkout import ROOT, Checkout
from warm import run_snakemake

from spuriverse.workflow.diagram import make_page


@pytest.fixture(scope="module")
def checkout(new_checkout: Callable[[], Checkout]) -> Checkout:
    return new_checkout()


@pytest.mark.parametrize(
    ("overlay", "words"),
    [
        ("finetunning: {samples: 3}", ["finetunning", "finetuning"]),
        ("finetuning: {sample: 3}", ["finetuning.sample", "samples"]),
        ("zoo: {steps: many}", ["zoo.steps", "many"]),
        ("world: {association: 1.5}", ["world.association", "1.5"]),
        ("curation: {annotator: magic}", ["curation.annotator", "magic", "statistics"]),
        ("verification: {models: [gpt]}", ["verification.models", "gpt", "biased-0"]),
        ("protocol: paper", ["protocol", "paper", "corrected"]),
    ],
)
def test_a_wrong_key_or_value_is_one_sentence(
    checkout: Checkout, tmp_path: Path, overlay: str, words: list[str]
) -> None:
    path = tmp_path / "overlay.yaml"
    path.write_text(overlay)
    done = checkout.run("all", "--dry-run", overlays=(str(path),))
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    assert "Job stats" not in said
    message = [line for line in said.splitlines() if words[0] in line]
    assert message, said
    assert all(word in " ".join(message) for word in words)


@pytest.mark.parametrize(
    ("overlay", "words"),
    [
        ("config/smok.yaml", ["There is no config file config/smok.yaml", "perhaps smoke.yaml"]),
        ("results/smoke/figures/tradeoff.pdf", ["stands after --configfile", "write targets"]),
        ("rules/common.smk", ["stands after --configfile", "rules/common.smk"]),
    ],
)
def test_what_is_no_overlay_is_named_in_one_sentence(
    checkout: Checkout, overlay: str, words: list[str]
) -> None:
    done = checkout.run("all", overlays=("config/smoke.yaml", overlay))
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    assert all(word in said for word in words), said
    assert not (checkout.folder / "results").exists()


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("results/smoke/figures/tradeof.pdf", "results/smoke/figures/tradeoff.pdf"),
        ("results/figures/tradeoff.pdf", "results/smoke/figures/tradeoff.pdf"),
        ("finetune_study", "finetuning_study"),
    ],
)
def test_an_unknown_target_is_told_the_nearest(checkout: Checkout, asked: str, meant: str) -> None:
    done = checkout.run("--dry-run", asked)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    sentence = f"There is no target {asked} in this configuration: did you mean {meant}?"
    assert [line.startswith(sentence) for line in said.splitlines()].count(True) == 1
    assert "MissingRuleException" not in said and "common.smk" not in said


def test_every_product_on_the_map_of_the_papers_can_be_made(checkout: Checkout) -> None:
    page = (ROOT / "docs" / "paper-map.md").read_text(encoding="utf-8")
    targets = re.findall(r"`(results/paper/[\w./]+)`", page)
    assert len(targets) > 12
    done = checkout.run("--dry-run", *targets, overlays=("config/paper.yaml",))
    jobs = jobs_of(done)
    assert {"evaluate_model", "finetune_adapters", "evaluate_spubench", "map_saliency"} <= set(jobs)


def test_the_diagram_shows_the_rules_as_they_are(checkout: Checkout) -> None:
    page = (ROOT / "docs" / "pipeline.md").read_text(encoding="utf-8")
    assert make_page(checkout.folder) == page, "run make diagram"


def test_targets_are_listed_without_a_number_of_cores(checkout: Checkout) -> None:
    done = run_snakemake(["targets"], checkout.folder)
    assert done.returncode == 0, done.stderr
    listed = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")}
    assert {"all", "plan", "review", "spubench", "results/figures/tradeoff.pdf"} <= listed


def test_an_unreadable_image_fails_its_question_alone(smoke: Checkout, tmp_path: Path) -> None:
    checkout = smoke.copy_to(tmp_path / "copy")
    broken = checkout.folder / "results/smoke/benchmarks/world/images/000003.png"
    broken.write_bytes(broken.read_bytes()[:1000])
    done = checkout.run("--forcerun", "collect_errors", "--until", "collect_errors")
    assert done.returncode == 0, done.stderr
    log = (checkout.folder / "results/smoke/logs/collect_errors.log").read_text()
    assert "000003.png is not a complete, usable image" in log and "Traceback" not in log
    responses = pd.read_parquet(checkout.folder / "results/smoke/curation/responses.parquet")
    assert responses["outcome"].value_counts()["failed"] == 1


OPEN = "{name: open-7b, backend: transformers, checkpoint: org/open-7b}"
SERVED = "{name: gpt, backend: openai, model: gpt-5, price_in: 1, price_out: 1}"
RECORDED = "{name: old, backend: recorded, replies: {mine: mine.csv}}"


def jobs_of(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """Rule -> number of jobs, as a dry run counts them."""
    assert done.returncode == 0, done.stdout + done.stderr
    rows = re.findall(r"^(\w+) +(\d+)$", done.stdout, re.MULTILINE)
    return {name: int(n) for name, n in rows}


def own_pictures(checkout: Checkout, tmp_path: Path, more: str) -> str:
    """Questions of one's own on three pictures, in a configuration of their own."""
    (checkout.folder / "pictures").mkdir(exist_ok=True)
    (checkout.folder / "mine.csv").write_text(
        "image,question,answer,A,B,index,prediction,parsed,spuriousAttr\n"
        + "".join(f"{n}.png,What is it?,A,a cat,a dog,{n},B,B,Yes.\n" for n in range(3))
    )
    path = tmp_path / "mine.yaml"
    path.write_text(
        "results: results/mine\n"
        "benchmarks: {world: null, own: {mine: {source: mine.csv, images: pictures}}}\n"
        "spubench: null\n" + more
    )
    return str(path)


@pytest.mark.parametrize("source", ["open-7b", "gpt", "old"])
@pytest.mark.parametrize("annotator", ["open-7b", "gpt"])
def test_any_model_can_be_the_source_and_any_that_can_be_asked_can_annotate(
    checkout: Checkout, tmp_path: Path, source: str, annotator: str
) -> None:
    overlay = own_pictures(
        checkout,
        tmp_path,
        f"models: [{OPEN}, {SERVED}, {RECORDED}]\n"
        f"curation: {{source_model: {source}, annotator: lvlm, annotator_model: {annotator}}}\n",
    )
    jobs = jobs_of(checkout.run("--dry-run", overlays=(overlay,)))
    assert jobs["collect_errors"] == jobs["annotate_errors"] == 1
    assert "train_zoo_model" not in jobs


def test_models_that_tell_classes_apart_collect_verify_and_answer(
    checkout: Checkout, tmp_path: Path
) -> None:
    overlay = own_pictures(
        checkout,
        tmp_path,
        f"models: [{SERVED}]\n"
        "curation: {source_model: siglip-base, annotator: lvlm, annotator_model: gpt}\n"
        "synthesis: {backend: diffusers, pairs: independent, diffusers: {checkpoint: p}, "
        "gates: {attribute: none}}\n"
        "verification: {models: [clip-vit-b-32, vit-base-imagenet]}\n",
    )
    overlays = (overlay, "config/classifiers.yaml")
    jobs = jobs_of(checkout.run("--dry-run", overlays=overlays))
    assert jobs["collect_errors"] == jobs["verify_candidates"] == 1
    assert jobs["evaluate_model"] == 4
    path = tmp_path / "prompts.yaml"
    path.write_text("evaluation: {strategies: [direct, guiding]}\n")
    done = checkout.run("--dry-run", overlays=(*overlays, str(path)))
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "'clip-vit-b-32', which tells classes apart and reads no prompt" in said
    assert "Traceback" not in said


def test_a_model_of_models_can_be_the_source_in_the_embedded_world(
    checkout: Checkout, tmp_path: Path
) -> None:
    path = tmp_path / "source.yaml"
    path.write_text(f"models: [{SERVED}]\ncuration: {{source_model: gpt}}\n")
    jobs = jobs_of(checkout.run("--dry-run", overlays=("config/smoke.yaml", str(path))))
    assert jobs["collect_errors"] == 1
    assert "score_discovery" not in jobs  # Only a tiny model's shortcuts are measured.


def test_an_estimate_waits_for_nothing_that_is_paid_for(checkout: Checkout, tmp_path: Path) -> None:
    overlay = own_pictures(
        checkout,
        tmp_path,
        f"models: [{SERVED}, {RECORDED}]\n"
        "curation: {source_model: old, annotator: recorded}\n"
        "synthesis: {backend: remote, pairs: independent, remote: {model: ultra, "
        "api_key_env: null, usd_per_image: 0.1}, gates: {attribute: none}}\n"
        "verification: {models: [gpt]}\n"
        "evaluation: {models: [gpt]}\n",
    )
    jobs = jobs_of(checkout.run("estimate_cost", "--dry-run", overlays=(overlay,)))
    assert jobs["estimate_cost"] == 1
    assert not {"synthesise_groups", "verify_candidates", "evaluate_model"} & set(jobs)


def test_pictures_of_ones_own_train_no_tiny_model(checkout: Checkout, tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        folder = checkout.folder / "classes" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "1.png").write_bytes(b"x")
    path = tmp_path / "own.yaml"
    path.write_text(
        f"models: [{SERVED}]\n"
        "spubench:\n  world: null\n  clip: org/clip\n  annotator: lvlm\n  annotator_model: gpt\n"
        "  question_form: feature\n  sources: {mine: {folder: classes}}\n"
    )
    jobs = jobs_of(checkout.run("spubench", "--dry-run", overlays=(str(path),)))
    assert jobs["evaluate_spubench"] == 1
    assert not {"train_zoo_model", "train_zoo_clip", "retrieve_world"} & set(jobs)
    path.write_text(
        path.read_text().replace(SERVED, OPEN).replace("_model: gpt", "_model: open-7b")
    )
    jobs = jobs_of(checkout.run("spubench", "--dry-run", overlays=(str(path),)))
    assert jobs["evaluate_spubench"] == jobs["measure_cgla"] == 1
    assert "train_zoo_model" not in jobs


def test_a_gated_model_that_only_fine_tuning_needs_is_named(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    path = tmp_path / "gated.yaml"
    path.write_text(
        f"models: [{OPEN.removesuffix('}')}, gated: true, billions: 7}}]\n"
        "finetuning: {study: {base_models: [open-7b]}}\n"
    )
    done = checkout.run("finetuning_study", overlays=("config/smoke.yaml", str(path)))
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "The checkpoint org/open-7b of model open-7b is gated" in said
    assert "Traceback" not in said


def test_a_nested_value_of_the_command_line_is_read(checkout: Checkout) -> None:
    done = checkout.run("--dry-run", "--config", "zoo={steps: 7, batch_size: many}")
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "zoo.batch_size" in said and "zoo.steps" not in said and "Traceback" not in said
    jobs_of(checkout.run("--dry-run", "--config", "zoo={steps: 7}"))


@pytest.mark.parametrize("way", ["-s", "-d"])
def test_a_run_from_another_folder_finds_its_files(
    checkout: Checkout, tmp_path: Path, way: str
) -> None:
    here, given = (tmp_path, checkout.folder / "Snakefile")
    if way == "-d":
        here, given = checkout.folder, tmp_path
    jobs_of(run_snakemake(["--dry-run", way, str(given)], here))


def test_a_reader_that_goes_away_is_no_error(checkout: Checkout) -> None:
    with subprocess.Popen(
        checkout.command("--dry-run"),
        cwd=checkout.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(timeout=600) == 0
    assert "Traceback" not in said and "BrokenPipe" not in said


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page of the documents."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_a_model_is_measured_on_the_published_questions_as_its_page_says(
    checkout: Checkout,
) -> None:
    folder = checkout.folder / "local"
    folder.mkdir()
    (folder / "my-model.yaml").write_text(blocks("add-a-model.md", "yaml")[0])
    *_, dry_run = blocks("add-a-model.md", "sh")
    command, *arguments = dry_run.split()
    assert command == "snakemake"
    jobs = jobs_of(run_snakemake(arguments, checkout.folder))
    assert jobs["evaluate_model"] == jobs["evaluate_spubench"] == jobs["adopt_types"] == 1
    assert not {"train_zoo_model", "retrieve_world", "map_saliency"} & set(jobs)


def test_a_price_is_unknown_and_not_naught_before_anything_is_fetched(
    checkout: Checkout, tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("models: [{name: gpt, backend: openai, model: gpt-5}]\n")
    overlays = ("config/measure.yaml", str(path))
    done = checkout.run("estimate_cost", overlays=overlays)
    assert done.returncode == 0, done.stderr
    assert "In all: price unknown. No price is known of gpt." in done.stdout
    assert " 2604 " in done.stdout and " 2400 " in done.stdout and "0.00" not in done.stdout
    path.write_text(
        "models: [{name: gpt, backend: openai, model: gpt-5, price_in: 1, price_out: 1}]\n"
        "evaluation: {limit: 20}\n"
    )
    done = checkout.run("estimate_cost", overlays=overlays)
    assert "In all: 0.08 USD." in done.stdout, done.stdout + done.stderr
