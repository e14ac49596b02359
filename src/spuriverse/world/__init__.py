"""The embedded world: scenes, rendering, sampling, and the tiny models of the zoo."""

from spuriverse.world.clip import ClipRecipe, train_zoo_clip
from spuriverse.world.compose import scene_for_answer, sort_of_question
from spuriverse.world.kinds import KINDS
from spuriverse.world.objects import OBJECTS
from spuriverse.world.pictures import keep_in_file, render_arrays, render_files
from spuriverse.world.rendering import (
    Optics,
    Scene,
    attribute_region,
    object_region,
    render,
    split_attribute,
)
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
from spuriverse.world.words import Lesson, Words, add_words, learn_words, missing_words
from spuriverse.world.zoo import Architecture, split_words

__all__ = [
    "KINDS",
    "OBJECTS",
    "SORTS",
    "Architecture",
    "ClipRecipe",
    "Companion",
    "Lesson",
    "Optics",
    "Recipe",
    "Scene",
    "Statistics",
    "Words",
    "add_words",
    "ask",
    "attribute_region",
    "attributes_of",
    "compose_scene",
    "keep_in_file",
    "learn_words",
    "missing_words",
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
    "split_words",
    "train_zoo_clip",
    "train_zoo_model",
]
