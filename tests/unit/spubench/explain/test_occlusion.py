"""Occluding a region and reading what becomes of the answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy.stats import spearmanr

from spuriverse.models import LocalModel
from spuriverse.questions import open_image
from spuriverse.spubench.explain import cells, cover, occlusion_effects, rank_correlation


def test_a_covered_region_tells_nothing_but_the_mean_of_the_rest() -> None:
    pixels = np.full((4, 4, 3), 100, np.uint8)
    pixels[:2] = 200
    region = np.zeros((4, 4), bool)
    region[:2] = True
    covered = np.asarray(cover(Image.fromarray(pixels), region))
    assert (covered == 100).all()
    whole = np.asarray(cover(Image.fromarray(pixels), np.ones((4, 4), bool)))
    assert (whole == 150).all()


@given(st.integers(1, 6), st.integers(1, 6))
def test_cells_are_a_partition_of_what_is_seen(rows: int, columns: int) -> None:
    found = np.stack(cells((2, 1, 20, 15), (rows, columns), (22, 16)))
    assert len(found) == rows * columns and found.any((1, 2)).all()
    count = found.sum(0)
    assert (count[1:15, 2:20] == 1).all() and count.sum() == 14 * 18


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(-3, 3)), min_size=2, max_size=12))
def test_the_rank_correlation_is_spearmans(pairs: list[tuple[int, float]]) -> None:
    values, effects = map(np.array, zip(*pairs, strict=True))
    regions = list(np.eye(len(pairs), dtype=bool)[:, None])
    found = rank_correlation(values[None].astype(float), regions, effects)
    if len(set(values)) == 1 or len(set(effects)) == 1:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(spearmanr(values, effects).statistic, abs=1e-9)


@pytest.mark.parametrize("batch_size", [2, 7, 100])
def test_effects_are_differences_of_plain_scores(
    reader: LocalModel, questions: tuple, batch_size: int
) -> None:
    samples, attributes = questions
    images = [open_image(path) for path in samples["image"][:3]]
    answers = attributes["label"][:3].tolist()
    left = np.zeros((64, 64), bool)
    left[:, :32] = True
    conditions = [
        [reader.wrap(text) for text in ("What object is shown?",) * 3],
        [reader.wrap(f"{core} What object is shown?") for core in attributes["core"][:3]],
    ]
    effects = occlusion_effects(
        reader, images, [[left, ~left]] * 3, conditions, answers, batch_size
    )
    for c, prompts in enumerate(conditions):
        for i, image in enumerate(images):
            pictures = [image, cover(image, left), cover(image, ~left)]
            plain = [
                reader.label_likelihood([one], [[prompts[i]]], [[answers[i]]])[0][0][0][0]
                for one in pictures
            ]
            expected = [plain[0] - plain[1], plain[0] - plain[2]]
            np.testing.assert_allclose(effects[c, i], expected, atol=1e-4)
    assert np.abs(effects).max() > 1e-3
