"""`provenance.json`: what it says, and when it is written again."""

import json
import os
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from spuriverse.config import Config, parse_config
from spuriverse.workflow.provenance import PACKAGES, record

TIMING = "s\th:m:s\tmax_rss\tcpu_time\n12.5\t0:00:12\t300.25\t20.0\n"
UNMEASURED = "s\th:m:s\tmax_rss\tcpu_time\n0.1\t0:00:00\tNA\tNA\n"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    timings = {"train/biased-0.tsv": TIMING, "plot.tsv": UNMEASURED}
    for name, text in timings.items():
        path = tmp_path / "timings" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def read(results: Path) -> dict:
    return json.loads((results / "records/provenance.json").read_text(encoding="utf-8"))


def test_it_names_configuration_seeds_versions_and_hardware(results: Path) -> None:
    config = parse_config({"seed": 5, "finetuning": {"seeds": [3, 4]}})
    assert record(results, config)
    content = read(results)
    assert Config.model_validate(content["config"]) == config
    assert content["protocol"] == "corrected"
    zoo = {model.name: model.seed for model in config.zoo.models}
    assert content["seeds"] == {"seed": 5, "zoo": zoo, "finetuning": [3, 4]}
    assert set(content["versions"]) == {"python", *PACKAGES}
    assert content["versions"]["numpy"] == np.__version__
    assert content["hardware"]["cores"] == os.cpu_count()
    assert datetime.fromisoformat(content["written"]).tzinfo is not None


def test_it_holds_the_timing_of_every_job(results: Path) -> None:
    record(results, Config())
    assert read(results)["timings"] == {
        "plot.tsv": {"seconds": 0.1, "cpu_seconds": None, "max_rss_mb": None},
        "train/biased-0.tsv": {"seconds": 12.5, "cpu_seconds": 20.0, "max_rss_mb": 300.25},
    }


def test_without_new_jobs_it_is_not_written_again(results: Path) -> None:
    record(results, Config())
    path = results / "records/provenance.json"
    before = path.read_bytes()
    assert not record(results, parse_config({"seed": 9}))
    assert path.read_bytes() == before


def test_after_a_new_job_it_is_written_again(results: Path) -> None:
    record(results, Config())
    later = (results / "records/provenance.json").stat().st_mtime + 5
    os.utime(results / "timings" / "plot.tsv", (later, later))
    assert record(results, parse_config({"seed": 9}))
    assert read(results)["seeds"]["seed"] == 9


def test_results_without_timings_get_one_too(tmp_path: Path) -> None:
    assert record(tmp_path, Config())
    assert read(tmp_path)["timings"] == {}


def test_a_checkout_is_not_needed(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(results.parent))
    monkeypatch.chdir(results)
    record(results, Config())
    assert (read(results)["commit"], read(results)["dirty"]) == (None, None)
