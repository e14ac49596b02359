"""The page of heat maps, in a real browser that has no network."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from spuriverse.report.pages import choose_shown, render_heatmaps

pytestmark = [pytest.mark.services, pytest.mark.slow]

HOSTILE = '"><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
ASKED = ("biased", "control")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if path is None:
        pytest.fail("There is no Chromium here; install it (apt-get install chromium).")
    folder = tmp_path_factory.mktemp("page")
    (folder / "heatmaps.html").write_text(render_heatmaps(example(folder)), encoding="utf-8")
    shutil.rmtree(folder / "overlays")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        opened = browser.new_context(offline=True).new_page()
        opened.asked: list[str] = []  # type: ignore[attr-defined]
        opened.said: list[str] = []  # type: ignore[attr-defined]
        opened.on("request", lambda request: opened.asked.append(request.url))
        opened.on("console", lambda message: opened.said.append(message.text))
        opened.goto((folder / "heatmaps.html").as_uri())
        yield opened
        browser.close()


def example(folder: Path) -> pd.DataFrame:
    """Two models on four samples of two types; one sample says hostile things."""
    (folder / "overlays").mkdir()
    Image.fromarray(np.zeros((20, 80, 3), np.uint8)).save(folder / "overlays" / "a.png")
    maps = [
        {
            "sample_id": f"s-{i}",
            "model": model,
            "condition": "core",
            "method": method,
            "answer": HOSTILE if i == 3 else "star",
            "outcome": ("fooled", "right")[i % 2],
            **dict.fromkeys(("share_spurious", "share_object", "iou_spurious"), 0.25),
            "iou_object": np.nan,
            "effect_spurious": 1.5,
            "effect_object": -1.5,
            "rank_correlation": 0.125,
            "on_image": 0.5,
            "on_attribute": 0.25,
            "tokens": [HOSTILE, "shown"] if method == "attention" else [],
            "weights": [0.1, 0.4] if method == "attention" else [],
            "overlay": str(folder / "overlays" / "a.png"),
        }
        for model in ASKED
        for i in range(4)
        for method in ("grad_cam", "attention")
    ]
    attributes = pd.DataFrame(
        {
            "sample_id": [f"s-{i}" for i in range(4)],
            "label": "star",
            "predicted": "moon",
            "core": ["five points"] * 3 + [HOSTILE],
            "spurious": ["a meadow"] * 3 + [HOSTILE],
            "spurious_types": [["background"], ["background"], ["shape"], ["shape"]],
        }
    )
    return choose_shown(pd.DataFrame(maps), attributes, 4)


def visible(page: Any) -> int:
    return page.locator("article:visible").count()


def test_filters_choose_what_is_seen(page: Any) -> None:
    from playwright.sync_api import expect

    expect(page.locator("output")).to_have_text("8 of 8 shown")
    page.get_by_label("Model").select_option("biased")
    expect(page.locator("output")).to_have_text("4 of 8 shown")
    page.get_by_label("Type").select_option("shape")
    page.get_by_label("Answer").select_option("fooled")
    expect(page.locator("output")).to_have_text("1 of 8 shown")
    assert visible(page) == 1
    assert "s-2" in page.locator("article:visible").inner_text()
    page.get_by_role("button", name="All").click()
    expect(page.locator("output")).to_have_text("8 of 8 shown")
    assert visible(page) == 8


def test_the_page_asks_for_nothing_and_its_images_are_drawn(page: Any) -> None:
    assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in page.asked if url.startswith("file:")]) == 1
    widths = page.locator("img").evaluate_all("images => images.map(i => i.naturalWidth)")
    assert widths == [80] * 8
    assert page.said == []


def test_texts_of_the_data_are_shown_and_never_run(page: Any) -> None:
    assert page.evaluate("window.hacked") is None
    assert page.locator("script").count() == 1
    assert page.locator("article").last.inner_text().count("<script>") >= 3


def test_at_most_so_many_samples_are_shown_turn_by_turn_over_types(tmp_path: Path) -> None:
    whole = example(tmp_path)
    columns = ["label", "predicted", "core", "spurious", "spurious_types"]
    whole = whole.drop(columns="spurious_type", errors="ignore")
    attributes = whole.drop_duplicates("sample_id")[["sample_id", *columns]]
    shown = choose_shown(whole.drop(columns=columns), attributes, 2)
    kept = shown.drop_duplicates(["model", "sample_id"])
    assert kept.groupby("model").size().tolist() == [2, 2]
