"""Make a model robust by a mitigation, measure it on held-out attributes, and describe it.

From the base model, its types, their split and images; makes `results/robust/<model>/`: adapter,
projection, weight of the base average, measurements and card.
"""

from pathlib import Path
from typing import Any

from spuriverse.finetuning import Hyperparameters, read_study_data
from spuriverse.finetuning.mitigations import make_robust_model
from spuriverse.models import ModelSpec
from spuriverse.tables import atomic_path, read_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Train, measure, describe and save."""
    params, output = snakemake.params, Path(snakemake.output.folder)
    with atomic_path(output) as folder:
        folder.mkdir()
        make_robust_model(
            ModelSpec.from_params(params.spec),
            read_study_data(snakemake.input),
            read_table(snakemake.input.groups, "groups"),
            folder,
            **params.robust,
            hyper=Hyperparameters(**params.hyper),
            threads=snakemake.threads,
            stored_as=output,
        )


if "snakemake" in globals():
    run_job(main, snakemake)
