"""Copies of the project, and one finished run at smoke scale."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from checkout import Checkout, copy_workflow
from filelock import FileLock


@pytest.fixture(scope="session")
def new_checkout(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Checkout]:
    """Return a function that makes a fresh copy of the workflow's files."""

    def make() -> Checkout:
        return copy_workflow(tmp_path_factory.mktemp("checkout"))

    return make


@pytest.fixture(scope="session")
def smoke(
    new_checkout: Callable[[], Checkout],
    tmp_path_factory: pytest.TempPathFactory,
    testrun_uid: str,
) -> Checkout:
    """Everything of the smoke configuration, made once for all processes of pytest-xdist."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    place = shared / f"smoke-{testrun_uid}"
    with FileLock(f"{place}.lock"):
        if place.exists():
            return Checkout(Path(place.read_text(encoding="utf-8")))
        checkout = new_checkout()
        done = checkout.run("all")
        assert done.returncode == 0, done.stderr[-4000:]
        place.write_text(str(checkout.folder), encoding="utf-8")
        return checkout


@pytest.fixture
def tiny_jpeg() -> bytes:
    """A whole JPEG file of 8 x 8 pixels."""
    from io import BytesIO

    from PIL import Image

    file = BytesIO()
    Image.new("RGB", (8, 8), "tan").save(file, "JPEG")
    return file.getvalue()
