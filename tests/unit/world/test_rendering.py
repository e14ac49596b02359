"""An image is a function of its scene and the optics, and an attribute changes nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.problems import Problem
from spuriverse.world import Optics, Scene, attributes_of, render, sample_independent_scene
from spuriverse.world.rendering import DOT_PLACES, render_all, split_attribute

laws = settings(deadline=None, derandomize=True, max_examples=40)
SEEDS = st.integers(0, 2**32 - 1)
ATTRIBUTES = (*attributes_of("planted"), *attributes_of("controls"))
PLAIN = Scene("star", "red", ("bottom",), (), 3)

# Where a kind leaves the picture alone.
UNTOUCHED = {
    "border": [(slice(25, 39), slice(25, 39))],
    "prop": [(slice(25, 39), slice(25, 39))],
    "scene": [(slice(20, 45), slice(0, 64))],
    "size": [(slice(0, 8), slice(0, 8)), (slice(56, 64), slice(56, 64))],
    "orientation": [(slice(0, 8), slice(0, 8)), (slice(56, 64), slice(56, 64))],
}


def draw_scene(seed: int) -> Scene:
    return sample_independent_scene(np.random.default_rng(seed), kind_rate=0.3)


@given(SEEDS)
@laws
def test_the_same_scene_gives_the_same_bytes(seed: int) -> None:
    scene = draw_scene(seed)
    first = render(scene, Optics())
    np.random.seed(seed)
    render(replace(scene, object="ring"), Optics())
    second = render(scene, Optics())
    assert (first.shape, first.dtype) == ((64, 64, 3), np.uint8)
    assert first.tobytes() == second.tobytes()


@given(SEEDS)
@laws
def test_another_seed_gives_another_image(seed: int) -> None:
    scene = draw_scene(seed)
    quiet = Optics(noise=0)
    for optics in (Optics(), quiet):
        other = render(replace(scene, seed=scene.seed + 1), optics)
        assert (render(scene, optics) != other).any()


@given(SEEDS, st.sampled_from([a for a in ATTRIBUTES if split_attribute(a)[0] in UNTOUCHED]))
@laws
def test_an_attribute_leaves_the_rest_of_the_picture_alone(seed: int, attribute: str) -> None:
    """Position, size, colour and noise are shared by a scene with and without an attribute."""
    scene = replace(draw_scene(seed), attributes=())
    core = render(scene, Optics())
    spurious = render(replace(scene, attributes=(attribute,)), Optics())
    assert (core != spurious).any()
    for place in UNTOUCHED[split_attribute(attribute)[0]]:
        np.testing.assert_array_equal(core[place], spurious[place])


@given(SEEDS, st.sampled_from(list(DOT_PLACES)))
@laws
def test_a_dot_changes_the_picture_where_it_is(seed: int, place: str) -> None:
    scene = replace(draw_scene(seed), attributes=(), dots=("left", "right", "top", "bottom"))
    without = replace(scene, dots=tuple(dot for dot in scene.dots if dot != place))
    changed = (render(scene, Optics()) != render(without, Optics())).any(-1)
    x, y = DOT_PLACES[place]
    near = np.zeros((64, 64), bool)
    near[max(y - 7, 0) : y + 8, max(x - 7, 0) : x + 8] = True
    assert changed[near].sum() >= 50
    assert not changed[~near].any()


def test_noise_is_as_strong_as_the_optics_say() -> None:
    quiet = render(PLAIN, Optics(noise=0)).astype(float)
    noisy = render(PLAIN, Optics(noise=10)).astype(float)
    inside = (quiet > 50) & (quiet < 200)
    assert (noisy - quiet)[inside].std() == pytest.approx(10, rel=0.1)


def test_less_contrast_brings_the_object_nearer_to_the_background() -> None:
    def difference(contrast: float) -> float:
        picture = render(
            replace(PLAIN, object="square", colour="white"), Optics(0, contrast)
        ).astype(float)
        return abs(picture[28:36, 28:36].mean() - picture[:4, :4].mean())

    assert difference(0.3) < difference(0.6) < difference(1.0)


def test_images_come_in_the_order_of_the_scenes() -> None:
    scenes = [draw_scene(seed) for seed in range(3)]
    images = render_all(scenes, Optics())
    for scene, image in zip(scenes, images, strict=True):
        np.testing.assert_array_equal(image, render(scene, Optics()))
    assert render_all([], Optics()).shape == (0, 64, 64, 3)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"object": "teapot"}, "teapot"),
        ({"colour": "beige"}, "beige"),
        ({"dots": ("middle",)}, "middle"),
        ({"attributes": ("scene:moonbase",)}, "scene:moonbase"),
        ({"attributes": ("mood:gloomy",)}, "mood:gloomy"),
        ({"attributes": ("meadow",)}, "meadow"),
    ],
)
def test_what_the_world_has_not_is_a_problem(change: dict, named: str) -> None:
    with pytest.raises(Problem, match=f"'{named}'; it knows "):
        render(replace(PLAIN, **change), Optics())
