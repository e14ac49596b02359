"""Contact sheets: every image where the page says it is, every text as text."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from spuriverse.problems import Problem
from spuriverse.report.figures import collect_sheets, draw_sheets
from spuriverse.report.figures.sheets import COLUMNS, LEGEND, TILE
from spuriverse.report.pages import render_sheets

HOSTILE = "</p><script>alert(1)</script><img src=x onerror=alert(2)>\"'"
COLOURS = {"anchor": (200, 30, 30), "core": (30, 200, 30), "spurious": (30, 30, 200)}


@pytest.fixture
def tables(tmp_path: Path) -> dict[str, pd.DataFrame]:
    """Two candidates, one of them hostile and dropped; groups of two and one images."""
    for group, colour in COLOURS.items():
        Image.new("RGB", (60, 40), colour).save(tmp_path / f"{group}.png")
    names = ["good", HOSTILE]
    rows = [
        {
            "sample_id": f"{name}-{group}-{number}",
            "candidate_id": name,
            "group": group,
            "part": "fresh" if name == "good" else "selection",
            "seed": number,
            "image": str(tmp_path / f"{group}.png"),
            "question": "What?",
            "options": ["key", HOSTILE],
            "answer": 0,
        }
        for name in names
        for group, n in (("core", 2), ("spurious", 1))
        for number in range(n)
    ]
    asked = pd.DataFrame(rows)
    samples = pd.DataFrame(
        {
            "sample_id": [f"s-{name}" for name in names],
            "image": str(tmp_path / "anchor.png"),
            "question": ["What is it?", HOSTILE],
            "options": [["key", HOSTILE]] * 2,
            "answer": 0,
        }
    )
    answered = pd.concat([asked["sample_id"], samples["sample_id"]], ignore_index=True)
    responses = pd.concat(
        pd.DataFrame(
            {
                "sample_id": answered,
                "model": model,
                "outcome": "answered",
                "choice": pd.array([choice] * len(answered), dtype="Int64"),
            }
        )
        for model, choice in (("right", 0), ("wrong", 1))
    )
    verification = pd.DataFrame(
        {
            "candidate_id": names,
            "model": "right",
            "gap": [0.7, 0.4],
            "gap_low": [0.24, -0.1],
            "gap_high": [0.94, 0.7],
            "q_value": [0.01, 0.2],
            "kept_paper": True,
            "kept": [True, False],
            "fresh_gap": [0.5, np.nan],
            "fresh_low": [0.1, np.nan],
            "fresh_high": [0.8, np.nan],
        }
    )
    candidates = pd.DataFrame(
        {
            "candidate_id": names,
            "sample_id": samples["sample_id"],
            "attribute": ["scene:sea", f"x:{HOSTILE}"],
            "kind": ["scene", "x"],
            "predicted": ["ring", HOSTILE],
        }
    )
    return {
        "candidates": candidates,
        "samples": samples,
        "asked": asked,
        "responses": responses,
        "verification": verification,
    }


def test_tiles_are_opened_one_after_the_other(tables: dict, tmp_path: Path, most_open) -> None:
    draw_sheets(collect_sheets(**tables), tmp_path)
    # An image is converted once when it is opened and once when it is drawn.
    assert 1 <= most_open() <= 4


def test_every_tile_holds_its_image(tables: dict, tmp_path: Path) -> None:
    sheets = collect_sheets(**tables)
    draw_sheets(sheets, tmp_path)
    for sheet in sheets:
        assert {group: len(tiles) for group, tiles in sheet.tiles.items()} == {
            "anchor": 1,
            "core": 2,
            "spurious": 1,
        }
        picture = Image.open(tmp_path / sheet.file).convert("RGB")
        for group, tiles in sheet.tiles.items():
            for tile in tiles:
                middle = (tile.x + TILE // 2, tile.y + TILE // 2)
                assert picture.getpixel(middle) == COLOURS[group]
                # Three by two: there is ground above and below, and the sides are kept.
                assert picture.getpixel((middle[0], tile.y + 2)) == (255, 255, 255)


def test_core_stands_above_spurious_seed_by_seed_and_rows_are_folded(tables: dict) -> None:
    first = tables["asked"].iloc[[0]]
    many = [
        first.assign(sample_id=f"{group}-{seed}", group=group, seed=seed)
        for group in ("spurious", "core")
        # The first seed has no spurious image.
        for seed in range(int(group == "spurious"), COLUMNS + 2)
    ]
    (sheet, _) = collect_sheets(**{**tables, "asked": pd.concat(many)})
    core, spurious = sheet.tiles["core"], sheet.tiles["spurious"]
    assert (len(core), len(spurious)) == (COLUMNS + 2, COLUMNS + 1)
    for above, below in zip(core[1:], spurious, strict=True):
        assert above.x == below.x and above.y < below.y
    assert core[COLUMNS].x == core[0].x and core[COLUMNS].y > spurious[0].y
    assert sheet.size[0] >= max(tile.x for tile in core) + TILE


def test_the_largest_gap_on_fresh_images_comes_first(tables: dict) -> None:
    order = [sheet.candidate["candidate_id"] for sheet in collect_sheets(**tables)]
    assert order == ["good", HOSTILE]
    tables["verification"]["gap"] = [0.1, 0.6]
    assert [s.candidate["candidate_id"] for s in collect_sheets(**tables)] == [HOSTILE, "good"]


def test_fresh_images_are_shown_where_there_are_any(tables: dict) -> None:
    assert {sheet.candidate["candidate_id"]: sheet.fresh for sheet in collect_sheets(**tables)} == {
        "good": True,
        HOSTILE: False,
    }


def test_every_answer_has_its_mark(tables: dict) -> None:
    for sheet in collect_sheets(**tables):
        for tiles in sheet.tiles.values():
            for tile in tiles:
                found = {mark.model: (mark.reply, mark.right) for mark in tile.marks}
                assert found == {"right": ("key", True), "wrong": (HOSTILE, False)}


class Tags(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_page_shows_text_as_text_and_needs_no_network(tables: dict) -> None:
    page = render_sheets(collect_sheets(**tables))
    seen = Tags(page)
    names = [tag for tag, _ in seen.tags]
    assert names.count("script") == 1
    assert "img" not in names and "link" not in names
    assert f"✗ wrong: {HOSTILE}" in seen.words
    assert "What is it?" in seen.words and LEGEND in seen.words
    # The page of the run leads to a candidate by its id.
    assert {"good", HOSTILE} <= {a.get("id") for tag, a in seen.tags if tag == "article"}
    assert "http:" not in page and "https:" not in page and "url(//" not in page
    assert not any(key.startswith("on") for _, attributes in seen.tags for key in attributes)
    files = {a["href"] for tag, a in seen.tags if tag == "a"}
    assert len(files) == 2
    assert all(re.fullmatch(r"\d{4}-[A-Za-z0-9_-]+\.png", file) for file in files)


def test_no_verified_candidate_is_one_sentence(tables: dict) -> None:
    with pytest.raises(Problem, match="No candidate was verified"):
        collect_sheets(**{**tables, "verification": tables["verification"].head(0)})
