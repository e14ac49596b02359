"""The keys of `open_questions`."""

from typing import Annotated

from pydantic import Field

from spuriverse.config.base import Count, Section, Share, unit


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
