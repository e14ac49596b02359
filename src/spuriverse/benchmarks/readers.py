"""Which module reads which benchmark: the one with the name of its configuration key."""

import importlib
from collections.abc import Callable, Iterator
from typing import cast

from spuriverse.benchmarks.rows import Row

Reader = Callable[..., Iterator[Row]]

OTHER_NAMES = {"spuriverse": "spuriverse_hub"}
"""Benchmarks whose module cannot have their name."""


def reader_of(key: str) -> Reader:
    """Return the function that reads the rows of a source.

    Args:
        key: The key of `benchmarks` under which the source is configured, such as `aokvqa`; `own`
            for all of a user's own.

    Returns:
        A function that takes the source's file or folder and yields its rows; that of `spuriverse`
        also takes `columns`, the names of columns that are not named as usual.
    """
    module = importlib.import_module(f"spuriverse.benchmarks.{OTHER_NAMES.get(key, key)}")
    return cast(Reader, module.read_rows)
