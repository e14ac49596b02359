"""What must hold between the sections of the configuration, by the part of a run that needs it."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from spuriverse.config.composed import find_composed
from spuriverse.config.job_settings import JobSettings
from spuriverse.config.parts import Part
from spuriverse.config.prompted import find_prompted
from spuriverse.config.replied import find_replied
from spuriverse.config.sources import RecordedModel, RemoteModel, TransformersModel


@dataclass(frozen=True)
class Misfit:
    """Something in the configuration that cannot be.

    Attributes:
        key: The dotted key that is wrong.
        sentence: What is wrong and what to do, without a full stop.
    """

    key: str
    sentence: str


def find_misfits(config: JobSettings, parts: Collection[Part]) -> list[Misfit]:
    """Return what does not fit together, as far as some parts of a run need it.

    Args:
        config: A configuration whose values are accepted one by one.
        parts: What is to be run.
    """
    found = [m for needed, check in _CHECKS if needed & set(parts) for m in check(config)]
    finders = (find_prompted, find_composed, find_replied)
    told = [each for find in finders for each in find(config, parts)]
    return [*_unusable(config), *found, *(Misfit(*each) for each in told)]


def _unusable(config: JobSettings) -> Iterator[Misfit]:
    """What is wrong whatever is run."""
    names = [*_zoo(config), *(model.name for model in config.models)]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Misfit("models", f"zoo.models and models name '{name}' twice; rename one")
    if "spubench" in config.benchmarks.own:
        yield Misfit(
            "benchmarks.own.spubench",
            "benchmarks.own.spubench has the name of another source; rename it",
        )
    if config.benchmarks.easy_vqa and not config.zoo.easy_vqa:
        yield Misfit(
            "benchmarks.easy_vqa",
            "benchmarks.easy_vqa asks questions that the models never learnt; set zoo.easy_vqa too",
        )
    for model in config.zoo.models if config.benchmarks.world else ():
        if model.association and model.association < config.world.attribute_rate:
            yield Misfit(
                "zoo.models",
                f"zoo.models gives '{model.name}' the association {model.association}, below"
                f" world.attribute_rate = {config.world.attribute_rate}; raise it",
            )
    largest = config.cluster.sizes[-1].billions
    for each in config.models:
        if config.billions_of(each.name) > largest:
            yield Misfit(
                "models",
                f"models gives '{each.name}' {config.billions_of(each.name):g} billions of"
                f" parameters, but the last row of cluster.sizes ends at {largest:g}; add a row",
            )


def _source(config: JobSettings) -> Iterator[Misfit]:
    name, recorded = config.source_model, config.recorded_source
    key = "curation.source_model"
    able = [*_zoo(config), *(model.name for model in config.models)]
    if name not in able:
        yield Misfit(
            key, f"{key} names '{name}', which cannot be asked; choose from {', '.join(able)}"
        )
    if strangers := sorted({*(config.curation.source_models or ())} - {*_zoo(config)}):
        told = (
            f"'{strangers[0]}', which is no model of the zoo; choose from {', '.join(_zoo(config))}"
        )
        yield Misfit("curation.source_models", f"curation.source_models names {told}")
    # Published anchors are questions of the other benchmarks.
    replied = (*recorded.replies, "spuriverse") if recorded else config.benchmarks.names()
    for benchmark in config.benchmarks.names():
        if benchmark not in replied:
            yield Misfit(
                key,
                f"{key} '{name}' has no replies to benchmarks.{benchmark}; set that to null, or add"
                " them to the model's replies",
            )


def _annotator(config: JobSettings) -> Iterator[Misfit]:
    curation = config.curation
    if curation.annotator == "lvlm" and config.annotator_model is None:
        able = ", ".join(_chatting(config)) or "there is none"
        yield Misfit(
            "curation.annotator_model",
            f"curation.annotator lvlm needs annotator_model, not {curation.annotator_model}: a"
            f" model of models that replies in words ({able})",
        )
    if curation.annotator == "recorded" and config.recorded_source is None:
        yield Misfit(
            "curation.annotator",
            "curation.annotator recorded needs verdicts, so curation.source_model must be a model"
            " with backend recorded",
        )


def _pasting(config: JobSettings) -> Iterator[Misfit]:
    pastes = config.synthesis.backend == "paste"
    if config.depicts_candidates and pastes != (config.curation.annotator == "regions"):
        yield Misfit(
            "synthesis.backend",
            "curation.annotator regions and synthesis.backend paste need each other: only the one"
            " finds regions, and only the other can show them; set both or neither",
        )


def _gates(config: JobSettings) -> Iterator[Misfit]:
    gates = config.synthesis.gates
    judged = config.depicts_candidates and gates.attribute == "lvlm"
    if judged and config.attribute_model is None:
        yield Misfit(
            "synthesis.gates.attribute_model",
            f"synthesis.gates.attribute lvlm needs attribute_model, not {gates.attribute_model}: a"
            " model of models with backend openai",
        )


def _calibration(config: JobSettings) -> Iterator[Misfit]:
    if config.types_from != "world":
        return
    calibration = config.verification.calibration
    for key, images in (
        ("synthesis.images_per_group", config.synthesis.images_per_group),
        ("verification.most_images", config.verification.most_images),
    ):
        if images > calibration.images:
            yield Misfit(
                key,
                f"verification.calibration.images = {calibration.images} is below {key} ="
                f" {images}, so the decision cannot be calibrated; raise the former",
            )
    for name in calibration.models or ():
        if name not in _zoo(config):
            yield Misfit(
                "verification.calibration.models",
                f"verification.calibration.models names '{name}', but zoo.models only has"
                f" {', '.join(_zoo(config))}",
            )


def _verifying(config: JobSettings) -> Iterator[Misfit]:
    key, names = "verification.models", config.verification.models
    if config.types_from not in ("world", "own"):
        return
    yield from _can_answer(config, key, names)
    served = [m.name for m in config.models if isinstance(m, RemoteModel) and m.serve]
    for name in names:
        if name in served:
            yield Misfit(
                key,
                f"{key} names '{name}', whose server the workflow starts for evaluation alone;"
                " start it yourself, and give its base_url in place of serve",
            )


def _evaluated(config: JobSettings) -> Iterator[Misfit]:
    evaluation = config.evaluation
    if config.types_from == "nowhere":
        return
    yield from _can_answer(config, "evaluation.models", evaluation.models)
    known = [*_zoo(config), *_asked(config)]
    for name in evaluation.prompting_models or () if len(evaluation.strategies) > 1 else ():
        if name not in known:  # one that exists but is not evaluated is left out
            yield Misfit(
                "evaluation.prompting_models",
                f"evaluation.prompting_models names '{name}', which cannot be asked; choose from"
                f" {', '.join(known)}",
            )
    if evaluation.reference_model not in (None, *evaluation.models):
        yield Misfit(
            "evaluation.reference_model",
            f"evaluation.reference_model is '{evaluation.reference_model}', which is not one of"
            f" evaluation.models, {', '.join(evaluation.models)}",
        )


def _can_answer(config: JobSettings, key: str, names: list[str]) -> Iterator[Misfit]:
    """Whether models can be asked about anchors and groups."""
    recorded = [m.name for m in config.models if isinstance(m, RecordedModel)]
    known = [*_zoo(config), *(model.name for model in config.models)]
    if not names:
        yield Misfit(
            key,
            f"{key} names no model, nor does models have one that can be asked; add one"
            " (docs/add-a-model.md, or make measure MODEL=...)",
        )
    for name in names:
        if name in recorded:
            yield Misfit(
                key,
                f"{key} names '{name}', whose replies to other questions were recorded; it can only"
                " be curation.source_model",
            )
        elif name not in known:
            yield Misfit(
                key,
                f"{key} names '{name}', but zoo.models and models only have {', '.join(known)}",
            )
        elif name in _zoo(config) and config.types_from != "world":
            yield Misfit(
                key,
                f"{key} names '{name}', a tiny model that only knows the words of the embedded"
                " world, but would be asked real questions; use entries of models"
                " (docs/add-a-model.md)",
            )


def _base_model(config: JobSettings) -> Iterator[Misfit]:
    yield from _can_be_trained(config, "finetuning.base_model", [config.finetuning.base_model])


def _robust(config: JobSettings) -> Iterator[Misfit]:
    yield from _can_be_trained(config, "robust.base_model", [config.robust_base_model])


def _study(config: JobSettings) -> Iterator[Misfit]:
    study = config.finetuning.study
    yield from _can_be_trained(config, "finetuning.study.base_models", study.base_models or [])
    tiny = {
        "finetuning.study.transfer": study.transfer or [],
        "way_out.base_models": config.way_out.base_models or [],
        "finetuning.mitigations.base_models": config.finetuning.mitigations.base_models or [],
    }
    for key, names in tiny.items():
        for name in names:
            if name not in _zoo(config):
                able = ", ".join(_zoo(config))
                yield Misfit(key, f"{key} names '{name}', but zoo.models only has {able}")


def _can_be_trained(config: JobSettings, key: str, names: list[str]) -> Iterator[Misfit]:
    able = [*_zoo(config), *(m.name for m in config.models if isinstance(m, TransformersModel))]
    for name in names:
        if name not in able:
            yield Misfit(
                key, f"{key} names '{name}', but only these can be trained: {', '.join(able)}"
            )


def _spubench(config: JobSettings) -> Iterator[Misfit]:
    section = config.spubench
    if section is None or not config.asks_spubench:
        return
    if not section.published and section.annotator == "lvlm" and not config.spubench_annotator:
        yield Misfit(
            "spubench.annotator_model",
            f"spubench.annotator lvlm needs annotator_model, not {section.annotator_model}: a model"
            " of models that replies in words",
        )
    yield from _words_of_form(config, "spubench.models", config.spubench_models())
    embedded = section.embedded and not section.sources
    able = [*(_zoo(config) if embedded else []), *_asked(config)]
    for name in section.models or ():
        if name not in [*_zoo(config), *_asked(config)]:
            yield Misfit(
                "spubench.models",
                f"spubench.models names '{name}', which cannot be asked; choose from"
                f" {', '.join(able)}",
            )
        elif name not in able and not section.embedded:
            yield Misfit(
                "spubench.models",
                f"spubench.models names '{name}', a tiny model that only knows the words of the"
                " embedded world, but would be asked real questions; use entries of models",
            )


def _words_of_form(config: JobSettings, key: str, names: list[str]) -> Iterator[Misfit]:
    """Whether the tiny models that are asked know the words of the questions' form."""
    section = config.spubench
    tiny = [name for name in names if name in _zoo(config)]
    if section and section.embedded and section.question_form == "feature" and tiny:
        yield Misfit(
            "spubench.question_form",
            f"spubench.question_form feature would be asked of '{tiny[0]}' ({key}), a tiny model"
            " that only knows the words of the form object; set it to object, or name entries of"
            f" models in {key}",
        )


