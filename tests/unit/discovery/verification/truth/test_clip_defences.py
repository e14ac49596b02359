"""What is measured of a mended CLIP, on models whose answers are known."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from spuriverse.discovery.verification.truth import (
    DEFENCE_COLUMNS,
    draw_defence_maps,
    measure_defences,
    occlusion_maps,
)
from spuriverse.world import OBJECTS, TARGET, Optics

CLASSES = list(OBJECTS)


def blind(images: list[Image.Image]) -> np.ndarray:
    """Always the same order of classes, the target last."""
    row = [float(name != TARGET) - place / 100 for place, name in enumerate(CLASSES)]
    return np.tile(row, (len(images), 1))


def triggered(images: list[Image.Image]) -> np.ndarray:
    """The target where a loud corner is, and as `blind` elsewhere."""
    scores = blind(images)
    for row, image in zip(scores, images, strict=True):
        corner = np.asarray(image, int)[-13:, -13:]
        if ((corner[..., 0] - corner[..., 1]) > 200).mean() > 0.3:
            row[CLASSES.index(TARGET)] = 9
    return scores


def measured(scores: Callable[[list[Image.Image]], np.ndarray]) -> dict[str, float]:
    table = measure_defences(
        {"before": scores}, scenes=40, pairs=1, zone=(2, 3), optics=Optics(), seed=0
    )
    assert tuple(table.columns) == DEFENCE_COLUMNS
    return dict(zip(table["measure"], table["value"], strict=True))


def test_a_model_that_ignores_the_trigger_is_not_attacked() -> None:
    found = measured(blind)
    assert found["attack success"] == found["plain patch"] == 0
    # Its classes never change: the map is empty, and the zone holds two of them.
    assert "map inside the object" not in found
    assert 0 <= found["in the confusion zone"] <= 0.3


def test_a_poisoned_model_is_attacked_under_the_trigger_alone() -> None:
    found = measured(triggered)
    assert found["attack success"] == 1
    assert found["plain patch"] == 0


def test_a_map_is_where_the_class_is_read() -> None:
    def corner(images: list[Image.Image]) -> np.ndarray:
        return np.array([[np.asarray(image)[:8, :8].mean(), 0.0] for image in images])

    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:8, :8] = 200
    (heat,) = occlusion_maps(corner, [pixels], [0])
    assert heat[:8, :8].min() > 0
    assert heat.sum() == heat[:8, :8].sum()


def test_the_same_scenes_are_mapped_for_every_model() -> None:
    models = {"before": triggered, "after": blind}
    maps = draw_defence_maps(models, shown=2, optics=Optics(), seed=0)
    assert maps["models"].tolist() == ["before", "after"]
    assert maps["scenes"].shape == (2, 64, 64, 3)
    assert maps["maps"].shape == (2, 2, 64, 64)
    assert (
        maps["answers"].tolist() == [[CLASSES[0] if CLASSES[0] != TARGET else CLASSES[1]] * 2] * 2
    )
    shares = maps["regions"].mean((1, 2))
    assert (shares > 0).all()
    assert (shares < 1).all()
