"""The plan of a run: hours, GPUs and money, and what each number rests on."""

import math

import pandas as pd
import pytest

from spuriverse.config import Config, parse_config
from spuriverse.workflow.expected_questions import evaluation_questions, questions_asked
from spuriverse.workflow.item_seconds import find_seconds, read_seconds
from spuriverse.workflow.plan import (
    ASSUMED_TOKENS,
    PLAN_COLUMNS,
    Share,
    dearest_rows,
    describe_plan,
    describe_sources,
    make_plan,
    say_price,
)

MODELS = [
    {"name": "open", "backend": "transformers", "checkpoint": "a/b", "billions": 7},
    {"name": "paid", "backend": "openai", "model": "m", "price_in": 2.0, "price_out": 10.0},
    {"name": "unpriced", "backend": "openai", "model": "m"},
    {
        "name": "served",
        "backend": "openai",
        "model": "m",
        "serve": {"command": "serve {model}", "billions": 70},
    },
]
GPUS = {"open": 1, "served": 4}
NAMES = ["biased-0", *(model["name"] for model in MODELS)]
ASKED = {"evaluate_model": {name: Share(1, GPUS.get(name, 0)) for name in NAMES}}
TRAINED = {"finetune_adapters": {"open": Share(4, 1, {"regimes": 2, "ablation": 2})}}


def plan_of(tmp_path, monkeypatch, **settings) -> tuple[Config, pd.DataFrame]:
    monkeypatch.chdir(tmp_path)
    evaluation = {"models": NAMES, **settings.pop("evaluation", {})}
    config = parse_config({"models": MODELS, "evaluation": evaluation, **settings})
    return config, make_plan({"evaluate_model": 5, "train_zoo_model": 1}, config, ASKED)


def row(plan: pd.DataFrame, model: str) -> pd.Series:
    return plan[plan["model"] == model].iloc[0]


def test_every_number_says_what_it_rests_on(tmp_path, monkeypatch) -> None:
    _, plan = plan_of(tmp_path, monkeypatch)
    assert tuple(plan.columns) == PLAN_COLUMNS
    assert set(plan["basis"]) <= {"measured", "measured here", "measured elsewhere", "assumed"}
    assert plan["source"].str.len().min() > 0
    assert plan["jobs"].sum() == 6
    assert (plan["gpu_hours"] - plan["hours"] * plan["gpus"]).abs().max() < 1e-9


def test_seconds_of_earlier_jobs_come_first(tmp_path, monkeypatch) -> None:
    timing = tmp_path / "results/timings/train_zoo_model/biased-0.tsv"
    timing.parent.mkdir(parents=True)
    timing.write_text("s\th:m:s\n7200\t2:00:00\n")
    _, plan = plan_of(tmp_path, monkeypatch)
    trained = plan[plan["rule"] == "train_zoo_model"].iloc[0]
    assert (trained["hours"], trained["basis"]) == (2.0, "measured here")
    assert trained["source"] == "earlier jobs of the rule in results/timings"


def test_money_is_tokens_times_price_and_unknown_without_one(tmp_path, monkeypatch) -> None:
    config, plan = plan_of(tmp_path, monkeypatch)
    sent, replied = ASSUMED_TOKENS
    expected = questions_asked("paid", config) * (sent * 2.0 + replied * 10.0) / 1e6
    assert row(plan, "paid")["usd"] == pytest.approx(expected)
    assert math.isnan(row(plan, "unpriced")["usd"])
    assert "USD and more. No price is known of open, unpriced, served." in describe_plan(plan)
    shown = dearest_rows(plan, 3)
    assert shown["price"].tolist() == ["price unknown"] * 3
    told = describe_sources(plan, 3).splitlines()
    rows = zip(shown["rule"], shown["model"], shown["basis"], strict=True)
    for line, (rule, model, basis) in zip(told, rows, strict=True):
        assert line.startswith(f"{rule} of {model}: {basis}, ")
        assert len(line) > len(f"{rule} of {model}: {basis}, ")


def test_without_any_price_none_is_made_up() -> None:
    names = pd.Series(["a", "b", "b"])
    assert say_price(pd.Series([0.0, math.nan, math.nan]), names).startswith("price unknown. ")
    assert say_price(pd.Series([1234.5, 0.0, 0.0]), names) == "1,234.50 USD"
    assert say_price(pd.Series([0.0] * 3), names) == "nothing to pay for"


