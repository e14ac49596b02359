"""How models are asked, what their jobs need, and what they have cost so far."""

import json
import sys
from functools import cache
from pathlib import Path

from spuriverse.models import ModelSpec
from spuriverse.workflow import evaluation_questions, refuse_leftovers, spubench_questions

SETTINGS = CONFIG.model_dump()
SETTINGS["zoo"]["models"] += [model.model_dump() for model in CONFIG.associated_models]


def get_checkpoint(wildcards):
    """The folder of an evaluated model that is loaded from one."""
    return get_checkpoint_of(wildcards.model)


def get_checkpoint_of(name):
    if name in ZOO or name in PACKAGED:
        return f"{RESULTS}/models/{name}"
    folder = getattr(MODELS.get(name), "checkpoint", "")
    return folder if folder and os.path.isdir(folder) else []


def get_spec(wildcards):
    """How an evaluated model is asked."""
    return get_spec_of(wildcards.model)


@cache
def get_spec_of(name, quantisation=None):
    """A `ModelSpec` as plain values, the only ones that Snakemake compares."""
    if name not in ZOO and name not in MODELS:  # refused where a target needs it
        return {}
    return ModelSpec.from_config(name, SETTINGS, quantisation=quantisation).as_params()


def get_chat_spec(model):
    """How a model is asked for anything but an answer to a question; {} for no model."""
    return {**get_spec_of(model.name), "prompts": None} if model else {}


def get_templates(wildcards):
    """The templates of a model's prompts; an edit asks it anew. The zoo sees none of them."""
    return {} if wildcards.model in ZOO else read_templates(CONFIG.strategies_of(wildcards.model))


def read_templates(strategies):
    from spuriverse.questions import find_strategy, load_strategies

    known = load_strategies(CONFIG.evaluation.prompts)
    return {name: find_strategy(name, known).template for name in strategies}


def get_evaluated_specs():
    """How the evaluated models behind a server are asked."""
    return get_paid_specs(CONFIG.evaluation.models) if CONFIG.types_from != "nowhere" else []


def get_paid_specs(names):
    """How those of some models that are behind a server are asked."""
    return [get_spec_of(n) for n in names if n in MODELS and MODELS[n].backend == "openai"]


# Images and verification may cost money, so an estimate cannot wait for them.
SETS_ARE_FREE = CONFIG.types_from == "published" or (
    CONFIG.types_from == "world"
    and CONFIG.synthesis.backend != "remote"
    and not get_paid_specs(CONFIG.verification.models)
)


def is_to_be_seen(files):
    """Whether an estimate looks at questions: not at published ones before they were fetched."""
    if CONFIG.types_from != "published":
        return True
    values = [[value] if isinstance(value, str) else value for value in files.values()]
    return bool(values) and all(os.path.exists(path) for paths in values for path in paths)


def get_estimated(wildcards):
    """What an estimate of the cost reads."""
    found = {}
    if SETS_ARE_FREE:
        sets = get_evaluation_sets(wildcards) if get_evaluated_specs() else {}
        found |= sets if is_to_be_seen(sets) else {}
    elif CONFIG.depicts_candidates:
        found["samples"] = get_benchmark_tables()
        found["candidates"] = f"{RESULTS}/curation/candidates.parquet"
    if CONFIG.asks_spubench and get_paid_specs(CONFIG.spubench_models()):
        questions = {"spubench": f"{SPUBENCH_FOLDER}/questions/samples.parquet"}
        found |= questions if not SPUBENCH.published or is_to_be_seen(questions) else {}
    if CONFIG.bought_images():
        found["candidates"] = f"{RESULTS}/curation/candidates.parquet"
    return found


def get_known_questions():
    """How many questions there are that were published, known before they are fetched."""
    return {"evaluation": evaluation_questions(CONFIG), "spubench": spubench_questions(CONFIG)}


def get_paid_tables():
    """Tables that hold what remote models replied."""
    names = {model.name for model in CONFIG.remote_models}
    annotates = CONFIG.curation.annotator_model in names
    found = [f"{RESULTS}/curation/annotated.parquet"] if annotates else []
    if SOURCE in names:
        found.append(f"{RESULTS}/curation/responses.parquet")
    if CONFIG.depicts_candidates and (
        CONFIG.synthesis.backend == "remote" or CONFIG.attribute_judge
    ):
        found.append(f"{RESULTS}/groups/image_records.parquet")
    if names & set(CONFIG.verifying_models):
        found.append(f"{RESULTS}/verification/responses.parquet")
    evaluated = (
        sorted(names & set(CONFIG.evaluation.models)) if CONFIG.types_from != "nowhere" else []
    )
    return [*found, *(f"{RESULTS}/evaluation/models/{name}.parquet" for name in evaluated)]


def get_spending():
    """The table of what remote models cost, if there are any."""
    return [f"{RESULTS}/tables/spending.csv"] if CONFIG.remote_models else []


