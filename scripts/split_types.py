"""Split the types by attribute, and draw the non-spurious set.

From samples, errors, candidates and types; makes `splits` and `non_spurious`.
"""

from typing import Any

from spuriverse.evaluation import sample_non_spurious
from spuriverse.finetuning import split_types
from spuriverse.tables import read_table, read_tables, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    params, inputs = snakemake.params, snakemake.input
    types = read_table(inputs.types, "types")
    non_spurious = sample_non_spurious(
        read_tables(inputs.samples, "samples"),
        read_table(inputs.errors, "errors"),
        read_table(inputs.candidates, "candidates"),
        types,
        per_anchor=params.per_anchor,
        validation_samples=params.validation_samples,
        seed=params.seed,
        drawn_anew=params.drawn_anew,
    )
    splits = split_types(
        types,
        seeds=params.seeds,
        validation_share=params.validation_share,
        test_share=params.test_share,
        required=params.required,
    )
    write_table(non_spurious, snakemake.output.non_spurious, "non_spurious")
    write_table(splits, snakemake.output.splits, "splits")


if "snakemake" in globals():
    run_job(main, snakemake)
