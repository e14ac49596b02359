"""Estimate what remote models will cost, before anything is sent or published questions fetched.

From the candidates, the evaluation sets if they can be made without paying, the questions of
MM-SpuBench and the replies that are in the store; for published questions that are not here, from
their number and assumed tokens per question. Makes `results/tables/cost.csv`: what images,
verification, evaluation and MM-SpuBench will cost, at most as many as every candidate needs.
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from spuriverse.evaluation import (
    expected_groups,
    expected_samples,
    limit_samples,
    read_evaluation_samples,
)
from spuriverse.models import ModelSpec, estimate_costs
from spuriverse.models.remote import COST_COLUMNS, Prices
from spuriverse.problems import Problem
from spuriverse.tables import read_table, read_tables, write_result_csv
from spuriverse.workflow import ASSUMED_TOKENS, run_job, say_price

COLUMNS = ("model", "purpose", *COST_COLUMNS[1:])


def main(snakemake: Any) -> None:
    """Estimate, print and save."""
    parts = list(_parts(snakemake))
    if not parts:
        raise Problem(
            "No model that is asked is behind a server and no images are bought, so there is"
            " nothing to pay for."
        )
    table = pd.concat(parts, ignore_index=True)[list(COLUMNS)]
    write_result_csv(table, snakemake.output.table, COLUMNS)
    # The person who asked reads the terminal, not the log.
    shown = table.to_string(index=False, float_format="{:,.2f}".format, na_rep="price unknown")
    print(
        f"\nIn all: {say_price(table['usd'], table['model'])}."
        f"\n\n{shown}\n\nTokens and prices are estimates.",
        flush=True,
    )


def _parts(snakemake: Any) -> Iterator[pd.DataFrame]:
    params, inputs = snakemake.params, snakemake.input
    if params.images:
        yield _images(params.images, len(read_table(inputs.candidates, "candidates")))
    if params.verifying:
        groups = expected_groups(*_candidates(inputs), images=params.selection_images)
        yield _requests(params, "verification", params.verifying, groups, params.strategies[:1])
    if params.specs:
        is_known = params.sets_are_free and not inputs.get("types")
        asked = None if is_known else _evaluation_samples(snakemake)
        more = {"shuffles": params.shuffles, "blind": params.blind}
        yield _requests(params, "evaluation", params.specs, asked, params.strategies, **more)
    if params.spubench:
        path = inputs.get("spubench")
        asked = read_table(path, "samples") if path else None
        if asked is not None:
            asked = limit_samples(asked, params.limit, params.seed)
        yield _requests(params, "spubench", params.spubench, asked, params.spubench_strategies)


def _evaluation_samples(snakemake: Any) -> pd.DataFrame:
    params = snakemake.params
    if params.sets_are_free:
        return read_evaluation_samples(snakemake.input, params.limit, params.seed)
    settings = {"images": params.evaluation_images, "per_anchor": params.per_anchor}
    return expected_samples(*_candidates(snakemake.input), **settings)


def _candidates(inputs: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    return read_table(inputs.candidates, "candidates"), read_tables(inputs.samples, "samples")


def _images(images: dict[str, Any], candidates: int) -> pd.DataFrame:
    n = candidates * images["per_candidate"]
    price = images["usd_per_image"]
    usd = float("nan") if price is None else n * price
    row = {"model": images["model"], "purpose": "images", "requests": n, "already_stored": 0}
    return pd.DataFrame([row | {"tokens_in": 0, "tokens_out": 0, "usd": usd, "usd_at_most": usd}])


def _requests(
    params: Any,
    purpose: str,
    specs: list[dict[str, Any]],
    samples: pd.DataFrame | None,
    strategies: list[str],
    *,
    shuffles: int = 0,
    blind: bool = False,
) -> pd.DataFrame:
    asked = [ModelSpec.from_params(spec) for spec in specs]
    if samples is None:
        requests = params.known[purpose] * (len(strategies) + shuffles + blind)
        return pd.DataFrame([_known(spec, requests) for spec in asked]).assign(purpose=purpose)
    table = estimate_costs(
        asked,
        samples,
        strategies=strategies,
        shuffles=shuffles,
        blind=blind,
        seed=params.seed,
    )
    return table.assign(purpose=purpose)


def _known(spec: ModelSpec, requests: int) -> dict[str, Any]:
    """A row for questions of which only the number is known."""
    assert spec.server is not None
    sent, replied = (requests * tokens for tokens in ASSUMED_TOKENS)
    longest = spec.server.max_completion_tokens or spec.server.max_tokens
    prices = Prices(spec.server.price_in, spec.server.price_out)
    usd = {"usd": prices.usd(sent, replied), "usd_at_most": prices.usd(sent, requests * longest)}
    counts = {"requests": requests, "already_stored": 0, "tokens_in": sent, "tokens_out": replied}
    priced = {key: float("nan") if value is None else value for key, value in usd.items()}
    return {"model": spec.name, **counts, **priced}


if "snakemake" in globals():
    run_job(main, snakemake)
