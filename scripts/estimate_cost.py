"""Say what it will cost to ask the remote models, before anything is sent.

From the evaluation sets and the replies there are already; makes `results/tables/cost.csv`.
"""

from typing import Any

from spuriverse.evaluation import read_evaluation_samples
from spuriverse.models import ModelSpec, estimate_costs
from spuriverse.models.remote import COST_COLUMNS
from spuriverse.problems import Problem
from spuriverse.tables import write_csv
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Estimate, print and save."""
    params = snakemake.params
    specs = [ModelSpec.from_params(spec) for spec in params.specs]
    if not specs:
        raise Problem(
            "No model of evaluation.models is behind a server, so there is nothing to pay for."
        )
    table = estimate_costs(
        specs,
        read_evaluation_samples(snakemake.input),
        strategies=params.strategies,
        shuffles=params.shuffles,
        blind=params.blind,
        seed=params.seed,
    )
    write_csv(table, snakemake.output.table, COST_COLUMNS)
    # The person who asked reads the terminal, not the log.
    print(f"\n{table.to_string(index=False)}\n\nTokens and prices are estimates.", flush=True)


if "snakemake" in globals():
    run_job(main, snakemake)
