"""Columns of the tables of compared mitigations: points of curves, and where they are right."""

from collections.abc import Mapping

import numpy as np
import pandera.pandas as pa

from spuriverse.tables.columns import choice_column, count_column, name_column, number_column

_POINT = ("method", "setting", "knob", "half")

MITIGATIONS: Mapping[str, tuple[Mapping[str, pa.Column], list[str]]] = {
    "mitigation_points": (
        {
            "base_model": name_column(),
            "seed": count_column(),
            "fold": count_column(),
            "part": choice_column("validation", "test"),
            "method": name_column(),
            "setting": name_column(),
            "knob": number_column(0, np.inf),
            "half": count_column(),
            **{subset: number_column(0, 1) for subset in ("spurious", "aligned", "ordinary")},
            # Only for the base model.
            "core": number_column(0, 1, nullable=True),
            "aligned_without_cue": number_column(0, 1, nullable=True),
            "n_spurious": count_column(),
            "n_aligned": count_column(),
            "n_ordinary": count_column(),
            "steps": count_column(),
            "images": count_column(),
            "rows": count_column(),
            "answer_passes": count_column(),
            "seconds": number_column(0, np.inf),
            "held_out": count_column(),
            "trained_on": count_column(),
        },
        ["base_model", "seed", "fold", "part", *_POINT],
    ),
    "mitigation_parts": (
        {
            "base_model": name_column(),
            "seed": count_column(),
            "fold": count_column(),
            "method": name_column(),
            "setting": name_column(),
            "knob": number_column(0, np.inf),
            "half": count_column(),
            # What the questions of a group have in common, and which they are.
            "grouping": choice_column("kind", "question"),
            "group": name_column(),
            "subset": name_column(),
            "n": count_column(),
            "correct": count_column(),
        },
        ["base_model", "seed", "fold", *_POINT, "grouping", "group", "subset"],
    ),
}
