"""How candidates are decided on, and how often the decision errs."""

from typing import Annotated

from pydantic import Field, model_validator

from spuriverse.config.base import Count, Name, Section, Share, unit


class Calibration(Section):
    """Candidates of known truth on which the decisions are tried."""

    models: Annotated[list[Name], Field(min_length=1)] | None = Field(
        None,
        description="Models that decide, one or several at a time; null for the first three of the"
        " zoo that were trained on the biased world.",
    )
    candidates: Count = Field(
        200,
        description="Least candidates on planted and on control attributes, each.",
        json_schema_extra=unit("candidates"),
    )
    images: Annotated[int, Field(ge=2)] = Field(
        20,
        description="Most images per group on which a decision is tried, and as many that tell the"
        " truth.",
        json_schema_extra=unit("images"),
    )
    sizes: list[Count] = Field(
        default=[3, 5, 8, 10, 15, 20],
        min_length=1,
        description="Images a group at which the decisions are tried.",
        json_schema_extra=unit("images"),
    )
    orders: Count = Field(
        20, description="Random orders of the images; a decision is tried on the first of each."
    )

    @model_validator(mode="after")
    def _there_are_enough_images(self) -> "Calibration":
        if max(self.sizes) > self.images:
            raise ValueError(f"sizes asks for {max(self.sizes)} images, images has {self.images}")
        return self


class Verification(Section):
    """Which candidates become types."""

    models: list[Name] = Field(
        default=["biased-0"],
        min_length=1,
        description="Models that answer both groups: of the zoo or of models.",
    )
    threshold: Share = Field(0.3, description="Least gap, in any of the models.")
    false_discovery_rate: float = Field(
        0.05, gt=0, lt=1, description="False-discovery level over all candidates and models."
    )
    least_attributes: int = Field(
        0,
        ge=0,
        description="Attributes that have a type at least, whatever the decision: for runs in"
        " miniature, which prove that everything runs and find nothing out.",
        json_schema_extra=unit("attributes"),
    )
    sequential: bool = Field(
        False,
        description="Make and judge images in small steps, and decide on a candidate as soon as"
        " the evidence suffices.",
    )
    step: Count = Field(
        2,
        description="Images a group and step, if sequential.",
        json_schema_extra=unit("images"),
    )
    most_images: Count = Field(
        16,
        description="Images a group after which a candidate is dropped undecided, if sequential.",
        json_schema_extra=unit("images"),
    )
    calibration: Calibration = Field(
        Calibration(), description="Candidates of known truth on which the decisions are tried."
    )

    @property
    def steps(self) -> int:
        """Number of steps of the sequential design."""
        return -(-self.most_images // self.step)
