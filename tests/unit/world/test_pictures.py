"""Many images are the same as one at a time, in arrays and in files."""

import errno
import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spuriverse.problems import Problem
from spuriverse.world import (
    Optics,
    Scene,
    keep_in_file,
    pictures,
    render,
    render_arrays,
    render_files,
    sample_independent_scene,
)


@pytest.fixture
def scenes(monkeypatch: pytest.MonkeyPatch) -> list[Scene]:
    """Ten scenes that are rendered in three pieces."""
    monkeypatch.setattr(pictures, "CHUNK", 4)
    rng = np.random.default_rng(0)
    return [sample_independent_scene(rng, 0.5) for _ in range(10)]


@pytest.mark.parametrize("processes", [1, 2])
def test_arrays_hold_the_scenes_in_order(scenes: list[Scene], processes: int) -> None:
    expected = np.stack([render(scene, Optics()) for scene in scenes])
    np.testing.assert_array_equal(render_arrays(scenes, Optics(), processes), expected)


def test_memory_does_not_grow_with_the_number_of_images(scenes: list[Scene]) -> None:
    """Forty images more take no more than two pieces of four."""

    def peak(some: list[Scene]) -> int:
        tracemalloc.start()
        images = render_arrays(some, Optics())
        assert images.nbytes == 64 * 64 * 3 * len(some)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(scenes)
    assert peak(scenes * 5) - peak(scenes) < 2 * 4 * 64 * 64 * 3


def test_no_room_for_temporary_files_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, content: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", Full)
    with pytest.raises(Problem, match=r"No space left on device.*; free some space there, or"):
        keep_in_file([np.zeros((2, 3), np.uint8)])


def test_a_file_holds_the_image_without_loss(scenes: list[Scene], tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(len(scenes))]
    render_files(scenes, paths, Optics())
    for scene, path in zip(scenes, paths, strict=True):
        with Image.open(path) as image:
            np.testing.assert_array_equal(np.asarray(image), render(scene, Optics()))


def test_every_scene_needs_a_path(scenes: list[Scene], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="zip"):
        render_files(scenes[:2], [tmp_path / "only.png"], Optics())
