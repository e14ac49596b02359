"""Ask one model about the groups of the types that were found on every source model.

From what was found on each and the model; makes one table of `responses` per source model.
"""

from types import SimpleNamespace
from typing import Any

from spuriverse.evaluation import read_evaluation_samples
from spuriverse.models import ModelSpec, Variant, ask_opened, open_here
from spuriverse.tables import write_table
from spuriverse.workflow import run_job

_SETS = ("candidates", "groups", "types", "non_spurious")


def main(snakemake: Any) -> None:
    """Ask and save."""
    paths, params = snakemake.input, snakemake.params
    spec = ModelSpec.from_params(params.spec)
    model = open_here(spec, threads=snakemake.threads)
    for place, output in enumerate(snakemake.output.responses):
        found = {key: getattr(paths, key)[place] for key in _SETS}
        asked = read_evaluation_samples(SimpleNamespace(samples=paths.samples, **found))
        groups = asked[asked["subset"].isin(["core", "spurious"])].drop_duplicates("sample_id")
        write_table(ask_opened(model, spec, [Variant(groups)]), output, "responses")


if "snakemake" in globals():
    run_job(main, snakemake)
