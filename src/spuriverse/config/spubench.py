"""MM-SpuBench: images that a CLIP model confuses, and questions about what misled it."""

from typing import Literal

from pydantic import Field, model_validator

from spuriverse.config.base import Count, Name, Section, Seed, Share, Template, unit
from spuriverse.config.sources import Place


class ConfusionZone(Section):
    """Ranks of the true class between which an image is kept."""

    min_rank: Count = Field(2, description="k, the least rank of the true class; 1 is right.")
    max_rank: Count = Field(6, description="l, the largest rank of the true class.")

    @model_validator(mode="after")
    def _is_a_range(self) -> "ConfusionZone":
        if self.min_rank > self.max_rank:
            raise ValueError("min_rank must not exceed max_rank")
        return self


class WorldImages(ConfusionZone):
    """Rendered images of the embedded world, each with one attribute."""

    images_per_class: Count = Field(
        80, description="Images an object, of 25.", json_schema_extra=unit("images")
    )


class ClassFolders(ConfusionZone):
    """A folder of images with one sub-folder per class."""

    folder: str = Field(min_length=1, description="The folder.")
    class_names: str | None = Field(
        None,
        min_length=1,
        description="JSON file that maps sub-folders to class names; null to read the names off the"
        " sub-folders.",
    )


class PublishedQuestions(Section):
    """The published questions, or a set of the same form."""

    source: Place = Field(description="Folder of the data set, or where to fetch it.")
    keys: dict[
        Literal[
            "question",
            "options",
            "answer",
            "core",
            "spurious",
            "type",
            "label",
            "predicted",
            "image",
        ],
        str,
    ] = Field(
        default={},
        description="Its keys, where they are not found under the usual names (docs/spubench.md).",
    )
    types: dict[str, str] = Field(
        default={}, description="Its names of types -> one of our nine, where they differ."
    )
    refused_at_most: Share = Field(
        0.01, description="Largest share of questions that may be left out as unusable."
    )


class TinyClip(Section):
    """The embedded default: a tiny CLIP trained on the biased world."""

    seed: Seed = Field(300, description="Seed of scenes, initial weights and data order.")
    images: Count = Field(
        14_000, description="Rendered training images.", json_schema_extra=unit("images")
    )
    steps: Count = Field(800, description="Optimiser steps.", json_schema_extra=unit("steps"))
    batch_size: Count = Field(64, description="Images a step, each with a caption.")
    learning_rate: float = Field(1.5e-3, gt=0, description="Peak learning rate of AdamW.")
    threads: Count = Field(
        1, description="Threads of the training.", json_schema_extra=unit("threads")
    )
    pairs: Count = Field(
        20,
        description="Minimal pairs per attribute to measure its accuracy with and without.",
        json_schema_extra=unit("minimal pairs"),
    )


class ClipDefences(Section):
    """What `snakemake clip_defences` trains: a poisoned tiny CLIP, and ways to mend it."""

    poisoned: Share = Field(
        0.02, description="Share of its training images that bear a patch and are captioned alike."
    )
    ways: list[Literal["plain", "realigned", "region_aware"]] = Field(
        default=["plain", "realigned", "region_aware"],
        min_length=1,
        description="Ways to mend it; plain goes on training, and the others add to its loss.",
    )
    images: Count = Field(
        1_500,
        description="Clean images that it is mended with, the same for every way.",
        json_schema_extra=unit("images"),
    )
    steps: Count = Field(
        150, description="Optimiser steps of mending.", json_schema_extra=unit("steps")
    )
    learning_rate: float = Field(5e-4, gt=0, description="Peak learning rate of mending.")
    weight: float = Field(1.0, ge=0, description="Of what a way adds to the contrastive loss.")
    scenes: Count = Field(
        600, description="Scenes on which it is measured.", json_schema_extra=unit("images")
    )
    shown: Count = Field(
        4, description="Scenes whose heat maps are drawn.", json_schema_extra=unit("images")
    )


