"""Export the verified types as a data set that others can open.

From the types, their samples, images, verdicts and splits; makes the folder `results/dataset`:
Parquet files with images in them, a card and Croissant metadata.
"""

from importlib.metadata import version
from typing import Any

from spuriverse.evaluation import Card, Found, export_dataset
from spuriverse.tables import read_table, read_tables
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Read and export."""
    inputs, params = snakemake.input, snakemake.params
    verification = inputs.get("verification")
    types, samples = read_table(inputs.types, "types"), read_tables(inputs.samples, "samples")
    anchors = samples[samples["sample_id"].isin(types["sample_id"])]
    found = Found(
        types=types,
        samples=anchors,
        groups=read_table(inputs.groups, "groups"),
        splits=read_table(inputs.splits, "splits"),
        verification=read_table(verification, "verification") if verification else None,
    )
    card = Card(
        name=params.name,
        source_model=params.source_model,
        benchmarks=tuple(sorted(anchors["benchmark"].unique())),
        verified_by=tuple(params.verified_by) if verification else (),
        threshold=params.threshold,
        version=version("spuriverse"),
    )
    export_dataset(found, snakemake.output.folder, card)


if "snakemake" in globals():
    run_job(main, snakemake)
