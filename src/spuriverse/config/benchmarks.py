"""Sources of questions."""

from collections.abc import Iterable, Mapping

from pydantic import Field, model_validator

from spuriverse.config.base import Name, Section
from spuriverse.config.composites import CompositesBenchmark
from spuriverse.config.embedded import EasyVqaBenchmark, WorldBenchmark
from spuriverse.config.sources import (
    AokvqaBenchmark,
    HubArtefact,
    OwnBenchmark,
    Place,
    RealBenchmark,
)

ANCHORED = ("aokvqa", "seedbench", "seedbench2", "naturalbench")
"""The benchmarks that published anchors were taken from."""


class Benchmarks(Section):
    """Sources of questions, one key each."""

    world: WorldBenchmark | None = Field(
        WorldBenchmark(), description="The embedded world; null leaves it out."
    )
    easy_vqa: EasyVqaBenchmark | None = Field(
        None, description="easy-VQA; needs models that learnt it (zoo.easy_vqa)."
    )
    composites: CompositesBenchmark | None = Field(
        None, description="Cut-outs on backgrounds (docs/composites.md)."
    )
    aokvqa: AokvqaBenchmark | None = Field(None, description="A-OKVQA.")
    seedbench: RealBenchmark | None = Field(None, description="SEED-Bench, its image part.")
    seedbench2: RealBenchmark | None = Field(None, description="SEED-Bench-2.")
    naturalbench: RealBenchmark | None = Field(None, description="NaturalBench.")
    spuriverse: HubArtefact | None = Field(
        None, description="The published artefact of SpuriVerse: its anchors."
    )
    own: dict[Name, OwnBenchmark] = Field(
        default={}, description="Questions of one's own, by the name of the benchmark."
    )

    def real(self) -> dict[str, RealBenchmark]:
        """Return the configured benchmarks that are read from a source, by name."""
        known = {name: getattr(self, name) for name in type(self).model_fields if name != "own"}
        found = {n: b for n, b in known.items() if isinstance(b, RealBenchmark)}
        return {**found, **self.own}

    def metadata_of(self, name: str, recorded: Iterable[Mapping[str, Place]]) -> dict[str, Place]:
        """Return the metadata from which a benchmark gets what its source leaves out.

        Args:
            name: A benchmark.
            recorded: The replies of the recorded models, by benchmark, in the order of `models`.
        """
        section = self.real()[name]
        found: dict[str, Place] = {}
        wanted: tuple[str, ...] = ()
        if isinstance(section, HubArtefact):
            found, wanted = {str(b): place for b, place in section.metadata.items()}, ANCHORED
        elif isinstance(section, AokvqaBenchmark):
            found, wanted = {name: section.metadata} if section.metadata else {}, (name,)
        for replies in recorded:
            found = {b: replies[b] for b in wanted if b in replies} | found
        return {b: place for b, place in found.items() if place != section.source}

    def names(self) -> list[str]:
        """Return the names of all configured benchmarks."""
        made = ("world", "easy_vqa", "composites")
        found = [name for name in made if getattr(self, name) is not None]
        return [*found, *self.real()]

    @model_validator(mode="after")
    def _are_told_apart(self) -> "Benchmarks":
        for name in self.own:
            if name in type(self).model_fields:
                raise ValueError(f"own.{name} has the name of another benchmark; rename it")
        if not self.names():
            raise ValueError("no benchmark is left; configure at least one")
        if self.spuriverse is not None and self.world is not None:
            raise ValueError("spuriverse has its own types; set world to null")
        return self
