"""Tabulate what is known of every suspicion from pixels.

From the suspicions with their tests and regions, the answers to questions and, where the source
model could be asked again, to edited pictures; makes `results/tables/shortcuts.csv`.
"""

from typing import Any

from spuriverse.discovery.suspicions import (
    SHORTCUT_COLUMNS,
    compare_natural_pairs,
    weigh_suspicions,
)
from spuriverse.tables import empty_table, read_table, read_tables, write_result_csv
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Compare, weigh and save."""
    params, inputs = snakemake.params, snakemake.input
    asked = inputs.get("trials")
    regions = read_table(inputs.regions, "regions")
    presence = read_table(inputs.presence, "presence") if inputs.get("presence") else None
    names = dict(params.names)
    if presence is not None:
        names |= dict(zip(presence["attribute"], presence["name"], strict=True))
    natural = compare_natural_pairs(
        read_tables(inputs.samples, "samples"),
        read_table(inputs.answers, "responses", ["sample_id", "choice"]),
        regions,
        share=params.natural_share,
        presence=presence,
    )
    table = weigh_suspicions(
        read_table(inputs.proposals, "proposals"),
        regions,
        read_table(inputs.trials, "trials") if asked else empty_table("trials"),
        read_table(inputs.responses, "responses") if asked else empty_table("responses"),
        natural,
        false_discovery_rate=params.false_discovery_rate,
        names=names,
    )
    write_result_csv(table, snakemake.output.table, SHORTCUT_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
