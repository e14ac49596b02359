"""Published results, shown beside ours: `published.csv`, every value with its source.

A row without a value says that the model was evaluated but that its number is not available.
"""

from importlib.resources import files

import pandas as pd

from spuriverse.problems import Problem

PUBLISHED_COLUMNS = ("model", "subset", "strategy", "published", "published_source")


def read_published() -> pd.DataFrame:
    """Return the published accuracies on the anchor set, the groups and the non-spurious set.

    Returns:
        The columns of `PUBLISHED_COLUMNS` and note. published is an accuracy from 0 to 1, or
        missing; published_source says where it stands.

    Raises:
        Problem: The file is missing.
    """
    file = files(__package__).joinpath("published.csv")
    if not file.is_file():
        raise Problem(f"There is no table of published results at {file}; install it again.")
    with file.open("r", encoding="utf-8") as lines:
        table = pd.read_csv(
            lines,
            dtype={"published": "float64"},
            keep_default_na=False,
            na_values={"published": [""]},
        )
    return table[[*PUBLISHED_COLUMNS, "note"]]
