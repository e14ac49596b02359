"""How long a run will take, told before it starts."""

from pathlib import Path

from spuriverse.config import parse_config
from spuriverse.workflow.forecast import expected_seconds, forecast

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


def test_the_sentence_counts_jobs_and_cores(tmp_path: Path) -> None:
    jobs, threads = {"train_zoo_model": 2, "plot_tradeoff": 1}, {"train_zoo_model": 1}
    one = forecast(jobs, threads, 1, str(tmp_path), CONFIG)
    two = forecast(jobs, threads, 2, str(tmp_path), CONFIG)
    assert one.startswith("3 jobs, about ")
    assert one.endswith("on 1 cores")
    assert _minutes(two) < _minutes(one)


def _minutes(sentence: str) -> int:
    return int(sentence.split("about ")[1].split()[0])
