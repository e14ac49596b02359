from .checkpoints import write_checkpoint
from .clip import ClipRecipe, train_zoo_clip
from .clip_mending import WAYS, MendingRecipe, mend_clip
from .compose import question_kind, scene_for_answer
from .editions import EDITIONS, STRONG, USUAL, Edition, find_edition
from .encoders import train_encoders
from .objects import OBJECTS
from .pictures import keep_in_file, render_arrays, render_files
from .poisoning import TARGET, paste_placebo, paste_trigger, poison
from .rendering import Optics, Scene, attribute_region, object_region, render, split_attribute
from .sampling import (
    QUESTION_KINDS,
    Statistics,
    ask,
    attributes_of,
    compose_scene,
    options_of,
    owners,
    question_kinds_of,
    read_world,
    sample_independent_scene,
    sample_training_scene,
)
from .staged import (
    StagedRecipe,
    draw_told,
    put_tower,
    refit_projector,
    tell,
    train_on_tower,
    train_tower,
)
from .stickers import draw_stickers
from .training import Companion, Recipe, train_zoo_model
from .words import Lesson, Words, add_words, learn_words, missing_words
from .zoo import Architecture, split_words

__all__ = [
    "EDITIONS",
    "OBJECTS",
    "QUESTION_KINDS",
    "STRONG",
    "TARGET",
    "USUAL",
    "WAYS",
    "Architecture",
    "ClipRecipe",
    "Companion",
    "Edition",
    "Lesson",
    "MendingRecipe",
    "Optics",
    "Recipe",
    "Scene",
    "StagedRecipe",
    "Statistics",
    "Words",
    "add_words",
    "ask",
    "attribute_region",
    "attributes_of",
    "compose_scene",
    "draw_stickers",
    "draw_told",
    "find_edition",
    "keep_in_file",
    "learn_words",
    "mend_clip",
    "missing_words",
    "object_region",
    "options_of",
    "owners",
    "paste_placebo",
    "paste_trigger",
    "poison",
    "put_tower",
    "question_kind",
    "question_kinds_of",
    "read_world",
    "refit_projector",
    "render",
    "render_arrays",
    "render_files",
    "sample_independent_scene",
    "sample_training_scene",
    "scene_for_answer",
    "split_attribute",
    "split_words",
    "tell",
    "train_encoders",
    "train_on_tower",
    "train_tower",
    "train_zoo_clip",
    "train_zoo_model",
    "write_checkpoint",
]
