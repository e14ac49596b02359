"""The functions that the rules of fine-tuning, mitigations and open questions share."""

from functools import cache

STUDY = CONFIG.finetuning.study
TRAINED = list(dict.fromkeys(STUDY.base_models or [BASE]))
CARRIED = CONFIG.carried_models
SOURCES = CONFIG.several_sources
ASSOCIATED = {model.name: model.association for model in CONFIG.associated_models}


wildcard_constraints:
    study="|".join(
        [
            *("tradeoff", "association", "regimes", "ablation", "kinds", "benchmarks"),
            "diversity",
            *(f"transfer-{re.escape(name)}" for name in CARRIED),
        ]
    ),
    origin="|".join(map(re.escape, dict.fromkeys([*CARRIED, *SOURCES]))) or "none",


def get_study_sets(wildcards):
    """What a study samples from: the types of the base model, or those found on another."""
    source = wildcards.study.removeprefix("transfer-")
    if wildcards.study in (source, f"transfer-{BASE}"):
        return get_base_sets(wildcards)
    return get_transfer_sets(source)


def get_base_sets(wildcards=None):
    """The types of the base model, and what its fine-tuning is measured on."""
    sets = f"{RESULTS}/evaluation/test_sets.parquet"
    drawn = [sets] if CONFIG.types_from == "world" else []
    return {**get_evaluation_sets(wildcards), "test_sets": drawn}


def get_transfer_sets(source):
    """The types found on another model, and what fine-tuning on them is measured on."""
    folder = f"{RESULTS}/transfer/{source}"
    return {
        "test_sets": [f"{folder}/evaluation/test_sets.parquet"],
        "samples": get_benchmark_tables(),
        "candidates": f"{folder}/curation/candidates.parquet",
        "groups": f"{folder}/groups/groups.parquet",
        "types": f"{folder}/verification/types.parquet",
        "splits": f"{folder}/evaluation/splits.parquet",
        "non_spurious": f"{folder}/evaluation/non_spurious.parquet",
    }


def get_transfer_annotations():
    """What the statistical annotator proposes for another model's errors."""
    folder = f"{RESULTS}/transfer/{{origin}}/curation"
    return {
        "candidates": f"{folder}/annotated.parquet",
        "verdicts": f"{folder}/verdicts.parquet",
        "proposals": f"{folder}/proposals.parquet",
    }


def get_trained_spec(wildcards):
    """How a base model is opened and asked."""
    return get_spec_of(wildcards.model, CONFIG.finetuning.quantisation)


def get_study_runtime(wildcards, attempt):
    """Run time in minutes of a job that fine-tunes its model several times."""
    return CONFIG.cluster.minutes(CONFIG.size_of(wildcards.model).minutes_to_finetune, attempt)


def get_study_tables(study, table, models):
    """One kind of table of a study, of all its models and splits."""
    return expand(
        f"{RESULTS}/finetuning/{study}/{{model}}/seed-{{seed}}/{table}.parquet",
        model=models,
        seed=CONFIG.finetuning.seeds,
    )


def get_all_study_tables(table):
    """One kind of table of all studies whose types are those of the base model."""
    asked = {
        "regimes": True,
        "ablation": True,
        "kinds": STUDY.kinds,
        # The world's types are all of one benchmark.
        "benchmarks": STUDY.benchmarks and CONFIG.types_from == "published",
    }
    chosen = [study for study, wanted in asked.items() if wanted]
    return [path for study in chosen for path in get_study_tables(study, table, TRAINED)]


def get_transfer_tables(table):
    """One kind of table of every pair of models, and of each model on its own types."""
    return [
        path
        for source in CARRIED
        for path in get_study_tables(f"transfer-{source}", table, CARRIED)
    ]


def get_carried_sets():
    """The evaluation sets of every model on which types were found."""
    sets = [get_base_sets() if source == BASE else get_transfer_sets(source) for source in CARRIED]
    found = {key: [each[key] for each in sets] for key in sets[0]} if sets else {}
    found |= {"test_sets": [path for each in sets for path in each["test_sets"]]}
    return found | {"samples": get_benchmark_tables()}


def get_paper_tables():
    """Our counterparts of the paper's tables."""
    names = ["curation_funnel", "main_results", "finetuning", "ablation"]
    prompting = ["prompting"] if "csv" in get_variant_tables() else []
    return [f"{RESULTS}/records/{name}.csv" for name in names + prompting]


