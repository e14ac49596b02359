"""The embedded world: scenes, rendering, sampling, and the tiny models of the zoo."""

from spuriverse.world.compose import scene_for_answer, sort_of_question
from spuriverse.world.kinds import KINDS
from spuriverse.world.objects import OBJECTS
from spuriverse.world.pictures import render_arrays, render_files
from spuriverse.world.regions import attribute_region, object_region, write_mask
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
from spuriverse.world.training import Companion, Recipe, train_zoo_model
from spuriverse.world.zoo import Architecture

__all__ = [
    "KINDS",
    "OBJECTS",
    "SORTS",
    "Architecture",
    "Companion",
    "Optics",
    "Recipe",
    "Scene",
    "Statistics",
    "ask",
    "attribute_region",
    "attributes_of",
    "compose_scene",
    "object_region",
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
    "train_zoo_model",
    "write_mask",
]
