"""Set replies without options beside multiple choice.

From the evaluation sets, the open replies, the verdicts on them and the responses of the same
models; makes `results/tables/open_questions/open_replies.csv`, also as Markdown and LaTeX.
"""

from typing import Any

from spuriverse.evaluation import MARKED_COLUMNS, read_evaluation_samples
from spuriverse.open_questions import compare_replies, settle_replies, write_answer
from spuriverse.tables import read_tables
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Settle, compare and save."""
    paths = snakemake.input
    samples = read_evaluation_samples(paths)
    settled = settle_replies(
        samples,
        read_tables(paths.replies, "open_replies"),
        read_tables(paths.verdicts, "open_verdicts") if paths.verdicts else None,
        snakemake.params.aliases,
    )
    responses = read_tables(paths.responses, "responses", MARKED_COLUMNS)
    note = (
        "Accuracy without options and by multiple choice on the same questions; clusters are"
        " attributes."
    )
    write_answer(compare_replies(samples, settled, responses), snakemake.output.csv, note)


if "snakemake" in globals():
    run_job(main, snakemake)
