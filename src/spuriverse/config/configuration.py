"""The whole configuration: its sections, and what holds between them.

`config.yaml`, `config/schema.json` and `docs/configuration.md` are generated from here by
`python -m spuriverse.config`.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from spuriverse.config.base import Section, Seed
from spuriverse.config.benchmarks import Benchmarks
from spuriverse.config.cluster import Cluster
from spuriverse.config.curation import Curation
from spuriverse.config.embedded import World, Zoo
from spuriverse.config.evaluation import Evaluation
from spuriverse.config.explain import Explain
from spuriverse.config.finetuning import Finetuning
from spuriverse.config.sources import (
    Model,
    Place,
    RecordedModel,
    RemoteModel,
    TransformersModel,
)
from spuriverse.config.spubench import Spubench
from spuriverse.config.synthesis import Synthesis
from spuriverse.config.verification import Verification


class Config(Section):
    """The whole configuration."""

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
    synthesis: Synthesis = Field(Synthesis(), description="Images of a candidate.")
    verification: Verification = Field(Verification(), description="From candidates to types.")
    evaluation: Evaluation = Field(Evaluation(), description="What the models are asked.")
    finetuning: Finetuning = Field(Finetuning(), description="The study of the trade-off.")
    spubench: Spubench | None = Field(
        Spubench(), description="MM-SpuBench: questions by type of spurious correlation."
    )
    explain: Explain = Field(Explain(), description="What the models rely on.")
    cluster: Cluster = Field(Cluster(), description="What jobs ask of a cluster.")

    @property
    def source_model(self) -> str:
        """Name of the model whose errors are collected."""
        return self.curation.source_model or self.finetuning.base_model

    @property
    def recorded_source(self) -> RecordedModel | None:
        """The source model, if its replies are recorded."""
        found = (m for m in self.models if m.name == self.source_model)
        return next((m for m in found if isinstance(m, RecordedModel)), None)

    @property
    def annotator_model(self) -> RemoteModel | TransformersModel | None:
        """The vision-language model that annotates, if one does."""
        return self._asked(self.curation.annotator_model)

    @property
    def carried_models(self) -> list[str]:
        """Names of the models among which types are carried over; none where they cannot be."""
        curation = self.curation
        found = self.types_from == "world" and curation.annotator == "statistics"
        if not found or curation.review == "human" or curation.source_model is not None:
            return []
        if self.verification.sequential:
            return []
        if self.finetuning.study.transfer is not None:
            return list(dict.fromkeys(self.finetuning.study.transfer))
        base = next((m for m in self.zoo.models if m.name == self.finetuning.base_model), None)
        alike = [m for m in self.zoo.models if base and m.is_like(base)]
        return [model.name for model in alike]

    @property
    def attribute_model(self) -> RemoteModel | None:
        """The vision-language model that looks for attributes in synthetic images, if one does."""
        found = self._asked(self.synthesis.gates.attribute_model)
        return found if isinstance(found, RemoteModel) else None

    def places(self) -> dict[str, Place]:
        """Return where each source is: a benchmark's by its name, others as `reply_place` says."""
        found: dict[str, Place] = {n: b.source for n, b in self.benchmarks.real().items()}
        if self.recorded_source:
            for name in self.answered_benchmarks():
                found[self.reply_place(name)] = self.recorded_source.replies[name]
        if self.spubench and self.spubench.published:
            found["spubench"] = self.spubench.published.source
        for name in self.benchmarks.real():
            for benchmark, place in self.metadata_of(name).items():
                found[self.metadata_place(name, benchmark)] = place
        return found

    def metadata_of(self, name: str) -> dict[str, Place]:
        """Return the metadata from which a benchmark gets what its source leaves out."""
        recorded = [m.replies for m in self.models if isinstance(m, RecordedModel)]
        return self.benchmarks.metadata_of(name, recorded)

    def metadata_place(self, name: str, benchmark: str) -> str:
        """Return the place of a benchmark's metadata, which may be that of recorded replies."""
        place, recorded = self.metadata_of(name)[benchmark], self.recorded_source
        if recorded and recorded.replies.get(benchmark) == place:
            return self.reply_place(benchmark)
        own = self.benchmarks.real().get(benchmark)
        return benchmark if own and own.source == place else f"{name}-metadata-{benchmark}"

    def answered_benchmarks(self) -> list[str]:
        """Return the benchmarks to which a recorded source model has replies of its own."""
        replies = self.recorded_source.replies if self.recorded_source else {}
        return [name for name in self.benchmarks.names() if name in replies]

    def reply_place(self, benchmark: str) -> str:
        """Return the place of the recorded replies to a benchmark, often the benchmark's own."""
        section, recorded = self.benchmarks.real().get(benchmark), self.recorded_source
        if section and recorded and recorded.replies.get(benchmark) == section.source:
            return benchmark
        return f"{self.source_model}-{benchmark}"

    @property
    def types_from(self) -> Literal["world", "own", "published", "nowhere"]:
        """Where types come from.

        They are taken as they were published, verified in the embedded world, or verified on other
        benchmarks ("own"). The latter needs images of candidates and models that can answer about
        them: the zoo knows the words of its world alone.
        """
        if self.benchmarks.spuriverse is not None:
            return "published"
        if self.benchmarks.world is not None:
            return "world"
        zoo = {model.name for model in self.zoo.models}
        able = self.depicts_candidates and not zoo.issuperset(self.verification.models)
        return "own" if able else "nowhere"

    @property
    def depicts_candidates(self) -> bool:
        """Whether images are made of candidates: by any backend, or in the embedded world."""
        able = self.synthesis.backend != "world" or self.benchmarks.world is not None
        return able and self.benchmarks.spuriverse is None

    @property
    def asks_spubench(self) -> bool:
        """Whether MM-SpuBench is part of the run: the embedded one only beside its world."""
        section = self.spubench
        if section is None:
            return False
        return bool(section.published or section.sources) or self.types_from == "world"

    @property
    def spubench_annotator(self) -> RemoteModel | TransformersModel | None:
        """The vision-language model that names core and spurious attributes, if one does."""
        return self._asked(self.spubench.annotator_model if self.spubench else None)

    def _asked(self, name: str | None) -> RemoteModel | TransformersModel | None:
        """The model of `models` with a name, if it can be asked."""
        found = (m for m in self.models if m.name == name)
        return next((m for m in found if not isinstance(m, RecordedModel)), None)

    @model_validator(mode="after")
    def _spubench_is_able(self) -> "Config":
        section = self.spubench
        if section is None:
            return self
        if section.annotator == "lvlm" and self.spubench_annotator is None:
            raise ValueError(
                f"spubench.annotator lvlm needs annotator_model, not {section.annotator_model}: a"
                " model of models that can be asked"
            )
        names = [*(m.name for m in self.zoo.models), *(m.name for m in self.models)]
        recorded = [m.name for m in self.models if isinstance(m, RecordedModel)]
        for name in section.models or ():
            if name not in names or name in recorded:
                able = ", ".join(n for n in names if n not in recorded)
                raise ValueError(
                    f"spubench.models names '{name}', which cannot be asked; choose from {able}"
                )
        if "spubench" in self.benchmarks.own:
            raise ValueError("benchmarks.own.spubench has the name of another source; rename it")
        return self

    def spubench_models(self) -> list[str]:
        """Return the names of the models that are asked MM-SpuBench.

        The tiny models know the words of the embedded world alone: questions about other images are
        asked of the models of `models`.
        """
        if self.spubench is None:
            return []
        base = [self.finetuning.base_model] if self.types_from == "world" else []
        able = [m.name for m in self.models if not isinstance(m, RecordedModel)]
        return self.spubench.asked([*base, *self.evaluation.models], able)

    def explained_models(self) -> list[str]:
        """Return the names of the models whose CGLA is measured."""
        if self.explain.models is not None:
            return self.explain.models
        if self.types_from == "world" and self.spubench and self.spubench.embedded:
            usual = [m for m in self.zoo.models if m.width is None and m.association is None]
            controls = [m.name for m in usual if m.world == "decorrelated"]
            return list(dict.fromkeys([self.finetuning.base_model, *controls]))
        loaded = {m.name for m in self.models if isinstance(m, TransformersModel)}
        return [name for name in self.spubench_models() if name in loaded]

    @model_validator(mode="after")
    def _explained_models_are_loaded(self) -> "Config":
        loaded = [m.name for m in self.models if isinstance(m, TransformersModel)]
        able = [*(m.name for m in self.zoo.models), *loaded]
        for name in self.explain.models or ():
            if name not in able:
                raise ValueError(
                    f"explain.models names '{name}', whose activations cannot"
                    f" be read; choose from {', '.join(able)}"
                )
        for name in self.explain.heatmaps or ():
            if name not in self.explained_models():
                raise ValueError(f"explain.heatmaps names '{name}', which explain.models does not")
        return self

    @model_validator(mode="after")
    def _biases_leave_room(self) -> "Config":
        for model in self.zoo.models:
            if model.association and model.association < self.world.attribute_rate:
                raise ValueError(
                    f"zoo.models gives '{model.name}' the association {model.association}, below"
                    f" world.attribute_rate = {self.world.attribute_rate}"
                )
        return self

    @model_validator(mode="after")
    def _source_is_known(self) -> "Config":
        name, recorded = self.source_model, self.recorded_source
        able = [model.name for model in (*self.zoo.models, *self.models)]
        if name not in able:
            raise ValueError(
                f"curation.source_model names '{name}', which cannot be asked; choose from"
                f" {', '.join(able)}"
            )
        for benchmark in self.benchmarks.names() if recorded else ():
            # Published anchors are questions of the other benchmarks.
            if recorded and benchmark not in (*recorded.replies, "spuriverse"):
                raise ValueError(
                    f"curation.source_model '{name}' has no replies to benchmarks.{benchmark}; set"
                    " that to null, or add them to the model's replies"
                )
        return self

    @model_validator(mode="after")
    def _annotator_and_judge_are_able(self) -> "Config":
        curation = self.curation
        able = [m.name for m in self.models if not isinstance(m, RecordedModel)]
        if curation.annotator == "lvlm" and self.annotator_model is None:
            raise ValueError(
                f"curation.annotator lvlm needs annotator_model, not {curation.annotator_model}:"
                f" a model of models that can be asked ({', '.join(able) or 'there is none'})"
            )
        if curation.annotator == "recorded" and self.recorded_source is None:
            raise ValueError(
                "curation.annotator recorded needs verdicts, so curation.source_model must be a"
                " model with backend recorded"
            )
        gates = self.synthesis.gates
        if gates.attribute == "lvlm" and self.attribute_model is None:
            raise ValueError(
                f"synthesis.gates.attribute lvlm needs attribute_model, not"
                f" {gates.attribute_model}: a model of models with backend openai"
            )
        return self

    @model_validator(mode="after")
    def _calibration_has_enough_images(self) -> "Config":
        known = self.verification.calibration.images
        for key, images in (
            ("synthesis.images_per_group", self.synthesis.images_per_group),
            ("verification.most_images", self.verification.most_images),
        ):
            if images > known:
                raise ValueError(
                    f"verification.calibration.images = {known} is below {key} = {images}, so that"
                    " the decision cannot be calibrated; raise the former"
                )
        return self

    @model_validator(mode="after")
    def _reference_is_evaluated(self) -> "Config":
        evaluation = self.evaluation
        for name in evaluation.prompting_models or ():
            if name not in evaluation.models:
                raise ValueError(
                    f"evaluation.prompting_models names '{name}', which is not one of"
                    f" evaluation.models, {', '.join(evaluation.models)}"
                )
        if evaluation.reference_model not in (None, *evaluation.models):
            raise ValueError(
                f"evaluation.reference_model is '{evaluation.reference_model}', which is not one of"
                f" evaluation.models, {', '.join(evaluation.models)}"
            )
        return self

    @model_validator(mode="after")
    def _models_have_a_size(self) -> "Config":
        largest = self.cluster.sizes[-1].billions
        for model in self.models:
            if self.billions_of(model.name) > largest:
                raise ValueError(
                    f"models gives '{model.name}' {self.billions_of(model.name):g} billions of"
                    f" parameters, but the last row of cluster.sizes ends at {largest:g}; add a row"
                )
        return self

    def billions_of(self, name: str) -> float:
        """Return the size of the weights that a job loads which asks a model; 0 if none or tiny."""
        model = next((model for model in self.models if model.name == name), None)
        return getattr(model, "billions", None) or 0.0

    @model_validator(mode="after")
    def _models_exist(self) -> "Config":
        known = [model.name for model in self.zoo.models]
        names = [*known, *(model.name for model in self.models)]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"zoo.models and models name '{repeated[0]}' twice")
        recorded = [model.name for model in self.models if isinstance(model, RecordedModel)]
        for key, name in self._evaluable():
            if name in recorded:
                raise ValueError(
                    f"{key} names '{name}', whose replies to other questions were recorded; it can"
                    " only be curation.source_model"
                )
            if name not in names:
                raise ValueError(
                    f"{key} names '{name}', but zoo.models and models only have {', '.join(names)}"
                )
        if self.benchmarks.easy_vqa and not self.zoo.easy_vqa:
            raise ValueError(
                "benchmarks.easy_vqa asks questions that the models never learnt; set zoo.easy_vqa"
                " too"
            )
        for name in self.verification.calibration.models or ():
            if name not in known:
                raise ValueError(
                    f"verification.calibration.models names '{name}', but zoo.models only has"
                    f" {', '.join(known)}"
                )
        return self

    def _evaluable(self) -> list[tuple[str, str]]:
        """The keys that name models to be asked about groups, each with a name."""
        asked = {
            "evaluation.models": self.evaluation.models,
            "verification.models": self.verification.models,
        }
        return [(key, name) for key, names in asked.items() for name in names]

    @model_validator(mode="after")
    def _verification_can_ask(self) -> "Config":
        served = [m.name for m in self.models if isinstance(m, RemoteModel) and m.serve]
        for name in self.verification.models:
            if name in served:
                raise ValueError(
                    f"verification.models names '{name}', whose server the workflow starts for"
                    " evaluation alone; start it yourself, and give its base_url in place of serve"
                )
        zoo = [model.name for model in self.zoo.models]
        for key, name in self._evaluable() if self.types_from == "own" else ():
            if name in zoo:
                raise ValueError(
                    f"{key} names '{name}', a tiny model that only knows the words of"
                    " the embedded world; use entries of models"
                )
        return self

    @model_validator(mode="after")
    def _trained_models_are_open(self) -> "Config":
        zoo = [model.name for model in self.zoo.models]
        opened = [*zoo, *(m.name for m in self.models if isinstance(m, TransformersModel))]
        tuning = self.finetuning
        asked = {
            "finetuning.base_model": ([tuning.base_model], opened),
            "finetuning.study.base_models": (tuning.study.base_models or [], opened),
            "finetuning.study.transfer": (tuning.study.transfer or [], zoo),
            "finetuning.mitigations.base_models": (tuning.mitigations.base_models or [], zoo),
        }
        for key, (names, able) in asked.items():
            for name in names:
                if name not in able:
                    where = (
                        "but zoo.models only has"
                        if able is zoo
                        else "but only these can be trained:"
                    )
                    raise ValueError(f"{key} names '{name}', {where} {', '.join(able)}")
        return self
