"""The table by which jobs ask a cluster for what a model needs."""

from pathlib import Path

import pytest
import yaml

from spuriverse.config import check_sizes, parse_config
from spuriverse.problems import Problem

ROOT = Path(__file__).parents[3]
ROW = {"gpu": 1, "mem_mb": 1000, "runtime": 10, "cpus": 2}


def test_the_first_row_that_is_large_enough_counts() -> None:
    cluster = parse_config({}).cluster
    assert [cluster.size_of(size).gpu for size in (0, 0.05, 0.06, 7, 33, 90)] == [0, 0, 1, 1, 2, 4]


def test_every_open_model_of_the_paper_says_its_size() -> None:
    config = parse_config(yaml.safe_load((ROOT / "config/paper.yaml").read_text()))
    check_sizes(config, set(config.evaluation.models))
    assert config.billions_of("Llama-3.2-90B-Vision") == 90
    assert config.billions_of("gpt-4o") == 0


def test_a_model_without_a_size_is_refused_by_name() -> None:
    model = {"name": "m", "backend": "transformers", "checkpoint": "a/b"}
    config = parse_config({"models": [model]})
    check_sizes(config, {"biased-0"})
    with pytest.raises(Problem, match=r"models\[0\] \(m\) .* add the key billions"):
        check_sizes(config, {"m"})


def test_a_model_that_no_row_is_large_enough_for_is_refused() -> None:
    model = {"name": "m", "backend": "transformers", "checkpoint": "a/b", "billions": 400}
    with pytest.raises(Problem, match=r"'m' 400 billions .* ends at 100; add a row"):
        parse_config({"models": [model]})


def test_rows_ascend() -> None:
    rows = [{"billions": 7, **ROW}, {"billions": 7, **ROW}]
    with pytest.raises(Problem, match="ascending"):
        parse_config({"cluster": {"sizes": rows}})


def test_fine_tuning_has_its_own_time_or_three_times_that_of_asking() -> None:
    rows = [{"billions": 0.05, **ROW}, {"billions": 7, **ROW, "finetuning_runtime": 45}]
    cluster = parse_config({"cluster": {"sizes": rows}}).cluster
    assert [cluster.size_of(size).minutes_to_finetune for size in (0, 7)] == [30, 45]


def test_later_attempts_get_more_time_as_far_as_partitions_allow() -> None:
    cluster = parse_config({"cluster": {"max_runtime": 50}}).cluster
    assert [cluster.minutes(20, attempt) for attempt in (1, 2, 3)] == [20, 40, 50]


def test_no_job_asks_for_more_time_than_the_profile_says_that_partitions_have() -> None:
    limits = yaml.safe_load((ROOT / "profiles/slurm/partitions.yaml").read_text())["partitions"]
    assert parse_config({}).cluster.max_runtime <= min(p["max_runtime"] for p in limits.values())
