"""Train every method with its chosen hyper-parameters on one split, and measure held-out types.

From the base model, its types, the evaluation sets, the pools and the choice; makes
`mitigation_points` of part "test".
"""

from typing import Any

from spuriverse.finetuning.mitigations import read_chosen_curves, study_job
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Train, measure and save."""
    params = snakemake.params
    study_job(
        snakemake.input,
        read_chosen_curves(snakemake.input.choice),
        part="test",
        seed=int(snakemake.wildcards.seed),
        fold=int(snakemake.wildcards.fold),
        settings=params.settings,
        hyper=params.hyper,
        batch_size=params.batch_size,
        threads=snakemake.threads,
        output=snakemake.output.points,
    )


if "snakemake" in globals():
    run_job(main, snakemake)
