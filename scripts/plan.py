"""Estimate what a whole run will take: jobs of each rule, GPU hours and money.

From the configuration alone; makes `results/tables/plan.csv`.
"""

from typing import Any

from spuriverse.config import parse_config
from spuriverse.tables import write_result_csv
from spuriverse.workflow import (
    PLAN_COLUMNS,
    Share,
    count_jobs,
    dearest_rows,
    describe_plan,
    describe_sources,
    make_plan,
    run_job,
)


def main(snakemake: Any) -> None:
    """Plan, print and save."""
    config = parse_config(snakemake.params.config)
    shares = {
        rule: {name: Share(**share) for name, share in by_model.items()}
        for rule, by_model in snakemake.params.shares.items()
    }
    targets = config.planned_targets()
    plan = make_plan(count_jobs(config, targets), config, shares)
    write_result_csv(plan, snakemake.output.table, PLAN_COLUMNS)
    # The person who asked reads the terminal, not the log.
    shown = dearest_rows(plan).to_string(index=False)
    print(
        f"\n{', '.join(targets)}: {describe_plan(plan)}\n\n{shown}"
        f"\n\nWhere their seconds come from:\n{describe_sources(plan)}"
        f"\n\nAll {len(plan)} rows, with what each rests on: {snakemake.output.table}",
        flush=True,
    )


if "snakemake" in globals():
    run_job(main, snakemake)
