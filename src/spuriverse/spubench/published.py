"""The published questions in the tables of those that are written here."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from spuriverse.benchmarks import Collected, Described, Row, collect_rows, read_questions
from spuriverse.spubench.proposals import BENCHMARK
from spuriverse.spubench.questions import OPTION_COLUMNS
from spuriverse.tables import sample_id


def read_published_questions(
    folder: Path,
    *,
    keys: Mapping[str, str],
    types: Mapping[str, str],
    refused_at_most: float,
) -> tuple[Collected, pd.DataFrame, pd.DataFrame]:
    """Read the published questions.

    Args:
        folder: The data set.
        keys: As in `spuriverse.benchmarks.read_questions`.
        types: As in `spuriverse.benchmarks.read_questions`.
        refused_at_most: Largest share of questions that may be left out.

    Returns:
        The samples and what was refused; the `attributes`, without regions; the `options`: those
        that read as the preferred class are spurious, further ones have no type.

    Raises:
        Problem: As in `read_questions` and `collect_rows`.
    """
    described: dict[str, Described] = {}

    def rows() -> Iterator[Row]:
        for one in read_questions(folder, keys, types):
            key = sample_id(BENCHMARK, one.row.image_id, one.row.question)
            described.setdefault(key, one)
            yield one.row

    collected = collect_rows(
        rows(),
        benchmark=BENCHMARK,
        folder=folder,
        stored_as=folder,
        images=folder,
        refused_at_most=refused_at_most,
    )
    attributes, options = [], []
    for sample in collected.samples.itertuples():
        one = described[str(sample.sample_id)]
        attributes.append(
            {
                "sample_id": sample.sample_id,
                "label": one.label,
                "predicted": one.predicted,
                "core": one.core,
                "spurious": one.spurious,
                "spurious_type": one.spurious_type,
                "region_spurious": None,
                "region_object": None,
            }
        )
        for place, option in enumerate(sample.options):
            misleads = place != sample.answer and option == one.predicted
            role = "right" if place == sample.answer else "spurious" if misleads else "other"
            typed = one.spurious_type if misleads else ""
            options.append((sample.sample_id, option, role, typed))
    return collected, pd.DataFrame(attributes), pd.DataFrame(options, columns=OPTION_COLUMNS)
