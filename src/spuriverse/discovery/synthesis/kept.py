"""Images that were paid for or took long, in a folder that outlives the job that wanted them.

An image is known by the digest of everything that it depends on. It is there as soon as it is made,
whole, and beside it a JSON file with its record, which is written last: an image without one does
not count.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spuriverse.discovery.synthesis.encoded import suffix_of
from spuriverse.problems import Problem
from spuriverse.tables import atomic_path, write_text

LEAST_FREE_BYTES = 32 * 2**20
"""So much room must be left before an image is asked for that would be lost on a full disk."""


@dataclass(frozen=True)
class Kept:
    """An image that is kept.

    Attributes:
        content: The encoded image.
        record: What made it.
    """

    content: bytes
    record: Mapping[str, Any]


class KeptImages:
    """A folder of images and their records.

    Attributes:
        folder: The folder.
    """

    def __init__(self, folder: str | Path) -> None:
        """Use a folder, which is made when it is needed."""
        self.folder = Path(folder)

    def get(self, key: str) -> Kept | None:
        """Return an image; None if there is none, or if its file is not what was written."""
        record = self._path(key, ".json")
        try:
            known = json.loads(record.read_text(encoding="utf-8"))
            content = record.with_name(known["file"]).read_bytes()
        except (FileNotFoundError, ValueError, KeyError):
            return None
        whole = hashlib.sha256(content).hexdigest() == known["sha256"]
        return Kept(content, known) if whole else None

    def put(self, key: str, content: bytes, record: Mapping[str, object]) -> str:
        """Keep an image; when this returns, it is on the disk.

        Args:
            key: The digest of everything it depends on; one writer at a time.
            content: The encoded image.
            record: What made it, as JSON values.

        Returns:
            The SHA-256 of the image.

        Raises:
            Problem: The disk is full, or the folder cannot be written.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        image = self._path(key, suffix_of(content))
        with atomic_path(image) as temporary, temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        entry = {"file": image.name, "sha256": sha256, **record}
        write_text(self._path(key, ".json"), json.dumps(entry, indent=1, ensure_ascii=False) + "\n")
        return sha256

    def require_room(self) -> None:
        """Make sure that there is room for what is about to be made.

        Raises:
            Problem: There is hardly any.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.folder).free < LEAST_FREE_BYTES:
            raise Problem(
                f"Cannot keep images in {self.folder} because the disk is full; free some space"
                " there and run again: what was made is kept."
            )

    def _path(self, key: str, suffix: str) -> Path:
        return self.folder / key[:2] / f"{key}{suffix}"
