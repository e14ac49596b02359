"""Tensors on disk for as long as a job lasts, where memory is short."""

import fcntl
import logging
import shutil
import tempfile
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

_PREFIX, _LOCK = "features-", "in_use"
_SPARE_BYTES = 10 * 2**30
"""Left free for others."""


class Scratch:
    """A folder of a job of its own, deleted with it; what a job that was killed left is deleted.

    Args:
        parent: Folder in which it is made, when something is kept first; None keeps nothing.
    """

    def __init__(self, parent: Path | None) -> None:
        self._parent = parent
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._lock: Any = None
        self._files: dict[str, Path] = {}

    def keep(self, name: str, tensors: list[Any]) -> bool:
        """Write tensors under a name; returns whether there was room.

        Args:
            name: Of the tensors; any text.
            tensors: One or more, on the CPU.
        """
        from safetensors.torch import save_file

        size = sum(tensor.nbytes for tensor in tensors)
        if self._parent is None or shutil.disk_usage(self._parent).free < size + _SPARE_BYTES:
            return False
        path = self._own() / f"{len(self._files)}.safetensors"
        # A copy of each, since tensors that share their memory cannot be written.
        save_file({str(place): one.clone() for place, one in enumerate(tensors)}, path)
        self._files[name] = path
        return True

    def find(self, name: str) -> list[Any] | None:
        """Return the tensors of a name, or None."""
        from safetensors.torch import load_file

        if name not in self._files:
            return None
        found = load_file(self._files[name])
        return [found[str(place)] for place in range(len(found))]

    def _own(self) -> Path:
        if self._folder is None:
            _delete_left(Path(self._parent or ""))
            self._folder = tempfile.TemporaryDirectory(dir=self._parent, prefix=_PREFIX)
            log.info("Features that do not fit into the memory go to %s", self._folder.name)
            self._lock = (Path(self._folder.name) / _LOCK).open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return Path(self._folder.name)


def _delete_left(parent: Path) -> None:
    """Delete folders that no living job holds."""
    for lock in parent.glob(f"{_PREFIX}*/{_LOCK}"):
        try:
            with lock.open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent, ignore_errors=True)
        except OSError:
            continue
