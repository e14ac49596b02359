"""Maps before and after mending: a row a scene, a column a model, its answer above."""

import numpy as np
import pytest

from spuriverse.problems import Problem
from spuriverse.report.figures import plot_defence_maps


def maps_of(scenes: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    regions = np.zeros((scenes, 8, 8), bool)
    regions[:, :3, :3] = True
    return {
        "scenes": rng.integers(0, 255, (scenes, 8, 8, 3), dtype=np.uint8),
        "regions": regions,
        "models": np.array(["before", "region_aware"]),
        "maps": rng.random((2, scenes, 8, 8)),
        "answers": np.array([["ring"] * scenes, ["$cup$"] * scenes]),
    }


def test_every_scene_has_a_map_of_every_model_under_its_answer() -> None:
    figure = plot_defence_maps(maps_of(3))
    assert len(figure.axes) == 3 * 3
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["", "ring", "$cup$"] * 3
    figure.savefig("/dev/null", format="png")
    heads = [text.get_text() for text in figure.texts]
    assert heads[:3] == ["scene", "before", "region aware"]


def test_nothing_to_draw_is_said() -> None:
    with pytest.raises(Problem, match="no maps"):
        plot_defence_maps(maps_of(0))
