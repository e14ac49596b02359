"""Types as they were published: their anchors and spurious groups, taken and not made."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from spuriverse.benchmarks import Row
from spuriverse.problems import Problem
from spuriverse.questions import check_image
from spuriverse.tables import empty_table, sample_id

log = logging.getLogger(__name__)

GENERATOR = "published"
KIND = "unnamed"
"""Kind of all attributes: the artefact does not name them."""

UNKNOWN = "unknown"
"""What the source model chose: the artefact does not tell."""


@dataclass(frozen=True)
class Adopted:
    """The tables that verification would have made.

    Attributes:
        candidates: A `candidates` table, all accepted.
        groups: A `groups` table; there are spurious groups only, and they count as fresh, since
            nothing here was decided on them.
        types: A `types` table, one row per anchor.
    """

    candidates: pd.DataFrame
    groups: pd.DataFrame
    types: pd.DataFrame


def adopt_types(
    published: Iterable[tuple[Row, Mapping[int, bytes]]],
    samples: pd.DataFrame,
    folder: Path,
    *,
    stored_as: Path,
) -> Adopted:
    """Take published types over.

    Args:
        published: Anchors, each with the encoded images of its spurious group by number.
        samples: A `samples` table with the anchors; an anchor that was refused is skipped.
        folder: Where the images go; must exist.
        stored_as: The folder as the table names it.

    Returns:
        One type per anchor, each with an attribute of its own name.

    Raises:
        Problem: No anchor has a whole image in its group.
    """
    known = set(samples["sample_id"])
    candidates, groups = [], []
    for row, images in published:
        key = sample_id(row.benchmark, row.image_id, row.question)
        if key not in known:
            continue
        known.remove(key)
        written = [_write(folder, stored_as, key, n, image) for n, image in images.items()]
        if not any(written):
            log.warning("The group of %s has no whole image; it is skipped", key)
            continue
        candidates.append(_candidate(key))
        groups += [image for image in written if image]
    if not candidates:
        raise Problem("No published type can be used; check that the source is the artefact.")
    table = pd.DataFrame(candidates)
    types = table.assign(type_id=table["candidate_id"])[list(empty_table("types").columns)]
    return Adopted(table, pd.DataFrame(groups), types)


def _write(
    folder: Path, stored_as: Path, key: str, number: int, content: bytes
) -> dict[str, object] | None:
    suffix, fault = check_image(content)
    if fault:
        log.warning("Image %d of the group of %s is left out: %s", number, key, fault)
        return None
    name = f"{key}-spurious-{number}{suffix}"
    (folder / name).write_bytes(content)
    return {
        "candidate_id": key,
        "group": "spurious",
        "part": "fresh",
        "image": str(stored_as / name),
        "seed": number,
        "description": "",
        "generator": GENERATOR,
    }


def _candidate(key: str) -> dict[str, str]:
    return dict.fromkeys(empty_table("candidates").columns, "") | {
        "candidate_id": key,
        "sample_id": key,
        "predicted": UNKNOWN,
        "attribute": f"{KIND}:{key}",
        "kind": KIND,
        "annotator": GENERATOR,
        "status": "accepted",
        "reviewer": GENERATOR,
    }
