"""The keys of `robust`."""

from typing import Annotated

from pydantic import Field

from spuriverse.config.base import Name, Section


class Robust(Section):
    """The model that `snakemake robust_model` makes robust."""

    base_model: Name | None = Field(
        None,
        description="A model of the zoo, or of models with a checkpoint; null for"
        " finetuning.base_model.",
    )
    types: Annotated[list[str], Field(min_length=1)] | None = Field(
        None,
        description="Type ids, attributes or kinds to train on; null for all that were verified."
        " Those that the first of finetuning.seeds holds out are kept to measure.",
    )
    method: Name = Field(
        "base_average",
        description="A mitigation (docs/mitigations.md); the default includes transplant.",
    )
    setting: dict[str, float] = Field(
        default={}, description="Its hyper-parameters, where they are not its defaults."
    )
    scale: float = Field(
        1.0,
        gt=0,
        description="Factor of the adapter: lower for less loss, higher for more robustness. Of"
        " mixing the proportion.",
    )
