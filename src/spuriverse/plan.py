"""What a whole run will take: jobs of each rule, GPU hours and money, before anything is done.

Every number says what it rests on: seconds that were measured, or that are assumed in
`seconds.csv`. Estimates of this kind are right to a factor of two or three.
"""

import csv
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd

from spuriverse.config import Config
from spuriverse.forecast import SMALL_SECONDS, expected_seconds, is_measured
from spuriverse.stale import ask_snakemake

PLAN_COLUMNS = (
    *("rule", "model", "jobs", "item", "items", "seconds_per_item", "basis"),
    *("hours", "gpus", "gpu_hours", "usd", "usd_basis"),
)

PUBLISHED_TYPES = 124
"""Types of the published artefact (arXiv 2506.18322)."""

ASSUMED_TYPES = 30
"""Types that verification leaves in the embedded world."""

ASSUMED_TOKENS = (900, 60)
"""Tokens sent and replied a question with an image."""


def count_jobs(config: Config, target: str = "all") -> Counter[str]:
    """Return how many jobs of each rule a run from nothing has.

    Args:
        config: The configuration after overlays.
        target: What is to be made.

    Raises:
        Problem: Snakemake cannot plan the run.
    """
    options = ("--dry-run", "--forceall", "--quiet", "rules")
    said = ask_snakemake(config.model_dump_json(), target, *options)
    table = re.search(r"^job +count\n-+ +-+\n(.*?)^total ", said, re.MULTILINE | re.DOTALL)
    rows = [line.split() for line in table.group(1).splitlines()] if table else []
    return Counter({rule: int(count) for rule, count in rows if rule != target})


def make_plan(jobs: Mapping[str, int], config: Config, gpus: Mapping[str, int]) -> pd.DataFrame:
    """Return what a run will take, one row a rule, and one a model where models differ.

    Args:
        jobs: Rule -> its number of jobs, as `count_jobs` counts them.
        config: The configuration after overlays.
        gpus: Evaluated model -> GPUs of a job that asks it.

    Returns:
        `PLAN_COLUMNS`. Money is NaN where no price is known.
    """
    rows = [
        _row_of_rule(rule, count, config)
        for rule, count in sorted(jobs.items())
        if rule not in ("evaluate_model", "serve_model")
    ]
    if "evaluate_model" in jobs:
        models = config.evaluation.models
        base = config.finetuning.base_model
        extra = [base] if config.types_from == "world" and base not in models else []
        rows += [_row_of_model(name, config, gpus.get(name, 0)) for name in [*extra, *models]]
    return pd.DataFrame(rows, columns=list(PLAN_COLUMNS))


def describe_plan(plan: pd.DataFrame) -> str:
    """Say what a run takes in all, in a sentence or two."""
    hours, gpu_hours = plan["hours"].sum(), plan["gpu_hours"].sum()
    unknown = plan.loc[plan["usd_basis"] == "price unknown", "model"].tolist()
    money = f"at least {plan['usd'].sum():.2f} USD" if unknown else f"{plan['usd'].sum():.2f} USD"
    sentence = (
        f"{plan['jobs'].sum()} jobs, {hours:.1f} hours if one ran after the other,"
        f" {gpu_hours:.1f} GPU hours, {money}."
    )
    return f"{sentence} No price is known of {', '.join(unknown)}." if unknown else sentence


def questions_asked(name: str, config: Config) -> int:
    """Return how many questions a model is asked, if there are as many types as expected."""
    types = PUBLISHED_TYPES if config.types_from == "published" else ASSUMED_TYPES
    each = 1 + 2 * config.synthesis.images_per_group + config.evaluation.non_spurious_per_anchor
    section = config.evaluation
    by_all = section.prompting_models is None or name in section.prompting_models
    strategies = len(section.strategies) if by_all else 1
    return types * each * (strategies + section.shuffles + section.blind)


def _row_of_rule(rule: str, jobs: int, config: Config) -> dict[str, Any]:
    known = next((row for row in _table() if row["rule"] == rule), None)
    if known is not None and not is_measured(rule, config.results):
        seconds, item, basis = _seconds(known, 1), known["item"], known["basis"]
    else:
        seconds, item = expected_seconds(rule, config.results, config), "job"
        guessed = "assumed" if seconds == SMALL_SECONDS else "measured elsewhere"
        basis = "measured here" if is_measured(rule, config.results) else guessed
    return {
        **dict.fromkeys(PLAN_COLUMNS, math.nan),
        **{"rule": rule, "model": "", "jobs": jobs, "item": item, "items": jobs},
        **{"seconds_per_item": seconds, "basis": basis, "hours": jobs * seconds / 3600},
        **{"gpus": 0, "gpu_hours": 0.0, "usd": 0.0, "usd_basis": "free"},
    }


def _row_of_model(name: str, config: Config, gpus: int) -> dict[str, Any]:
    model = next((model for model in config.models if model.name == name), None)
    serve = getattr(model, "serve", None)
    asked = "zoo" if model is None else "served" if serve else model.backend
    size = serve.billions if serve else config.billions_of(name)
    row = _row_for(asked, size)
    items = questions_asked(name, config)
    per_item = float(row["seconds_per_item"])
    if asked == "openai":
        per_item /= getattr(model, "concurrency", 1)
    hours = (float(row["start_seconds"]) + items * per_item) / 3600
    usd, usd_basis = _money(model, items, hours * gpus, config)
    return {
        **{"rule": "evaluate_model", "model": name, "jobs": 1, "item": row["item"]},
        **{"items": items, "seconds_per_item": per_item, "basis": row["basis"], "hours": hours},
        **{"gpus": gpus, "gpu_hours": hours * gpus, "usd": usd, "usd_basis": usd_basis},
    }


def _money(model: Any, items: int, gpu_hours: float, config: Config) -> tuple[float, str]:
    """The price of a model's replies and GPUs, and what it rests on."""
    if model is not None and model.backend == "openai" and not model.serve:
        if model.price_in is None or model.price_out is None:
            return math.nan, "price unknown"
        sent, replied = ASSUMED_TOKENS
        return items * (sent * model.price_in + replied * model.price_out) / 1e6, "tokens assumed"
    if not gpu_hours:
        return 0.0, "free"
    price = config.cluster.gpu_hour_usd
    return (
        (math.nan, "price unknown")
        if price is None
        else (gpu_hours * price, "cluster.gpu_hour_usd")
    )


def _row_for(asked: str, billions: float) -> dict[str, str]:
    """The row of the table for a model: the first that is large enough, or the largest."""
    rows = [row for row in _table() if (row["rule"], row["asked"]) == ("evaluate_model", asked)]
    fitting = (r for r in rows if not r["up_to_billions"] or billions <= float(r["up_to_billions"]))
    return next(fitting, rows[-1])


def _seconds(row: Mapping[str, str], items: int) -> float:
    return float(row["start_seconds"]) + items * float(row["seconds_per_item"])


@cache
def _table() -> tuple[dict[str, str], ...]:
    return tuple(_read_table())


def _read_table() -> Iterator[dict[str, str]]:
    with resources.files("spuriverse").joinpath("seconds.csv").open(encoding="utf-8") as file:
        yield from csv.DictReader(file)
