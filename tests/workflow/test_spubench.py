"""MM-SpuBench in the real workflow: a folder of one's own as a source, and questions that wait."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml
from checkout import SMOKE, Checkout

from spuriverse.tables import read_table

OVERLAY = "config/mine.yaml"
CLASSES = ("moon", "ring", "star")


@pytest.fixture(scope="module")
def finished(smoke: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A copy of the finished run, for other processes look at the original."""
    return smoke.copy_to(tmp_path_factory.mktemp("spubench") / "copy")


def overlay(checkout: Checkout, **spubench: object) -> tuple[str, ...]:
    models = [
        {"name": "asked", "backend": "openai", "model": "m", "base_url": "http://127.0.0.1:9"}
    ]
    text = yaml.safe_dump({"models": models, "spubench": spubench})
    (checkout.folder / OVERLAY).write_text(text)
    return (SMOKE, OVERLAY)


def test_a_folder_with_one_sub_folder_a_class_is_a_source(finished: Checkout) -> None:
    folder = finished.folder / "data" / "mine"
    for name in CLASSES:
        shutil.copytree(finished.folder / "results/smoke/spubench/images" / name, folder / name)
    (folder / "ring" / "broken.png").write_bytes(b"no image")
    overlays = overlay(
        finished,
        world=None,
        sources={"mine": {"folder": "data/mine", "min_rank": 1, "max_rank": 3}},
        clip="results/smoke/spubench/clip",
        annotator="lvlm",
        annotator_model="asked",
    )
    target = "results/smoke/spubench/confusions/mine.parquet"
    done = finished.run(target, overlays=overlays)
    assert done.returncode == 0, done.stderr[-3000:]
    kept = read_table(finished.folder / target, "confusions")
    assert set(kept["label"]) <= set(CLASSES)
    ranks = pd.read_csv(finished.folder / target.replace(".parquet", "-ranks.csv"))
    assert ranks["n"].sum() == len(kept) == 3 * 12
    unreadable = read_table(
        finished.folder / target.replace(".parquet", "-unreadable.parquet"), "unreadable"
    )
    assert [Path(image).name for image in unreadable["image"]] == ["broken.png"]


def test_questions_wait_for_people_if_they_shall_review(finished: Checkout) -> None:
    target = "results/smoke/spubench/questions/samples.parquet"
    done = finished.run(target, overlays=overlay(finished, review="human"))
    assert done.returncode != 0
    assert "candidates wait for a decision: run `snakemake review_spubench`" in done.stderr
    assert not (finished.folder / target).exists()
