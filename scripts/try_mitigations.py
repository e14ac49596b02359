"""Try every method's hyper-parameters on one split of one base model, on validation attributes.

From the base model, its types, the evaluation sets and the pools; makes `mitigation_points` of
part "validation" for the methods that have a choice.
"""

from typing import Any

from spuriverse.finetuning.mitigations import curves_to_try, study_job
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Train, measure and save."""
    params = snakemake.params
    study_job(
        snakemake.input,
        curves_to_try(params.settings["methods"]),
        part="validation",
        seed=int(snakemake.wildcards.seed),
        fold=0,
        settings=params.settings,
        hyper=params.hyper,
        batch_size=params.batch_size,
        threads=snakemake.threads,
        output=snakemake.output.points,
    )


if "snakemake" in globals():
    run_job(main, snakemake)
