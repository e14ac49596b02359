"""Go on training the poisoned tiny CLIP on clean images, in one way.

From its checkpoint; makes `results/spubench/defences/<way>`, a checkpoint folder like it.
"""

from typing import Any

from spuriverse.models import load_contrastive
from spuriverse.workflow import run_job
from spuriverse.world import MendingRecipe, mend_clip, read_world, write_checkpoint


def main(snakemake: Any) -> None:
    """Train and save."""
    params, threads = snakemake.params, snakemake.threads
    clip = load_contrastive(snakemake.input.clip, threads=threads, device="cpu")
    mended = mend_clip(
        clip.model,
        clip.processor,
        snakemake.wildcards.way,
        seed=params.seed,
        recipe=MendingRecipe(batch_size=params.batch_size, **params.defences),
        optics=read_world(params.world)[1],
        threads=threads,
    )
    write_checkpoint(mended, snakemake.output[0])


if "snakemake" in globals():
    run_job(main, snakemake)
