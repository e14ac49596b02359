"""The keys of `probes`."""

from typing import Annotated

from pydantic import Field

from spuriverse.config.base import Count, Name, Section, unit


class Probes(Section):
    """What `snakemake probes` asks the evaluated models."""

    names: Annotated[list[Name], Field(min_length=1)] | None = Field(
        None, description="The probes, modules of src/spuriverse/evaluation/probes; null for all."
    )
    questions: Count | None = Field(
        150,
        description="Most questions of each subset that a probe changes, drawn at random; null for"
        " all.",
        json_schema_extra=unit("questions"),
    )
    stickers: str | None = Field(
        None,
        min_length=1,
        description="Folder of small pictures that are pasted on images; null for the props of the"
        " embedded world.",
    )