def get_failures(model):
    """How often requests to a model failed, so that the next run asks the rest again."""
    if getattr(model, "backend", None) != "openai":
        return 0
    from spuriverse.models.remote import failures_so_far

    return failures_so_far(CONFIG.replies, model.model)


SERVED = {name: model for name, model in MODELS.items() if getattr(model, "serve", None)}


def get_gpus(wildcards):
    """GPUs for a job that asks the model of its wildcards; 0 if that is behind a server."""
    return CONFIG.gpus_of(wildcards.model)


def get_model_memory(wildcards, attempt):
    """Memory in MB, growing with every attempt."""
    return CONFIG.size_of(wildcards.model).mem_mb * attempt


def get_model_runtime(wildcards, attempt):
    """Run time in minutes, growing with every attempt."""
    return CONFIG.cluster.minutes(CONFIG.size_of(wildcards.model).runtime, attempt)


MODEL_RESOURCES = {
    "gpu": get_gpus,
    "mem_mb": get_model_memory,
    "runtime": get_model_runtime,
}
"""What a job asks for that loads the model of its wildcard."""


def get_model_threads(wildcards):
    """Threads for a job that asks a model: 1 if it is behind a server, otherwise by its size."""
    return CONFIG.threads_of(wildcards.model)


def get_server(purpose):
    """The file with the address of the server, if the workflow starts one for the model."""

    def get(wildcards):
        named = {"annotation": CONFIG.curation.annotator_model, "collection": SOURCE}
        name = named[purpose] if purpose in named else wildcards.model
        return f"{RESULTS}/servers/{purpose}/{name}.address" if name in SERVED else []

    return get


def get_server_command(wildcards):
    """The settings with which the server of a model is started, as JSON."""
    model = SERVED[wildcards.model]
    return json.dumps({"model": model.model, **model.serve.model_dump(exclude={"billions"})})


def get_server_size(wildcards):
    return CONFIG.cluster.size_of(SERVED[wildcards.model].serve.billions)


def get_server_gpus(wildcards):
    return get_server_size(wildcards).gpu


def get_server_threads(wildcards):
    return get_server_size(wildcards).cpus


def get_server_memory(wildcards, attempt):
    return get_server_size(wildcards).mem_mb * attempt


def get_server_runtime(wildcards, attempt):
    return CONFIG.cluster.minutes(get_server_size(wildcards).runtime, attempt)


def get_python():
    """The Python interpreter of a shell command: that of the rule's environment, if it has one."""
    return "python" if workflow.deployment_settings.deployment_method else sys.executable


def check_queue():
    """Refuse to start while jobs of an earlier run of this folder are in SLURM's queue."""
    try:
        refuse_leftovers()
    except Problem as problem:
        raise Refusal(str(problem)) from None


def get_shares():
    """By rule, the jobs that load or ask each model; for models of the zoo only evaluation."""
    asked = {
        "evaluate_model": CONFIG.evaluated_models,
        "evaluate_spubench": CONFIG.spubench_models() if CONFIG.asks_spubench else [],
        "measure_cgla": CONFIG.explained_models() if CONFIG.asks_spubench else [],
        "map_saliency": CONFIG.mapped_models if CONFIG.asks_spubench else [],
    }
    shares = {
        asking: {
            name: {"jobs": 1, "gpus": CONFIG.evaluation_gpus(name)}
            for name in names
            if asking == "evaluate_model" or name in MODELS
        }
        for asking, names in asked.items()
    }
    return {**shares, "finetune_adapters": get_training_shares()}


def get_training_shares():
    """By study, the fine-tuning jobs of every model that is not in the zoo."""
    runs = [Path(path).parts[-4:-2] for path in get_all_study_tables("runs")]
    found = {}
    for name in TRAINED:
        studies = [study for study, model in runs if model == name]
        if name in MODELS:
            counted = {study: studies.count(study) for study in dict.fromkeys(studies)}
            found[name] = {"jobs": len(studies), "gpus": CONFIG.gpus_of(name), "studies": counted}
    return found


def get_annotator_checkpoint(model):
    """The folder of a model that annotates, if it is loaded from one."""
    return get_checkpoint_of(model.name) if model else []


def get_annotator_runtime():
    """Run time in minutes of the job that annotates."""
    return get_runtime({"lvlm": 720, "regions": 120}.get(CONFIG.curation.annotator, 10))


def get_annotator_threads(model):
    return CONFIG.threads_of(model.name) if model else 1


def get_annotator_gpus(model):
    return CONFIG.gpus_of(model.name) if model else 0


def get_annotator_memory(model):
    """Memory in MB of a job that annotates."""
    return CONFIG.size_of(model.name).mem_mb if model else 1000


def get_trained_bias():
    """How biased the evaluated models of the zoo were trained: 0 for a control model.

    The unit is the association of the biased world, the probability of the owner given its
    attribute.
    """
    return {
        name: (
            ZOO[name].association or CONFIG.world.association
            if ZOO[name].world == "biased"
            else 0.0
        )
        for name in CONFIG.evaluated_models
        if name in ZOO
    }
