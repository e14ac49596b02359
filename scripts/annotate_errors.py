"""Propose the spurious attribute behind each error.

From samples, responses and errors, and the records if verdicts were recorded; makes the annotated
candidates, the annotator's verdicts and, by the statistical annotator, its `proposals`; by that of
regions also the table `regions`.
"""

import logging
from typing import Any

import pandas as pd

from spuriverse.discovery.curation import (
    choose_candidates,
    propose_attributes,
)
from spuriverse.problems import Problem
from spuriverse.tables import empty_table, read_table, read_tables, write_table
from spuriverse.workflow import run_job

log = logging.getLogger(__name__)


def main(snakemake: Any) -> None:
    """Annotate and save."""
    annotate = {
        "statistics": _by_statistics,
        "lvlm": _by_lvlm,
        "recorded": _by_records,
        "regions": _by_regions,
    }[snakemake.params.curation["annotator"]]
    errors = read_table(snakemake.input.errors, "errors")
    candidates, verdicts = annotate(snakemake, errors)
    write_table(candidates, snakemake.output.candidates, "candidates")
    write_table(verdicts, snakemake.output.verdicts, "verdicts")


def _by_statistics(snakemake: Any, errors: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    curation = snakemake.params.curation
    asked = ["sample_id", "choice"]
    proposals = propose_attributes(
        read_tables(snakemake.input.samples, "samples"),
        read_table(snakemake.input.responses, "responses", asked),
        false_discovery_rate=curation["false_discovery_rate"],
        minimum_effect=curation["minimum_effect"],
        least_attributes=curation["least_attributes"],
    )
    write_table(proposals, snakemake.output.proposals, "proposals")
    candidates = choose_candidates(
        errors,
        proposals,
        anchors_per_attribute=curation["anchors_per_attribute"],
        seed=snakemake.params.seed,
    )
    return candidates, empty_table("verdicts")


def _by_lvlm(snakemake: Any, errors: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    # Each way has imports of its own, which the others need not wait for.
    from spuriverse.discovery.curation import annotate_with_lvlm
    from spuriverse.models import ModelSpec, open_chat
    from spuriverse.models.remote import await_server

    server = snakemake.input.get("server")
    address = await_server(server) if server else None
    spec = ModelSpec.from_params(snakemake.params.annotator_model)
    model = open_chat(spec, threads=snakemake.threads, address=address)
    return annotate_with_lvlm(errors, model, repairs=snakemake.params.curation["repairs"])


def _by_records(snakemake: Any, errors: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    from spuriverse.discovery.curation import RECORDED_VERDICT_COLUMNS, annotate_from_records

    records = read_table(snakemake.input.records, "records", RECORDED_VERDICT_COLUMNS)
    return annotate_from_records(errors, records)


def _by_regions(snakemake: Any, errors: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    from spuriverse.discovery.curation import Annotated, annotate_with_regions

    curation = dict(snakemake.params.curation)
    kept = {"false_discovery_rate", "minimum_effect", "least_attributes", "anchors_per_attribute"}
    regions = {k: v for k, v in curation["regions"].items() if k != "encoder"}
    try:
        annotated = annotate_with_regions(
            read_tables(snakemake.input.samples, "samples"),
            read_table(snakemake.input.responses, "responses", ["sample_id", "choice"]),
            errors,
            _encoder(snakemake),
            **regions,
            **{key: curation[key] for key in kept},
            seed=snakemake.params.seed,
        )
    except Problem as problem:
        if snakemake.params.get("required", True):
            raise
        log.warning("%s", problem)
        annotated = Annotated(*map(empty_table, ("candidates", "proposals", "regions")))
    write_table(annotated.proposals, snakemake.output.proposals, "proposals")
    write_table(annotated.regions, snakemake.output.regions, "regions")
    return annotated.candidates, empty_table("verdicts")


def _encoder(snakemake: Any) -> Any:
    from functools import partial

    from spuriverse.discovery.curation import measure_colours

    checkpoint = snakemake.params.get("encoder")
    if not checkpoint and not snakemake.params.annotator_model:
        return measure_colours
    from spuriverse.models import ModelSpec, embed_patches, load_vision_tower, open_checkpoint

    if checkpoint:
        return load_vision_tower(
            checkpoint["checkpoint"],
            threads=snakemake.threads,
            **{key: value for key, value in checkpoint.items() if key != "checkpoint"},
        )
    spec = ModelSpec.from_params(snakemake.params.annotator_model)
    return partial(embed_patches, open_checkpoint(spec, threads=snakemake.threads))


if "snakemake" in globals():
    run_job(main, snakemake)
