"""Draw a contact sheet of a dozen types with the source model's answers.

From the types, the evaluation sets, the responses and the gaps; makes
`results/figures/types.png`.
"""

from typing import Any

from spuriverse.evaluation import read_evaluation_samples
from spuriverse.report.figures import plot_types, save_figure
from spuriverse.tables import read_table, read_tables
from spuriverse.workflow import run_job


def main(snakemake: Any) -> None:
    """Draw and save."""
    inputs, params = snakemake.input, snakemake.params
    figure = plot_types(
        read_table(inputs.types, "types"),
        read_evaluation_samples(inputs),
        read_tables(inputs.responses, "responses"),
        read_table(inputs.verification, "verification"),
        source=params.source,
    )
    save_figure(figure, snakemake.output.png)


if "snakemake" in globals():
    run_job(main, snakemake)