class Spubench(Section):
    """Questions by type of spurious correlation: built here, or as they were published."""

    published: PublishedQuestions | None = Field(
        None, description="The published questions; null builds questions from images."
    )
    world: WorldImages | None = Field(
        WorldImages(), description="The embedded world as a source of images; null leaves it out."
    )
    sources: dict[Name, ClassFolders] = Field(
        default={}, description="Folders of images of one's own, by the name of the source."
    )
    clip: str | None = Field(
        None,
        min_length=1,
        description="CLIP or SigLIP checkpoint, a folder or its name on the Hub; null trains a tiny"
        " one on the embedded world.",
    )
    clip_revision: str | None = Field(
        None, min_length=1, description="Commit, tag or branch of the checkpoint on the Hub."
    )
    tiny_clip: TinyClip = Field(TinyClip(), description="How the tiny CLIP is trained.")
    defences: ClipDefences = Field(
        ClipDefences(), description="How a poisoned tiny CLIP is mended, by a target of its own."
    )
    templates: list[Template] = Field(
        default=["a photo of a {}", "a picture of a {}", "an image of a {}"],
        min_length=1,
        description="Prompts for a class, which are averaged; {} is the class name.",
    )
    clip_batch_size: Count = Field(64, description="Images a forward pass of CLIP.")
    annotator: Literal["scenes", "lvlm"] = Field(
        "scenes",
        description="Who names core and spurious attributes: scenes reads them from the embedded"
        " world's own record, lvlm asks annotator_model.",
    )
    annotator_model: Name | None = Field(
        None, description="The vision-language model of the annotator lvlm, one of models."
    )
    repairs: int = Field(2, ge=0, description="Times a reply that is not valid JSON is sent back.")
    review: Literal["auto", "human"] = Field(
        "auto", description="Who accepts questions; human waits for the review page."
    )
    decisions: str = Field(
        "reviews/spubench.sqlite", min_length=1, description="File of the reviewers' decisions."
    )
    question_form: Literal["object", "feature"] = Field(
        "object",
        description="What the questions that are written here ask for: the object in the image, or"
        " the feature that tells what it is, as the published ones do; feature is for real data.",
    )
    options: int = Field(
        4, ge=2, le=26, description="Options a question.", json_schema_extra=unit("options")
    )
    questions_per_type: Count | None = Field(
        60, description="Most questions per type, drawn at random; null for all."
    )
    models: list[Name] | None = Field(
        None, description="Models that are asked; null for evaluation.models."
    )
    strategies: list[Name] = Field(
        default=["direct", "guiding", "explain", "no_bias"],
        min_length=1,
        description="Prompting strategies; the first is what others are compared with.",
    )

    @model_validator(mode="after")
    def _sources_fit(self) -> "Spubench":
        if self.published is not None:
            return self
        if self.world is None and not self.sources:
            raise ValueError("no source of images is left; give one, or published questions")
        if self.sources and self.clip is None:
            raise ValueError(
                "sources need a clip checkpoint: the tiny one only knows the embedded world"
            )
        if self.sources and self.annotator == "scenes":
            raise ValueError(
                "annotator scenes only reads the embedded world; set it to lvlm for sources"
            )
        if "world" in self.sources:
            raise ValueError("sources.world has the name of the embedded world; rename it")
        return self

    @property
    def embedded(self) -> bool:
        """Whether there are questions about the embedded world."""
        return self.world is not None and not self.published

    def asked(self, evaluated: list[str], able: list[str]) -> list[str]:
        """Return the names of the models that are asked.

        Args:
            evaluated: The models that are evaluated.
            able: The models that know more than the embedded world.
        """
        if self.models is not None:
            return self.models
        named = list(dict.fromkeys(evaluated))
        return named if self.embedded else [name for name in named if name in able] or able

    def zones(self) -> dict[str, ConfusionZone]:
        """Return the sources of images by name."""
        embedded: dict[str, ConfusionZone] = {"world": self.world} if self.world else {}
        return {} if self.published else {**embedded, **self.sources}
