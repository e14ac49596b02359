"""Questions that a source leaves out, taken from the metadata files by benchmark and image id."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from spuriverse.benchmarks import aokvqa
from spuriverse.benchmarks.formats import find_files, read_csv, suffix_of
from spuriverse.benchmarks.readers import reader_of
from spuriverse.benchmarks.rows import Row

log = logging.getLogger(__name__)

SUFFIXES = (".csv", ".json")


class Asked(NamedTuple):
    """A question of a metadata file.

    Attributes:
        row: The question.
        flagged: Whether it is a recorded error of which a spurious correlation is said to be the
            cause: anchors were taken from those.
    """

    row: Row
    flagged: bool


class Metadata:
    """The questions of the metadata files, by benchmark and by the id that the files give them."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        """Take the files; each is read when it is first asked for.

        Args:
            files: Benchmark -> its metadata CSV or official JSON, or a folder with it.
        """
        self._files = dict(files)
        self._asked: dict[str, dict[str, list[Asked]]] = {}

    def __bool__(self) -> bool:
        return bool(self._files)

    def find(self, benchmark: str, image_id: str) -> tuple[Row | None, str]:
        """Return the question of an anchor, or None and why there is none.

        Of several questions about one image it is the flagged one.

        Raises:
            Problem: The benchmark's file cannot be read.
        """
        if benchmark not in self._files:
            return None, f"there is no metadata of {benchmark}, in which its question stands"
        if benchmark not in self._asked:
            self._asked[benchmark] = _read(benchmark, self._files[benchmark])
        found = self._asked[benchmark].get(_key(benchmark, image_id), [])
        if len(found) > 1:
            found = [asked for asked in found if asked.flagged] or found
        if not found:
            return None, f"the metadata of {benchmark} has no image {image_id[:40]}"
        if len(found) > 1:
            fact = f"the metadata of {benchmark} has {len(found)} questions about image"
            return None, f"{fact} {image_id[:40]} and does not tell which is meant"
        return found[0].row, ""


def _read(benchmark: str, path: Path) -> dict[str, list[Asked]]:
    (file,) = find_files(path, SUFFIXES)[:1]
    rows = reader_of(benchmark)(file)
    found: dict[str, list[Asked]] = {}
    if suffix_of(file) == ".csv":
        for row, (_, cells) in zip(rows, read_csv(file, ("index",)), strict=True):
            verdict = cells.get("spuriousAttr", "").strip().lower()
            asked = Asked(row, verdict.startswith("yes"))
            found.setdefault(_key(benchmark, cells["index"].strip()), []).append(asked)
    else:
        for row in rows:
            found.setdefault(_key(benchmark, row.image_id), []).append(Asked(row, False))
    return found


def _key(benchmark: str, image_id: str) -> str:
    return aokvqa.coco_number(image_id) if benchmark == "aokvqa" else image_id
