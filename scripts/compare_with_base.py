"""Set fine-tuned models beside their base model by the second paper's means.

From likelihoods and heat maps of both, the questions and scenes of MM-SpuBench and the splits;
makes `results/tables/open_questions/second_paper.csv`, also as Markdown and LaTeX.
"""

from typing import Any

from spuriverse.open_questions import compare_with_base, write_answer
from spuriverse.tables import read_table, read_tables
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Estimate and save."""
    params, paths = snakemake.params, snakemake.input
    runs = read_tables(paths.runs, "runs")
    likelihoods = read_tables(paths.likelihoods, "likelihoods")
    images = read_table(paths.questions, "samples").set_index("sample_id")["image"]
    shown = read_table(paths.scenes, "scenes").set_index("image")["attributes"].str[0]
    attributes = read_table(paths.attributes, "attributes")
    types = read_table(paths.types, "types")
    splits = read_table(paths.splits, "splits").merge(types, on="type_id")
    trained = splits[splits["part"] == "train"].groupby("seed")["attribute"].agg(set)
    table = compare_with_base(
        likelihoods,
        read_tables(paths.maps, "heatmaps"),
        runs[runs["run_id"].isin(likelihoods["model"])],
        attributes.assign(shown=attributes["sample_id"].map(images).map(shown)),
        {int(seed): names for seed, names in trained.items()},
        base_model=params.base_model,
    )
    note = (
        "Fine-tuned models of the trade-off on the questions of MM-SpuBench, as change against"
        " the base model, paired by question; clusters are spurious attributes."
    )
    write_answer(table, snakemake.output.csv, note)


if "snakemake" in globals():
    run_job(main, snakemake)
