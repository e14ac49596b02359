"""Figures for people."""


rule plot_tradeoff:
    input:
        table=f"{RESULTS}/tables/tradeoff.csv",
    output:
        pdf=f"{RESULTS}/figures/tradeoff.pdf",
        png=f"{RESULTS}/figures/tradeoff.png",
    log:
        get_log("plot_tradeoff"),
    benchmark:
        get_timing("plot_tradeoff")
    threads: 1
    resources:
        mem_mb=get_memory(1000),
        runtime=get_runtime(10),
    params:
        protocol=CONFIG.protocol,
        base_model=BASE,
    conda:
        "../envs/figures.yaml"
    message:
        "Draw the trade-off"
    script:
        "../scripts/plot_tradeoff.py"


rule plot_evaluation:
    input:
        table=f"{RESULTS}/tables/evaluation.csv",
    output:
        pdf=f"{RESULTS}/figures/evaluation.pdf",
    log:
        get_log("plot_evaluation"),
    benchmark:
        get_timing("plot_evaluation")
    threads: 1
    resources:
        mem_mb=get_memory(1000),
        runtime=get_runtime(10),
    params:
        protocol=CONFIG.protocol,
    conda:
        "../envs/figures.yaml"
    message:
        "Draw the accuracy of every model"
    script:
        "../scripts/plot_evaluation.py"


rule plot_types:
    input:
        samples=get_benchmark_tables(),
        candidates=f"{RESULTS}/curation/candidates.parquet",
        groups=f"{RESULTS}/groups/groups.parquet",
        types=f"{RESULTS}/verification/types.parquet",
        splits=f"{RESULTS}/evaluation/splits.parquet",
        non_spurious=f"{RESULTS}/evaluation/non_spurious.parquet",
        responses=expand(
            f"{RESULTS}/evaluation/models/{{model}}.parquet", model=get_evaluated_models()
        ),
        verification=f"{RESULTS}/verification/verification.parquet",
    output:
        png=f"{RESULTS}/figures/types.png",
    log:
        get_log("plot_types"),
    benchmark:
        get_timing("plot_types")
    threads: 1
    resources:
        mem_mb=get_memory(1000),
        runtime=get_runtime(10),
    params:
        protocol=CONFIG.protocol,
        source=SOURCE,
    conda:
        "../envs/figures.yaml"
    message:
        "Draw a contact sheet of a dozen types"
    script:
        "../scripts/plot_types.py"


rule plot_funnel:
    input:
        table=f"{RESULTS}/tables/curation_funnel.csv",
    output:
        pdf=f"{RESULTS}/figures/curation_funnel.pdf",
    log:
        get_log("plot_funnel"),
    benchmark:
        get_timing("plot_funnel")
    threads: 1
    resources:
        mem_mb=get_memory(1000),
        runtime=get_runtime(10),
    conda:
        "../envs/figures.yaml"
    message:
        "Draw what each step of curation leaves"
    script:
        "../scripts/plot_funnel.py"
