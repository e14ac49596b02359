"""What jobs ask of a cluster, by the size of the model they load, and what is left in its queue."""

from spuriverse.slurm_queue import refuse_leftovers


def get_size(name):
    """The row of cluster.sizes for a job that loads a model; remote ones count as tiny."""
    return CONFIG.cluster.size_of(CONFIG.billions_of(name))


def get_gpus(wildcards):
    """GPUs of a job that asks the model of its wildcards; none if that is behind a server."""
    elsewhere = wildcards.model in MODELS and MODELS[wildcards.model].backend != "transformers"
    return 0 if elsewhere else get_size(wildcards.model).gpu


def get_model_memory(wildcards, attempt):
    """Memory in MB, growing with every attempt."""
    return get_size(wildcards.model).mem_mb * attempt


def get_model_runtime(wildcards, attempt):
    """Run time in minutes, growing with every attempt."""
    return get_size(wildcards.model).runtime * attempt


def get_model_threads(wildcards):
    """Threads of a job that asks a model: of the table for open models, or else of the section."""
    size = get_size(wildcards.model)
    return (
        size.cpus if size.billions > CONFIG.cluster.sizes[0].billions else CONFIG.evaluation.threads
    )


def check_queue():
    """Refuse to start while jobs of an earlier run of this folder are in SLURM's queue."""
    try:
        refuse_leftovers()
    except Problem as problem:
        raise WorkflowError(str(problem)) from None
