"""Probe one model: ask it under changed conditions.

From the evaluation sets and the model, local or remote; makes the rows of every probe.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from spuriverse.evaluation import PROBED_COLUMNS, probe_model, read_material
from spuriverse.models import ModelSpec
from spuriverse.models.remote import await_server
from spuriverse.tables import write_csv
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Ask and save."""
    params, server = snakemake.params, snakemake.input.get("server")
    address = await_server(server) if server else None
    with TemporaryDirectory(prefix="probes-") as changed:
        material = read_material(
            snakemake.input,
            limit=params.questions,
            seed=params.seed,
            folder=Path(changed),
            stickers=snakemake.input.get("stickers") or None,
        )
        table = probe_model(
            ModelSpec.from_params(params.spec),
            material,
            params.names,
            strategy=params.strategy,
            threads=snakemake.threads,
            address=address,
        )
    write_csv(table, snakemake.output.table, PROBED_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
