"""Train and measure methods of the way out on one split of one base model.

From the base model, its types, the evaluation sets and the pools; makes `mitigation_points` of
part "test", and `mitigation_parts`; without rows where a kind is left out and the base model has
no type of it.
"""

from typing import Any

from spuriverse.finetuning.mitigations import study_job
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Train, measure and save."""
    params, wildcards = snakemake.params, snakemake.wildcards
    study_job(
        snakemake.input,
        [(name, setting) for name, settings in params.methods.items() for setting in settings],
        part="test",
        seed=int(wildcards.seed),
        fold=int(wildcards.fold),
        kind=wildcards.get("kind"),
        settings=params.settings,
        hyper=params.hyper,
        batch_size=params.batch_size,
        threads=snakemake.threads,
        output=snakemake.output.points,
        parts_output=snakemake.output.parts,
    )


if "snakemake" in globals():
    run_job(main, snakemake)
