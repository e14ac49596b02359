"""Estimate what remote models will cost, before anything is sent.

From the candidates, the evaluation sets if they can be made without paying, the questions of
MM-SpuBench and the replies that are in the store; makes `results/tables/cost.csv`: what images,
verification, evaluation and MM-SpuBench will cost, at most as many as every candidate needs.
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from spuriverse.evaluation import expected_groups, expected_samples, read_evaluation_samples
from spuriverse.models import ModelSpec, estimate_costs
from spuriverse.models.remote import COST_COLUMNS
from spuriverse.problems import Problem
from spuriverse.tables import read_table, read_tables, write_csv
from spuriverse.workflow import run_job

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
    write_csv(table, snakemake.output.table, COLUMNS)
    # The person who asked reads the terminal, not the log.
    print(f"\n{table.to_string(index=False)}\n\nTokens and prices are estimates.", flush=True)


def _parts(snakemake: Any) -> Iterator[pd.DataFrame]:
    params, inputs = snakemake.params, snakemake.input
    if params.images:
        yield _images(params.images, len(read_table(inputs.candidates, "candidates")))
    if params.verifying:
        groups = expected_groups(*_candidates(inputs), images=params.selection_images)
        yield _requests(params, "verification", params.verifying, groups, params.strategies[:1])
    if params.specs:
        asked = _evaluation_samples(snakemake)
        more = {"shuffles": params.shuffles, "blind": params.blind}
        yield _requests(params, "evaluation", params.specs, asked, params.strategies, **more)
    if params.spubench:
        asked = read_table(inputs.spubench, "samples")
        yield _requests(params, "spubench", params.spubench, asked, params.spubench_strategies)


def _evaluation_samples(snakemake: Any) -> pd.DataFrame:
    params = snakemake.params
    if params.sets_are_free:
        return read_evaluation_samples(snakemake.input)
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
    samples: pd.DataFrame,
    strategies: list[str],
    *,
    shuffles: int = 0,
    blind: bool = False,
) -> pd.DataFrame:
    table = estimate_costs(
        [ModelSpec.from_params(spec) for spec in specs],
        samples,
        strategies=strategies,
        shuffles=shuffles,
        blind=blind,
        seed=params.seed,
    )
    return table.assign(purpose=purpose)


if "snakemake" in globals():
    run_job(main, snakemake)
