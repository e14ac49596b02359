"""The page of suspicions shows regions, edits and no markup of others."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from tried_suspicions import Tried

from spuriverse.discovery.suspicions import (
    GRADES,
)
from spuriverse.report.pages import render_shortcuts
from spuriverse.tables import empty_table


@pytest.fixture
def render(tried: Tried) -> Callable[..., str]:
    def make(**changes: object) -> str:
        given = {
            "table": tried.weighed(),
            "regions": tried.found.regions,
            "samples": tried.planted.samples,
            "answers": tried.planted.responses,
            "trials": tried.trials,
            "responses": tried.responses,
            **changes,
        }
        return render_shortcuts(*given.values(), grades=GRADES, model="<m>", shown=2)

    return make


def test_the_page_shows_regions_and_what_edits_do(render: Callable[..., str]) -> None:
    page = render()
    assert page.count("data:image/jpeg") >= 6
    assert "with a placebo" in page and "still answered in" in page
    assert "the weakest evidence" in page
    assert "&lt;m&gt;" in page and "<m>" not in page
    assert "http://" not in page and "https://" not in page


def test_texts_of_questions_are_escaped(tried: Tried, render: Callable[..., str]) -> None:
    page = render(table=tried.weighed().assign(wrong="<script>alert(1)</script>"))
    assert "<script>alert" not in page


def test_a_page_without_trials_says_so(tried: Tried, render: Callable[..., str]) -> None:
    none = {"trials": empty_table("trials"), "responses": empty_table("responses")}
    page = render(table=tried.weighed(**none), **none)
    assert "association alone" in page


def test_a_region_is_outlined_at_its_place() -> None:
    from spuriverse.report.pages.shortcut_page import outline_regions

    plain = Image.new("RGB", (100, 50), "white")
    drawn = np.asarray(outline_regions(plain, [(0.5, 0.0, 1.0, 1.0)])).astype(int)
    marked = (drawn != 255).any(axis=-1)
    assert marked[:, drawn.shape[1] // 2 :].any() and not marked[:, : drawn.shape[1] // 2].any()
