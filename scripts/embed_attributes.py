"""Embed what each attribute does to what the base model sees.

From the types, the minimal pairs of their groups and the model; makes the `attribute_vectors`.
"""

from typing import Any

from spuriverse.models import ModelSpec, open_checkpoint
from spuriverse.open_questions import embed_attributes
from spuriverse.tables import read_table, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Load, embed and save."""
    model = open_checkpoint(ModelSpec.from_params(snakemake.params.spec), threads=snakemake.threads)
    vectors = embed_attributes(
        model,
        read_table(snakemake.input.types, "types"),
        read_table(snakemake.input.groups, "groups"),
    )
    write_table(vectors, snakemake.output.vectors, "attribute_vectors")


if "snakemake" in globals():
    run_job(main, snakemake)
