"""What a run will take, and which of its results are stale; both answered where one types it."""


def get_shares():
    """The jobs that load or ask one model, rule by rule; of the zoo's models only evaluation's."""
    asked = {
        "evaluate_model": get_evaluated_models(),
        "evaluate_spubench": get_spubench_models() if CONFIG.asks_spubench else [],
        "measure_cgla": CONFIG.explained_models() if CONFIG.asks_spubench else [],
        "map_salience": get_mapped_models() if CONFIG.asks_spubench else [],
    }
    shares = {
        asking: {
            name: {"jobs": 1, "gpus": get_evaluation_gpus(name)}
            for name in names
            if asking == "evaluate_model" or name in MODELS
        }
        for asking, names in asked.items()
    }
    return {**shares, "finetune_adapters": get_training_shares()}


def get_training_shares():
    """The fine-tuning jobs of every model that is not of the zoo, study by study."""
    runs = [path.split("/")[-4:-2] for path in get_all_study_tables("runs")]
    found = {}
    for name in TRAINED:
        studies = [study for study, model in runs if model == name]
        if name in MODELS:
            counted = {study: studies.count(study) for study in dict.fromkeys(studies)}
            found[name] = {"jobs": len(studies), "gpus": get_gpus_of(name), "studies": counted}
    return found


localrules:
    plan,
    verify_provenance,


rule plan:
    output:
        table=f"{RESULTS}/tables/plan.csv",
    log:
        get_log("plan"),
    benchmark:
        get_timing("plan")
    threads: 1
    resources:
        mem_mb=get_memory(1000),
        runtime=get_runtime(10),
    params:
        config=CONFIG.model_dump(mode="json"),
        shares=get_shares(),
    conda:
        "../envs/workflow.yaml"
    message:
        "Plan the whole run"
    script:
        "../scripts/plan.py"


# Without a benchmark file, which would count as an output: the question is answered every time.
rule verify_provenance:
    log:
        get_log("verify_provenance"),
    threads: 1
    resources:
        mem_mb=get_memory(1000),
        runtime=get_runtime(10),
    params:
        results=RESULTS,
        config=CONFIG.model_dump_json(),
    conda:
        "../envs/workflow.yaml"
    message:
        "Look for stale results"
    script:
        "../scripts/verify_provenance.py"
