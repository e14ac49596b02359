"""Columns of the table `regions`: where pictures show what is suspected.

A row per region and suspicion. A picture without a row shows nothing of the suspicion.
"""

from collections.abc import Mapping

import numpy as np
import pandera.pandas as pa

from spuriverse.tables.columns import attribute_column, count_column, name_column, number_column

SHOWN_SHARE = 1 / 3
"""A picture shows a suspicion if it shows this share of its clusters."""

REGION: Mapping[str, pa.Column] = {
    "attribute": attribute_column(),
    "wrong": name_column(),
    "image": name_column(),
    # From 1, the clearest first; 0 if the picture is no exemplar.
    "exemplar": count_column(),
    # Of the suspicion's clusters, those that the picture shows.
    "share": number_column(0, 1),
    # Side of the region, and its place, as shares of the picture's sides.
    "size": number_column(0, 1),
    "distance": number_column(0, np.inf),
    **{side: number_column(0, 1) for side in ("left", "top", "right", "bottom")},
}
