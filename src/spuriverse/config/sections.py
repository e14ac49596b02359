"""The sections of the configuration and their defaults."""

from typing import Annotated, Literal

from pydantic import Field

from spuriverse.config.base import Section, Seed
from spuriverse.config.benchmarks import Benchmarks
from spuriverse.config.cluster import Cluster
from spuriverse.config.curation import Curation
from spuriverse.config.embedded import World, Zoo
from spuriverse.config.evaluation import Evaluation
from spuriverse.config.explain import Explain
from spuriverse.config.finetuning import Finetuning
from spuriverse.config.open_questions import OpenQuestions
from spuriverse.config.planning import Planning
from spuriverse.config.probes import Probes
from spuriverse.config.robust import Robust
from spuriverse.config.shortcuts import Shortcuts
from spuriverse.config.sources import Model
from spuriverse.config.spubench import Spubench
from spuriverse.config.synthesis import Synthesis
from spuriverse.config.verification import Verification
from spuriverse.config.way_out import WayOut


class Sections(Section):
    """The sections, without what holds between them."""

    results: Annotated[str, Field(pattern=r"^[^\s/][^\s]*$")] = Field(
        "results", description="Folder of all outputs, relative to the working directory."
    )
    protocol: Literal["corrected"] = Field(
        "corrected", description="How the numbers are defined; see docs/protocols.md."
    )
    seed: Seed = Field(0, description="Seed of pools, synthetic images and bootstraps.")
    kernels: Literal["avx2", "fastest"] = Field(
        "avx2",
        description="Instructions that jobs may use. avx2 gives the same numbers on every x86-64"
        " processor that has it; fastest takes all that this processor has.",
    )
    replies: str = Field(
        "replies/replies.sqlite",
        min_length=1,
        description="File of what remote models replied; outside the results, as it was paid for.",
    )
    world: World = Field(World(), description="The embedded world.")
    zoo: Zoo = Field(Zoo(), description="The tiny models.")
    benchmarks: Benchmarks = Field(Benchmarks(), description="Sources of questions.")
    models: list[Model] = Field(default=[], description="Models beside the zoo.")
    curation: Curation = Field(Curation(), description="From errors to candidates.")
    shortcuts: Shortcuts = Field(
        Shortcuts(), description="What `snakemake shortcuts` tries of suspicions from pixels."
    )
    synthesis: Synthesis = Field(Synthesis(), description="Images of a candidate.")
    verification: Verification = Field(Verification(), description="From candidates to types.")
    evaluation: Evaluation = Field(Evaluation(), description="What the models are asked.")
    probes: Probes = Field(Probes(), description="What `snakemake probes` asks them besides.")
    finetuning: Finetuning = Field(Finetuning(), description="The study of the trade-off.")
    robust: Robust = Field(Robust(), description="What `snakemake robust_model` makes.")
    way_out: WayOut = Field(WayOut(), description="What `snakemake way_out` compares.")
    spubench: Spubench | None = Field(
        Spubench(), description="MM-SpuBench: questions by type of spurious correlation."
    )
    explain: Explain = Field(Explain(), description="What the models rely on.")
    open_questions: OpenQuestions = Field(
        OpenQuestions(), description="What the papers leave open: `snakemake open_questions`."
    )
    plan: Planning = Field(Planning(), description="What `snakemake plan` plans.")
    cluster: Cluster = Field(Cluster(), description="What jobs ask of a cluster.")
