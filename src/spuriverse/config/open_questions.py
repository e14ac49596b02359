"""The keys of `open_questions`."""

from pydantic import Field

from spuriverse.config.base import Count, Section, unit


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
