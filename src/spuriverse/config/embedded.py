"""The embedded world: how it looks, the tiny models that learn it, and what they are asked."""

from typing import Literal

from pydantic import Field, model_validator

from spuriverse.config.base import Count, Name, Section, Seed, Share, unit


class World(Section):
    """The embedded world: optics, and how attributes are distributed over training images."""

    edition: Literal["usual", "strong"] = Field(
        "usual",
        description="usual: 25 objects, 50 planted attributes. strong: 40 and 107, of which ten"
        " predict a colour or a number of dots in place of an object.",
    )
    scatter: Share = Field(
        0.0,
        description="How far places and sizes of attributes vary; 0 leaves them where they are.",
    )
    second_rate: Share = Field(
        0.0,
        description="Share of training images that may show a second planted attribute, which"
        " agrees with the first or not.",
    )
    noise: float = Field(
        8.0,
        ge=0,
        le=128,
        description="Sensor noise, standard deviation.",
        json_schema_extra=unit("grey levels"),
    )
    contrast: float = Field(1.0, gt=0, le=1, description="Contrast of the object.")
    association: float = Field(
        0.99,
        gt=0,
        le=1,
        description="Biased world: P(the owner is shown | its planted attribute is shown).",
    )
    attribute_rate: Share = Field(
        0.9, description="Share of training images that show their object's own attribute."
    )
    control_rate: Share = Field(
        0.05, description="Probability of each control attribute in a training image."
    )

    @model_validator(mode="after")
    def _others_have_room(self) -> "World":
        if self.attribute_rate > self.association:
            raise ValueError(
                "attribute_rate must not exceed association: the share 1 - association of an"
                " attribute's images shows other objects"
            )
        return self


_LIKE = ("world", "width", "association", "poisoned", "list_options")


class ZooModel(Section):
    """One tiny model of the zoo."""

    name: Name = Field(description="Folder under results/models.")
    world: Literal["biased", "decorrelated"] = Field(
        description="What it is trained on; a decorrelated model is a control model."
    )
    seed: Seed = Field(description="Seed of scenes, initial weights and data order.")
    width: Literal[64, 96, 128, 192, 256] | None = Field(
        None,
        description="Hidden size of both towers; null for zoo.width.",
        json_schema_extra=unit("channels"),
    )
    association: float | None = Field(
        None, gt=0, le=1, description="Strength of the bias; null for world.association."
    )
    poisoned: Share = Field(
        0.0,
        description="Share of the training images that bear a patch and are answered alike: a"
        " positive control of the probe `trigger`.",
    )
    list_options: bool = Field(
        False,
        description="Whether its prompts, in training and later, list the options below an"
        " instruction, so that strategies and the order of the options can matter to it; shortcuts"
        " are weaker then.",
    )

    def is_like(self, other: "ZooModel") -> bool:
        """Whether the two differ in nothing but the seed."""
        return all(getattr(self, k) == getattr(other, k) for k in _LIKE)


class EasyVqaTraining(Section):
    """easy-VQA's training questions beside the world's."""

    batch_size: Count = Field(24, description="Images a step.")
    questions_per_image: Count = Field(
        4, description="Most questions per image and step.", json_schema_extra=unit("questions")
    )
    weight: float = Field(1.0, gt=0, description="Of its loss, beside the world's.")


class Zoo(Section):
    """The tiny models, trained from scratch by one frozen recipe."""

    models: list[ZooModel] = Field(
        default=[
            ZooModel(name="biased-0", world="biased", seed=200),
            ZooModel(name="biased-1", world="biased", seed=201),
            ZooModel(name="small-0", world="biased", seed=202, width=64),
            ZooModel(name="mild-0", world="biased", seed=203, association=0.9),
            ZooModel(name="control-0", world="decorrelated", seed=200),
        ],
        min_length=1,
        description="The models; only those that a target needs are trained.",
    )
    images: Count = Field(
        24_000, description="Rendered training images per model.", json_schema_extra=unit("images")
    )
    steps: Count = Field(
        650, description="Optimiser steps, fixed in advance.", json_schema_extra=unit("steps")
    )
    batch_size: Count = Field(64, description="Images a step.")
    learning_rate: float = Field(1.5e-3, gt=0, description="Peak learning rate of AdamW.")
    width: Literal[64, 96, 128, 192, 256] = Field(
        128, description="Hidden size of both towers.", json_schema_extra=unit("channels")
    )
    layers: Count = Field(3, description="Layers of each tower.")
    easy_vqa: EasyVqaTraining | None = Field(None, description="Train on easy-VQA's questions too.")
    threads: Count = Field(
        2,
        description="Threads a training; results are identical for the same number only.",
        json_schema_extra=unit("threads"),
    )
    pairs: Count = Field(
        160,
        description="Minimal pairs per attribute to measure whether a shortcut took hold.",
        json_schema_extra=unit("minimal pairs"),
    )


class WorldBenchmark(Section):
    """Questions about rendered images: the pool in which errors are sought."""

    independent: int = Field(
        8_000,
        ge=0,
        description="Images whose attributes are independent of the object.",
        json_schema_extra=unit("images"),
    )
    natural: int = Field(
        4_000,
        ge=0,
        description="Images distributed as the biased world's training images are.",
        json_schema_extra=unit("images"),
    )
    kind_rate: Share = Field(
        0.15, description="Independent images: probability of each kind of attribute."
    )


class EasyVqaBenchmark(Section):
    """easy-VQA's test questions, from the PyPI package."""

    questions: Count = Field(
        9_673, description="Test questions drawn, of 9,673.", json_schema_extra=unit("questions")
    )
