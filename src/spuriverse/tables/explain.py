"""The columns of the tables that say what an answer rests on: likelihoods and heat maps."""

from collections.abc import Mapping

import numpy as np
import pandera.pandas as pa
import pyarrow as arrow

from spuriverse.tables.columns import (
    are_scores,
    choice_column,
    count_column,
    integer_column,
    list_column,
    name_column,
    number_column,
)

_CONDITIONS = ("core", "spurious")


def _share() -> pa.Column:
    # Floating-point sums make slightly more than 1 of 1.
    return number_column(0, 1 + 1e-6, nullable=True)


EXPLAIN: Mapping[str, tuple[Mapping[str, pa.Column], list[str]]] = {
    "likelihoods": (
        {
            "sample_id": name_column(),
            "model": name_column(),
            "answer": name_column(),
            "outcome": choice_column("right", "fooled", "other"),
            "label_tokens": integer_column(pa.Check.ge(1, error="must be at least 1")),
            "label_core": number_column(-np.inf, np.inf),
            "label_spurious": number_column(-np.inf, np.inf),
            # Missing, with no tokens, where no predicted class is named.
            "predicted_tokens": count_column(),
            "predicted_core": number_column(-np.inf, np.inf, nullable=True),
            "predicted_spurious": number_column(-np.inf, np.inf, nullable=True),
        },
        ["sample_id", "model"],
    ),
    "heatmaps": (
        {
            "sample_id": name_column(),
            "model": name_column(),
            "condition": choice_column("plain", *_CONDITIONS),
            "method": choice_column("grad_cam", "attention"),
            "answer": name_column(),
            "outcome": choice_column("right", "fooled", "other"),
            **{
                f"{measure}_{region}": _share()
                for measure in ("share", "iou", "area")
                for region in ("spurious", "object")
            },
            "effect_spurious": number_column(-np.inf, np.inf, nullable=True),
            "effect_object": number_column(-np.inf, np.inf, nullable=True),
            "rank_correlation": number_column(-1 - 1e-6, 1 + 1e-6, nullable=True),
            "on_image": _share(),
            "on_attribute": _share(),
            "tokens": list_column(
                arrow.string(),
                lambda value: isinstance(value, list) and all(isinstance(v, str) for v in value),
                "must be a list of texts",
            ),
            "weights": list_column(
                arrow.float64(), are_scores, "must be a list of numbers, none missing"
            ),
            "overlay": name_column(),
        },
        ["sample_id", "model", "condition", "method"],
    ),
}
"""Name of a table -> its columns, and those that together tell its rows apart."""
