"""Regions of several sizes in many pictures: clusters of them, and which picture shows which."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.discovery.curation.clusters import Clusters, fit_clusters
from spuriverse.discovery.curation.windows import (
    WHOLE,
    measure_whole,
    place_windows,
    pool_windows,
)
from spuriverse.problems import Problem
from spuriverse.progress import progress
from spuriverse.questions import open_image

log = logging.getLogger(__name__)

Encoder = Callable[[Sequence[Image.Image]], np.ndarray | Sequence[np.ndarray]]
"""n pictures -> features of their cells, shape (n, grid, grid, width), or several views of them."""

_AT_ONCE = 64
_FITTED = 2_000
"""Most pictures that clusters are fitted to."""
_REGIONS = 30_000
"""About how many of their regions are, of each view and size: all that is held in memory."""

_SHOWN_COLUMNS = (
    *("image", "cluster", "size", "distance"),
    *("left", "top", "right", "bottom"),
)


@dataclass(frozen=True)
class _Size:
    """Regions of one view and size: where they are, in shares of the sides, and their clusters."""

    size: float
    places: np.ndarray
    clusters: Clusters


def readable_pictures(images: Sequence[str]) -> list[str]:
    """Return the pictures that can be opened, in their order; a warning counts the others.

    Raises:
        Problem: None can be opened.
    """
    found, fault = [], ""
    for path in progress(images, "pictures opened", len(images), "picture"):
        try:
            open_image(path, shortest=8)
        except Problem as problem:
            fault = fault or str(problem)
        else:
            found.append(path)
    if not found:
        raise Problem(f"None of the {len(images)} pictures can be read, the first because: {fault}")
    if fault:
        unread = len(images) - len(found)
        log.warning("%d of %d pictures are left out; the first: %s", unread, len(images), fault)
    return found


def cluster_regions(
    images: Sequence[str],
    encoder: Encoder,
    *,
    sizes: Sequence[float],
    clusters: int,
    seed: int,
) -> pd.DataFrame:
    """Find clusters of regions that look alike, without a look at any answer.

    Args:
        images: Files of the pictures; no more than 2,000 of them are fitted to.
        encoder: What it makes of pictures.
        sizes: Sides of regions, as shares of the picture's; the whole picture comes in addition.
        clusters: Most clusters per view and size; of whole pictures an eighth.
        seed: Settles which pictures are fitted to, and where k-means starts.

    Returns:
        A row per region of all pictures: image, cluster (a number), size, distance to the cluster's
        mean, and left, top, right, bottom as shares of the picture's sides. Memory holds the
        features of some regions of the fitted pictures, and of all others a few numbers per region.
    """
    chosen = np.random.default_rng([seed, 11]).permutation(len(images))[:_FITTED]
    fitted = [images[i] for i in np.sort(chosen)]
    known = _fit(fitted, encoder, sizes=sizes, clusters=clusters, seed=seed)
    kinds = pd.CategoricalDtype(sorted(images))
    parts = []
    for paths, features in _batches(images, encoder, sizes):
        first = 0
        for size, (*_, values) in zip(known, features, strict=True):
            found = _found(paths, size, values.reshape(-1, values.shape[-1]), first)
            parts.append(found.astype({"image": kinds, "cluster": "int32"}))
            first += len(size.clusters.means)
    return pd.concat(parts, ignore_index=True)


def _fit(
    fitted: Sequence[str], encoder: Encoder, *, sizes: Sequence[float], clusters: int, seed: int
) -> list[_Size]:
    rng = np.random.default_rng([seed, 31])
    each = -(-_REGIONS // len(fitted))
    collected: dict[int, list[np.ndarray]] = {}
    measured: dict[int, tuple[float, np.ndarray]] = {}
    for _, features in _batches(fitted, encoder, sizes):
        for number, (size, where, values) in enumerate(features):
            measured[number] = size, where
            if len(where) > each:
                chosen = rng.random(values.shape[:2]).argsort(axis=1)[:, :each, None]
                values = np.take_along_axis(values, chosen, axis=1)
            collected.setdefault(number, []).append(values.reshape(-1, values.shape[-1]))
    known = []
    for number, (size, where) in measured.items():
        most = max(2, clusters // 8) if size == WHOLE else clusters
        found = fit_clusters(np.concatenate(collected.pop(number)), most, seed + number)
        known.append(_Size(size, where, found))
    return known


def _batches(
    paths: Sequence[str], encoder: Encoder, sizes: Sequence[float]
) -> Iterator[tuple[Sequence[str], list[tuple[float, np.ndarray, np.ndarray]]]]:
    """Paths, and for every view and size that, the regions' places and their features.

    The features have the shape (n, regions, width).
    """
    starts = range(0, len(paths), _AT_ONCE)
    for start in progress(starts, f"pictures by {_AT_ONCE}", len(starts), "batch"):
        batch = paths[start : start + _AT_ONCE]
        images = [open_image(path) for path in batch]
        seen = encoder(images)
        features = []
        for cells in [seen] if isinstance(seen, np.ndarray) else seen:
            grid = cells.shape[1]
            for size in sizes:
                windows = place_windows(size, grid)
                features.append((size, windows / grid, pool_windows(cells, windows)))
        whole = measure_whole(images)[:, None]
        yield batch, [*features, (WHOLE, np.array([[0.0, 0.0, 1.0, 1.0]]), whole)]


def _found(paths: Sequence[str], size: _Size, values: np.ndarray, first: int) -> pd.DataFrame:
    cluster, distance = size.clusters.assign(values)
    where = np.tile(size.places, (len(paths), 1))
    table = pd.DataFrame(where, columns=list(_SHOWN_COLUMNS[4:]), dtype=np.float32)
    table["image"] = np.repeat(np.array(paths, dtype=object), len(size.places))
    table["cluster"] = cluster + first
    table["size"] = np.float32(size.size)
    table["distance"] = distance.astype(np.float32)
    return table[list(_SHOWN_COLUMNS)]
