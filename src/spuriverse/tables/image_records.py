"""Columns of the table `image_records`: how every synthetic image was made, and what became of it.

What is unknown or does not apply is empty.
"""

from collections.abc import Mapping

import numpy as np
import pandera.pandas as pa
import pyarrow as arrow

from spuriverse.tables.columns import (
    choice_column,
    count_column,
    list_column,
    name_column,
    number_column,
    text_column,
    typed_column,
)

IMAGE_RECORD: Mapping[str, pa.Column] = {
    "candidate_id": name_column(),
    "group": choice_column("spurious", "core"),
    "part": choice_column("selection", "fresh"),
    "backend": name_column(),
    "checkpoint": text_column(),
    "revision": text_column(),
    "prompt": text_column(),
    "negative_prompt": text_column(),
    "seed": count_column(),
    "scheduler": text_column(),
    "steps": count_column(nullable=True),
    "guidance": number_column(0, np.inf, nullable=True),
    "width": count_column(nullable=True),
    "height": count_column(nullable=True),
    "dtype": text_column(),
    "strength": number_column(0, 1, nullable=True),
    "source_sha256": text_column(),
    "mask_sha256": text_column(),
    # Images made at once differ from those made alone by rounding: see docs/synthesis.md.
    "batch": text_column(),
    "sha256": text_column(),
    "outcome": choice_column("made", "filtered", "failed"),
    "reason": text_column(),
    "gates": list_column(
        arrow.string(),
        lambda value: isinstance(value, list) and all(isinstance(v, str) and v for v in value),
        "must be a list of texts that read gate: verdict",
    ),
    # Only known in the embedded world, and only read by the score of the gates.
    "truth": choice_column("present", "absent", "unknown"),
    "kept": typed_column("bool", arrow.bool_()),
}
