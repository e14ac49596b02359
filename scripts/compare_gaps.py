"""Set gaps on synthetic groups beside gaps on natural images, and beside the tests of images.

From the evaluated groups, the natural images, the responses to both and the tests; makes
`results/tables/open_questions/synthetic_natural.csv`, also as Markdown and LaTeX.
"""

from typing import Any

from spuriverse.evaluation import read_evaluation_samples
from spuriverse.open_questions import compare_gaps, write_answer
from spuriverse.tables import read_table, read_tables
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Estimate and save."""
    params, paths = snakemake.params, snakemake.input
    table = compare_gaps(
        read_evaluation_samples(paths),
        read_tables(paths.responses, "responses"),
        read_table(paths.natural, "natural_images"),
        read_tables(paths.natural_responses, "responses"),
        read_table(paths.tests, "two_samples"),
        seed=params.seed,
        resamples=params.resamples,
    )
    note = (
        "Gaps (accuracy without the attribute less that with it) on synthetic groups and on"
        " natural images, and whether an encoder tells the images apart; clusters are attributes."
    )
    write_answer(table, snakemake.output.csv, note)


if "snakemake" in globals():
    run_job(main, snakemake)
