"""What an answer owes to a region: cover the region and read the change of its log-probability."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from spuriverse.models import LocalModel
from spuriverse.spubench.explain.regions import Box


def cover(image: Image.Image, region: np.ndarray) -> Image.Image:
    """Return the image with a region in the mean colour of the rest.

    Args:
        image: RGB.
        region: Booleans of shape (height, width); if it is everything, the mean is the image's.
    """
    pixels = np.asarray(image).copy()
    rest = pixels[~region] if not region.all() else pixels.reshape(-1, 3)
    pixels[region] = np.round(rest.mean(0)).astype(np.uint8)
    return Image.fromarray(pixels)


def occlusion_effects(
    model: LocalModel,
    images: Sequence[Image.Image],
    regions: Sequence[Sequence[np.ndarray]],
    conditions: Sequence[Sequence[str]],
    answers: Sequence[str],
    batch_size: int = 128,
) -> np.ndarray:
    """Return by how much the log-probability of an answer falls when a region is covered.

    Args:
        model: Who is asked.
        images: n images.
        regions: For every image r regions, r being the same for all.
        conditions: For every condition n prompts.
        answers: n answers.
        batch_size: Rows of a forward pass.

    Returns:
        Shape (conditions, n, r): log p(answer | image) - log p(answer | covered image), summed
        over the answer's tokens; positive where the region speaks for the answer.
    """
    times = 1 + len(regions[0])
    # The first of an image's pictures covers nothing.
    wanted = [(i, r) for i in range(len(images)) for r in range(times)]
    step = max(1, batch_size // len(conditions))
    parts = []
    for start in range(0, len(wanted), step):
        some = wanted[start : start + step]
        shown = [cover(images[i], regions[i][r - 1]) if r else images[i] for i, r in some]
        prompts = [[prompts[i] for i, _ in some] for prompts in conditions]
        scores, _ = model.label_likelihood(shown, prompts, [[answers[i]] for i, _ in some])
        parts.append(np.array(scores)[..., 0])
    table = np.concatenate(parts, 1).reshape(len(conditions), len(images), times)
    return table[..., :1] - table[..., 1:]


def cells(box: Box, shape: tuple[int, int], size: tuple[int, int]) -> list[np.ndarray]:
    """Cut what a model sees of an image into cells, row by row.

    Args:
        box: What the model sees.
        shape: Rows and columns of cells.
        size: Width and height of the image.

    Returns:
        Booleans of shape (height, width), rows x columns of them.
    """
    left, top, right, bottom = box
    down = np.linspace(top, bottom, shape[0] + 1).round().astype(int)
    across = np.linspace(left, right, shape[1] + 1).round().astype(int)
    found = []
    for row in range(shape[0]):
        for column in range(shape[1]):
            region = np.zeros((size[1], size[0]), bool)
            region[down[row] : down[row + 1], across[column] : across[column + 1]] = True
            found.append(region)
    return found


def rank_correlation(heat: np.ndarray, regions: Sequence[np.ndarray], effects: np.ndarray) -> float:
    """Return Spearman's correlation of a map with the effects of occluding, over cells.

    Args:
        heat: The map, shape (height, width).
        regions: n cells.
        effects: The effect of occluding each, shape (n,).

    Returns:
        From -1 to 1; NaN where map or effects are the same everywhere.
    """
    from scipy.stats import rankdata

    values = rankdata([heat[region].mean() for region in regions])
    ranks = rankdata(effects)
    if values.std() == 0 or ranks.std() == 0:
        return float("nan")
    return float(np.corrcoef(values, ranks)[0, 1])
