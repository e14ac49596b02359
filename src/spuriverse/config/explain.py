"""What a model relies on: CGLA and heat maps on the questions of MM-SpuBench."""

from typing import Literal

from pydantic import Field

from spuriverse.config.base import Count, Name, Section, Share, unit


class WordLesson(Section):
    """How a tiny model learns to read the words of attributes; its weights stay as they are."""

    images: Count = Field(
        2_000, description="Rendered scenes per model.", json_schema_extra=unit("images")
    )
    steps: Count = Field(60, description="Optimiser steps.", json_schema_extra=unit("steps"))
    batch_size: Count = Field(64, description="Scenes a step.")
    learning_rate: float = Field(0.05, gt=0, description="Of Adam, on the new vectors alone.")


class Explain(Section):
    """CGLA (does a stated core attribute help more than a spurious one) and heat maps."""

    models: list[Name] | None = Field(
        None,
        description="Models whose CGLA is measured: of the zoo, or of models with backend"
        " transformers; null for finetuning.base_model and the control models of the embedded"
        " world, or without that world for the evaluated models of backend transformers.",
    )
    heatmaps: list[Name] | None = Field(
        None,
        description="Those of them that get heat maps: LLaVA, Qwen2-VL and Qwen2.5-VL; null for"
        " explain.models. Names that it lacks are left out.",
    )
    samples: Count | None = Field(
        120,
        description="Questions a model that get heat maps, drawn at random; null for all.",
        json_schema_extra=unit("samples"),
    )
    shown: Count = Field(
        40,
        description="Most questions per model on the page of heat maps.",
        json_schema_extra=unit("samples"),
    )
    cells: Count = Field(
        8,
        description="Most cells per side that are covered to check a map.",
        json_schema_extra=unit("cells"),
    )
    attention: Literal["eager", "sdpa", "flash_attention_2"] = Field(
        "eager", description="Attention kernel; only eager gives attentions, which maps need."
    )
    accuracy_threshold: Share = Field(
        0.5, description="Accuracy from here on is high in the failure signatures."
    )
    cgla_threshold: float = Field(
        0.0, description="CGLA above this is high in the failure signatures."
    )
    words: WordLesson = Field(
        WordLesson(), description="How tiny models learn the words of attributes."
    )
    batch_size: Count = Field(96, description="Rows of a forward pass: an image and a prompt each.")
    threads: Count = Field(1, description="Threads of a job.", json_schema_extra=unit("threads"))
