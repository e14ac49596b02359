"""The checked configuration, wildcard constraints, and the functions that rules share."""

import os
import re
import sys
from pathlib import Path

from snakemake_logger_plugin_spuriverse import Refusal, targets_of
from spuriverse.cpu import pin_kernels
from spuriverse.config import check_config, check_sizes, check_tokens, lay_over
from spuriverse.problems import Problem
from spuriverse.workflow import release_stale_lock

if workflow.is_main_process and not workflow.dryrun:
    release_stale_lock()

# A job of its own process makes a file for a run whose targets were checked.
TARGETS = targets_of(sys.argv[1:]) if workflow.is_main_process else ["serve_model"]

FILES = [Path(workflow.basedir) / "config.yaml", *workflow.overwrite_configfiles]

try:
    LAID = lay_over(config, workflow.config_settings.config or {}, FILES)
    CONFIG = check_config(LAID, TARGETS)
except Problem as problem:
    raise Refusal(str(problem)) from None

if CONFIG.kernels == "avx2":
    pin_kernels()

RESULTS = CONFIG.results
ZOO = {model.name: model for model in [*CONFIG.zoo.models, *CONFIG.associated_models]}
MODELS = {model.name: model for model in CONFIG.models}
BASE = CONFIG.finetuning.base_model
SOURCE = CONFIG.source_model
RECORDED = CONFIG.recorded_source
PACKAGED = CONFIG.packaged_models()
REGIONS_ANNOTATE = CONFIG.curation.annotator == "regions"
ANNOTATING = CONFIG.embedding_model if REGIONS_ANNOTATE else CONFIG.annotator_model
PLACES = CONFIG.places()


wildcard_constraints:
    model="|".join(map(re.escape, [*ZOO, *MODELS])),
    name="|".join(map(re.escape, CONFIG.benchmarks.real())) or "none",
    place="|".join(map(re.escape, PLACES)) or "none",
    seed=r"[0-9]+",
    fold=r"[0-9]+",
    batch=r"\d+|fresh",


def get_annotator_model():
    """How the model that annotates, or through whose vision tower it is done, is loaded or asked."""
    return get_chat_spec(ANNOTATING)


def get_memory(megabytes):
    """Memory in MB that grows with every attempt."""
    return lambda wildcards, attempt: megabytes * attempt


def get_runtime(minutes):
    """Run time in minutes that grows with every attempt, as far as partitions allow."""
    return lambda wildcards, attempt: CONFIG.cluster.minutes(minutes, attempt)


def get_notebook(name):
    """A notebook of the project, as it is reached from the folder that the run writes to."""
    return os.path.relpath(os.path.join(workflow.basedir, "notebooks", f"{name}.ipynb"))


def get_benchmark_tables(wildcards=None):
    """The samples of every configured benchmark."""
    names = CONFIG.benchmarks.names()
    return [f"{RESULTS}/benchmarks/{name}/samples.parquet" for name in names]


def get_refused_tables(wildcards=None):
    """For every benchmark that is read from a source, the rows that cannot be asked."""
    names = CONFIG.benchmarks.real()
    return [f"{RESULTS}/benchmarks/{name}/refused.parquet" for name in names]


def get_place(place):
    """The path of a source: the one in the configuration, or where it is downloaded to."""
    source = PLACES[place]
    return source if isinstance(source, str) else f"{RESULTS}/sources/{place}"


def get_source(wildcards):
    """The source of a benchmark, and its images if they are separate files."""
    images = CONFIG.benchmarks.real()[wildcards.name].images
    found = {"source": get_place(wildcards.name), **get_metadata(wildcards.name)}
    return {**found, "images": images} if images else found


def get_metadata(name):
    """The metadata files that hold what the source of a benchmark leaves out."""
    places = [CONFIG.metadata_place(name, benchmark) for benchmark in CONFIG.metadata_of(name)]
    return {"metadata": list(map(get_place, places))} if places else {}


def get_replies():
    """The metadata files with the source model's recorded replies, one per benchmark."""
    return [get_place(CONFIG.reply_place(name)) for name in CONFIG.answered_benchmarks()]


def get_source_model(wildcards):
    """What answers for the source model: its recorded replies, or its checkpoint if it has one."""
    return f"{RESULTS}/curation/records.parquet" if RECORDED else get_checkpoint_of(SOURCE)


def get_curated(wildcards):
    """What the funnel counts in addition to the tables that always exist."""
    found = {}
    if get_refused_tables():
        found["refused"] = get_refused_tables()
    if RECORDED:
        found["records"] = f"{RESULTS}/curation/records.parquet"
    if CONFIG.types_from in ("world", "own"):
        found["verification"] = f"{RESULTS}/verification/verification.parquet"
    return found


