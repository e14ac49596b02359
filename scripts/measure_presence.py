"""Name suspicions by the nearest words, and score how surely pictures show what they are called.

From samples, the regions of suspicions and a checkpoint that compares pictures with words; makes
the table `presence`.
"""

from typing import Any

from spuriverse.discovery.suspicions import measure_presence, name_by_words
from spuriverse.models import load_word_presence
from spuriverse.tables import read_table, read_tables, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Name, score and save."""
    params, inputs = snakemake.params, snakemake.input
    samples = read_tables(inputs.samples, "samples")
    regions = read_table(inputs.regions, "regions")
    presence = load_word_presence(params.checkpoint, threads=snakemake.threads)
    known = set(regions["attribute"])
    given = {attribute: name for attribute, name in params.names.items() if attribute in known}
    names = name_by_words(regions, given, list(params.words), presence)
    images = list(dict.fromkeys(samples["image"]))
    write_table(measure_presence(images, names, presence), snakemake.output.presence, "presence")


if "snakemake" in globals():
    run_job(main, snakemake)
