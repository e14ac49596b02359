"""Make what mitigations are measured on: questions that no model's answers have selected.

From samples, candidates, groups and the renderer; makes `mitigation_sets` and its images.
"""

from pathlib import Path
from typing import Any

from spuriverse.benchmarks import make_world_benchmark
from spuriverse.discovery.synthesis import plan_seeds, synthesise_groups
from spuriverse.discovery.synthesis.backends import load_backend
from spuriverse.discovery.verification import group_samples
from spuriverse.finetuning.mitigations import aligned_anchors, fresh_ordinary, mitigation_sets
from spuriverse.tables import atomic_path, read_table, read_tables, write_table
from spuriverse.workflow import run_job
from spuriverse.world import read_world


def main(snakemake: Any) -> None:
    """Render, put together and save."""
    inputs, output, params = snakemake.input, snakemake.output, snakemake.params
    samples = read_tables(inputs.samples, "samples")
    groups = read_table(inputs.groups, "groups")
    candidates = read_table(inputs.candidates, "candidates")
    depicted = candidates[candidates["candidate_id"].isin(groups["candidate_id"])]
    anchors = aligned_anchors(depicted, samples)
    statistics, optics = read_world(params.backend["world"])
    with atomic_path(output.images) as folder:
        for name in ("aligned", "ordinary"):
            (folder / name).mkdir(parents=True)
        aligned = synthesise_groups(
            depicted,
            anchors,
            folder / "aligned",
            backend=load_backend(params.backend),
            parts=plan_seeds(images=params.aligned_per_candidate, fresh=0, further=0),
            minimal=True,
            stored_as=Path(output.images) / "aligned",
        ).groups
        drawn = make_world_benchmark(
            folder / "ordinary",
            independent=0,
            natural=params.ordinary,
            kind_rate=0.0,
            statistics=statistics,
            optics=optics,
            seed=params.backend["seed"],
            stored_as=Path(output.images) / "ordinary",
        )
    sets = mitigation_sets(
        group_samples(depicted, samples, groups),
        group_samples(depicted, anchors, aligned),
        fresh_ordinary(drawn, depicted),
    )
    write_table(sets, output.sets, "mitigation_sets")


if "snakemake" in globals():
    run_job(main, snakemake)
