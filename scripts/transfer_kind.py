"""Leave one kind of attribute out of training, and measure mitigations on it.

From the base model, its types, the evaluation sets and the pools; makes `mitigation_points` and
`mitigation_parts`, without rows where the base model has no type of the kind.
"""

from typing import Any

from spuriverse.finetuning.mitigations import study_kind_job
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Train, measure and save."""
    params = snakemake.params
    study_kind_job(
        snakemake.input,
        [(name, setting) for name, settings in params.methods.items() for setting in settings],
        kind=snakemake.wildcards.kind,
        seed=params.seed,
        settings=params.settings,
        hyper=params.hyper,
        batch_size=params.batch_size,
        threads=snakemake.threads,
        output=snakemake.output.points,
        parts_output=snakemake.output.parts,
    )


if "snakemake" in globals():
    run_job(main, snakemake)
