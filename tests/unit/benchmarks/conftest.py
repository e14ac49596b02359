"""Little images, the way from a reader to the table, and a server of one file."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from pytest_httpserver import HTTPServer
from shelf import CONTENT, SETTING, Shelf, digest

from contracts import as_table
from spuriverse.benchmarks import Row, collect_rows
from spuriverse.benchmarks.retrieval import Retrieved, download_url
from spuriverse.tables import empty_table


@dataclass
class Tables:
    """What `collect_rows` made: the samples of all chunks, and what it returned."""

    samples: pd.DataFrame
    refused: pd.DataFrame
    rows: int


Encode = Callable[..., bytes]
Collect = Callable[..., Tables]


@pytest.fixture
def encode() -> Encode:
    """Make an encoded image of a size that no index reaches in base64."""

    def make(shade: int = 0, form: str = "JPEG") -> bytes:
        content = io.BytesIO()
        Image.effect_noise((24, 24), 10 + shade).convert("RGB").save(content, form)
        return content.getvalue()

    return make


@pytest.fixture
def collect(tmp_path: Path) -> Collect:
    """Collect rows, and check that the tables fit their contracts."""

    def run(
        rows: Iterable[Row], *, benchmark: str = "b", images: Path | None = None, most: float = 0.0
    ) -> Tables:
        folder = tmp_path / "made"
        folder.mkdir(exist_ok=True)
        chunks: list[pd.DataFrame] = []
        collected = collect_rows(
            rows,
            benchmark=benchmark,
            folder=folder,
            stored_as=Path("stored"),
            images=images,
            refused_at_most=most,
            keep=chunks.append,
        )
        samples = pd.concat(chunks, ignore_index=True) if chunks else empty_table("samples")
        as_table(samples, "samples")
        as_table(collected.refused, "refused")
        return Tables(samples, collected.refused, collected.rows)

    return run


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask servers on loopback directly."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "*")


@pytest.fixture
def shelf(httpserver: HTTPServer, no_proxy: None) -> Iterator[Shelf]:
    """A server of one file, at /questions.json."""
    shelf = Shelf(CONTENT)
    httpserver.expect_request("/questions.json").respond_with_handler(shelf)
    yield shelf
    shelf.released.set()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where the file goes."""
    return tmp_path / "parts" / "aokvqa.json"


@pytest.fixture
def fetch(httpserver: HTTPServer, target: Path, no_proxy: None):
    """Download the file that the shelf has, at once however often it fails."""

    def fetch(sha256: str = digest(CONTENT), url: str = "", timeout: float = 30.0) -> Retrieved:
        url = url or httpserver.url_for("/questions.json")
        return download_url(url, sha256, target, setting=SETTING, timeout=timeout, backoff=0)

    return fetch
