"""Columns of tables about suspicions: `trials`, pictures edited to try one, and `presence`."""

from collections.abc import Mapping

import numpy as np
import pandera.pandas as pa

from spuriverse.tables.columns import (
    attribute_column,
    choice_column,
    count_column,
    name_column,
    number_column,
)

PRESENCE: Mapping[str, pa.Column] = {
    "attribute": attribute_column(),
    "name": name_column(),
    "image": name_column(),
    # How surely the picture shows what the name says, on the scale of the model that was asked.
    "score": number_column(-np.inf, np.inf),
}

TRIAL: Mapping[str, pa.Column] = {
    "attribute": attribute_column(),
    # The answer that the suspicion leads to, one of the options.
    "wrong": name_column(),
    "edit": choice_column("paste", "cover"),
    # What the edit was made with: the region itself, or a control that it is compared with.
    "arm": choice_column("region", "control"),
    "part": choice_column("selection", "fresh"),
    # The two arms of a pair are the same picture, edited at places of the same form.
    "pair": count_column(),
    # The picture that was edited, and the one that the pasted region came from.
    "carrier": name_column(),
    "given": name_column(),
}