def get_decisions():
    """A digest of the reviewers' decisions so far: a new decision reruns what uses it."""
    if CONFIG.curation.review != "human":
        return ""
    from spuriverse.discovery.review import decisions_sha256

    return decisions_sha256(CONFIG.curation.decisions)


def get_annotations():
    """What the annotator makes; the statistical one also has a table of its tests."""
    found = {
        "candidates": f"{RESULTS}/curation/annotated.parquet",
        "verdicts": f"{RESULTS}/curation/verdicts.parquet",
    }
    if CONFIG.curation.annotator in ("statistics", "regions"):
        found["proposals"] = f"{RESULTS}/curation/proposals.parquet"
    if REGIONS_ANNOTATE:
        found["regions"] = f"{RESULTS}/curation/regions.parquet"
    return found


def get_evaluation_sets(wildcards):
    """What models are evaluated on."""
    return {
        "samples": get_benchmark_tables(),
        "candidates": f"{RESULTS}/curation/candidates.parquet",
        "groups": f"{RESULTS}/groups/groups.parquet",
        "types": f"{RESULTS}/verification/types.parquet",
        "splits": f"{RESULTS}/evaluation/splits.parquet",
        "non_spurious": f"{RESULTS}/evaluation/non_spurious.parquet",
    }


def get_variant_tables():
    """Tables about other strategies, orders of the options and blind questions, if configured."""
    found = {}
    if len(CONFIG.evaluation.strategies) > 1:
        found["csv"] = f"{RESULTS}/tables/prompting.csv"
    if CONFIG.evaluation.shuffles:
        found["consistency"] = f"{RESULTS}/tables/consistency.csv"
    if CONFIG.evaluation.blind:
        found["blind"] = f"{RESULTS}/tables/blind.csv"
    return found


def get_figure(name, key=""):
    """A figure as PDF for papers and as PNG for pages, by their suffixes or by a key."""
    path = f"{RESULTS}/figures/{name}"
    names = (key, f"{key}_png") if key else ("pdf", "png")
    return {names[0]: f"{path}.pdf", names[1]: f"{path}.png"}


def get_marked_up(tables):
    """The same tables as Markdown and LaTeX."""
    return {
        f"{name}_{suffix}": f"{path.removesuffix('.csv')}.{suffix}"
        for name, path in tables.items()
        for suffix in ("md", "tex")
    }


def get_responses(folder):
    """The responses of all evaluated models."""
    return [f"{RESULTS}/evaluation/{folder}/{model}.parquet" for model in CONFIG.evaluated_models]


def get_products():
    """Everything that the default configuration makes for people."""
    curation = [
        f"{RESULTS}/tables/curation_funnel.csv",
        f"{RESULTS}/figures/curation_funnel.pdf",
        *get_spending(),
    ]
    if CONFIG.curation.review == "human":
        curation.append(f"{RESULTS}/tables/agreement.csv")
    if CONFIG.types_from == "nowhere":
        if CONFIG.depicts_candidates:
            return [*curation, f"{RESULTS}/tables/synthesis_audit.csv"]
        waits = CONFIG.curation.review == "human"
        return [*curation, *([f"{RESULTS}/curation/candidates.parquet"] if waits else [])]
    if CONFIG.shows_shortcuts:
        curation += get_shown_shortcuts()
    if REGIONS_ANNOTATE and CONFIG.types_from != "published":
        return [*curation, *get_verified()]
    evaluation = [
        f"{RESULTS}/tables/main_results.csv",
        f"{RESULTS}/figures/main_results.pdf",
        f"{RESULTS}/samples.html",
        *get_variant_tables().values(),
    ]
    if "csv" in get_variant_tables():
        evaluation.append(f"{RESULTS}/figures/prompting.pdf")
    if CONFIG.types_from == "published":
        return [*curation, *evaluation]
    if CONFIG.types_from == "own":
        return [*curation, *get_verified(), *evaluation]
    tables, notebooks = ["tradeoff", "planted_shortcuts", "evaluation", "synthesis_audit"], []
    tables += ["verification_calibration", "sequential_savings", "shrinkage"]
    if CONFIG.scores_discovery:
        tables.append("discovery")
        notebooks.append("tradeoff.html")
    if CONFIG.benchmarks.easy_vqa:
        tables.append("easy_vqa")
    figures = ["tradeoff.pdf", "tradeoff.png", "evaluation.pdf", "types.png"]
    figures.append("verification_calibration.pdf")
    return [
        *curation,
        *evaluation,
        *(f"{RESULTS}/tables/{table}.csv" for table in tables),
        *(f"{RESULTS}/figures/{figure}" for figure in figures),
        *(f"{RESULTS}/notebooks/{notebook}" for notebook in notebooks),
        f"{RESULTS}/sheets",
    ]


