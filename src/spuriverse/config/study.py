"""The breadth of the fine-tuning study."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from spuriverse.config.base import Count, Name, Section, Seed, unit


class Study(Section):
    """The wide study, `snakemake finetuning_study`."""

    base_models: list[Name] | None = Field(
        None,
        description="Models that are fine-tuned, of the zoo or of models with backend transformers;"
        " null for finetuning.base_model.",
    )
    regimes: list[Literal["anchor", "spurious_group", "non_spurious", "mixed"]] = Field(
        default=["anchor", "spurious_group", "non_spurious", "mixed"],
        min_length=1,
        description="What is trained on: anchors, spurious groups, ordinary samples, or half"
        " spurious groups and half ordinary samples.",
    )
    layers: list[Literal["language", "vision", "both"]] = Field(
        default=["language", "vision", "both"],
        min_length=1,
        description="Towers that get adapters, each with every regime.",
    )
    type_counts: list[Annotated[int, Field(ge=0)]] = Field(
        default=[0, 20, 40, 60, 80, 99],
        min_length=1,
        description="Numbers of training types of the ablation; the rest is filled with ordinary"
        " samples.",
        json_schema_extra=unit("types"),
    )
    type_total: Count | None = Field(
        99,
        description="Of how many types type_counts are a share, taken of those there are; null"
        " takes the counts as they stand.",
        json_schema_extra=unit("types"),
    )
    kinds: bool = Field(True, description="Whether each kind is left out of training once.")
    benchmarks: bool = Field(
        True, description="Whether each benchmark that has types is left out of training once."
    )
    associations: list[Annotated[float, Field(gt=0, le=1)]] = Field(
        default=[0.7, 0.8, 0.9, 0.95, 0.99],
        description="P(the owner is shown | its planted attribute is shown) in the training of"
        " further base models, on which the trade-off is made; planted attributes are shown equally"
        " often for all. Empty for none.",
    )
    association_seeds: list[Seed] = Field(
        default=[210, 211, 212, 213, 214],
        min_length=1,
        description="Seeds of these base models, each with every association.",
    )
    transfer: list[Name] | None = Field(
        None,
        description="Models of the zoo among which types are carried over: found on one, another"
        " fine-tuned; null for finetuning.base_model and the others of its world and size.",
    )

    @model_validator(mode="after")
    def _counts_are_a_share(self) -> "Study":
        if self.type_total and max(self.type_counts) > self.type_total:
            raise ValueError(
                f"type_counts asks for {max(self.type_counts)} types of type_total ="
                f" {self.type_total}; lower the count or raise the total"
            )
        return self
