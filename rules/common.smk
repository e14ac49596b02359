"""The checked configuration, wildcard constraints, and the functions that rules share."""

import re

from snakemake.exceptions import WorkflowError

from spuriverse.config import parse_config
from spuriverse.problems import Problem
from spuriverse.run_lock import release_stale_lock

if workflow.is_main_process and not workflow.dryrun:
    release_stale_lock()

try:
    CONFIG = parse_config(config)
except Problem as problem:
    raise WorkflowError(str(problem)) from None

RESULTS = CONFIG.results
ZOO = {model.name: model for model in CONFIG.zoo.models}
SOURCE = CONFIG.finetuning.base_model


wildcard_constraints:
    model="|".join(map(re.escape, ZOO)),
    seed=r"\d+",
    proportion=r"\d+(\.\d+)?(e-\d+)?",


def get_log(rule, *wildcards):
    return "/".join([RESULTS, "logs", rule, *wildcards]) + ".log"


def get_timing(rule, *wildcards):
    return "/".join([RESULTS, "timings", rule, *wildcards]) + ".tsv"


def get_memory(megabytes):
    """Memory in MB that grows with every attempt."""
    return lambda wildcards, attempt: megabytes * attempt


def get_runtime(minutes):
    """Run time in minutes that grows with every attempt."""
    return lambda wildcards, attempt: minutes * attempt


def get_benchmark_tables(wildcards=None):
    """The samples of every configured benchmark."""
    names = [name for name, section in CONFIG.benchmarks if section is not None]
    return [f"{RESULTS}/benchmarks/{name}/samples.parquet" for name in names]


def get_model_world(wildcards):
    return ZOO[wildcards.model].world


def get_model_seed(wildcards):
    return ZOO[wildcards.model].seed


def get_models_of(world):
    """Names of the zoo's models that were trained on a world."""
    return [model.name for model in CONFIG.zoo.models if model.world == world]


def get_evaluated_models():
    """Names of the models that are evaluated; the base model is one of them in any case."""
    return list(dict.fromkeys([SOURCE, *CONFIG.evaluation.models]))


def get_runs():
    """Folders of all fine-tuning runs."""
    return [
        f"{RESULTS}/finetuning/seed-{seed}/proportion-{proportion:g}"
        for seed in CONFIG.finetuning.seeds
        for proportion in CONFIG.finetuning.proportions
    ]


def get_products():
    """Everything that the default configuration makes for people."""
    tables = ["tradeoff", "takes_hold", "discovery", "evaluation"]
    if CONFIG.benchmarks.easy_vqa:
        tables.append("easy_vqa")
    figures = ["tradeoff.pdf", "tradeoff.png", "evaluation.pdf", "types.png"]
    return [
        *(f"{RESULTS}/tables/{table}.csv" for table in tables),
        *(f"{RESULTS}/figures/{figure}" for figure in figures),
        f"{RESULTS}/notebooks/tradeoff.html",
    ]


def announce_time():
    """Say before the first job how many there are and how long they will take."""
    from spuriverse.forecast import announce

    logger.info("SpuriVerse: " + announce(workflow.dag, workflow.cores, RESULTS, CONFIG))


def record_provenance():
    """Write results/provenance.json if anything was made since it was last written."""
    from spuriverse.provenance import record

    record(RESULTS, CONFIG)
