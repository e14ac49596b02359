"""The published questions in the tables of those that are written here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from spuriverse.benchmarks import Described, Row, collect_rows, read_questions
from spuriverse.spubench.proposals import BENCHMARK
from spuriverse.spubench.questions import OPTION_COLUMNS
from spuriverse.tables import SPURIOUS_TYPES, sample_id


@dataclass(frozen=True)
class PublishedQuestions:
    """The published questions.

    Attributes:
        samples: A `samples` table.
        refused: A `refused` table.
        attributes: An `attributes` table, without regions.
        options: An `options` table. Where questions ask for a feature, all wrong options are
            spurious; else those are that read as the preferred class. The type of an option is
            known only where its question has one.
    """

    samples: pd.DataFrame
    refused: pd.DataFrame
    attributes: pd.DataFrame
    options: pd.DataFrame


def read_published_questions(
    folder: Path,
    *,
    keys: Mapping[str, str],
    types: Mapping[str, str],
    refused_at_most: float,
) -> PublishedQuestions:
    """Read the published questions.

    Args:
        folder: The data set.
        keys: As in `spuriverse.benchmarks.read_questions`.
        types: As in `spuriverse.benchmarks.read_questions`.
        refused_at_most: Largest share of questions that may be left out.

    Raises:
        Problem: As in `read_questions` and `collect_rows`.
    """
    described: dict[str, Described] = {}

    def rows() -> Iterator[Row]:
        for one in read_questions(folder, keys, types):
            key = sample_id(BENCHMARK, one.row.image_id, one.row.question)
            described.setdefault(key, one)
            yield one.row

    chunks: list[pd.DataFrame] = []
    collected = collect_rows(
        rows(),
        benchmark=BENCHMARK,
        folder=folder,
        stored_as=folder,
        images=folder,
        refused_at_most=refused_at_most,
        keep=chunks.append,
    )
    samples = pd.concat(chunks, ignore_index=True)
    attributes, options = [], []
    for sample in samples.itertuples():
        one = described[str(sample.sample_id)]
        attributes.append(
            {
                "sample_id": sample.sample_id,
                "label": one.label,
                "predicted": one.predicted,
                "core": one.core,
                "spurious": one.spurious,
                "spurious_types": list(one.types),
                "question_form": one.form,
                "label_source": one.label_source,
                "region_spurious": None,
                "region_object": None,
            }
        )
        for place, option in enumerate(sample.options):
            misleads = one.form == "feature" or option == one.predicted
            role = "right" if place == sample.answer else "spurious" if misleads else "other"
            typed = _type_of_option(one) if role == "spurious" else ""
            options.append((sample.sample_id, option, role, typed))
    return PublishedQuestions(
        samples,
        collected.refused,
        pd.DataFrame(attributes),
        pd.DataFrame(options, columns=OPTION_COLUMNS),
    )


def _type_of_option(one: Described) -> str:
    only = one.types[0] if len(one.types) == 1 else ""
    return only if only in SPURIOUS_TYPES else ""
