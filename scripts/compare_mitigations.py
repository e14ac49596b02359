"""Train every method with its chosen hyper-parameters on one split, and measure held-out types.

From the base model, its types, the evaluation sets, the pools and the choice; makes
`mitigation_points` of part "test".
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.finetuning.mitigations import study_job
from spuriverse.tables import write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Train, measure and save."""
    params, output = snakemake.params, snakemake.output
    choice = pd.read_csv(snakemake.input.choice)
    chosen = choice[choice["chosen"]]
    curves = [
        (name, json.loads(setting))
        for name, setting in zip(chosen["method"], chosen["setting"], strict=True)
    ]
    points = study_job(
        snakemake.input,
        curves,
        part="test",
        seed=int(snakemake.wildcards.seed),
        settings=params.settings,
        hyper=params.hyper,
        batch_size=params.batch_size,
        threads=snakemake.threads,
        folder=Path(output.points).parent,
    )
    write_table(points, output.points, "mitigation_points")


if "snakemake" in globals():
    run_job(main, snakemake)
