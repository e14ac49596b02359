"""Tabulate CGLA by model and type, and the failure signatures that it and accuracy make.

From every model's likelihoods; makes `results/tables/spubench_cgla.csv` and
`results/tables/spubench_signatures.csv`, both also as Markdown and LaTeX.
"""

import logging
from pathlib import Path
from typing import Any

from spuriverse.questions import PROTOCOL
from spuriverse.spubench.explain import (
    CGLA_COLUMNS,
    CGLA_SHOWN,
    SIGNATURE_COLUMNS,
    SIGNATURE_SHOWN,
    join_advantages,
    note_on_labels,
    tabulate_cgla,
    tabulate_signatures,
)
from spuriverse.tables import read_table, read_tables, write_result_table
from spuriverse.workflow import run_job

log = logging.getLogger(__name__)


def main(snakemake: Any) -> None:
    """Estimate and save."""
    params, output = snakemake.params, snakemake.output
    attributes = read_table(snakemake.input.attributes, "attributes")
    advantages = join_advantages(
        read_tables(snakemake.input.likelihoods, "likelihoods"), attributes
    )
    limits = {
        "accuracy_threshold": params.accuracy_threshold,
        "cgla_threshold": params.cgla_threshold,
    }
    table = tabulate_cgla(advantages, **limits)
    signatures = tabulate_signatures(advantages, table)
    note = (
        "Intervals are at 95 %, over spurious attributes; accuracy is that of the"
        f" likeliest option after the plain question; protocol {PROTOCOL}."
    )
    if caveat := note_on_labels(attributes):
        log.warning(caveat)
        note = f"{note} {caveat}"
    cgla_caption = (
        "CGLA = log p(label | image, core attribute) - log p(label | image, spurious attribute),"
        f" raw and per token of the label, and the share of samples below zero. {note}"
    )
    signature_caption = (
        f"Failure signatures: accuracy high from {params.accuracy_threshold:g}, CGLA high above"
        f" {params.cgla_threshold:g}; number of types, and share of samples. {note}"
    )
    stem = Path(output.cgla).with_suffix("")
    write_result_table(table, stem, CGLA_COLUMNS, cgla_caption, CGLA_SHOWN)
    stem = Path(output.signatures).with_suffix("")
    write_result_table(signatures, stem, SIGNATURE_COLUMNS, signature_caption, SIGNATURE_SHOWN)


if "snakemake" in globals():
    run_job(main, snakemake)
