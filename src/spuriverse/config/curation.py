"""From errors to candidates."""

from typing import Annotated, Literal

from pydantic import Field

from spuriverse.config.base import Count, Name, Section, Share, unit

Side = Annotated[float, Field(gt=0, le=0.5)]


class Regions(Section):
    """Regions of pictures as what may mislead a model."""

    encoder: Annotated[str, Field(min_length=1)] = Field(
        "source",
        description="What regions are compared by: source for the vision tower of the source model"
        " where it is loaded here, else colour and texture; colour for colour and texture in any"
        " case; or a checkpoint with a vision tower (CLIP, SigLIP, DINOv2, a classifier), its"
        " folder or its name on the Hub.",
    )
    sizes: list[Side] = Field(
        [0.25, 0.5],
        min_length=1,
        description="Sides of the regions as shares of the picture's sides; whole pictures come in"
        " addition.",
    )
    clusters: Annotated[int, Field(ge=2)] = Field(
        400,
        description="Most kinds of regions per size; of whole pictures an eighth.",
        json_schema_extra=unit("clusters"),
    )
    overlap: Share = Field(
        0.3,
        description="Kinds of regions that lead to one wrong answer are one suspicion if the"
        " pictures that show both are more than this share of those that show the rarer one.",
    )
    exemplars: Count = Field(
        12,
        description="Pictures per suspicion, of those answered wrongly, whose regions are shown to"
        " people.",
        json_schema_extra=unit("pictures"),
    )


class Curation(Section):
    """From errors to candidates."""

    source_model: Name | None = Field(
        None,
        description="Model whose errors are collected: of the zoo or a recorded one of models;"
        " null for finetuning.base_model.",
    )
    source_models: list[Name] | None = Field(
        None,
        description="Models of the zoo on each of which types are found for the open question what"
        " they share; null for all of the biased world. finetuning.base_model is always one.",
    )
    annotator: Literal["statistics", "lvlm", "recorded", "regions"] = Field(
        "statistics",
        description="Who proposes the attribute behind an error: a test on the images' attribute"
        " tables, a vision-language model, the verdicts recorded with the source model's replies,"
        " or the same test on regions of the images, which needs no tables.",
    )
    annotator_model: Name | None = Field(
        None, description="The vision-language model of the annotator lvlm, one of models."
    )
    regions: Regions = Field(Regions(), description="What the annotator regions looks at.")
    repairs: int = Field(
        2, ge=0, description="Times a reply that is not valid JSON is sent back, per question."
    )
    review: Literal["auto", "human"] = Field(
        "auto",
        description="Who accepts candidates: auto takes all that name an attribute; human waits for"
        " the review page.",
    )
    decisions: str = Field(
        "reviews/decisions.sqlite",
        min_length=1,
        description="File of the reviewers' decisions; outside the results, since nothing can make"
        " it again.",
    )
    host: str = Field("127.0.0.1", min_length=1, description="Address the review page listens on.")
    port: int = Field(8501, ge=1, le=65535, description="Port of the review page.")
    false_discovery_rate: float = Field(
        0.05, gt=0, lt=1, description="Benjamini-Hochberg level over all proposals."
    )
    minimum_effect: Share = Field(
        0.2, description="Least rise of the wrong answer's share where the attribute is present."
    )
    least_attributes: int = Field(
        0,
        ge=0,
        description="Attributes that the annotators statistics and regions propose at least,"
        " whatever their test finds: for runs in miniature, which prove that everything runs and"
        " find nothing out.",
        json_schema_extra=unit("attributes"),
    )
    anchors_per_attribute: Count = Field(
        3,
        description="Candidates an attribute, each with another right answer.",
        json_schema_extra=unit("candidates"),
    )
