"""Show one sample with the replies of all models, on a page that opens in any browser.

From the evaluation sets and every model's responses; makes `results/inspection/sample.html`. If no
sample is named, it is the one that most models got wrong.
"""

from typing import Any

from spuriverse.evaluation import hardest_sample, read_evaluation_samples
from spuriverse.report.pages import render_sample
from spuriverse.tables import read_tables, write_text
from spuriverse.workflow import log, run_job


def main(snakemake: Any) -> None:
    """Choose, render and save."""
    asked = read_evaluation_samples(snakemake.input)
    responses = read_tables(snakemake.input.responses, "responses")
    sample = snakemake.params.sample or hardest_sample(asked, responses, snakemake.params.strategy)
    write_text(snakemake.output.page, render_sample(asked, responses, sample))
    log.info("Sample %s is shown in %s", sample, snakemake.output.page)


if "snakemake" in globals():
    run_job(main, snakemake)
