"""Which candidates are spurious correlations."""

if CONFIG.types_from != "published":

    rule verify_candidates:
        input:
            samples=get_benchmark_tables(),
            candidates=f"{RESULTS}/curation/candidates.parquet",
            groups=f"{RESULTS}/groups/groups.parquet",
            models=expand(f"{RESULTS}/models/{{model}}", model=CONFIG.verification.models),
        output:
            verification=f"{RESULTS}/verification/verification.parquet",
            types=f"{RESULTS}/verification/types.parquet",
        log:
            get_log("verify_candidates"),
        benchmark:
            get_timing("verify_candidates")
        threads: CONFIG.evaluation.threads
        resources:
            gpu=get_size(CONFIG.verification.models[0]).gpu,
            mem_mb=get_memory(get_size(CONFIG.verification.models[0]).mem_mb),
            runtime=get_runtime(get_size(CONFIG.verification.models[0]).runtime),
        params:
            verification=CONFIG.verification.model_dump(),
            protocol=CONFIG.protocol,
            batch_size=CONFIG.evaluation.batch_size,
        conda:
            "../envs/models.yaml"
        message:
            "Measure every candidate's gap and keep what is confirmed"
        script:
            "../scripts/verify_candidates.py"
