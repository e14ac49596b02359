"""The functions by which the rules say how models are asked, and what that has cost."""

from functools import cache

from spuriverse.models import ModelSpec

SETTINGS = CONFIG.model_dump()


def get_checkpoint(wildcards):
    """The folder of an evaluated model that is loaded from one."""
    return get_checkpoint_of(wildcards.model)


def get_checkpoint_of(name):
    if name in ZOO:
        return f"{RESULTS}/models/{name}"
    folder = getattr(MODELS[name], "checkpoint", "")
    return folder if folder and os.path.isdir(folder) else []


def get_spec(wildcards):
    """How an evaluated model is asked."""
    return get_spec_of(wildcards.model)


@cache
def get_spec_of(name, quantisation=None):
    """A `ModelSpec` as plain values, the only ones that Snakemake compares."""
    return ModelSpec.from_config(name, SETTINGS, quantisation=quantisation).as_params()


def get_chat_spec(model):
    """How a model behind a server is asked for what is no answer to a question; {} for no model."""
    return {**get_spec_of(model.name), "prompts": None} if model else {}


def get_strategies(wildcards):
    """The prompting strategies by which a model is asked."""
    strategies = CONFIG.evaluation.strategies
    chosen = CONFIG.evaluation.prompting_models
    return strategies if chosen is None or wildcards.model in chosen else strategies[:1]


def get_templates(wildcards):
    """The templates a model is asked by: an edited one is asked anew. The zoo sees none of them."""
    return {} if wildcards.model in ZOO else read_templates(get_strategies(wildcards))


def read_templates(strategies):
    from spuriverse.questions import find_strategy, load_strategies

    known = load_strategies(CONFIG.evaluation.prompts)
    return {name: find_strategy(name, known).template for name in strategies}


def get_evaluated_specs():
    """How the evaluated models are asked that are behind a server."""
    found = [MODELS[name] for name in CONFIG.evaluation.models if name in MODELS]
    return [get_spec_of(model.name) for model in found if model.backend == "openai"]


def get_remote_models():
    """The configured models behind a server that annotate, judge images, verify or are evaluated."""
    evaluated = CONFIG.evaluation.models if CONFIG.types_from != "nowhere" else []
    annotator = CONFIG.annotator_model if CONFIG.curation.annotator == "lvlm" else None
    found = [MODELS[name] for name in [*get_verification_models(), *evaluated] if name in MODELS]
    asked = [m for m in [annotator, get_attribute_judge(), *found] if m and m.backend == "openai"]
    return list({model.name: model for model in asked}.values())


def get_remote_names():
    """What servers call the remote models -> what the tables call them."""
    names = {}
    for model in get_remote_models():
        names.setdefault(model.model, []).append(model.name)
    if CONFIG.depicts_candidates and CONFIG.synthesis.backend == "remote":
        names.setdefault(CONFIG.synthesis.remote.model, []).append("synthesis.remote")
    return {asked_as: " / ".join(found) for asked_as, found in names.items()}


def get_paid_tables():
    """Tables that hold what remote models replied."""
    found = [f"{RESULTS}/curation/annotated.parquet"] if CONFIG.annotator_model else []
    names = {model.name for model in get_remote_models()}
    if CONFIG.depicts_candidates and (
        CONFIG.synthesis.backend == "remote" or get_attribute_judge()
    ):
        found.append(f"{RESULTS}/groups/image_records.parquet")
    if names & set(get_verification_models()):
        found.append(f"{RESULTS}/verification/responses.parquet")
    evaluated = (
        sorted(names & set(CONFIG.evaluation.models)) if CONFIG.types_from != "nowhere" else []
    )
    return [*found, *(f"{RESULTS}/evaluation/models/{name}.parquet" for name in evaluated)]


def get_spending():
    """The table of what remote models cost, if there are any."""
    return [f"{RESULTS}/tables/spending.csv"] if get_remote_models() else []


def get_failures(model):
    """How often requests to a model came to nothing: what they left out is asked by the next run."""
    if getattr(model, "backend", None) != "openai":
        return 0
    from spuriverse.models.remote import failures_so_far

    return failures_so_far(CONFIG.replies, model.model)
