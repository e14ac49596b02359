"""The columns of the tables that say what an answer rests on: likelihoods and heat maps."""

from collections.abc import Mapping

import numpy as np
import pandera.pandas as pa
import pyarrow as arrow

from spuriverse.tables.columns import (
    are_scores,
    choice_column,
    list_column,
    name_column,
    number_column,
    typed_column,
)

_CONDITIONS = ("core", "spurious")


def _tokens() -> pa.Column:
    return typed_column("int64", arrow.int64(), pa.Check.ge(1, error="must be at least 1"))


def _share() -> pa.Column:
    # A hair above 1 is what sums of floats make of 1.
    return number_column(0, 1 + 1e-6, nullable=True)


EXPLAIN: Mapping[str, tuple[Mapping[str, pa.Column], list[str]]] = {
    "likelihoods": (
        {
            "sample_id": name_column(),
            "model": name_column(),
            "answer": name_column(),
            "outcome": choice_column("right", "fooled", "other"),
            **{
                column: kind
                for name in ("label", "predicted")
                for column, kind in (
                    (f"{name}_tokens", _tokens()),
                    *((f"{name}_{c}", number_column(-np.inf, np.inf)) for c in _CONDITIONS),
                )
            },
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
