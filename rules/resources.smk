"""What jobs ask of a cluster, by the size of the model they load, and what is left in its queue."""

import json
import sys

from spuriverse.workflow import refuse_leftovers

SERVED = {name: model for name, model in MODELS.items() if getattr(model, "serve", None)}


def get_size(name):
    """The row of cluster.sizes for a job that loads a model; remote ones count as tiny."""
    return CONFIG.cluster.size_of(CONFIG.billions_of(name))


def get_gpus(wildcards):
    """GPUs of a job that asks the model of its wildcards; none if that is behind a server."""
    return get_gpus_of(wildcards.model)


def get_gpus_of(name):
    elsewhere = name in MODELS and MODELS[name].backend != "transformers"
    return 0 if elsewhere else get_size(name).gpu


def get_evaluation_gpus(name):
    """GPUs that are busy while a model is evaluated, its server's among them."""
    if name in SERVED:
        return CONFIG.cluster.size_of(SERVED[name].serve.billions).gpu
    return get_gpus_of(name)


def get_model_memory(wildcards, attempt):
    """Memory in MB, growing with every attempt."""
    return get_size(wildcards.model).mem_mb * attempt


def get_model_runtime(wildcards, attempt):
    """Run time in minutes, growing with every attempt."""
    return CONFIG.cluster.minutes(get_size(wildcards.model).runtime, attempt)


def get_model_threads(wildcards):
    """Threads of a job that asks a model: one if that is elsewhere, or else by its size."""
    return get_threads_of(wildcards.model)


def get_threads_of(name):
    if name in MODELS and MODELS[name].backend != "transformers":
        return 1
    tiny, size = CONFIG.cluster.sizes[0], get_size(name)
    return CONFIG.evaluation.threads if size == tiny else size.cpus


def get_image_size():
    """The row of cluster.sizes for a job that makes images; only an open pipeline has weights."""
    synthesis = CONFIG.synthesis
    own = synthesis.backend == "diffusers"
    return CONFIG.cluster.size_of(synthesis.diffusers.billions if own else 0)


def get_server(purpose):
    """The file with the address of the server that the workflow starts for a model, if it does."""

    def get(wildcards):
        name = CONFIG.curation.annotator_model if purpose == "annotation" else wildcards.model
        return f"{RESULTS}/servers/{purpose}/{name}.address" if name in SERVED else []

    return get


def get_server_command(wildcards):
    """What the server of a model is started with, as JSON."""
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
    """The interpreter of a shell command: of the rule's own environment, if it has one."""
    return "python" if workflow.deployment_settings.deployment_method else sys.executable


def check_queue():
    """Refuse to start while jobs of an earlier run of this folder are in SLURM's queue."""
    try:
        refuse_leftovers()
    except Problem as problem:
        raise WorkflowError(str(problem)) from None
