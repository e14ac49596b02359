"""Map what the answers of one model rest on: Grad-CAM, attention, and the check by occlusion.

From the questions of MM-SpuBench, their attributes, the model and the words it has learned; makes
the `heatmaps` with their measures, and an overlay of every sample as PNG.
"""

from typing import Any

from spuriverse.models import ModelSpec
from spuriverse.spubench.explain import choose_samples, map_saliency, open_explained
from spuriverse.tables import atomic_path, read_table, write_table
from spuriverse.workflow import run_job
from spuriverse.world import Words


def main(snakemake: Any) -> None:
    """Load, map and save."""
    params, output = snakemake.params, snakemake.output
    samples = read_table(snakemake.input.samples, "samples")
    attributes = read_table(snakemake.input.attributes, "attributes")
    model = open_explained(
        ModelSpec.from_params(params.spec),
        threads=snakemake.threads,
        attention=params.attention,
        words=Words.load(snakemake.input.words),
    )
    with atomic_path(output.overlays) as folder:
        folder.mkdir()
        maps = map_saliency(
            model,
            choose_samples(samples, attributes, params.samples, params.seed),
            folder,
            stored_as=output.overlays,
            batch_size=params.batch_size,
            most_cells=params.cells,
        )
    write_table(maps, output.maps, "heatmaps")


if "snakemake" in globals():
    run_job(main, snakemake)
