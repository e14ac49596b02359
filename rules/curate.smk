"""From the source model's errors to candidates."""


rule collect_errors:
    input:
        samples=get_benchmark_tables(),
        model=f"{RESULTS}/models/{SOURCE}",
    output:
        responses=f"{RESULTS}/curation/responses.parquet",
        errors=f"{RESULTS}/curation/errors.parquet",
    log:
        get_log("collect_errors"),
    benchmark:
        get_timing("collect_errors")
    threads: CONFIG.evaluation.threads
    resources:
        mem_mb=get_memory(3000),
        runtime=get_runtime(30),
    params:
        protocol=CONFIG.protocol,
        batch_size=CONFIG.evaluation.batch_size,
    conda:
        "../envs/models.yaml"
    message:
        "Ask the source model the benchmark pool and collect its errors"
    script:
        "../scripts/collect_errors.py"


rule propose_attributes:
    input:
        samples=get_benchmark_tables(),
        responses=f"{RESULTS}/curation/responses.parquet",
        errors=f"{RESULTS}/curation/errors.parquet",
    output:
        proposals=f"{RESULTS}/curation/proposals.parquet",
        candidates=f"{RESULTS}/curation/candidates.parquet",
    log:
        get_log("propose_attributes"),
    benchmark:
        get_timing("propose_attributes")
    threads: 1
    resources:
        mem_mb=get_memory(1000),
        runtime=get_runtime(10),
    params:
        curation=CONFIG.curation.model_dump(),
        seed=CONFIG.seed,
    conda:
        "../envs/figures.yaml"
    message:
        "Propose the attribute behind each group of errors"
    script:
        "../scripts/propose_attributes.py"
