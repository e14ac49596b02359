"""What `snakemake plan` plans."""

from typing import Annotated

from pydantic import Field

from spuriverse.config.base import Section


class Planning(Section):
    """What `snakemake plan` plans."""

    targets: list[Annotated[str, Field(min_length=1)]] | None = Field(
        None,
        description="Rules or files whose jobs are planned; null for all and, where its models can"
        " be trained, finetuning_study.",
    )
