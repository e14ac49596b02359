"""Count what each step of curation left, by both protocols.

From what the steps made; makes `results/tables/curation_funnel.csv` and
`results/tables/curation_changes.csv`, which says what the protocols count differently.
"""

from typing import Any

from spuriverse.discovery.curation import (
    CHANGE_COLUMNS,
    COUNTED_COLUMNS,
    FUNNEL_COLUMNS,
    Curated,
    count_funnel,
    explain_changes,
)
from spuriverse.discovery.review import settle_candidates
from spuriverse.tables import empty_table, read_table, read_tables, write_result_csv
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Count and save."""
    params, inputs = snakemake.params, snakemake.input
    refused = inputs.get("refused")
    records, verification = inputs.get("records"), inputs.get("verification")
    curated = Curated(
        samples=read_tables(inputs.samples, "samples", COUNTED_COLUMNS["samples"]),
        refused=read_tables(refused, "refused") if refused else empty_table("refused"),
        responses=read_table(inputs.responses, "responses", COUNTED_COLUMNS["responses"]),
        verdicts=read_table(inputs.verdicts, "verdicts", COUNTED_COLUMNS["verdicts"]),
        candidates=settle_candidates(
            read_table(inputs.annotated, "candidates"),
            review=params.review,
            decisions=params.decisions,
        ),
        records=read_table(records, "records", COUNTED_COLUMNS["records"]) if records else None,
        verification=read_table(verification, "verification") if verification else None,
        threshold=params.threshold,
        reviewed=params.review == "human",
        recorded_verdicts=params.recorded_verdicts,
    )
    funnel = count_funnel(curated, source_model=params.source_model, annotator=params.annotator)
    write_result_csv(funnel, snakemake.output.table, FUNNEL_COLUMNS)
    write_result_csv(explain_changes(curated), snakemake.output.changes, CHANGE_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
