"""Find where an image pulls an answer: cover it cell by cell and ask again."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.models import LocalModel, questions_of
from spuriverse.problems import Problem
from spuriverse.questions import open_image

_LEAST_CHANGE = 24


def grid_cells(size: tuple[int, int], side: int) -> list[np.ndarray]:
    """Cut an image into side x side cells, row by row.

    Args:
        size: Width and height of the image.
        side: Cells along each side.

    Returns:
        Booleans of shape (height, width), side x side of them.
    """
    down = np.linspace(0, size[1], side + 1).round().astype(int)
    across = np.linspace(0, size[0], side + 1).round().astype(int)
    found = []
    for row in range(side):
        for column in range(side):
            cell = np.zeros((size[1], size[0]), bool)
            cell[down[row] : down[row + 1], across[column] : across[column + 1]] = True
            found.append(cell)
    return found


def changed_region(image: str, twin: str) -> np.ndarray | None:
    """Return where the two pictures of a minimal pair visibly differ.

    Args:
        image: Path of the picture with the attribute.
        twin: Path of the one without.

    Returns:
        Booleans of shape (height, width): by 24 grey levels or more in any channel. None where a
        picture cannot be used, or the two are not of one size.
    """
    try:
        first, second = (np.asarray(open_image(path), np.int16) for path in (image, twin))
    except Problem:
        return None
    if first.shape != second.shape:
        return None
    changed: np.ndarray = np.abs(first - second).max(-1) >= _LEAST_CHANGE
    return changed


def cover_region(image: Image.Image, region: np.ndarray) -> Image.Image:
    """Return an RGB image with a region in the mean colour of the rest of it.

    Args:
        image: RGB.
        region: Booleans of shape (height, width); if it is everything, the mean is the image's.
    """
    pixels = np.asarray(image).copy()
    rest = pixels.reshape(-1, 3) if region.all() else pixels[~region]
    pixels[region] = np.round(rest.mean(0)).astype(np.uint8)
    return Image.fromarray(pixels)


def destroy_cells(
    image: Image.Image, pulls: np.ndarray, cells: int, rng: np.random.Generator
) -> Image.Image:
    """Return an image in which the cells that speak the most for an answer are jumbled.

    Args:
        image: RGB.
        pulls: Of every cell, a square number of them, row by row.
        cells: How many are destroyed: their pixels change places, so that colours stay and shapes
            go.
        rng: Of the new places.
    """
    pixels = np.asarray(image).copy()
    regions = grid_cells(image.size, round(len(pulls) ** 0.5))
    for cell in np.argsort(-pulls, kind="stable")[:cells]:
        pixels[regions[cell]] = rng.permutation(pixels[regions[cell]])
    return Image.fromarray(pixels)


def cell_pulls(
    model: LocalModel, samples: pd.DataFrame, options: Sequence[int], *, side: int, batch_size: int
) -> np.ndarray:
    """Return how much every cell of an image pulls the answer to an option.

    Args:
        model: Who is asked.
        samples: Columns image, question, options, answer; n rows.
        options: For every sample the index of an option.
        side: Cells along each side of an image.
        batch_size: Images a forward pass.

    Returns:
        Shape (n, side x side): by how much the log-odds of the option against the likeliest other
        fall when the cell is covered, in nats. Positive where the cell speaks for the option.

    Raises:
        Problem: An image cannot be opened, or the model has no tokens for an option.
    """
    questions = questions_of(samples)
    prompts = model.prompts(questions)
    wanted = [(place, cell) for place in range(len(samples)) for cell in range(-1, side * side)]
    odds: list[float] = []
    for start in range(0, len(wanted), batch_size):
        some = wanted[start : start + batch_size]
        opened = {place: open_image(samples["image"].iloc[place]) for place, _ in some}
        regions = {place: grid_cells(image.size, side) for place, image in opened.items()}
        shown = [
            opened[p] if cell < 0 else cover_region(opened[p], regions[p][cell]) for p, cell in some
        ]
        scores = model.option_likelihood(
            shown, [questions[p] for p, _ in some], [prompts[p] for p, _ in some]
        )
        odds += [_odds(row, options[p]) for row, (p, _) in zip(scores, some, strict=True)]
    table = np.array(odds).reshape(len(samples), 1 + side * side)
    return table[:, :1] - table[:, 1:]


def _odds(scores: Sequence[float], option: int) -> float:
    return scores[option] - max(s for place, s in enumerate(scores) if place != option)
