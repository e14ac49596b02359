"""Show every question with its image and the replies of all models, on one page with filters.

From the evaluation sets, MM-SpuBench where it is asked, and every model's responses; makes
`results/samples.html`.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.evaluation import browsed_samples, read_evaluation_samples
from spuriverse.report.pages import collect_browsed, render_browser
from spuriverse.spubench import browsed_questions
from spuriverse.tables import read_table, read_tables, write_text
from spuriverse.workflow import log, run_job


def main(snakemake: Any) -> None:
    """Collect, render and save."""
    inputs, params = snakemake.input, snakemake.params
    asked = [browsed_samples(read_evaluation_samples(inputs), read_table(inputs.types, "types"))]
    if inputs.get("questions"):
        tables = (read_table(inputs[name], name) for name in ("attributes", "options"))
        asked.append(browsed_questions(read_table(inputs.questions, "samples"), *tables))
    responses = read_tables(inputs.responses, "responses")
    page = Path(snakemake.output.page)
    browsed = collect_browsed(
        pd.concat(asked, ignore_index=True), responses, page.parent, first=params.sample
    )
    write_text(page, render_browser(browsed))
    log.info("%d of %d questions are in %s", len(browsed.samples), browsed.questions, page)


if "snakemake" in globals():
    run_job(main, snakemake)
