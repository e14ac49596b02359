"""Which candidates are spurious correlations."""

if CONFIG.types_from != "published":

    rule verify_candidates:
        input:
            unpack(get_batches),
            samples=get_benchmark_tables(),
            candidates=f"{RESULTS}/curation/candidates.parquet",
            groups=f"{RESULTS}/groups/groups.parquet",
            models=get_verification_checkpoints(),
        output:
            verification=f"{RESULTS}/verification/verification.parquet",
            types=f"{RESULTS}/verification/types.parquet",
            responses=f"{RESULTS}/verification/responses.parquet",
        threads: get_verification_threads()
        resources:
            gpu=get_verification_gpus(),
            mem_mb=get_verification_memory(),
            runtime=get_verification_runtime(),
        params:
            **get_judgement(),
            judges=get_verification_specs(),
        conda:
            "../envs/models.yaml"
        message:
            "Measure every candidate's gap and keep what is confirmed"
        script:
            "../scripts/verify_candidates.py"


rule tabulate_shrinkage:
    input:
        verification=f"{RESULTS}/verification/verification.parquet",
        candidates=f"{RESULTS}/curation/candidates.parquet",
    output:
        table=f"{RESULTS}/tables/shrinkage.csv",
    params:
        seed=CONFIG.seed,
        resamples=CONFIG.evaluation.resamples,
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate the gap that decided beside the gap on fresh images"
    script:
        "../scripts/tabulate_shrinkage.py"


rule draw_sheets:
    input:
        samples=get_benchmark_tables(),
        candidates=f"{RESULTS}/curation/candidates.parquet",
        groups=f"{RESULTS}/groups/groups.parquet",
        verification=f"{RESULTS}/verification/verification.parquet",
        responses=[
            f"{RESULTS}/verification/responses.parquet",
            *get_responses("models"),
            f"{RESULTS}/curation/responses.parquet",
        ],
    output:
        sheets=directory(f"{RESULTS}/sheets"),
    resources:
        mem_mb=get_memory(1500),
        runtime=get_runtime(20),
    conda:
        "../envs/figures.yaml"
    message:
        "Draw a contact sheet of every candidate, and one page of them all"
    script:
        "../scripts/draw_sheets.py"
