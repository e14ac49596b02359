"""Counterfactual images: with and without the attribute."""

if CONFIG.types_from == "published":

    rule adopt_types:
        input:
            source=get_place("spuriverse"),
            samples=get_benchmark_tables(),
        output:
            candidates=f"{RESULTS}/curation/candidates.parquet",
            groups=f"{RESULTS}/groups/groups.parquet",
            images=directory(f"{RESULTS}/groups/images"),
            types=f"{RESULTS}/verification/types.parquet",
        log:
            get_log("adopt_types"),
        benchmark:
            get_timing("adopt_types")
        threads: 1
        resources:
            mem_mb=get_memory(1000),
            runtime=get_runtime(20),
        params:
            columns=CONFIG.benchmarks.spuriverse.columns,
        conda:
            "../envs/curation.yaml"
        message:
            "Take the published types over"
        script:
            "../scripts/adopt_types.py"

else:

    rule synthesise_groups:
        input:
            samples=get_benchmark_tables(),
            candidates=f"{RESULTS}/curation/candidates.parquet",
        output:
            groups=f"{RESULTS}/groups/groups.parquet",
            images=directory(f"{RESULTS}/groups/images"),
        log:
            get_log("synthesise_groups"),
        benchmark:
            get_timing("synthesise_groups")
        threads: CONFIG.evaluation.threads
        resources:
            mem_mb=get_memory(1000),
            runtime=get_runtime(20),
        params:
            synthesis=CONFIG.synthesis.model_dump(),
            world=CONFIG.world.model_dump(),
            seed=CONFIG.seed,
        conda:
            "../envs/synthesis.yaml"
        message:
            "Render the core and the spurious group of every candidate"
        script:
            "../scripts/synthesise_groups.py"
