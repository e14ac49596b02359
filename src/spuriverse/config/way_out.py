"""The keys of `way_out`."""

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from spuriverse.config.base import Name, Section, Seed, Share
from spuriverse.config.mitigations import without_left_out

METHODS: dict[str, list[dict[str, float]]] = {
    "mixing": [{}],
    "adapter_scaling": [{"proportion": share} for share in (0.25, 0.5, 0.75, 1.0)],
    "pair_consistency": [{"weight": 1.0}],
    "distractors": [{"resembling": 0.0}, {"resembling": 1.0}],
    "transplant": [{}],
    "base_average": [{}],
    "nuisance_projection": [{"rank": 8}, {"rank": 16, "trained": 0, "base_weight": 0}],
}


class WayOut(Section):
    """The confirmation of the way out of the trade-off (docs/protocols/way-out.md)."""

    base_models: Annotated[list[Name], Field(min_length=1)] | None = Field(
        None, description="Models of the zoo; null for the biased ones of the usual size and bias."
    )
    seeds: list[Seed] = Field(
        default=[800, 801],
        min_length=1,
        description="Ways to deal the attributes to the folds; of no earlier comparison.",
    )
    losses: list[Share] = Field(
        default=[0.02, 0.03],
        min_length=1,
        description="Most that may be lost, for the primary measure.",
    )
    methods: Annotated[dict[Name, list[dict[str, float]]], BeforeValidator(without_left_out)] = (
        Field(
            default=METHODS,
            description="What is compared; null leaves a method out. Every setting is measured,"
            " none is chosen.",
        )
    )

    transfer_kinds: list[Name] = Field(
        default=[
            *("border", "light", "orientation", "paint", "prop"),
            *("scene", "size", "texture", "view"),
        ],
        description="Kinds of attribute that `snakemake way_out_transfer` leaves out of training"
        " altogether, one at a time.",
    )
    transfer_methods: list[Name] = Field(
        default=["mixing", "adapter_scaling", "base_average"],
        min_length=1,
        description="What it compares, of `methods`; mixing is the baseline.",
    )

    @model_validator(mode="after")
    def _have_a_baseline(self) -> "WayOut":
        if not self.methods.get("mixing"):
            raise ValueError("methods must hold mixing, whose envelope is the baseline")
        if "mixing" not in self.transfer_methods:
            raise ValueError("transfer_methods must hold mixing, whose envelope is the baseline")
        if unknown := sorted(set(self.transfer_methods) - set(self.methods)):
            raise ValueError(f"transfer_methods holds {unknown[0]}, which is none of the methods")
        return self
