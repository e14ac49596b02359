"""The renderer of the embedded world."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from spuriverse.discovery.synthesis.backends.interface import Description, Picture, Refusal
from spuriverse.problems import Problem
from spuriverse.world import USUAL, Edition, Optics, Scene, read_world, render, scene_for_answer


def load(*, world: Mapping[str, Any], seed: int, minimal: bool = True) -> "WorldRenderer":
    """Return the renderer of a world.

    Args:
        world: The configuration's section world.
        seed: Seed of all scenes.
        minimal: Whether the core and the spurious scene of one seed differ in the attribute alone.
    """
    statistics, optics = read_world(world)
    return WorldRenderer(optics, seed, minimal, statistics.edition)


@dataclass(frozen=True)
class WorldRenderer:
    """Renders scenes.

    Attributes:
        optics: Noise and contrast.
        seed: Seed of all scenes.
        minimal: Whether the scenes of one seed differ in the attribute alone.
        edition: What there is to draw.
    """

    optics: Optics
    seed: int
    minimal: bool = True
    edition: Edition = USUAL
    name: str = "world"
    batch_size: int = 5_000

    def make(self, descriptions: Sequence[Description]) -> list[Picture | Refusal]:
        """Render what can be depicted; of a scene that cannot, the refusal says why."""
        return [self._draw(description) for description in descriptions]

    def _draw(self, description: Description) -> Picture | Refusal:
        record = self._record(description)
        try:
            scene = scene_of(description, self.seed, self.minimal, self.edition)
        except Problem as problem:
            return Refusal("failed", str(problem), record, another_seed=False)
        file = BytesIO()
        # Sensor noise does not compress: a higher level costs time and saves nothing.
        Image.fromarray(render(scene, self.optics)).save(file, "PNG", compress_level=1)
        truth = "present" if description.attribute in scene.attributes else "absent"
        return Picture(file.getvalue(), {**record, "truth": truth})

    def _record(self, description: Description) -> dict[str, Any]:
        optics = f"noise {self.optics.noise:g}, contrast {self.optics.contrast:g}"
        return {
            "checkpoint": f"seed {self.seed}, {optics}",
            "prompt": description.text,
            "seed": description.seed,
        }


def scene_of(
    description: Description, seed: int, minimal: bool = True, edition: Edition = USUAL
) -> Scene:
    """Return the scene that a description is drawn as.

    Raises:
        Problem: The world cannot depict it, since it lacks the attribute or the attribute itself
            would change the right answer.
    """
    candidate = zlib.crc32(description.candidate_id.encode())
    core = description.group == "core"
    rng = np.random.default_rng([seed, 3, candidate, description.seed, core and not minimal])
    asked = (description.question, description.answer, [description.attribute])
    scene = scene_for_answer(rng, *asked, edition)
    return replace(scene, attributes=()) if core else scene
