"""The columns of the tables that the answers to open questions are counted from."""

from collections.abc import Mapping

import numpy as np
import pandera.pandas as pa

from spuriverse.tables.columns import choice_column, name_column, number_column

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
}
"""Name of a table -> its columns, and those that together tell its rows apart."""
