"""The confusion zone: images whose true class a classifier ranks near, and not at, the top."""

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.benchmarks import count_other_files, stream_images
from spuriverse.problems import Problem
from spuriverse.progress import progress
from spuriverse.questions import open_image
from spuriverse.spubench.zero_shot import ZeroShotClassifier

CONFUSION_COLUMNS = ["source", "image", "label", "predicted", "rank", "above", "score"]
UNREADABLE_COLUMNS = ["source", "image", "reason"]
ZONE_COLUMNS = ("source", "min_rank", "max_rank", "images", "unreadable", "rank", "n", "kept")

SHOWN_UNREADABLE = 3

SIDE = 448
"""Pixels to which the shortest side of an image is shrunk for classifiers that name no `side`."""

log = logging.getLogger(__name__)

Opened = tuple[str, str, Image.Image | str]


@dataclass
class Confusions:
    """The result of classifying a source.

    Attributes:
        kept: A `confusions` table: the images of the zone.
        unreadable: An `unreadable` table: images that cannot be opened, with the reason.
        ranks: Rank of the true class -> number of images, of all that could be opened.
    """

    kept: list[dict[str, Any]] = field(default_factory=list)
    unreadable: list[tuple[str, str, str]] = field(default_factory=list)
    ranks: dict[int, int] = field(default_factory=dict)

    @property
    def table(self) -> pd.DataFrame:
        """The `confusions` table."""
        return pd.DataFrame(self.kept, columns=CONFUSION_COLUMNS)

    @property
    def unreadable_table(self) -> pd.DataFrame:
        """The `unreadable` table."""
        return pd.DataFrame(self.unreadable, columns=UNREADABLE_COLUMNS)

    def zone_table(self, source: str, min_rank: int, max_rank: int) -> pd.DataFrame:
        """How many images have which rank, and whether the zone holds it."""
        rows = [
            (source, min_rank, max_rank, sum(self.ranks.values()), len(self.unreadable), rank, n)
            for rank, n in sorted(self.ranks.items())
        ]
        table = pd.DataFrame(rows, columns=list(ZONE_COLUMNS[:-1]))
        return table.assign(kept=table["rank"].between(min_rank, max_rank))


def collect_confusions(
    folder: Path,
    classes: dict[str, str],
    classifier: ZeroShotClassifier,
    *,
    source: str,
    min_rank: int,
    max_rank: int,
    batch_size: int = 64,
) -> Confusions:
    """Keep the images whose true class is ranked from `min_rank` to `max_rank`.

    This is the confusion zone of MM-SpuBench (arXiv 2406.17126): k <= rank <= l, the rank being 1
    where the classifier is right. No more than three batches of images are held at a time, each
    image shrunk to what the classifier sees as it is decoded.

    Args:
        folder: One sub-folder per class.
        classes: As `read_classes` returns them.
        classifier: Knows these classes.
        source: What the tables call the source.
        min_rank: k, from 1.
        max_rank: l.
        batch_size: Images a forward pass.

    Raises:
        Problem: There are fewer classes than `max_rank`, no image can be opened, or none is in the
            zone.
    """
    if len(classes) < max_rank:
        raise Problem(
            f"The source {source} has only {len(classes)} classes, fewer than max_rank ="
            f" {max_rank}; set spubench.sources.{source}.max_rank to at most {len(classes)}, or add"
            " classes."
        )
    if others := count_other_files(folder, classes):
        listed = ", ".join(f"{suffix} {n}" for suffix, n in others.most_common())
        log.warning(
            "%s: %d files are skipped because their format is not supported (%s)",
            source,
            others.total(),
            listed,
        )
    column = {name: place for place, name in enumerate(classifier.classes)}
    found = Confusions()
    side = getattr(classifier, "side", SIDE)
    batches = _opened(stream_images(folder, classes), batch_size, side)
    for batch in progress(batches, desc=f"classifying {source}", total=None, unit="batches"):
        whole = [
            (path, label, image) for path, label, image in batch if isinstance(image, Image.Image)
        ]
        broken = [(path, image) for path, _, image in batch if isinstance(image, str)]
        found.unreadable += [(source, path, reason) for path, reason in broken]
        if not whole:
            continue
        scores = classifier.scores([image for _, _, image in whole])
        for (path, label, _), row in zip(whole, scores, strict=True):
            rank, above = rank_class(row, column[label])
            found.ranks[rank] = found.ranks.get(rank, 0) + 1
            if min_rank <= rank <= max_rank:
                names = [classifier.classes[place] for place in above]
                found.kept.append(
                    {
                        "source": source,
                        "image": path,
                        "label": label,
                        "predicted": names[0] if names else label,
                        "rank": rank,
                        "above": names,
                        "score": float(row[column[label]]),
                    }
                )
    _report(found, source, min_rank, max_rank)
    return found


def rank_class(scores: np.ndarray, right: int) -> tuple[int, list[int]]:
    """Rank the right class among all by their scores.

    Args:
        scores: A score for each class, shape (classes,).
        right: Index of the right class.

    Returns:
        Its rank from 1, and the indices of the classes above it, the best first. Of classes with
        the same score the right one comes last: it must beat the others.
    """
    above = np.flatnonzero(scores >= scores[right])
    above = above[above != right]
    order = above[np.argsort(-scores[above], kind="stable")]
    return len(order) + 1, order.tolist()


def _opened(images: Iterable[tuple[str, str]], size: int, side: int) -> Iterator[list[Opened]]:
    """Yield batches of opened images; the next one is opened meanwhile."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        pending = None
        for batch in _batches(images, size):
            opening = pool.submit(_open_batch, batch, side)
            if pending is not None:
                yield pending.result()
            pending = opening
        if pending is not None:
            yield pending.result()


def _batches(images: Iterable[tuple[str, str]], size: int) -> Iterator[list[tuple[str, str]]]:
    batch: list[tuple[str, str]] = []
    for image in images:
        batch.append(image)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _open_batch(batch: list[tuple[str, str]], side: int) -> list[Opened]:
    return [(path, label, _open(path, side)) for path, label in batch]


def _open(path: str, side: int) -> Image.Image | str:
    """Return the image, or why it cannot be opened."""
    try:
        return open_image(path, shortest=side)
    except Problem as problem:
        return " ".join(str(problem).split())


def _report(found: Confusions, source: str, min_rank: int, max_rank: int) -> None:
    images, unreadable = sum(found.ranks.values()), len(found.unreadable)
    for _, path, reason in found.unreadable[:SHOWN_UNREADABLE]:
        log.warning("%s is skipped: %s", path, reason)
    if unreadable:
        log.warning("%s: %d of %d images are skipped", source, unreadable, images + unreadable)
    if not images:
        raise Problem(
            f"None of the {unreadable} images of the source {source} can be opened, the first"
            f" because {found.unreadable[0][2] if unreadable else 'there is none'}"
        )
    if not found.kept:
        common = max(found.ranks, key=lambda rank: found.ranks[rank])
        raise Problem(
            f"None of the {images} images of the source {source} has its true class ranked from"
            f" {min_rank} to {max_rank} (most have rank {common}); change"
            f" spubench.sources.{source}.min_rank and max_rank."
        )
    log.info("%s: %d images, %d in the confusion zone", source, images, len(found.kept))
