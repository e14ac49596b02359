"""Descriptions and encoded images that tests of synthesis share."""

import subprocess
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spuriverse.discovery.synthesis.backends import Description


@pytest.fixture(scope="session")
def describe() -> Callable[..., Description]:
    """Return a function that makes a description."""

    def make(seed: int = 1, group: str = "core", **changes: str) -> Description:
        said = {
            "candidate_id": "teal_key",
            "text": f"a key , {group}",
            "attribute": "border:teal-frame",
            "question": "What object is shown?",
            "answer": "key",
            "core_text": "a key , core",
            **changes,
        }
        return Description(group=group, seed=seed, **said)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def encode_noise() -> Callable[..., bytes]:
    """Return a function that makes an image file of noise."""

    def make(seed: int, width: int = 48, height: int = 32, kind: str = "PNG") -> bytes:
        rng = np.random.default_rng(seed)
        pixels = rng.integers(0, 255, (height, width, 3), dtype=np.uint8)
        file = BytesIO()
        Image.fromarray(pixels).save(file, kind)
        return file.getvalue()

    return make


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 128 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