def test_the_numbers_of_published_questions_are_known() -> None:
    published = {
        "benchmarks": {"world": None, "spuriverse": {"source": "s.parquet"}},
        "models": MODELS,
        "evaluation": {"models": ["open"], "non_spurious_per_anchor": 10},
    }
    assert evaluation_questions(parse_config(published)) == 1_364 + 1_240
    published["evaluation"]["limit"] = 20
    assert evaluation_questions(parse_config(published)) == 3 * 20


def test_gpu_hours_have_the_price_of_the_cluster(tmp_path, monkeypatch) -> None:
    _, plan = plan_of(tmp_path, monkeypatch, cluster={"gpu_hour_usd": 2.5})
    for name, gpus in GPUS.items():
        assert row(plan, name)["usd"] == pytest.approx(row(plan, name)["hours"] * gpus * 2.5)


def test_only_prompting_models_are_asked_by_every_strategy(tmp_path, monkeypatch) -> None:
    several = {"strategies": ["direct", "chain_of_thought"], "prompting_models": ["open"]}
    config, _ = plan_of(tmp_path, monkeypatch, evaluation=several)
    assert questions_asked("open", config) == 2 * questions_asked("paid", config)


def test_fine_tuning_of_a_large_model_is_planned_by_samples_and_occupies_its_gpus() -> None:
    settings = {"study": {"regimes": ["mixed"], "layers": ["both", "vision"], "type_counts": [0]}}
    config = parse_config({"models": MODELS, "finetuning": {**settings, "epochs": 3}})
    plan = make_plan({"finetune_adapters": 5}, config, TRAINED)
    (large,) = plan[plan["model"] == "open"].to_dict("records")
    # Two jobs of the regimes with two runs each, two of the ablation with one.
    assert large["items"] == (2 * 2 + 2 * 1) * 3 * config.finetuning.samples
    start = find_seconds(read_seconds(), "finetune_adapters", "transformers", 7).start_seconds
    assert large["gpu_hours"] == pytest.approx(
        (4 * start + large["items"] * large["seconds_per_item"]) / 3600
    )
    (tiny,) = plan[plan["model"] == ""].to_dict("records")
    assert (tiny["jobs"], tiny["gpus"]) == (1, 0)


def test_large_models_also_occupy_gpus_with_the_questions_of_spubench() -> None:
    config = parse_config({"models": MODELS, "evaluation": {"models": NAMES}})
    rules = ("evaluate_spubench", "measure_cgla", "map_saliency")
    plan = make_plan(
        dict.fromkeys(rules, 2), config, {rule: {"open": Share(1, 1)} for rule in rules}
    )
    assert (plan.loc[plan["model"] == "open", "gpu_hours"] > 0).tolist() == [True] * 3
    assert plan["jobs"].sum() == 6


def trained_seconds(**tuning) -> dict:
    """The plan's row of a model that is fine-tuned by the regimes and the ablation."""
    study = {
        "regimes": ["spurious_group"],
        "layers": ["language", "both"],
        **tuning.pop("study", {}),
    }
    config = parse_config({"models": MODELS, "finetuning": {"study": study, **tuning}})
    plan = make_plan({"finetune_adapters": 4}, config, TRAINED)
    (found,) = plan[plan["model"] == "open"].to_dict("records")
    return found


def test_a_frozen_tower_fewer_passes_and_fewer_epochs_are_planned_and_said() -> None:
    plain = trained_seconds(epochs=10)
    assert "two passes of the language model" in plain["source"]
    trained = trained_seconds(epochs=10, study={"layers": ["both"]})
    assert plain["seconds_per_item"] < trained["seconds_per_item"]
    twice = trained_seconds(epochs=10, gradient_checkpointing=True)
    assert twice["seconds_per_item"] == pytest.approx(1.5 * plain["seconds_per_item"])
    assert "activations are computed twice" in twice["source"]
    fitted = trained_seconds(epochs=10, gradient_checkpointing=True, fit_memory=True)
    assert fitted["seconds_per_item"] == plain["seconds_per_item"]
    assert 10 * trained_seconds(epochs=10, patience=3)["items"] == 7 * plain["items"]


def test_a_run_that_two_studies_have_in_common_is_planned_once() -> None:
    both = {"layers": ["both"], "type_counts": [0, 99]}
    once = trained_seconds(study={**both, "type_total": 99})["items"]
    assert once < trained_seconds(study={**both, "type_total": 100})["items"]
