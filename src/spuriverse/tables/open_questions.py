"""The columns of the tables that the answers to open questions are counted from."""

from collections.abc import Mapping

import numpy as np
import pandera.pandas as pa
import pyarrow as arrow

from spuriverse.tables.columns import (
    are_options,
    are_scores,
    attribute_column,
    choice_column,
    count_column,
    integer_column,
    list_column,
    name_column,
    number_column,
    text_column,
    typed_column,
)

OPEN_QUESTIONS: Mapping[str, tuple[Mapping[str, pa.Column], list[str]]] = {
    "interventions": (
        {
            "sample_id": name_column(),
            "model": name_column(),
            "intervention": choice_column("rendered without", "covered", "unstated"),
            "outcome": choice_column("right", "fooled", "other"),
            **{
                f"{text}_{when}": number_column(-np.inf, np.inf)
                for text in ("label", "answer")
                for when in ("before", "after")
            },
        },
        ["sample_id", "model", "intervention"],
    ),
    "natural_images": (
        {
            "sample_id": name_column(),
            "attribute": attribute_column(),
            "predicted": name_column(),
            "shows": typed_column("bool", arrow.bool_()),
            "image": name_column(),
            "question": name_column(),
            "options": list_column(
                arrow.string(), are_options, "must be a list of two or more different texts"
            ),
            "answer": count_column(),
        },
        ["sample_id"],
    ),
    "attribute_vectors": (
        {
            "attribute": attribute_column(),
            "vector": list_column(
                arrow.float64(), are_scores, "must be a list of numbers, none missing"
            ),
        },
        ["attribute"],
    ),
    "two_samples": (
        {
            "attribute": attribute_column(),
            "group": choice_column("spurious", "core"),
            "n_synthetic": count_column(),
            "n_natural": count_column(),
            "discrepancy": number_column(-np.inf, np.inf),
            "p_value": number_column(0, 1),
            "q_value": number_column(0, 1),
        },
        ["attribute", "group"],
    ),
    "open_replies": (
        {
            "sample_id": name_column(),
            "model": name_column(),
            "reply": typed_column("str", arrow.string(), nullable=True),
        },
        ["sample_id", "model"],
    ),
    "open_verdicts": (
        {
            "sample_id": name_column(),
            "model": name_column(),
            "judge": name_column(),
            "choice": integer_column(pa.Check.ge(-1, error="must not be below -1"), nullable=True),
            "verdict": text_column(),
        },
        ["sample_id", "model", "judge"],
    ),
    "encoder_ranks": (
        {"encoder": name_column(), "image": name_column(), "rank": count_column()},
        ["encoder", "image"],
    ),
    "tower_pairs": (
        {
            "attribute": attribute_column(),
            "planted": typed_column("bool", arrow.bool_()),
            "right": name_column(),
            "core_correct": typed_column("bool", arrow.bool_()),
            "spurious_correct": typed_column("bool", arrow.bool_()),
            "misled": typed_column("bool", arrow.bool_()),
            "world": name_column(),
            "variant": name_column(),
            "means": choice_column("shown", "told"),
        },
        [],
    ),
    "annotation_runs": (
        {
            "run_id": name_column(),
            "way": name_column(),
            "seed": count_column(),
            "steps": count_column(),
            "images": count_column(),
            "rows": count_column(),
            "seconds": number_column(0, np.inf),
        },
        ["run_id"],
    ),
}
"""Name of a table -> its columns, and those that together tell its rows apart."""
