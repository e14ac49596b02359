"""From errors to candidates."""

from typing import Literal

from pydantic import Field

from spuriverse.config.base import Count, Name, Section, Share, unit


class Curation(Section):
    """From errors to candidates."""

    source_model: Name | None = Field(
        None,
        description="Model whose errors are collected: of the zoo or a recorded one of models;"
        " null for finetuning.base_model.",
    )
    annotator: Literal["statistics", "lvlm", "recorded"] = Field(
        "statistics",
        description="Who proposes the attribute behind an error: a test on the images' attribute"
        " tables, a vision-language model, or the verdicts recorded with the source model's"
        " replies.",
    )
    annotator_model: Name | None = Field(
        None, description="The vision-language model of the annotator lvlm, one of models."
    )
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
        description="Attributes that the annotator statistics proposes at least, whatever its test"
        " finds: for runs in miniature, which prove that everything runs and find nothing out.",
        json_schema_extra=unit("attributes"),
    )
    anchors_per_attribute: Count = Field(
        3,
        description="Candidates an attribute, each with another right answer.",
        json_schema_extra=unit("candidates"),
    )
