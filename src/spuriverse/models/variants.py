"""Variants of a question: its options in another order, and without its image.

The tables call a variant by its strategy, a plus sign and the variant: `direct+shuffle-1`,
`direct+blind`.
"""

import math

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.problems import Problem
from spuriverse.tables import content_sha256

GREY = (128, 128, 128)

_SEPARATOR = "+"


def shuffle_variant(strategy: str, number: int) -> str:
    """Return what the tables call the shuffle `number`, from 1, of a strategy."""
    return f"{strategy}{_SEPARATOR}shuffle-{number}"


def blind_variant(strategy: str) -> str:
    """Return what the tables call a strategy without the image."""
    return f"{strategy}{_SEPARATOR}blind"


def is_variant(strategy: str) -> bool:
    """Return whether this is a variant of a strategy and not the strategy itself."""
    return _SEPARATOR in strategy


def is_shuffle_of(name: str, strategy: str) -> bool:
    """Return whether `name` is a shuffle of `strategy`."""
    return name.startswith(f"{strategy}{_SEPARATOR}shuffle-")


def shuffled_samples(samples: pd.DataFrame, k: int, seed: int) -> list[pd.DataFrame]:
    """Return the samples k times with their options in other orders; the right text stays right.

    A sample's orders depend on its id and the seed alone, and the first of them not on k. None is
    the original order, and they differ from each other as long as there are others: two options
    have only one other order, three have five.

    Args:
        samples: Columns sample_id, options, answer and any others; one row per question.
        k: Number of shuffles.
        seed: Of the orders.

    Returns:
        k tables like `samples`, in its order of rows, with a column `order` more: the original
        index of the option at each place.
    """
    orders = [
        _orders(len(options), k, _generator(name, seed))
        for name, options in zip(samples["sample_id"], samples["options"], strict=True)
    ]
    return [_reordered(samples, [order[number] for order in orders]) for number in range(k)]


def restore_order(responses: pd.DataFrame, shuffled: pd.DataFrame) -> pd.DataFrame:
    """Return responses to shuffled samples as if their options had been in the original order.

    Args:
        responses: A `responses` table whose choices and option scores go by the shuffled order.
        shuffled: The samples that were asked, one of the tables of `shuffled_samples`.

    Returns:
        The same rows, with choice and option_scores in the original order of the options.

    Raises:
        Problem: A response belongs to no sample, or chooses or scores an option too many.
    """
    orders = dict(zip(shuffled["sample_id"], shuffled["order"], strict=True))
    choices: list[int | None] = []
    scores: list[list[float]] = []
    columns = (responses["sample_id"], responses["choice"], responses["option_scores"])
    for name, choice, row in zip(*columns, strict=True):
        order = orders.get(name)
        fits = order is not None and len(row) in (0, len(order))
        if order is None or not fits or not (pd.isna(choice) or choice < len(order)):
            raise Problem(
                f"The response to {name} does not fit the shuffled options it was asked with;"
                " evaluate the model again."
            )
        choices.append(None if pd.isna(choice) else order[int(choice)])
        # The place of an option in the shuffled order is where its index stands in it.
        scores.append([row[order.index(i)] for i in range(len(row))])
    return responses.assign(
        choice=pd.array(choices, dtype="Int64"),
        option_scores=pd.Series(scores, index=responses.index, dtype=object),
    )


def blind_image(size: tuple[int, int]) -> Image.Image:
    """Return an image of `size`, width and height in pixels, that is grey all over.

    It takes the place of a sample's image: what a model still answers comes from the text.
    """
    return Image.new("RGB", size, GREY)


def _generator(name: str, seed: int) -> np.random.Generator:
    return np.random.default_rng(int(content_sha256(f"{seed}\0{name}"), 16))


def _orders(length: int, k: int, rng: np.random.Generator) -> list[list[int]]:
    original = list(range(length))
    orders: list[list[int]] = []
    fresh: set[tuple[int, ...]] = set()
    while len(orders) < k:
        if len(fresh) == math.factorial(length) - 1:
            fresh.clear()
        order = rng.permutation(length).tolist()
        if order != original and tuple(order) not in fresh:
            fresh.add(tuple(order))
            orders.append(order)
    return orders


def _reordered(samples: pd.DataFrame, orders: list[list[int]]) -> pd.DataFrame:
    columns = (samples["options"], samples["answer"])
    options = [[texts[i] for i in order] for texts, order in zip(columns[0], orders, strict=True)]
    answers = [order.index(int(answer)) for answer, order in zip(columns[1], orders, strict=True)]
    index = samples.index
    return samples.assign(
        options=pd.Series(options, index=index, dtype=object),
        answer=pd.Series(answers, index=index, dtype="int64"),
        order=pd.Series(orders, index=index, dtype=object),
    )
