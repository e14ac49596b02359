"""A headless browser, for pages that are tested in a real one."""

import shutil
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's Chromium."""
    pytest.importorskip("playwright", reason="The package playwright is not installed.")
    path = shutil.which("chromium")
    if path is None:
        pytest.skip(
            "Chromium is not installed (Debian package chromium), so no page is driven"
            " in a browser."
        )
    return path


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()
