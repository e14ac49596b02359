"""What a whole run will take: jobs of each rule, GPU hours and money, before anything is done.

Every row says what its seconds rest on, and where they come from: earlier jobs of this folder, a
measurement, or an assumption of `seconds.csv`. Estimates of this kind are right to a factor of two
or three.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pandas as pd

from spuriverse.config import Config
from spuriverse.workflow.durations import say_duration
from spuriverse.workflow.expected_questions import (
    questions_asked,
    spubench_asked,
    spubench_questions,
)
from spuriverse.workflow.expected_training import TWICE, training_samples
from spuriverse.workflow.forecast import SMALL_SECONDS, expected_seconds, is_measured
from spuriverse.workflow.item_seconds import (
    FROZEN,
    MEASURED,
    ItemSeconds,
    find_seconds,
    read_seconds,
)
from spuriverse.workflow.prices import ASSUMED_TOKENS, say_price
from spuriverse.workflow.stale import ask_snakemake

PLAN_COLUMNS = (
    *("rule", "model", "jobs", "item", "items", "seconds_per_item", "basis"),
    *("hours", "gpus", "gpu_hours", "usd", "usd_basis", "source"),
)

_SOURCES = {
    "measured here": "earlier jobs of the rule in {results}/timings",
    "measured elsewhere": "the size of its work, on one core of a two-core AMD EPYC",
    "assumed": "a job that neither trains nor asks a model for long",
}

DEAREST = 10
"""Rows of the plan that are shown on the terminal."""


@dataclass(frozen=True)
class Share:
    """The jobs of a rule that load or ask one model.

    Attributes:
        jobs: How many.
        gpus: GPUs that each keeps busy, those of a server that it asks among them.
        studies: For fine-tuning, study -> jobs.
    """

    jobs: int
    gpus: int
    studies: Mapping[str, int] = field(default_factory=dict)


def count_jobs(config: Config, targets: Sequence[str]) -> Counter[str]:
    """Return how many jobs of each rule a run from nothing has.

    Args:
        config: The configuration after overlays.
        targets: What is to be made.

    Raises:
        Problem: Snakemake cannot plan the run.
    """
    options = ("--dry-run", "--forceall", "--quiet", "rules")
    output = ask_snakemake(config.model_dump_json(), *targets, *options)
    table = re.search(r"^job +count\n-+ +-+\n(.*?)^total ", output, re.MULTILINE | re.DOTALL)
    rows = [line.split() for line in table.group(1).splitlines()] if table else []
    return Counter({rule: int(count) for rule, count in rows if rule not in targets})


def make_plan(
    jobs: Mapping[str, int], config: Config, shares: Mapping[str, Mapping[str, Share]]
) -> pd.DataFrame:
    """Return what a run will take, one row per rule, and one per model where models differ.

    Args:
        jobs: Rule -> its number of jobs, as `count_jobs` counts them.
        config: The configuration after overlays.
        shares: Rule -> model -> its jobs, for the rules that are planned by model; what is left
            of such a rule has a row without a model.

    Returns:
        `PLAN_COLUMNS`. Money is NaN where no price is known.
    """
    rows = []
    for rule, count in sorted(jobs.items()):
        by_model = shares.get(rule, {})
        left = count - sum(share.jobs for share in by_model.values())
        if left > 0 and rule != "serve_model":
            rows.append(_row_of_rule(rule, left, config))
        rows += [_row_of_model(rule, name, share, config) for name, share in by_model.items()]
    return pd.DataFrame(rows, columns=list(PLAN_COLUMNS))


def describe_plan(plan: pd.DataFrame) -> str:
    """Say what a run takes in all, in a sentence or two."""
    gpu_hours = plan["gpu_hours"].sum()
    gpus = f"{say_duration(gpu_hours * 3600)} of GPUs" if gpu_hours else "no GPU"
    return (
        f"{plan['jobs'].sum()} jobs, {say_duration(plan['hours'].sum() * 3600)} if one ran after"
        f" the other, {gpus}, {say_price(plan['usd'], plan['model'])}."
    )


def dearest_rows(plan: pd.DataFrame, rows: int = DEAREST) -> pd.DataFrame:
    """Return the rows that cost most money, GPU time and time, for a terminal.

    Args:
        plan: As `make_plan` returns it.
        rows: How many.
    """
    order = _dearest(plan, rows)
    return pd.DataFrame(
        {
            "rule": order["rule"],
            "model": order["model"],
            "jobs": order["jobs"],
            "items": order["items"].map("{:,} ".format) + order["item"] + "s",
            "time": [say_duration(hours * 3600) for hours in order["hours"]],
            "on GPUs": [say_duration(h * 3600) if h else "" for h in order["gpu_hours"]],
            "price": order["usd"].map(_say_usd),
            "basis": order["basis"],
        }
    )


def describe_sources(plan: pd.DataFrame, rows: int = DEAREST) -> str:
    """Say where the seconds of the rows that `dearest_rows` shows come from, a line for each.

    Args:
        plan: As `make_plan` returns it.
        rows: How many.
    """
    told = [
        f"{' of '.join(filter(None, (row.rule, row.model)))}: {row.basis}, {row.source}"
        for row in _dearest(plan, rows).itertuples()
    ]
    return "\n".join(told)


def _dearest(plan: pd.DataFrame, rows: int) -> pd.DataFrame:
    order = plan.assign(unknown=plan["usd"].isna(), paid=plan["usd"].fillna(0))
    columns = ["unknown", "paid", "gpu_hours", "hours"]
    return order.sort_values(columns, ascending=False, kind="stable").head(rows)


def _say_usd(usd: float) -> str:
    if math.isnan(usd):
        return "price unknown"
    return f"{usd:,.2f} USD" if usd else ""


def _row_of_rule(rule: str, jobs: int, config: Config) -> dict[str, Any]:
    known = next((row for row in _table() if row.rule == rule and row.asked != "zoo"), None)
    here = is_measured(rule, config.results)
    if known is not None and not here:
        seconds = known.start_seconds + known.seconds_per_item
        item, basis, source = known.item, known.basis, known.origin
    else:
        seconds, item = expected_seconds(rule, config.results, config), "job"
        guessed = "assumed" if seconds == SMALL_SECONDS else "measured elsewhere"
        basis = "measured here" if here else guessed
        source = _SOURCES[basis].format(results=config.results)
    return {
        **dict.fromkeys(PLAN_COLUMNS, math.nan),
        **{"rule": rule, "model": "", "jobs": jobs, "item": item, "items": jobs},
        **{"seconds_per_item": seconds, "basis": basis, "hours": jobs * seconds / 3600},
        **{"gpus": 0, "gpu_hours": 0.0, "usd": 0.0, "usd_basis": "free", "source": source},
    }


def _training(
    row: ItemSeconds, billions: float, share: Share, config: Config
) -> tuple[int, ItemSeconds]:
    """Samples that jobs train on, and the mean seconds of one; the row is of a trained tower."""
    samples, tuning = training_samples(share.studies, config), config.finetuning
    seconds, notes, basis = row.seconds_per_item, [row.origin], row.basis
    if samples.frozen:
        frozen = _row_for(FROZEN, row.asked, billions)
        mixed = samples.trained * seconds + samples.frozen * frozen.seconds_per_item
        seconds = mixed / samples.total
        basis = basis if frozen.basis == MEASURED else frozen.basis
        notes.append(f"{samples.frozen / samples.total:.0%} of them: {frozen.origin}")
    if tuning.gradient_checkpointing and not tuning.fit_memory:
        seconds *= TWICE
        notes.append(f"x {TWICE:g}, since activations are computed twice")
    return samples.total, replace(
        row, seconds_per_item=seconds, basis=basis, device="", date="", source="; ".join(notes)
    )


def _items(rule: str, name: str, config: Config) -> int:
    """How many items the jobs of a rule have that are about one model."""
    if rule == "evaluate_model":
        return questions_asked(name, config)
    if rule == "evaluate_spubench":
        return spubench_asked(config)
    questions = spubench_questions(config)
    if rule == "map_saliency":
        return min(questions, config.explain.samples or questions)
    return questions


def _row_of_model(rule: str, name: str, share: Share, config: Config) -> dict[str, Any]:
    model = next((model for model in config.models if model.name == name), None)
    serve = getattr(model, "serve", None)
    asked = "zoo" if model is None else "served" if serve else model.backend
    size = serve.billions if serve else config.billions_of(name)
    row = _row_for(rule, asked, size)
    if rule == "finetune_adapters":
        items, row = _training(row, size, share, config)
    else:
        items = _items(rule, name, config)
    per_item = row.seconds_per_item
    if asked == "openai":
        per_item /= getattr(model, "concurrency", 1)
    hours = (share.jobs * row.start_seconds + items * per_item) / 3600
    gpu_hours = hours * share.gpus
    usd, usd_basis = _money(model, items, gpu_hours, config)
    return {
        **{"rule": rule, "model": name, "jobs": share.jobs, "item": row.item},
        **{"items": items, "seconds_per_item": per_item, "basis": row.basis, "hours": hours},
        **{"gpus": share.gpus, "gpu_hours": gpu_hours, "usd": usd, "usd_basis": usd_basis},
        "source": row.origin,
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


def _row_for(rule: str, asked: str, billions: float) -> ItemSeconds:
    # A question of MM-SpuBench is asked like any other.
    rule = "evaluate_model" if rule == "evaluate_spubench" else rule
    return find_seconds(_table(), rule, asked, billions)


@cache
def _table() -> tuple[ItemSeconds, ...]:
    return tuple(read_seconds())
