"""Try every method's hyper-parameters on one split of one base model, on validation attributes.

From the base model, its types, the evaluation sets and the pools; makes `mitigation_points` of
part "validation" for the methods that have a choice.
"""

from pathlib import Path
from typing import Any

from spuriverse.finetuning.mitigations import study_job
from spuriverse.tables import write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Train, measure and save."""
    params, output = snakemake.params, snakemake.output
    curves = [
        (name, setting)
        for name, settings in params.settings["methods"].items()
        if len(settings) > 1
        for setting in settings
    ]
    points = study_job(
        snakemake.input,
        curves,
        part="validation",
        seed=int(snakemake.wildcards.seed),
        settings=params.settings,
        hyper=params.hyper,
        batch_size=params.batch_size,
        threads=snakemake.threads,
        folder=Path(output.points).parent,
    )
    write_table(points, output.points, "mitigation_points")


if "snakemake" in globals():
    run_job(main, snakemake)
