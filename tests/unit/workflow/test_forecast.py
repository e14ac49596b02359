"""How long a run will take, told before it starts."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.config import parse_config
from spuriverse.workflow.forecast import Waiting, expected_seconds, forecast, time_of_run
from spuriverse.workflow.speed import Speed, measure_speed

CONFIG = parse_config({})


def test_an_earlier_job_of_the_rule_settles_the_expectation(tmp_path: Path) -> None:
    for name, seconds in (("0", 10.0), ("1", 30.0)):
        path = tmp_path / "timings" / "finetune_adapters" / f"{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\tcpu_time\n{seconds}\t1.0\n")
    assert expected_seconds("finetune_adapters", tmp_path, CONFIG) == 20.0


def test_without_one_the_expectation_grows_with_the_configuration(tmp_path: Path) -> None:
    longer = parse_config({"zoo": {"steps": 7000}})
    short = expected_seconds("train_zoo_model", tmp_path, CONFIG)
    assert expected_seconds("train_zoo_model", tmp_path, longer) > 5 * short


def test_products_and_the_rest_scale_with_the_machine(tmp_path: Path) -> None:
    usual = expected_seconds("train_zoo_model", tmp_path, CONFIG)
    slow = expected_seconds("train_zoo_model", tmp_path, CONFIG, Speed(products=10, starts=1))
    assert 5 * usual < slow < 10 * usual
    small = expected_seconds("plot_tradeoff", tmp_path, CONFIG)
    assert expected_seconds("plot_tradeoff", tmp_path, CONFIG, Speed(products=10)) == small
    assert expected_seconds("plot_tradeoff", tmp_path, CONFIG, Speed(starts=3)) == 3 * small


def test_what_was_measured_here_is_not_scaled(tmp_path: Path) -> None:
    path = tmp_path / "timings" / "plot_tradeoff.tsv"
    path.parent.mkdir(parents=True)
    path.write_text("s\tcpu_time\n7.0\t1.0\n")
    assert expected_seconds("plot_tradeoff", tmp_path, CONFIG, Speed(9, 9)) == 7.0


@pytest.mark.parametrize("rule", ["train_zoo_model", "finetune_adapters"])
def test_threads_shorten_a_job_by_less_than_their_number(tmp_path: Path, rule: str) -> None:
    one = expected_seconds(rule, tmp_path, CONFIG, threads=1)
    two = expected_seconds(rule, tmp_path, CONFIG, threads=2)
    assert one / 2 < two < one


def test_the_sentence_counts_jobs_and_cores(tmp_path: Path) -> None:
    jobs = [Waiting("train_zoo_model"), Waiting("train_zoo_model"), Waiting("plot_tradeoff")]
    one = forecast(jobs, 1, str(tmp_path), CONFIG)
    two = forecast(jobs, 2, str(tmp_path), CONFIG)
    assert one.startswith("3 jobs, about ")
    assert one.endswith("on 1 core")
    assert _minutes(two) < _minutes(one)


def test_jobs_wait_for_what_they_need_and_for_free_cores() -> None:
    assert time_of_run([3, 4], [1, 1], [(), ()], cores=2) == 4
    assert time_of_run([3, 4], [1, 1], [(), (0,)], cores=2) == 7
    assert time_of_run([3, 4], [2, 1], [(), ()], cores=2) == 7
    assert time_of_run([], [], [], cores=1) == 0


@given(
    st.lists(st.tuples(st.floats(0, 100), st.integers(1, 4), st.booleans()), max_size=12),
    st.integers(4, 8),
)
@settings(deadline=None, derandomize=True, max_examples=50)
def test_a_run_is_as_long_as_its_work_at_least_and_as_its_jobs_in_turn_at_most(
    drawn: list[tuple[float, int, bool]], cores: int
) -> None:
    seconds, threads = [d[0] for d in drawn], [d[1] for d in drawn]
    needs = [(place - 1,) if place and d[2] else () for place, d in enumerate(drawn)]
    took = time_of_run(seconds, threads, needs, cores)
    work = sum(s * n for s, n in zip(seconds, threads, strict=True)) / cores
    assert work <= took + 1e-6
    assert max(seconds, default=0) <= took + 1e-6 <= sum(seconds) + 2e-6


def test_the_machine_is_measured_without_loading_a_model_library() -> None:
    script = (
        "import sys; from spuriverse.workflow.speed import measure_speed; speed = measure_speed();"
        " assert speed.products > 0 and speed.starts > 0;"
        " assert not {'torch', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_where_nothing_can_be_measured_it_is_the_reference_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert measure_speed() == Speed()


def _minutes(sentence: str) -> int:
    return int(sentence.split("about ")[1].split()[0])
