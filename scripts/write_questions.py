"""Write the questions of the accepted proposals.

From drafts, proposals and the reviewers' decisions, and the scenes of the embedded world; makes
`results/spubench/questions`: samples, attributes, options and, where there are scenes, the masks of
attribute and object.
"""

from pathlib import Path
from typing import Any

from spuriverse.discovery.review import accepted_candidates, settle_candidates
from spuriverse.spubench import save_regions, write_questions
from spuriverse.tables import atomic_path, read_table, write_table
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Settle, write, shuffle and save."""
    params, output = snakemake.params, snakemake.output
    candidates = settle_candidates(
        read_table(snakemake.input.candidates, "candidates"),
        review=params.review,
        decisions=params.decisions,
    )
    samples, attributes, options = write_questions(
        read_table(snakemake.input.drafts, "samples"),
        accepted_candidates(
            candidates, review=params.review, command="`snakemake review_spubench`"
        ),
        form=params.form,
        options=params.options,
        per_type=params.questions_per_type,
        seed=params.seed,
    )
    with atomic_path(output.regions) as folder:
        folder.mkdir()
        if scenes := snakemake.input.get("scenes"):
            regions = save_regions(samples["image"], read_table(scenes, "scenes"), folder)
            for name in regions:
                attributes[name] = [
                    str(Path(output.regions) / file) if file else None for file in regions[name]
                ]
    write_table(samples, output.samples, "samples")
    write_table(attributes, output.attributes, "attributes")
    write_table(options, output.options, "options")


if "snakemake" in globals():
    run_job(main, snakemake)
