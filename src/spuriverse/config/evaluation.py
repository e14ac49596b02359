"""What the models are asked."""

from typing import Annotated

from pydantic import Field

from spuriverse.config.base import Count, Name, Section, unit


class Evaluation(Section):
    """What the models are asked, and how."""

    models: list[Name] = Field(
        default=["biased-0", "biased-1", "small-0", "mild-0", "control-0"],
        description="Models that answer anchors, groups and the non-spurious set: of the zoo or of"
        " models; null for all of models that can be asked.",
    )
    reference_model: Name | None = Field(
        None,
        description="Model that the others are compared with, sample by sample; null for the first"
        " of evaluation.models.",
    )
    limit: Count | None = Field(
        None,
        description="Most questions of each subset that a model is asked, and of MM-SpuBench, drawn"
        " at random, for a first answer in minutes; null for all.",
        json_schema_extra=unit("questions"),
    )
    strategies: list[Name] = Field(
        default=["direct"],
        min_length=1,
        description="Prompting strategies, a template each; the first is what others are compared"
        " with.",
    )
    prompting_models: list[Name] | None = Field(
        None,
        description="Models that are asked by the other strategies, too; null for all evaluated"
        " ones.",
    )
    prompts: str | None = Field(
        None,
        min_length=1,
        description="Folder of templates <strategy>.txt, which replace ours or add to them.",
    )
    shuffles: int = Field(
        0,
        ge=0,
        le=24,
        description="Times every question is asked again with its options in another order.",
        json_schema_extra=unit("shuffles"),
    )
    blind: bool = Field(False, description="Ask every question without its image, too.")
    budget_usd: float | None = Field(
        None,
        gt=0,
        description="Most that remote models may cost in all, with what was spent before; null for"
        " no limit.",
        json_schema_extra=unit("USD"),
    )
    inspect: str | None = Field(
        None,
        min_length=1,
        description="Sample that the sample browser shows first; null for the one that most models"
        " get wrong.",
    )
    batch_size: Count = Field(128, description="Questions a forward pass.")
    threads: Count = Field(
        2, description="Threads of a job that asks a model.", json_schema_extra=unit("threads")
    )
    non_spurious_per_anchor: Count = Field(
        10,
        description="Samples of the non-spurious set an anchor.",
        json_schema_extra=unit("samples"),
    )
    resamples: Annotated[int, Field(ge=100)] = Field(
        2_000, description="Bootstrap resamples of every interval."
    )
