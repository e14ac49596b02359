"""Maps, masks and the part of an image that a model sees."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from spuriverse.models import LocalModel
from spuriverse.problems import Problem
from spuriverse.spubench.explain import (
    intersection_over_union,
    read_mask,
    seen_box,
    share_inside,
    spread,
)


def test_a_mask_of_another_size_is_refused(tmp_path: Path) -> None:
    Image.new("L", (10, 12), 255).save(tmp_path / "mask.png")
    assert read_mask(tmp_path / "mask.png", (10, 12)).all()
    with pytest.raises(Problem, match=r"10 x 12 pixels and its image 12 x 10"):
        read_mask(tmp_path / "mask.png", (12, 10))


def test_a_mask_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mask.png").write_text("no image")
    for name in ("mask.png", "missing.png"):
        with pytest.raises(Problem, match=f"{name} cannot be read"):
            read_mask(tmp_path / name, (4, 4))


def test_share_and_overlap_by_hand() -> None:
    heat = np.array([[4.0, 1.0], [3.0, 0.0]])
    left = np.array([[True, False], [True, False]])
    assert share_inside(heat, left) == pytest.approx(7 / 8)
    assert intersection_over_union(heat, left) == 1
    assert intersection_over_union(heat, np.array([[True, True], [False, False]])) == 1 / 3
    assert np.isnan(share_inside(0 * heat, left)) and np.isnan(
        intersection_over_union(0 * heat, left)
    )


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_shares_of_a_region_and_of_the_rest_make_one(rows: int, columns: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    heat = spread(rng.random((rows, columns)) + 0.01, (1, 2, 21, 17), (24, 18))
    region = rng.random((18, 24)) < 0.5
    assert share_inside(heat, region) + share_inside(heat, ~region) == pytest.approx(1)
    assert heat[:2].sum() == heat[17:].sum() == heat[:, :1].sum() == heat[:, 21:].sum() == 0


@pytest.mark.parametrize(
    ("family", "size", "grid", "box"),
    [
        ("llava", (64, 32), (4, 4), (16, 0, 48, 32)),
        ("llava", (40, 80), (4, 4), (0, 20, 40, 60)),
        ("qwen2_5_vl", (64, 32), (4, 8), (0, 0, 64, 32)),
        ("qwen2_vl", (70, 35), (4, 8), (0, 0, 70, 35)),
    ],
)
def test_what_a_model_sees_is_found_though_its_processor_crops(
    family: str,
    size: tuple[int, int],
    grid: tuple[int, int],
    box: tuple[int, ...],
    open_family: Callable[[str], LocalModel],
) -> None:
    """CLIP's processor crops to the middle square, Qwen's resizes the whole."""
    found = seen_box(open_family(family), size, *grid)
    assert max(abs(a - b) for a, b in zip(found, box, strict=True)) <= 2
