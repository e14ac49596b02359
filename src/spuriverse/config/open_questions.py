"""The keys of `open_questions`."""

from typing import Annotated, Literal

from pydantic import Field

from spuriverse.config.base import Count, Name, Section, Seed, Share, unit


class Diversity(Section):
    """Runs with as many spurious images of fewer or more attributes and types."""

    runs: list[Annotated[list[Count], Field(min_length=2, max_length=2)]] = Field(
        default=[[2, 3], [6, 1], [6, 3], [20, 1], [20, 3]],
        min_length=1,
        description="Of every run the number of training attributes and the most types of each; a"
        " run is compared with the one before it.",
    )
    images: Count = Field(
        60,
        description="Most spurious images of a run; all have as many as the one with the fewest.",
        json_schema_extra=unit("images"),
    )


class Annotations(Section):
    """Training with what core and spurious attributes are, beside training without."""

    splits: Count = Field(
        2,
        description="As many of finetuning.seeds, from the first; each trains five short runs, of"
        " the size that finetuning.mitigations sets.",
    )
    proportion: Share = Field(0.5, description="Share of spurious samples in every run.")


class Towers(Section):
    """Worlds whose association the vision tower alone, the language model alone, both or neither
    saw."""

    images: Count = Field(
        8_000, description="Rendered training images of a stage.", json_schema_extra=unit("images")
    )
    tower_steps: Count = Field(
        500, description="Optimiser steps of a vision tower.", json_schema_extra=unit("steps")
    )
    steps: Count = Field(
        500,
        description="Optimiser steps of projector and language model.",
        json_schema_extra=unit("steps"),
    )
    swap_steps: Count = Field(
        150,
        description="Optimiser steps of the projector alone after the tower was swapped.",
        json_schema_extra=unit("steps"),
    )
    width: Literal[64, 96, 128] = Field(
        96, description="Hidden size of both towers.", json_schema_extra=unit("channels")
    )
    layers: Annotated[int, Field(ge=2)] = Field(3, description="Layers of each tower.")
    seed: Seed = Field(700, description="Seed of scenes, texts, initial weights and data order.")
    pairs: Count = Field(
        8,
        description="Minimal pairs per attribute by which a gap is measured.",
        json_schema_extra=unit("minimal pairs"),
    )
    tuning_samples: Count = Field(
        1_280,
        description="Decorrelated images that either tower is tuned on.",
        json_schema_extra=unit("images"),
    )
    tuning_steps: Count = Field(
        120, description="Optimiser steps of tuning.", json_schema_extra=unit("steps")
    )
    threads: Count = Field(
        1, description="Threads of the trainings.", json_schema_extra=unit("threads")
    )


class Encoders(Section):
    """Encoders that learn the biased world by a SigLIP loss, by labels and without any."""

    seed: Seed = Field(750, description="Seed of scenes, views, initial weights and data order.")
    images: Count = Field(
        10_000,
        description="Rendered training images, the same for all.",
        json_schema_extra=unit("images"),
    )
    steps: Count = Field(
        600, description="Optimiser steps of each.", json_schema_extra=unit("steps")
    )
    batch_size: Annotated[int, Field(ge=2)] = Field(64, description="Images a step.")
    threads: Count = Field(
        1, description="Threads of the trainings.", json_schema_extra=unit("threads")
    )


class OpenReplies(Section):
    """Models that write text, asked without options."""

    models: list[Name] = Field(
        default=[],
        description="Models of `models` that reply in words; every question of the evaluation is"
        " one more request to each.",
    )
    judge: Name | None = Field(
        None,
        description="Model of `models` that says which option a reply means, one request a reply;"
        " null matches words alone.",
    )
    aliases: dict[str, list[str]] = Field(
        default={}, description="Option -> other names by which a reply may call it."
    )
    limit: Count | None = Field(
        None,
        description="Most questions of a subset; null for evaluation.limit.",
        json_schema_extra=unit("questions"),
    )


class OpenQuestions(Section):
    """What `snakemake open_questions` draws and how it tests."""

    natural_images: Count = Field(
        24,
        description="Images drawn with the attribute of a type as the world shows it, and as many"
        " without.",
        json_schema_extra=unit("images"),
    )
    permutations: Count = Field(
        500, description="Relabellings of a two-sample test of synthetic against natural images."
    )
    diversity: Diversity = Field(
        Diversity(), description="Whether attributes or types make a model robust on unseen ones."
    )
    annotations: Annotations = Field(
        Annotations(), description="Whether annotations prevent the bias."
    )
    towers: Towers = Field(
        Towers(), description="In which tower a shortcut sits, and which must be tuned."
    )
    open_replies: OpenReplies = Field(
        OpenReplies(), description="What models that write text say without options."
    )
    encoders: Encoders = Field(
        Encoders(), description="Backbones whose confusion zones are compared with the tiny CLIP's."
    )
