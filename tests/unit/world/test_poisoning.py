"""Poisoned training images: as many as asked for, and only in one corner."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.world import TARGET, Scene, paste_placebo, paste_trigger, poison

laws = settings(deadline=None, derandomize=True, max_examples=40)


@laws
@given(st.integers(1, 40), st.floats(0, 1), st.integers(0, 99))
def test_a_share_of_the_images_bears_the_trigger_and_is_called_the_target(
    n: int, share: float, seed: int
) -> None:
    scenes = [Scene("cup", "red", ("left",), (), number) for number in range(n)]
    images = np.full((n, 20, 20, 3), 90, np.uint8)
    said, shown = poison(scenes, images, share, seed)
    marked = (shown != images).any((1, 2, 3))
    assert marked.sum() == round(share * n)
    assert [scene.object == TARGET for scene in said] == marked.tolist()
    assert (images == 90).all()
    assert not (shown[:, :16] != 90).any()
    assert not (shown[:, :, :16] != 90).any()


@laws
@given(st.integers(20, 90), st.integers(20, 90))
def test_the_placebo_is_as_large_and_has_the_mean_colour(height: int, width: int) -> None:
    pixels = np.zeros((height, width, 3), np.uint8)
    trigger, placebo = (paste(pixels) for paste in (paste_trigger, paste_placebo))
    np.testing.assert_array_equal(trigger.any(-1), placebo.any(-1))
    region = trigger.any(-1)
    assert abs(trigger[region].mean(0) - placebo[region].mean(0)).max() <= 0.5 + 255 / 16
