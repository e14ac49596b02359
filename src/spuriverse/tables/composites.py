"""Columns of the tables about composites: what they are made from, and what lies where."""

from collections.abc import Mapping

import pandera.pandas as pa
import pyarrow as arrow

from spuriverse.tables.columns import (
    choice_column,
    count_column,
    name_column,
    number_column,
    text_column,
    typed_column,
)

COMPOSITE_PART: Mapping[str, pa.Column] = {
    "part": choice_column("cutout", "background"),
    # Empty for a background that is drawn.
    "file": text_column(),
    # Path below its folder, or kind and number of one that is drawn.
    "name": name_column(),
    # The class of a cut-out, the kind of a background.
    "group": name_column(),
    "kept": typed_column("bool", arrow.bool_()),
    # Why it is not kept.
    "reason": text_column(),
    # The class that the checking model finds likeliest, and how likely; empty if none checked.
    "seen": text_column(),
    "probability": number_column(0, 1, nullable=True),
}

COMPOSITE: Mapping[str, pa.Column] = {
    "sample_id": name_column(),
    "cutout": name_column(),
    "class": name_column(),
    "background": name_column(),
    "photograph": name_column(),
    # Composites of one cut-out and slot differ in the background alone.
    "slot": count_column(),
    **{where: number_column(0, 1) for where in ("size", "left", "top")},
}
