"""Render many scenes in several processes, few at a time, to arrays on disk or to PNG files."""

import multiprocessing
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from spuriverse.problems import Problem
from spuriverse.progress import progress
from spuriverse.world.rendering import Optics, Scene, render, render_all

CHUNK = 500
"""Scenes a piece of work; also what a progress line counts."""


def render_arrays(scenes: Sequence[Scene], optics: Optics, processes: int = 1) -> np.ndarray:
    """Render scenes to a uint8 array of shape (n, 64, 64, 3), which lies in a temporary file.

    Raises:
        Problem: The images do not fit into the folder of temporary files.
    """
    if not scenes:
        return render_all(scenes, optics)
    pieces = [(scenes[i : i + CHUNK], optics) for i in range(0, len(scenes), CHUNK)]
    return keep_in_file(_in_processes(_arrays, pieces, processes))


def keep_in_file(parts: Iterable[np.ndarray]) -> np.ndarray:
    """Put arrays one below the other into a temporary file, which goes when it is used no more.

    Args:
        parts: At least one; all of one type, and of one shape but for the first dimension. One is
            in memory at a time.

    Returns:
        The whole array; what is read of it is read from the file.

    Raises:
        Problem: The file cannot be written.
    """
    rows = 0
    with tempfile.TemporaryFile() as file:
        try:
            for part in parts:
                file.write(part.tobytes())
                rows += len(part)
            file.flush()
        except OSError as error:
            raise Problem(
                f"Cannot write a temporary file in {tempfile.gettempdir()}"
                f" ({error.strerror or error}); free some space there, or set TMPDIR to another"
                " folder."
            ) from error
        # Copy on write: nobody else can change the file, but torch wants what can be written.
        return np.asarray(np.memmap(file, part.dtype, "c", shape=(rows, *part.shape[1:])))


def render_files(
    scenes: Sequence[Scene], paths: Sequence[Path], optics: Optics, processes: int = 1
) -> None:
    """Render every scene to the PNG file at its path; the folders must be there."""
    pieces = [
        (scenes[i : i + CHUNK], paths[i : i + CHUNK], optics) for i in range(0, len(scenes), CHUNK)
    ]
    for _ in _in_processes(_files, pieces, processes):
        pass


def _arrays(piece: tuple[Sequence[Scene], Optics]) -> np.ndarray:
    return render_all(*piece)


def _files(piece: tuple[Sequence[Scene], Sequence[Path], Optics]) -> None:
    scenes, paths, optics = piece
    for scene, path in zip(scenes, paths, strict=True):
        # Sensor noise does not compress: a higher level costs time and saves nothing.
        Image.fromarray(render(scene, optics)).save(path, compress_level=1)


def _in_processes(
    work: Callable[[Any], Any], pieces: Sequence[Any], processes: int
) -> Iterator[Any]:
    if processes == 1 or len(pieces) == 1:
        yield from _with_progress(map(work, pieces), len(pieces))
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from _with_progress(pool.imap(work, pieces), len(pieces))


def _with_progress(done: Iterable[Any], total: int) -> Iterator[Any]:
    return progress(done, desc=f"rendering by {CHUNK}", total=total, unit="chunk")
