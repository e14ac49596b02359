"""Collect the images of one source whose true class CLIP ranks in the confusion zone.

From a folder with one sub-folder per class and a CLIP checkpoint; makes the `confusions`, the
images that cannot be opened, and how many images have which rank.
"""

from pathlib import Path
from typing import Any

from spuriverse.benchmarks import read_classes
from spuriverse.spubench import ZONE_COLUMNS, collect_confusions, load_classifier
from spuriverse.tables import write_csv, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Classify, keep and save."""
    params, output, source = snakemake.params, snakemake.output, snakemake.wildcards.source
    zone = {key: params.zone[key] for key in ("min_rank", "max_rank")}
    folder = Path(snakemake.input.images)
    names = params.zone.get("class_names")
    classes = read_classes(folder, Path(names) if names else None)
    classifier = load_classifier(
        params.clip or snakemake.input.clip,
        list(classes.values()),
        params.templates,
        revision=params.revision,
        threads=snakemake.threads,
    )
    found = collect_confusions(
        folder, classes, classifier, source=source, batch_size=params.batch_size, **zone
    )
    write_table(found.table, output.confusions, "confusions")
    write_table(found.unreadable_table, output.unreadable, "unreadable")
    write_csv(found.zone_table(source, **zone), output.ranks, ZONE_COLUMNS)


if "snakemake" in globals():
    run_job(main, snakemake)
