"""Score the pipeline against what was planted; nothing here feeds an earlier stage."""


rule measure_gaps:
    input:
        model=f"{RESULTS}/models/{{model}}",
    output:
        pairs=f"{RESULTS}/scores/gaps/{{model}}.parquet",
    threads: CONFIG.evaluation.threads
    resources:
        gpu=get_gpus,
        mem_mb=get_model_memory,
        runtime=get_model_runtime,
    params:
        pairs=CONFIG.zoo.pairs,
        world=CONFIG.world.model_dump(),
        seed=CONFIG.seed,
        batch_size=CONFIG.evaluation.batch_size,
    conda:
        "../envs/models.yaml"
    message:
        "Measure the gap of every attribute for {wildcards.model}"
    script:
        "../scripts/measure_gaps.py"


rule tabulate_planted_shortcuts:
    input:
        biased=expand(f"{RESULTS}/scores/gaps/{{model}}.parquet", model=get_models_of("biased")),
        control=expand(
            f"{RESULTS}/scores/gaps/{{model}}.parquet", model=get_models_of("decorrelated")
        ),
    output:
        table=f"{RESULTS}/tables/planted_shortcuts.csv",
    params:
        seed=CONFIG.seed,
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate which planted shortcuts took hold"
    script:
        "../scripts/tabulate_planted_shortcuts.py"


rule score_discovery:
    input:
        pairs=f"{RESULTS}/scores/gaps/{SOURCE}.parquet",
        proposals=f"{RESULTS}/curation/proposals.parquet",
        candidates=f"{RESULTS}/curation/candidates.parquet",
        types=f"{RESULTS}/verification/types.parquet",
    output:
        table=f"{RESULTS}/tables/discovery.csv",
    conda:
        "../envs/figures.yaml"
    message:
        "Score what was found against what was planted"
    script:
        "../scripts/score_discovery.py"
