"""The page of a run and the sample browser in a real browser that has no network."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image

from spuriverse.report.pages import BROWSED_COLUMNS, Run, collect_browsed, render_browser, show_run

pytestmark = [pytest.mark.services, pytest.mark.slow]

HOSTILE = '"><img src=x onerror="window.hacked=1"><script>window.hacked=1</script></script>'
MODELS = {"one": 0.25, "two": 0.75, HOSTILE: 0.5}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two questions about two images, three models."""
    folder = tmp_path_factory.mktemp("run") / "results"
    (folder / "records").mkdir(parents=True)
    (folder / "figures").mkdir()
    with (folder / "records/main_results.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["model", "subset", "accuracy", "low", "high"])
        table.writerows([model, "spurious", value, "", ""] for model, value in MODELS.items())
    Image.new("RGB", (600, 400), "teal").save(folder / "figures/main_results.png")
    rows = []
    for number, name in enumerate(("a", "b b")):
        Image.new("RGB", (8 + number, 8), "tan").save(folder.parent / f"{name}.png")
        place = ("spurious", "core")[number], f"t-{name}", f"scene:{name}"
        image = str(folder.parent / f"{name}.png")
        rows.append((name, *place, image, HOSTILE, ["ant", "bee", "cat"], 0, [1]))
    replies = [
        {
            "sample_id": name,
            "model": model,
            "strategy": "direct",
            "reply": HOSTILE,
            "outcome": "answered",
            "choice": choice,
            "option_scores": [-0.5, -1.5, -2.5],
            "tokens": 3,
            "seconds": 0.5,
        }
        for model, choices in {"one": (0, 1), "two": (0, 2), HOSTILE: (0, 0)}.items()
        for name, choice in zip(("a", "b b"), choices, strict=True)
    ]
    asked = pd.DataFrame(rows, columns=list(BROWSED_COLUMNS))
    browsed = collect_browsed(asked, pd.DataFrame(replies), folder)
    (folder / "samples.html").write_text(render_browser(browsed), encoding="utf-8")
    show_run(
        Run(
            results=folder,
            overlays=[],
            base_model="one",
            published=False,
            wanted=[str(folder / "tables/tradeoff.csv")],
            made=frozenset(),
            stale=[],
            miniature="smoke run",
            caveats=[],
            paid_models=0,
            captions=Path(__file__).parents[3] / "report",
        ),
        [],
    )
    return folder


@pytest.fixture
def page(browser: Any, results: Path) -> Iterator[Any]:
    """The page of the run, opened from its file; what it asks for or complains of is recorded."""
    opened = browser.new_context(offline=True).new_page()
    opened.asked, opened.complaints = [], []
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.on("console", lambda message: opened.complaints.append(message.text))
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.goto((results / "index.html").as_uri(), wait_until="load")
    yield opened
    assert opened.complaints == []
    assert opened.evaluate("window.hacked") is None
    assert all(address.startswith(("file:", "data:")) for address in opened.asked)
    opened.context.close()


def models(page: Any) -> list[str]:
    return page.locator("tbody td:first-child").all_inner_texts()


def test_the_page_is_one_file(page: Any) -> None:
    assert [address for address in page.asked if address.startswith("file:")] == [page.url]
    widths = page.locator("img").evaluate_all("images => images.map(i => i.naturalWidth)")
    assert widths and min(widths) > 0
    assert "smoke run: not for quoting" in page.locator("header").inner_text()
    assert "results/tables/tradeoff.csv" in page.locator(".absent code").first.inner_text()


def test_the_table_of_models_is_sorted_by_its_headings(page: Any) -> None:
    assert models(page) == ["one", "two", HOSTILE]
    heading = page.get_by_role("button", name="spurious")
    heading.click()
    assert models(page) == ["two", HOSTILE, "one"]
    heading.click()
    assert models(page) == ["one", HOSTILE, "two"]


def test_a_click_on_a_model_opens_its_samples(page: Any) -> None:
    page.locator("tbody tr", has_text="two").locator("td").nth(1).click()
    page.wait_for_url("**/samples.html#**")
    assert page.locator("#model").input_value() == "two"
    assert page.locator("tr.chosen td").first.inner_text() == "two"


def test_samples_are_filtered_and_turned_over(page: Any, results: Path) -> None:
    from playwright.sync_api import expect

    page.goto((results / "samples.html").as_uri())
    place, where = page.locator("#place"), page.locator("#where")
    expect(place).to_have_text("1 of 2")
    expect(where).to_contain_text("b b")
    expect(page.locator("#question")).to_have_text(HOSTILE)
    assert page.locator("#image").evaluate("image => image.naturalWidth") == 9
    page.get_by_role("button", name="next").click()
    expect(place).to_have_text("2 of 2")
    expect(page.locator("#image")).to_have_js_property("naturalWidth", 8)
    page.keyboard.press("ArrowLeft")
    expect(where).to_contain_text("core")
    page.locator("#outcome").select_option("fooled")
    expect(place).to_have_text("1 of 1")
    page.locator("#model").select_option("two")
    expect(place).to_have_text("0 of 2")
    page.locator("#outcome").select_option("wrong")
    expect(place).to_have_text("1 of 1")
    page.get_by_role("button", name="all", exact=True).click()
    page.locator("#subset").select_option("spurious")
    expect(where).to_contain_text("t-a")
    assert page.locator("#replies tr").count() == 3
    page.locator("#type").select_option("scene:b b")
    expect(page.locator("#nothing")).to_be_visible()


def test_an_address_leads_to_its_sample(page: Any, results: Path) -> None:
    page.goto((results / "samples.html").as_uri() + "#sample=a&model=one")
    assert "t-a" in page.locator("#where").inner_text()
    assert page.locator("#model").input_value() == "one"
