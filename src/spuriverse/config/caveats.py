"""What a reader of a run's numbers must know, as far as the configuration says it."""

from spuriverse.config.job_settings import JobSettings

FEWEST_STEPS = 500
"""Optimiser steps of a tiny model below which nothing that it shows is worth a number."""


class Caveats(JobSettings):
    """The sections, and what they say about the numbers."""

    @property
    def miniature(self) -> str:
        """Why numbers of this configuration are not to be quoted; empty if they may be."""
        if self.types_from == "world" and self.zoo.steps < FEWEST_STEPS:
            return "smoke run"
        if self.evaluation.limit is not None:
            return f"at most {self.evaluation.limit} questions of a subset"
        return ""

    def caveats(self) -> list[str]:
        """Return what must be known before a number is quoted, a sentence each."""
        found = []
        if self.types_from == "world" and self.zoo.steps < FEWEST_STEPS:
            found.append(
                "This is a smoke run: its models are hardly trained, so its numbers show that"
                " everything runs and nothing else."
            )
        if self.evaluation.limit is not None:
            found.append(
                f"Each model was asked at most {self.evaluation.limit} questions of a subset"
                " (evaluation.limit); the intervals are as wide as that makes them."
            )
        if self.types_from == "world":
            found.append(
                "The images are rendered, not photographed, and the shortcuts were planted: what is"
                " found can be scored, but says nothing about a model of photographs."
            )
            found.append(
                "One base model is fine-tuned. The intervals are over attributes or images; they do"
                " not say what another training of that model would give."
            )
        if self.types_from == "published":
            found.append("The types are those that were published, found on another model.")
        if self.recorded_source is not None:
            found.append(
                "The source model's replies are recorded ones; nothing was asked of it anew."
            )
        if self.curation.review != "human" and self.types_from != "published":
            found.append("No person looked at the candidates: all of them were accepted.")
        return found
