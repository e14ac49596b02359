"""Render many scenes, to arrays or to PNG files, in several processes."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from spuriverse.progress import progress
from spuriverse.world.rendering import Optics, Scene, render, render_all

CHUNK = 500
"""Scenes a piece of work; also what a progress line counts."""


def render_arrays(scenes: Sequence[Scene], optics: Optics, processes: int = 1) -> np.ndarray:
    """Render scenes to a uint8 array of shape (n, 64, 64, 3)."""
    if not scenes:
        return render_all(scenes, optics)
    pieces = [(scenes[i : i + CHUNK], optics) for i in range(0, len(scenes), CHUNK)]
    return np.concatenate(_in_processes(_arrays, pieces, processes))


def render_files(
    scenes: Sequence[Scene], paths: Sequence[Path], optics: Optics, processes: int = 1
) -> None:
    """Render every scene to the PNG file at its path; the folders must be there."""
    pieces = [
        (scenes[i : i + CHUNK], paths[i : i + CHUNK], optics) for i in range(0, len(scenes), CHUNK)
    ]
    _in_processes(_files, pieces, processes)


def _arrays(piece: tuple[Sequence[Scene], Optics]) -> np.ndarray:
    return render_all(*piece)


def _files(piece: tuple[Sequence[Scene], Sequence[Path], Optics]) -> None:
    scenes, paths, optics = piece
    for scene, path in zip(scenes, paths, strict=True):
        # Sensor noise does not compress: a higher level costs time and saves nothing.
        Image.fromarray(render(scene, optics)).save(path, compress_level=1)


def _in_processes(work: Callable[[Any], Any], pieces: Sequence[Any], processes: int) -> list[Any]:
    if processes == 1 or len(pieces) == 1:
        return list(_with_progress(map(work, pieces), len(pieces)))
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        return list(_with_progress(pool.imap(work, pieces), len(pieces)))


def _with_progress(done: Iterable[Any], total: int) -> Iterator[Any]:
    return progress(done, desc=f"rendering by {CHUNK}", total=total, unit="chunk")
