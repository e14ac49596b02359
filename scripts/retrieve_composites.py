"""Lay cut-outs on backgrounds and ask of each picture what is shown.

From folders of cut-outs and backgrounds, and the classifier that checks them, if one does; makes
`results/benchmarks/composites`: the samples, their JPEG files, and what they are made from.
"""

from pathlib import Path
from typing import Any

from spuriverse.benchmarks import (
    Composing,
    Folders,
    check_parts,
    find_parts,
    make_composites_benchmark,
)
from spuriverse.models import ModelSpec, open_chances
from spuriverse.tables import atomic_path, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Look, check, lay and save."""
    params, output = snakemake.params, snakemake.output
    composing = Composing(**params.composing)
    parts = find_parts(Folders(**params.folders), refused_at_most=params.refused_at_most)
    if params.checking:
        asked = dict(params.checking)
        chances = open_chances(ModelSpec.from_params(asked.pop("spec")), threads=snakemake.threads)
        asked["distractors"] = composing.distractors
        looks = {"side": composing.side, "sizes": composing.sizes, "seed": composing.seed}
        parts = check_parts(parts, chances, **looks, **asked)
    with atomic_path(output.images) as folder:
        folder.mkdir(exist_ok=True)
        made = make_composites_benchmark(folder, parts, composing, stored_as=Path(output.images))
    write_table(made.samples, output.samples, "samples")
    write_table(made.design, output.design, "composites")
    write_table(parts, output.parts, "composite_parts")


if "snakemake" in globals():
    run_job(main, snakemake)