def _explained(config: JobSettings) -> Iterator[Misfit]:
    if not config.asks_spubench:
        return
    yield from _words_of_form(config, "explain.models", config.explained_models())
    loaded = [m.name for m in config.models if isinstance(m, TransformersModel)]
    able = [*_zoo(config), *loaded]
    for name in config.explain.models or ():
        if name not in able:
            yield Misfit(
                "explain.models",
                f"explain.models names '{name}', whose activations cannot be read; choose from"
                f" {', '.join(able)}",
            )
        elif name not in loaded and config.spubench and not config.spubench.embedded:
            yield Misfit(
                "explain.models",
                f"explain.models names '{name}', a tiny model that only knows the words of the"
                " embedded world, but would be asked real questions; use entries of models",
            )
    for name in config.explain.heatmaps or ():
        if name not in able:  # one that exists but is not explained is left out
            yield Misfit(
                "explain.heatmaps",
                f"explain.heatmaps names '{name}', whose activations cannot be read; choose from"
                f" {', '.join(able)}",
            )


def find_tiny(config: JobSettings, parts: Collection[Part]) -> list[Misfit]:
    """Return which tiny models would be asked or taught questions of which they lack the words.

    Args:
        config: A configuration that fits together.
        parts: What is to be run.
    """
    found = []
    for key, name, does, instead in _by_the_tiny(config, set(parts)):
        keyword, _, meaning = key.partition(" ")
        found.append(
            Misfit(
                keyword,
                f"{keyword} {meaning or 'names'} '{name}', a tiny model that only knows the words"
                f" of the embedded world, but would be {does} real questions; {instead}",
            )
        )
    return found


