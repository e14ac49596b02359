"""Where pictures are edited, and which of them are pasted from."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spuriverse.discovery.synthesis.suspected import (
    MOST_EDITED,
    SURROUNDINGS,
    Suspected,
    read_suspected,
)

CELLS = 8


def suspected(boxes: list[tuple[float, float, float, float]]) -> Suspected:
    return Suspected("wrong", {"picture": boxes}, ["picture"], ["picture"])


def window(cells: int, left: int, top: int) -> tuple[float, float, float, float]:
    return (left / CELLS, top / CELLS, (left + cells) / CELLS, (top + cells) / CELLS)


@st.composite
def windows(draw: st.DrawFn) -> tuple[float, float, float, float]:
    cells = draw(st.integers(1, CELLS // 2))
    start = st.integers(0, CELLS - cells)
    return window(cells, draw(start), draw(start))


def covered(boxes) -> float:
    cells = np.zeros((CELLS, CELLS), dtype=bool)
    for box in boxes:
        left, top, right, bottom = (round(side * CELLS) for side in box)
        cells[top:bottom, left:right] = True
    return float(cells.mean())


@given(st.lists(windows(), min_size=1, max_size=60))
def test_what_is_edited_is_shown_and_leaves_the_larger_part(boxes) -> None:
    chosen = suspected(boxes).clearest("picture")
    assert chosen and set(chosen) <= set(boxes)
    assert covered(chosen) <= MOST_EDITED


@given(st.lists(windows(), min_size=1, max_size=60, unique=True), st.randoms())
def test_the_order_of_windows_does_not_matter(boxes, random) -> None:
    turned = list(boxes)
    random.shuffle(turned)
    assert covered(suspected(turned).clearest("picture")) == covered(
        suspected(boxes).clearest("picture")
    )


def test_all_windows_of_a_small_thing_are_edited() -> None:
    """A corner shown in several sizes is edited as far as the largest window reaches."""
    boxes = [window(2, 0, 0), window(1, 0, 0), window(1, 1, 1)]
    assert covered(suspected(boxes).clearest("picture")) == 4 / CELLS**2


def test_a_lone_window_gives_way_to_where_many_lie() -> None:
    many = [window(4, 0, top) for top in (0, 1, 2, 3, 4)] * 2
    chosen = suspected([window(4, 4, 2), *many]).clearest("picture")
    assert window(4, 4, 2) not in chosen


@given(st.lists(windows(), min_size=1, max_size=60))
def test_what_is_pasted_is_the_surroundings_or_holds_the_clearest_regions(boxes) -> None:
    found = suspected(boxes)
    pasted = found.pasted("picture")
    if found.central:
        assert covered([*pasted, *found.clearest("picture")]) == covered(pasted)
    else:
        assert pasted == SURROUNDINGS


@pytest.mark.parametrize(("left", "top", "central"), [(3, 3, True), (0, 0, False), (1, 6, False)])
def test_what_lies_in_the_middle_is_pasted_without_the_rest(left, top, central) -> None:
    found = suspected([window(2, left, top)])
    assert found.central == central
    assert covered(found.pasted("picture")) == (16 / 64 if central else 48 / 64)


def test_pictures_are_pasted_from_by_what_they_show_whatever_was_answered() -> None:
    rows = [
        ("misled", 1, 0.5, 0.1),
        ("clear", 0, 1.0, 0.9),
        ("near", 0, 0.5, 0.0),
        ("of the wrong answer", 0, 1.0, 0.0),
        ("hardly", 0, 0.2, 0.0),
    ]
    table = pd.DataFrame(rows, columns=["image", "exemplar", "share", "distance"]).assign(
        attribute="region:1", wrong="moon", left=0.0, top=0.0, right=0.25, bottom=0.25
    )
    found = read_suspected(table.iloc[::-1])["region:1"]
    assert found.givers({"of the wrong answer"}) == ["clear", "near", "misled"]
    assert found.exemplars == ["misled"]
