"""Propose the core and the spurious attribute of every confused image.

From the confusions of all sources, and the scenes of the embedded world or a vision-language model;
makes drafts of the questions (`samples`) and the proposals (`candidates`).
"""

from typing import Any

from spuriverse.discovery.curation import describe_with_lvlm
from spuriverse.models import ModelSpec, open_chat
from spuriverse.spubench import describe_scenes, propose_core_and_spurious
from spuriverse.tables import read_table, read_tables, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Describe and save."""
    params, output = snakemake.params, snakemake.output
    confusions = read_tables(snakemake.input.confusions, "confusions")
    if params.annotator == "scenes":
        name = "scenes"
        described = describe_scenes(confusions, read_table(snakemake.input.scenes, "scenes"))
    else:
        spec = ModelSpec.from_params(params.annotator_model)
        model = open_chat(spec, threads=snakemake.threads)
        name = model.name
        described = describe_with_lvlm(confusions, model, repairs=params.repairs)
    drafts, candidates = propose_core_and_spurious(
        confusions, described, annotator=name, options=params.options
    )
    write_table(drafts, output.drafts, "samples")
    write_table(candidates, output.candidates, "candidates")


if "snakemake" in globals():
    run_job(main, snakemake)