def check_access():
    """Refuse to start if a model that will be loaded needs a token and none is set."""
    jobs = list(workflow.dag.needrun_jobs())
    # A job with a model in its wildcards loads it: evaluation, explanation, fine-tuning.
    names = {job.wildcards.model for job in jobs if hasattr(job.wildcards, "model")}
    names |= get_waiting_verification_models()
    if any(job.rule.name == "collect_errors" for job in jobs):
        names.add(SOURCE)
    if any(job.rule.name == "annotate_errors" for job in jobs):
        names.add(CONFIG.curation.annotator_model)
    if any(job.rule.name == "propose_core_and_spurious" for job in jobs):
        names.add(SPUBENCH.annotator_model)
    try:
        check_tokens(CONFIG, names)
        if not workflow.local_exec:
            check_sizes(CONFIG, names)
    except Problem as problem:
        raise Refusal(str(problem)) from None


def complete_rules():
    """Give all rules a log, a benchmark, the digest of the code that their scripts reach, captions
    for the report, and for each table the record with every digit.

    A log has the name of its job: results/logs/<rule>/<wildcards>.log, and so has the benchmark, in
    results/timings. The digest is a parameter, so that an edit of the code reruns the job. A table
    for people is rounded; its script writes the record of the same name in results/records as well
    (`write_result_csv`), which is what other rules read.
    """
    from spuriverse.workflow import CODE_CACHE, Code

    code = Code(CODE_CACHE)
    for each in workflow.rules:
        if not (each.script or each.shellcmd):
            continue
        wildcards = re.findall(r"\{(\w+)", each.output[0]) if each.output else []
        job = os.path.join(each.name, *(f"{{{name}}}" for name in dict.fromkeys(wildcards)))
        each.log_modifier = each.benchmark_modifier = workflow.modifier.path_modifier
        # A service is a shell command that runs the script of its name and writes its own logs.
        if each.script:
            each.set_log(f"{RESULTS}/logs/{job}.log")
        # A benchmark counts as an output: a job without any other would run only once.
        if each.script and each.output:
            each.benchmark = f"{RESULTS}/timings/{job}.tsv"
        script = os.path.basename(each.script or f"{each.name}.py")
        try:
            each.set_params(code=code.digest(Path(workflow.basedir) / "scripts" / script))
        except Problem as problem:
            raise Refusal(str(problem)) from None
        for path in each.output:
            enter_in_report(path)
        tables = [path for path in each.output if path.startswith(f"{RESULTS}/tables/")]
        names = [os.path.relpath(path, f"{RESULTS}/tables") for path in tables]
        records = [name for name in names if name.endswith(".csv")]
        each.set_output(*(f"{RESULTS}/records/{name}" for name in records))
    code.save()


def check_targets():
    """Refuse a target that no rule makes, and say which was probably meant."""
    from spuriverse.workflow import refuse_unknown

    if not workflow.is_main_process:
        return

    def is_made(name):
        path = name if os.path.isabs(name) else os.path.relpath(name)
        return os.path.exists(path) or any(rule.is_producer(path) for rule in workflow.rules)

    outputs = [str(path) for rule in workflow.rules for path in rule.output]
    known = [rule.name for rule in workflow.rules] + [path for path in outputs if "{" not in path]
    try:
        refuse_unknown(TARGETS, known, is_made)
    except Problem as problem:
        raise Refusal(str(problem)) from None


def get_targets(wildcards=None):
    """The rules that people ask for, which have a docstring, and the files for people."""
    asked = [(rule.name, rule.docstring) for rule in workflow.rules if rule.docstring]
    asked.sort(key=lambda target: target[0] != "all")
    makers = {str(path): rule for rule in workflow.rules for path in rule.output}
    products = [*get_products(), *get_spubench_products(), *get_explained_products()]
    made = [(path, makers[path].message) for path in products if path in makers]
    return {"rules": asked, "files": made}


def announce_time():
    """Say before the first job how many jobs there are and how long they will take.

    What the terminal counts down goes with it.
    """
    from spuriverse.workflow import announce

    sentence, countdown = announce(workflow.dag, workflow.cores, RESULTS, CONFIG)
    logger.info(f"SpuriVerse: {sentence}", extra={"countdown": countdown})


def record_provenance():
    """Write results/records/provenance.json if anything was made since it was last written."""
    from spuriverse.workflow import record

    record(RESULTS, CONFIG, *get_spending())