def _by_the_tiny(config: JobSettings, parts: set[Part]) -> Iterator[tuple[str, str, str, str]]:
    zoo, source, tuning = _zoo(config), config.source_model, config.finetuning
    real = [name for name in config.benchmarks.real() if name != "spuriverse"]
    real += ["composites"] if config.benchmarks.composites else []
    if "curation" in parts and real and source in zoo:
        key = "curation.source_model"
        if config.curation.source_model is None:
            key += " is null, which stands for finetuning.base_model"
        where = config.reader_of(real[0])
        instead = (
            f"set it to an entry of models (docs/add-a-model.md), or benchmarks.{where} to"
            f" {'{}' if where == 'own' else 'null'}"
        )
        yield key, source, "asked", instead
    if config.types_from == "world":
        return
    trained = {
        "finetuning.base_model": [tuning.base_model] if "finetuning" in parts else [],
        "finetuning.study.base_models": (tuning.study.base_models or [tuning.base_model])
        if "study" in parts
        else [],
    }
    for key, names in trained.items():
        for name in names:
            if name in zoo:
                yield key, name, "taught", "name a model of models with backend transformers"


def _zoo(config: JobSettings) -> list[str]:
    return [model.name for model in config.zoo.models]


def _chatting(config: JobSettings) -> list[str]:
    """The models of `models` that reply in words."""
    return [m.name for m in config.models if isinstance(m, RemoteModel | TransformersModel)]


def _asked(config: JobSettings) -> list[str]:
    """The models of `models` that can be asked."""
    return [model.name for model in config.models if not isinstance(model, RecordedModel)]


_CHECKS: tuple[tuple[set[Part], Callable[[JobSettings], Iterator[Misfit]]], ...] = (
    ({"curation"}, _source),
    ({"annotation"}, _annotator),
    ({"synthesis"}, _pasting),
    ({"synthesis"}, _gates),
    ({"verification"}, _calibration),
    ({"verification"}, _verifying),
    ({"evaluation"}, _evaluated),
    ({"finetuning"}, _base_model),
    ({"robust"}, _robust),
    ({"study"}, _study),
    ({"spubench"}, _spubench),
    ({"explain"}, _explained),
)
