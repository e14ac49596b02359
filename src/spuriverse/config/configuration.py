"""The whole configuration, and what must hold between its sections.

`config.yaml`, `config/schema.json` and `docs/configuration.md` are generated from here by
`python -m spuriverse.config`.
"""

from pydantic import model_validator

from spuriverse.config.job_settings import JobSettings
from spuriverse.config.sources import RecordedModel, RemoteModel, TransformersModel


class Config(JobSettings):
    """The whole configuration."""

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
