"""Tabulate whether CGLA and the maps predict what removing the cue does, question by question.

From every explained model's interventions, likelihoods and heat maps; makes
`results/tables/open_questions/cgla_intervention.csv`, also as Markdown and LaTeX.
"""

from typing import Any

from spuriverse.open_questions import relate_interventions, write_answer
from spuriverse.tables import empty_table, read_table, read_tables
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Estimate and save."""
    params, paths = snakemake.params, snakemake.input
    maps = read_tables(paths.maps, "heatmaps") if paths.maps else empty_table("heatmaps")
    table = relate_interventions(
        read_tables(paths.interventions, "interventions"),
        read_tables(paths.likelihoods, "likelihoods"),
        maps,
        read_table(paths.attributes, "attributes"),
        seed=params.seed,
        resamples=params.resamples,
    )
    note = (
        "Spearman's correlation of CGLA and of the share of a map on the cue with the effect of"
        " removing the cue, over questions; clusters are spurious attributes."
    )
    write_answer(table, snakemake.output.csv, note)


if "snakemake" in globals():
    run_job(main, snakemake)
