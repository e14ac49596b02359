"""The keys of `finetuning.mitigations`."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from spuriverse.config.base import Count, Name, Section, Seed, Share, unit

METHODS: dict[str, list[dict[str, float]]] = {
    "mixing": [{}],
    "adapter_scaling": [{"proportion": share} for share in (0.25, 0.5, 0.75, 1.0)],
    "kl_anchor": [{"proportion": 0.25, "weight": 1.0}, {"proportion": 0.5, "weight": 1.0}],
    "pair_consistency": [{"weight": 1.0}],
    "group_dro": [{"step": 0.1}],
    "adapter_average": [{"members": 2}],
    "mixture_soup": [{"members": 2}, {"members": 4}],
}


def without_left_out(methods: Any) -> Any:
    """Return methods without those that an overlay leaves out by null."""
    if not isinstance(methods, dict):
        return methods
    return {name: settings for name, settings in methods.items() if settings is not None}


class Mitigations(Section):
    """How mitigations are compared."""

    base_models: Annotated[list[Name], Field(min_length=1)] | None = Field(
        None,
        description="Models of the zoo that are fine-tuned, each on the types verified on it; null"
        " for the biased ones of the usual size and bias.",
    )
    choice_seeds: list[Seed] = Field(
        default=[320, 321],
        min_length=1,
        description="Splits on whose validation attributes hyper-parameters are chosen.",
    )
    seeds: list[Seed] = Field(
        default=[600, 601],
        min_length=1,
        description="Ways to deal the attributes to the folds; each gives as many splits, on whose"
        " held-out attributes methods are compared.",
    )
    folds: int = Field(
        4,
        ge=2,
        description="Parts of the attributes; a split holds one out, and trains on the others.",
    )
    validation_share: Share = Field(
        0.27, description="Share of the attributes for validation, the same in every split."
    )
    methods: Annotated[dict[Name, list[dict[str, float]]], BeforeValidator(without_left_out)] = (
        Field(
            default=METHODS,
            description="The mitigations, and the hyper-parameters to choose from. An overlay adds"
            " a name, gives a known one other settings, or leaves it out by null.",
        )
    )
    proportions: list[Share] = Field(
        default=[0.25, 0.5, 0.75, 1],
        min_length=2,
        description="Shares of spurious samples along the curve of mixing.",
    )
    scales: list[float] = Field(
        default=[0.5, 0.75, 1.0, 1.25, 1.5, 2.0],
        min_length=2,
        description="Factors of the adapter along the other curves.",
    )
    levels: list[Share] = Field(
        default=[0.25, 0.5, 0.75],
        min_length=1,
        description="Proportions of mixing whose own robustness in a split is the level at which"
        " losses are compared there; settle them before a run.",
    )
    samples: Count = Field(
        1_280,
        description="Distinct training images of every method, if the split has as many.",
        json_schema_extra=unit("images"),
    )
    steps: Count = Field(
        300, description="Optimiser steps of every method.", json_schema_extra=unit("steps")
    )
    batch_size: int = Field(
        32, ge=2, description="Images a step.", json_schema_extra=unit("images")
    )
    spurious_per_candidate: Count = Field(
        100,
        description="Pairs of a spurious and a core image per candidate.",
        json_schema_extra=unit("minimal pairs"),
    )
    aligned_per_candidate: Count = Field(
        100,
        description="Pairs of aligned images per candidate.",
        json_schema_extra=unit("minimal pairs"),
    )
    ordinary: Count = Field(
        5_000,
        description="Images drawn as natural ones are; those that show no attribute of a candidate"
        " where it helps or misleads are asked about. A fifth of them is for the choice of"
        " settings.",
        json_schema_extra=unit("images"),
    )

    @model_validator(mode="after")
    def _can_be_compared(self) -> "Mitigations":
        if "mixing" not in self.methods:
            raise ValueError("methods must hold mixing, with which the others are compared")
        if empty := [name for name, settings in self.methods.items() if not settings]:
            raise ValueError(f"methods.{empty[0]} needs at least one setting; {{}} is the default")
        if self.proportions != sorted(set(self.proportions)):
            raise ValueError("proportions must rise")
        if self.scales != sorted(set(self.scales)) or self.scales[0] < 0:
            raise ValueError("scales must rise from 0 or more")
        if strange := sorted(set(self.levels) - set(self.proportions)):
            raise ValueError(f"levels holds {strange[0]:g}, which is none of the proportions")
        if self.validation_share >= 1:
            raise ValueError("validation_share must be below 1")
        return self
