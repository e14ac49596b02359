"""The embedded world: scenes, rendering, sampling, and the tiny models of the zoo."""

from spuriverse.world.compose import scene_for_answer, sort_of_question
from spuriverse.world.kinds import KINDS
from spuriverse.world.pictures import render_arrays, render_files
from spuriverse.world.rendering import Optics, Scene, render, split_attribute
from spuriverse.world.sampling import (
    SORTS,
    Statistics,
    ask,
    attributes_of,
    compose_scene,
    owners,
    read_world,
    sample_independent_scene,
    sample_training_scene,
    sorts_of,
)

__all__ = [
    "KINDS",
    "SORTS",
    "Optics",
    "Scene",
    "Statistics",
    "ask",
    "attributes_of",
    "compose_scene",
    "owners",
    "read_world",
    "render",
    "render_arrays",
    "render_files",
    "sample_independent_scene",
    "sample_training_scene",
    "scene_for_answer",
    "sort_of_question",
    "sorts_of",
    "split_attribute",
]
