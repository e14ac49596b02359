"""Measure the shortcuts of every world as trained, with the other tower, and tuned.

From the checkpoints of the worlds; makes their `tower_pairs`.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.discovery.verification.truth import measure_gaps
from spuriverse.finetuning import Hyperparameters
from spuriverse.open_questions import measure_worlds
from spuriverse.tables import write_table
from spuriverse.workflow import run_job
from spuriverse.world import StagedRecipe, read_world


def main(snakemake: Any) -> None:
    """Swap, tune, ask and save."""
    params = snakemake.params
    statistics, optics = read_world(params.world)

    def measure(model: Any, told: bool) -> pd.DataFrame:
        return measure_gaps(
            model,
            pairs=params.pairs,
            optics=optics,
            seed=params.seed,
            edition=statistics.edition,
            told=told,
        )

    pairs = measure_worlds(
        Path(snakemake.input.worlds),
        measure,
        recipe=StagedRecipe(**params.recipe),
        seed=params.seed,
        statistics=statistics,
        optics=optics,
        budget=params.budget,
        hyper=Hyperparameters(**params.hyper),
        threads=snakemake.threads,
    )
    write_table(pairs, snakemake.output.pairs, "tower_pairs")


if "snakemake" in globals():
    run_job(main, snakemake)
