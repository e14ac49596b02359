"""What a configuration selects: sources, models and where types come from."""

from typing import Literal

from spuriverse.config.embedded import ZooModel
from spuriverse.config.sections import Sections
from spuriverse.config.sources import (
    ClassifierModel,
    Model,
    Place,
    RecordedModel,
    RemoteModel,
    TransformersModel,
    ZeroShotModel,
)


class Selection(Sections):
    """The sections, and what follows from them."""

    def zoo_model(self, name: str) -> ZooModel:
        """Return a tiny model of `zoo.models` or `associated_models` by its name."""
        known = [*self.zoo.models, *self.associated_models]
        return next(model for model in known if model.name == name)

    @property
    def associated_models(self) -> list[ZooModel]:
        """The base models of the study over associations, which are no part of the zoo."""
        study = self.finetuning.study
        return [
            ZooModel(
                name=f"association-{f'{association:g}'.replace('.', '')}-{seed}",
                world="biased",
                seed=seed,
                association=association,
            )
            for association in study.associations
            for seed in study.association_seeds
        ]

    def other_model(self, name: str | None) -> Model | None:
        """Return a model of `models` by its name; None for a tiny one and for no name."""
        return next((model for model in self.models if model.name == name), None)

    def usual_zoo_models(self, world: Literal["biased", "decorrelated"]) -> list[str]:
        """Return the names of the tiny models of a world of the usual size and bias, and sound."""
        usual = [
            m
            for m in self.zoo.models
            if m.width in (None, self.zoo.width)
            and m.association in (None, self.world.association)
            and not (m.poisoned or m.list_options)
        ]
        return [model.name for model in usual if model.world == world]

    @property
    def source_model(self) -> str:
        """Name of the model whose errors are collected."""
        return self.curation.source_model or self.finetuning.base_model

    @property
    def robust_base_model(self) -> str:
        """The model that is made robust."""
        return self.robust.base_model or self.finetuning.base_model

    @property
    def recorded_source(self) -> RecordedModel | None:
        """The source model, if its replies are recorded."""
        found = self.other_model(self.source_model)
        return found if isinstance(found, RecordedModel) else None

    @property
    def annotator_model(self) -> RemoteModel | TransformersModel | None:
        """The vision-language model that annotates, if one does."""
        return self._chatting(self.curation.annotator_model)

    @property
    def embedding_model(self) -> ZooModel | TransformersModel | None:
        """The source model, if regions are looked at through its vision tower."""
        if self.curation.regions.encoder != "source":
            return None
        tiny = next((m for m in self.zoo.models if m.name == self.source_model), None)
        found = self.other_model(self.source_model)
        return tiny or (found if isinstance(found, TransformersModel) else None)

    @property
    def vision_tower(self) -> dict[str, str | None]:
        """The checkpoint of which the vision tower alone is loaded, to look at regions.

        It is the configured one, or the source model itself if it only tells classes apart. It has
        the keys that `load_vision_tower` takes; empty if there is none.
        """
        encoder, source = self.curation.regions.encoder, self.other_model(self.source_model)
        if encoder == "source" and isinstance(source, ZeroShotModel | ClassifierModel):
            keys = ("checkpoint", "revision", "dtype", "device", "token_env")
            tower = {key: getattr(source, key) for key in keys}
            if source.name in self.packaged_models():  # it is unpacked before it is loaded
                tower["checkpoint"] = f"{self.results}/models/{source.name}"
            return tower
        return {} if encoder in ("source", "colour") else {"checkpoint": encoder}

    @property
    def carries_types(self) -> bool:
        """Whether types can be found on further models of the zoo."""
        curation = self.curation
        found = self.types_from == "world" and curation.annotator == "statistics"
        asked_once = curation.review != "human" and curation.source_model is None
        return found and asked_once and not self.verification.sequential

    @property
    def carried_models(self) -> list[str]:
        """Names of the models among which types are carried over; none where they cannot be."""
        if not self.carries_types:
            return []
        if self.finetuning.study.transfer is not None:
            return list(dict.fromkeys(self.finetuning.study.transfer))
        base = next((m for m in self.zoo.models if m.name == self.finetuning.base_model), None)
        alike = [m for m in self.zoo.models if base and m.is_like(base)]
        return [model.name for model in alike]

    @property
    def several_sources(self) -> list[str]:
        """Names of the models on whose errors types are found to be compared, the base first."""
        if not self.carries_types:
            return []
        chosen = self.curation.source_models
        if chosen is None:
            chosen = [model.name for model in self.zoo.models if model.world == "biased"]
        return list(dict.fromkeys([self.finetuning.base_model, *chosen]))

    @property
    def attribute_model(self) -> RemoteModel | None:
        """The vision-language model that looks for attributes in synthetic images, if one does."""
        found = self._chatting(self.synthesis.gates.attribute_model)
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
    def scores_discovery(self) -> bool:
        """Whether what is found can be compared with what was planted: in a tiny model alone."""
        tiny = self.source_model in (model.name for model in self.zoo.models)
        return self.types_from == "world" and self.curation.annotator == "statistics" and tiny

    @property
    def shows_shortcuts(self) -> bool:
        """Whether the default run looks for shortcuts in pixels, too.

        It does where regions are the annotator, and beside the statistical one where both can be
        compared with what was planted.
        """
        if self.types_from == "published":
            return False
        return self.scores_discovery or self.curation.annotator == "regions"

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
        return self._chatting(self.spubench.annotator_model if self.spubench else None)

    def _chatting(self, name: str | None) -> RemoteModel | TransformersModel | None:
        """The model of `models` with a name, if it replies in words."""
        found = self.other_model(name)
        return found if isinstance(found, RemoteModel | TransformersModel) else None

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
            controls = self.usual_zoo_models("decorrelated")
            return list(dict.fromkeys([self.finetuning.base_model, *controls]))
        loaded = {m.name for m in self.models if isinstance(m, TransformersModel)}
        return [name for name in self.spubench_models() if name in loaded]

    @property
    def mapped_models(self) -> list[str]:
        """Names of the models that get heat maps."""
        chosen = self.explain.heatmaps
        return [name for name in self.explained_models() if chosen is None or name in chosen]

    def reader_of(self, benchmark: str) -> str:
        """Return the key of `benchmarks` under which a benchmark is configured."""
        return "own" if benchmark in self.benchmarks.own else benchmark

    def source_key(self, place: str) -> str:
        """Return the key of the configuration that says where one of `places` is."""
        if place == "spubench":
            return "spubench.published.source"
        if place in self.benchmarks.own:
            return f"benchmarks.own.{place}.source"
        if place in self.benchmarks.real():
            return f"benchmarks.{place}.source"
        if "-metadata-" in place:
            name, _, benchmark = place.partition("-metadata-")
            return f"benchmarks.{name}.metadata" + (f".{benchmark}" if name != benchmark else "")
        number = [model.name for model in self.models].index(self.source_model)
        return f"models[{number}].replies"

    @property
    def evaluated_models(self) -> list[str]:
        """Names of the models that are evaluated, the base model first where it is asked anyway."""
        base = [self.finetuning.base_model] if self.types_from == "world" else []
        return list(dict.fromkeys([*base, *self.evaluation.models]))

    def strategies_of(self, name: str) -> list[str]:
        """Return the prompting strategies by which a model is evaluated."""
        strategies, chosen = self.evaluation.strategies, self.evaluation.prompting_models
        return strategies if chosen is None or name in chosen else strategies[:1]

    @property
    def verifying_models(self) -> list[str]:
        """Names of the models that verify candidates; none where none is verified."""
        return self.verification.models if self.types_from in ("world", "own") else []

    def packaged_models(self) -> dict[str, str]:
        """Return the models whose weights are in an installed package -> the package."""
        found = {m.name: m.package for m in self.models if isinstance(m, ClassifierModel)}
        return {name: package for name, package in found.items() if package}

    @property
    def composed_models(self) -> list[str]:
        """Names of the models that are asked about cut-outs on backgrounds."""
        section = self.benchmarks.composites
        if section is None:
            return []
        able = [model.name for model in self.models if not isinstance(model, RecordedModel)]
        return able if section.models is None else section.models

    @property
    def calibrated_models(self) -> list[str]:
        """Names of the tiny models whose decisions about candidates of known truth are tried."""
        if self.verification.calibration.models is not None:
            return self.verification.calibration.models
        return [model.name for model in self.zoo.models if model.world == "biased"][:3]

    @property
    def attribute_judge(self) -> RemoteModel | None:
        """The vision-language model behind the gate of attributes, if one is."""
        judged = self.depicts_candidates and self.synthesis.gates.attribute == "lvlm"
        return self.attribute_model if judged else None

    @property
    def has_deciding_groups(self) -> bool:
        """Whether models are evaluated on the images that decided, for want of fresh ones."""
        return self.types_from == "own" and not self.synthesis.fresh_images_per_group

    @property
    def remote_models(self) -> list[RemoteModel]:
        """The models behind a server that are a source, annotate, judge, verify or answer."""
        evaluated = self.evaluation.models if self.types_from != "nowhere" else []
        annotator = self.annotator_model if self.curation.annotator == "lvlm" else None
        names = [self.source_model, *self.verifying_models, *evaluated]
        asked = [annotator, self.attribute_judge, *map(self.other_model, names)]
        return list({m.name: m for m in asked if isinstance(m, RemoteModel)}.values())

    def remote_names(self) -> dict[str, str]:
        """Return what servers call the remote models -> what the tables call them."""
        names: dict[str, list[str]] = {}
        for model in self.remote_models:
            names.setdefault(model.model, []).append(model.name)
        maker = self.synthesis.remote.model if self.synthesis.backend == "remote" else None
        if self.depicts_candidates and maker:
            names.setdefault(maker, []).append("synthesis.remote")
        return {asked_as: " / ".join(found) for asked_as, found in names.items()}
