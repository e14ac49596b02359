"""Compare what is found on several source models, and how robust each is on the others' types.

From types and groups of each and the responses of all; makes
`results/tables/open_questions/source_models.csv`, also as Markdown and LaTeX.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from spuriverse.evaluation import MARKED_COLUMNS, read_evaluation_samples
from spuriverse.open_questions import compare_sources, write_answer
from spuriverse.tables import read_table, read_tables
from spuriverse.workflow import run_job

_SETS = ("candidates", "groups", "types", "non_spurious")


def main(snakemake: Any) -> None:
    """Compare and save."""
    paths, params = snakemake.input, snakemake.params
    types, asked, responses = {}, {}, {}
    for place, source in enumerate(params.sources):
        found = {key: getattr(paths, key)[place] for key in _SETS}
        types[source] = read_table(found["types"], "types")
        samples = read_evaluation_samples(SimpleNamespace(samples=paths.samples, **found))
        asked[source] = samples[samples["subset"].isin(["core", "spurious"])]
        files = [path for path in paths.responses if Path(path).stem == source]
        responses[source] = read_tables(files, "responses", MARKED_COLUMNS)
    note = (
        "Types found on several models: what they share, and the accuracy of each on the groups"
        " of the others' types; clusters are attributes."
    )
    write_answer(compare_sources(types, asked, responses), snakemake.output.csv, note)


if "snakemake" in globals():
    run_job(main, snakemake)
