"""The page of contact sheets in a real browser: filters, marks, and no network."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from spuriverse.report.figures import collect_sheets, draw_sheets
from spuriverse.report.pages import render_sheets

pytestmark = [pytest.mark.services, pytest.mark.slow]

HOSTILE = "<img src=x onerror=document.title='broken'> <script>document.title='run'</script>"
NAMES = {
    "sea": ("scene", True, True),
    "frame": ("border", False, True),
    "fog": ("light", False, False),
}
"""Candidate -> kind, whether it is kept (by model one), and whether its gap alone would do."""

MODELS = ("one", "two")


def make_page(folder: Path) -> Path:
    """Three candidates: kept by model one, kept by the gap alone, and dropped."""
    Image.new("RGB", (64, 64), "teal").save(folder / "image.png")
    image = str(folder / "image.png")
    asked = pd.DataFrame(
        [
            {
                "sample_id": f"{name}-{group}",
                "candidate_id": name,
                "group": group,
                "part": "fresh",
                "seed": 1,
                "image": image,
                "options": ["key", HOSTILE],
                "answer": 0,
            }
            for name in NAMES
            for group in ("core", "spurious")
        ]
    )
    samples = pd.DataFrame(
        [
            {"sample_id": f"s-{n}", "image": image, "options": ["key", HOSTILE], "answer": 0}
            for n in NAMES
        ]
    )
    questions = [*asked["sample_id"], *samples["sample_id"]]
    responses = pd.DataFrame(
        [
            {"sample_id": q, "model": m, "outcome": "answered", "choice": int("spurious" in q)}
            for q in questions
            for m in MODELS
        ]
    )
    verification = pd.DataFrame(
        [
            {
                "candidate_id": name,
                "model": model,
                "gap": 0.5,
                "gap_low": 0.1,
                "gap_high": 0.8,
                "q_value": 0.04,
                "fresh_gap": 0.4,
                "fresh_low": 0.0,
                "fresh_high": 0.7,
                "kept": kept and model == "one",
                "kept_paper": paper,
            }
            for name, (_, kept, paper) in NAMES.items()
            for model in MODELS
        ]
    )
    candidates = pd.DataFrame(
        [
            {
                "candidate_id": name,
                "sample_id": f"s-{name}",
                "attribute": f"{kind}:{name}",
                "kind": kind,
                "predicted": HOSTILE,
            }
            for name, (kind, _, _) in NAMES.items()
        ]
    )
    sheets = collect_sheets(candidates, samples, asked, responses, verification)
    draw_sheets(sheets, folder)
    (folder / "index.html").write_text(render_sheets(sheets), encoding="utf-8")
    return folder / "index.html"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's file, which no test changes."""
    return make_page(tmp_path_factory.mktemp("sheets"))


@pytest.fixture
def page(browser, made: Path) -> Iterator:
    """The page, opened from its file; whatever it asks for or complains of is recorded."""
    opened = browser.new_context(offline=True).new_page()
    opened.asked, opened.complaints = [], []
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.on("console", lambda message: opened.complaints.append(message.text))
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.goto(made.as_uri(), wait_until="load")
    yield opened
    opened.context.close()


def shown(page) -> list[str]:
    return page.locator("article:visible h2").all_inner_texts()


def test_it_opens_without_network_script_or_complaint(page) -> None:
    assert page.title() == "Contact sheets"
    assert page.complaints == []
    assert all(address.startswith("file:") for address in page.asked)
    pictures = {Path(address).name for address in page.asked if address.endswith(".png")}
    assert len(pictures) == len(NAMES)
    assert page.locator("img").count() == 0
    assert HOSTILE in page.locator("article").first.inner_text()


def test_a_tile_shows_its_part_of_the_sheet(page) -> None:
    tile = page.locator(".tile").first
    pixels = Image.open(BytesIO(tile.screenshot())).convert("RGB")
    assert pixels.getpixel((pixels.width // 2, pixels.height // 2)) == (0, 128, 128)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["border:frame", "light:fog", "scene:sea"]),
        ({"kind": "light"}, ["light:fog"]),
        ({"kept": "kept"}, ["scene:sea"]),
        ({"kept": "dropped"}, ["border:frame", "light:fog"]),
        ({"kept": "paper"}, ["border:frame"]),
        ({"kept": "kept", "model": "two"}, []),
        ({"kept": "paper", "model": "two"}, ["border:frame", "scene:sea"]),
        ({"kept": "kept", "kind": "border"}, []),
    ],
)
def test_filters_choose_what_is_shown(page, filters: dict[str, str], expected: list[str]) -> None:
    for name, value in filters.items():
        page.locator(f"#{name}").select_option(value)
    assert shown(page) == expected
    assert page.locator("#shown").inner_text() == str(len(expected))


def test_a_model_s_answers_alone_are_shown(page) -> None:
    marks = page.locator("figcaption li:visible")
    assert marks.count() == 3 * len(NAMES) * len(MODELS)
    page.locator("#model").select_option("two")
    texts = marks.all_inner_texts()
    assert len(texts) == 3 * len(NAMES)
    assert all("two: " in text for text in texts)
    assert sum(text.startswith("✗") for text in texts) == len(NAMES)