def get_study_products(wildcards):
    """Everything that the fine-tuning study makes for people.

    Asked for only if the study is a target: the place to say what it takes, in a dry run as well.
    """
    announce_gpu_jobs()
    return get_study_files()


def get_study_files():
    """The files of the fine-tuning study for people."""
    tables = ["finetuning", "ablation", "held_out_types"]
    tables += ["held_out_kinds"] if STUDY.kinds else []
    tables += ["held_out_benchmarks"] if STUDY.benchmarks else []
    tables += ["transfer"] if len(CARRIED) > 1 else []
    # Published samples have no attributes, by which the trade-off tells aligned from ordinary ones.
    tradeoff = ["tradeoff.pdf"] if CONFIG.types_from == "world" else []
    if ASSOCIATED and CONFIG.types_from == "world":
        tables.append("association")
        tradeoff.append("association.pdf")
    return [
        *(f"{RESULTS}/tables/{table}.csv" for table in tables),
        *(f"{RESULTS}/figures/{figure}" for figure in ["ablation.pdf", *tradeoff]),
        f"{RESULTS}/notebooks/paper_tables.html",
    ]


@cache
def announce_gpu_jobs():
    """Log how many jobs of the study need a GPU, if any do."""
    trained = [model for model in TRAINED if model in MODELS]
    jobs = [path for path in get_all_study_tables("runs") if any(f"/{m}/" in path for m in trained)]
    if jobs:
        logger.info(
            f"SpuriVerse: the fine-tuning study has {len(jobs)} GPU jobs, of {', '.join(trained)}"
            f" on {len(CONFIG.finetuning.seeds)} splits; {len(trained)} more evaluate these models"
            " before."
        )


def get_mitigation_inputs(wildcards):
    """What mitigations of a base model are trained and measured on."""
    folder = f"{RESULTS}/finetuning/mitigations"
    return {
        "model": f"{RESULTS}/models/{wildcards.model}",
        "types": f"{folder}/{wildcards.model}/types.parquet",
        "first_types": f"{RESULTS}/verification/types.parquet",
        "samples": get_benchmark_tables(),
        "candidates": f"{RESULTS}/curation/candidates.parquet",
        "groups": f"{RESULTS}/groups/groups.parquet",
        "non_spurious": f"{RESULTS}/evaluation/non_spurious.parquet",
        "sets": f"{folder}/sets.parquet",
    }


def get_regret_table():
    """What the choice of a scale misses, if adaptive_scale is compared with fixed scales."""
    methods = CONFIG.finetuning.mitigations.methods
    compared = {"adaptive_scale", "adapter_scaling"} <= set(methods)
    return {"regret": f"{RESULTS}/tables/adaptive_regret.csv"} if compared else {}


def get_mitigation_products():
    """Table and figures of the comparison of mitigations, if the world can render images."""
    if CONFIG.types_from != "world":
        return []
    return [
        f"{RESULTS}/tables/mitigations.csv",
        f"{RESULTS}/figures/mitigations.pdf",
        f"{RESULTS}/figures/methods.pdf",
    ]


def get_robust_model():
    """The folder of the robust model, if its base model can be trained."""
    return f"{RESULTS}/robust/{CONFIG.robust_base_model}"


CONFIRMED = CONFIG.way_out.base_models or CONFIG.usual_zoo_models("biased")


def get_confirmed(name):
    """One table of every split of the confirmation."""
    return expand(
        f"{RESULTS}/finetuning/way_out/{{model}}/{name}-{{seed}}-{{fold}}.parquet",
        model=CONFIRMED,
        seed=CONFIG.way_out.seeds,
        fold=range(CONFIG.finetuning.mitigations.folds),
    )


def get_inputs_of_other_types(wildcards):
    """What a base model is trained and measured on with the types of another."""
    inputs = get_mitigation_inputs(wildcards)
    folder = f"{RESULTS}/finetuning/mitigations"
    return {**inputs, "types": f"{folder}/{wildcards.other}/types.parquet"}


def get_way_out_transfer_cases():
    """Every case in which the way out is to transfer: what it is, of what, and its two tables."""
    folds, seed = range(CONFIG.finetuning.mitigations.folds), CONFIG.way_out.seeds[0]
    cases = []
    for model in CONFIRMED:
        folder = f"{RESULTS}/finetuning/way_out/{model}"
        for kind in CONFIG.way_out.transfer_kinds:
            cases.append(("kind left out", kind, f"{folder}/kinds/{kind}/{{}}-{seed}-0.parquet"))
        for other in [name for name in CONFIRMED if name != model]:
            name = f"{folder}/types_of/{other}/{{}}-{seed}"
            cases += [("types of another model", other, f"{name}-{fold}.parquet") for fold in folds]
    return cases


