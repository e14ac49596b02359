"""The checked configuration, wildcard constraints, and the functions that rules share."""

import re

from snakemake.exceptions import WorkflowError

from spuriverse.config import check_places, parse_config
from spuriverse.problems import Problem
from spuriverse.run_lock import release_stale_lock

if workflow.is_main_process and not workflow.dryrun:
    release_stale_lock()

try:
    CONFIG = parse_config(config)
    check_places(CONFIG)
except Problem as problem:
    raise WorkflowError(str(problem)) from None

RESULTS = CONFIG.results
ZOO = {model.name: model for model in CONFIG.zoo.models}
BASE = CONFIG.finetuning.base_model
SOURCE = CONFIG.source_model
RECORDED = CONFIG.recorded_source
PLACES = CONFIG.places()


wildcard_constraints:
    model="|".join(map(re.escape, ZOO)),
    name="|".join(map(re.escape, CONFIG.benchmarks.real())) or "none",
    place="|".join(map(re.escape, PLACES)) or "none",
    seed=r"\d+",
    proportion=r"\d+(\.\d+)?(e-\d+)?",


def get_annotator_model():
    """How the vision-language model is asked that annotates."""
    model = CONFIG.annotator_model
    return model.model_dump(exclude={"backend"}) if model else {}


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
    names = CONFIG.benchmarks.names()
    return [f"{RESULTS}/benchmarks/{name}/samples.parquet" for name in names]


def get_refused_tables(wildcards=None):
    """The rows that cannot be asked, of every benchmark that is read from a source."""
    names = CONFIG.benchmarks.real()
    return [f"{RESULTS}/benchmarks/{name}/refused.parquet" for name in names]


def get_place(place):
    """Where a source lies: the path the configuration names, or where it is fetched to."""
    source = PLACES[place]
    return source if isinstance(source, str) else f"{RESULTS}/sources/{place}"


def get_setting(wildcards):
    """The configuration key that says where a source is."""
    if wildcards.place in CONFIG.benchmarks.own:
        return f"benchmarks.own.{wildcards.place}.source"
    if wildcards.place in CONFIG.benchmarks.real():
        return f"benchmarks.{wildcards.place}.source"
    return f"models[{CONFIG.models.index(RECORDED)}].replies"


def get_reader(name):
    """The key of `benchmarks` under which a benchmark is configured."""
    return "own" if name in CONFIG.benchmarks.own else name


def get_source(wildcards):
    """The source of a benchmark, and its images if they are files of their own."""
    images = CONFIG.benchmarks.real()[wildcards.name].images
    found = {"source": get_place(wildcards.name)}
    return {**found, "images": images} if images else found


def get_replies():
    """The metadata files with the source model's recorded replies, one a benchmark."""
    return [get_place(CONFIG.reply_place(name)) for name in CONFIG.benchmarks.names()]


def get_source_model(wildcards):
    """What answers for the source model: its recorded replies, or its checkpoint."""
    return f"{RESULTS}/curation/records.parquet" if RECORDED else f"{RESULTS}/models/{SOURCE}"


def get_curated(wildcards):
    """What the funnel counts beside the tables that are always there."""
    found = {}
    if get_refused_tables():
        found["refused"] = get_refused_tables()
    if RECORDED:
        found["records"] = f"{RESULTS}/curation/records.parquet"
    if CONFIG.makes_types:
        found["verification"] = f"{RESULTS}/verification/verification.parquet"
    return found


def get_decisions():
    """What the reviewers have decided so far, as a digest: a new decision reruns what uses it."""
    if CONFIG.curation.review != "human":
        return ""
    from spuriverse.decisions import decisions_sha256

    return decisions_sha256(CONFIG.curation.decisions)


def get_annotations():
    """What the annotator makes; the statistical one also has its tests to show."""
    found = {
        "candidates": f"{RESULTS}/curation/annotated.parquet",
        "verdicts": f"{RESULTS}/curation/verdicts.parquet",
    }
    if CONFIG.curation.annotator == "statistics":
        found["proposals"] = f"{RESULTS}/curation/proposals.parquet"
    return found


def get_annotator():
    """The keys that change what the annotator proposes."""
    keys = {
        "statistics": {"false_discovery_rate", "minimum_effect", "anchors_per_attribute"},
        "lvlm": {"repairs"},
        "recorded": set(),
    }
    annotator = CONFIG.curation.annotator
    return CONFIG.curation.model_dump(include={"annotator"} | keys[annotator])


def get_model_world(wildcards):
    return ZOO[wildcards.model].world


def get_model_seed(wildcards):
    return ZOO[wildcards.model].seed


def get_models_of(world):
    """Names of the zoo's models that were trained on a world."""
    return [model.name for model in CONFIG.zoo.models if model.world == world]


def get_evaluated_models():
    """Names of the models that are evaluated; the base model is one of them in any case."""
    return list(dict.fromkeys([BASE, *CONFIG.evaluation.models]))


def get_runs():
    """Folders of all fine-tuning runs."""
    return [
        f"{RESULTS}/finetuning/seed-{seed}/proportion-{proportion:g}"
        for seed in CONFIG.finetuning.seeds
        for proportion in CONFIG.finetuning.proportions
    ]


def get_products():
    """Everything that the default configuration makes for people."""
    curation = [
        f"{RESULTS}/tables/curation_funnel.csv",
        f"{RESULTS}/figures/curation_funnel.pdf",
    ]
    if CONFIG.curation.review == "human":
        curation.append(f"{RESULTS}/tables/agreement.csv")
    if not CONFIG.makes_types:
        waits = CONFIG.curation.review == "human"
        return [*curation, *([f"{RESULTS}/curation/candidates.parquet"] if waits else [])]
    tables, notebooks = ["tradeoff", "takes_hold", "evaluation"], []
    if CONFIG.curation.annotator == "statistics":
        tables.append("discovery")
        notebooks.append("tradeoff.html")
    if CONFIG.benchmarks.easy_vqa:
        tables.append("easy_vqa")
    figures = ["tradeoff.pdf", "tradeoff.png", "evaluation.pdf", "types.png"]
    return [
        *curation,
        *(f"{RESULTS}/tables/{table}.csv" for table in tables),
        *(f"{RESULTS}/figures/{figure}" for figure in figures),
        *(f"{RESULTS}/notebooks/{notebook}" for notebook in notebooks),
    ]


def announce_time():
    """Say before the first job how many there are and how long they will take."""
    from spuriverse.forecast import announce

    logger.info("SpuriVerse: " + announce(workflow.dag, workflow.cores, RESULTS, CONFIG))


def record_provenance():
    """Write results/provenance.json if anything was made since it was last written."""
    from spuriverse.provenance import record

    record(RESULTS, CONFIG)
