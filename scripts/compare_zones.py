"""Compare the images that the tiny CLIP, further encoders and the evaluated models confuse.

From scenes, the zone of the tiny CLIP, the ranks of encoders and what the models answered; makes
`results/tables/open_questions/backbones.csv`, also as Markdown and LaTeX.
"""

from typing import Any

from spuriverse.open_questions import (
    class_questions,
    compare_zones,
    ranks_of_encoders,
    true_ranks,
    write_answer,
)
from spuriverse.tables import read_table, read_tables
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Compare and save."""
    params, paths = snakemake.params, snakemake.input
    scenes = read_table(paths.scenes, "scenes")
    asked = class_questions(scenes)
    responses = read_tables(paths.responses, "responses")
    models = {str(name): true_ranks(asked, part) for name, part in responses.groupby("model")}
    encoders = ranks_of_encoders(read_table(paths.encoders, "encoder_ranks"))
    table = compare_zones(
        {**encoders, **models},
        set(read_table(paths.confusions, "confusions")["image"]),
        dict(zip(scenes["image"], scenes["attributes"].str[0], strict=True)),
        min_rank=params.min_rank,
        max_rank=params.max_rank,
    )
    note = (
        "Images whose true class a model ranks in the zone, what zones share, and the accuracy of"
        " each model in the others' zones; clusters are attributes."
    )
    write_answer(table, snakemake.output.csv, note)


if "snakemake" in globals():
    run_job(main, snakemake)