def get_way_out_transfer_tables(name):
    """One of the two tables of every case."""
    return [path.format(name) for _, _, path in get_way_out_transfer_cases()]


def get_way_out_products():
    """Table and figure of the confirmation, if the world can render images."""
    if CONFIG.types_from != "world":
        return []
    return [
        f"{RESULTS}/tables/way_out.csv",
        f"{RESULTS}/figures/way_out.pdf",
        # Whether the control model can answer, and which shortcuts took hold.
        f"{RESULTS}/tables/planted_shortcuts.csv",
    ]


OPEN_FOLDER = f"{RESULTS}/open_questions"
REPLYING = CONFIG.open_questions.open_replies


wildcard_constraints:
    question="source_models|open_answers|synthetic_natural|generalising|second_paper|annotations|towers|open_replies|backbones|cgla_intervention",


def get_open_table(question):
    """The files of the table that answers a question."""
    path = f"{RESULTS}/tables/open_questions/{question}"
    return {suffix: f"{path}.{suffix}" for suffix in ("csv", "md", "tex")}


def get_interventions():
    """What removing the cue did to the answers of every explained model."""
    return [f"{OPEN_FOLDER}/interventions/{model}.parquet" for model in CONFIG.explained_models()]


def get_zoo_responses(folder):
    """What the evaluated tiny models answered, from a folder with a table for each."""
    return [f"{folder}/{model}.parquet" for model in CONFIG.evaluated_models if model in ZOO]


def get_tuned_and_base(table):
    """One kind of table of the base model and of its fine-tuned models."""
    tuned = [
        f"{OPEN_FOLDER}/adapters/{table}/seed-{seed}.parquet" for seed in CONFIG.finetuning.seeds
    ]
    return [f"{RESULTS}/spubench/{table}/{BASE}.parquet", *tuned]


def get_annotation_tables(table):
    """One kind of table of the training with annotations, of all its splits."""
    seeds = CONFIG.finetuning.seeds[: CONFIG.open_questions.annotations.splits]
    return [f"{OPEN_FOLDER}/annotations/{table}/seed-{seed}.parquet" for seed in seeds]


def get_judge_runtime(wildcards, attempt):
    """Run time in minutes of a job that judges open replies."""
    return CONFIG.cluster.minutes(CONFIG.size_of(REPLYING.judge).runtime, attempt)


def get_reply_tables(kind):
    """One kind of table of every model that is asked without options."""
    return [f"{OPEN_FOLDER}/{kind}/{model}.parquet" for model in REPLYING.models]


def get_source_sets():
    """What was found on every source model, and its groups; lists in the order of the models."""
    sets = [get_base_sets() if source == BASE else get_transfer_sets(source) for source in SOURCES]
    keys = ("candidates", "groups", "types", "non_spurious")
    return {"samples": get_benchmark_tables(), **{key: [s[key] for s in sets] for key in keys}}


def get_open_questions():
    """The open questions that this configuration can answer."""
    embedded = CONFIG.types_from == "world"
    asked = {
        "source_models": len(SOURCES) > 1,
        "open_answers": embedded,
        "open_replies": CONFIG.types_from != "nowhere" and REPLYING.models,
        "synthetic_natural": embedded and HAS_SCENES,
        "generalising": embedded,
        "second_paper": embedded and HAS_SCENES and BASE in CONFIG.mapped_models,
        "annotations": embedded and CONFIG.synthesis.pairs == "minimal",
        "towers": embedded and CONFIG.world.edition == "usual",
        "backbones": embedded and HAS_SCENES and not SPUBENCH.clip,
        "cgla_intervention": CONFIG.asks_spubench and CONFIG.explained_models(),
    }
    return [question for question, able in asked.items() if able]


def get_open_files():
    """The table and the figure of every question that can be answered."""
    questions = get_open_questions()
    return [
        *(f"{RESULTS}/tables/open_questions/{question}.csv" for question in questions),
        *(f"{RESULTS}/figures/open_questions/{question}.pdf" for question in questions),
    ]


def get_asked_open_questions(wildcards):
    """These files when they are asked for by the rule's name."""
    if not get_open_questions():
        raise Refusal(
            "No open question can be answered here: they need the embedded world, or a model with"
            " backend transformers that is asked MM-SpuBench (docs/open-questions.md)."
        )
    return get_open_files()
