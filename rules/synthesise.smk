"""Counterfactual images: with and without the attribute."""

if CONFIG.types_from == "published":

    rule adopt_types:
        input:
            **get_metadata("spuriverse"),
            source=get_place("spuriverse"),
            samples=get_benchmark_tables(),
        output:
            candidates=f"{RESULTS}/curation/candidates.parquet",
            groups=f"{RESULTS}/groups/groups.parquet",
            images=directory(f"{RESULTS}/groups/images"),
            types=f"{RESULTS}/verification/types.parquet",
        params:
            columns=CONFIG.benchmarks.spuriverse.columns,
            metadata=list(CONFIG.metadata_of("spuriverse")),
        conda:
            "../envs/curation.yaml"
        message:
            "Adopt the published types"
        script:
            "../scripts/adopt_types.py"

elif not CONFIG.verification.sequential:

    rule synthesise_groups:
        input:
            **get_pasted(),
            samples=get_benchmark_tables(),
            candidates=f"{RESULTS}/curation/candidates.parquet",
        output:
            groups=f"{RESULTS}/groups/groups.parquet",
            records=f"{RESULTS}/groups/image_records.parquet",
            images=directory(f"{RESULTS}/groups/images"),
        threads: CONFIG.evaluation.threads
        resources:
            gpu=CONFIG.image_gpus,
            mem_mb=get_image_memory(),
            runtime=get_image_runtime(),
        params:
            backend=get_image_backend(),
            seeds=CONFIG.image_counts(),
            gates=get_gates(),
            minimal=CONFIG.synthesis.pairs == "minimal",
            failures=get_image_failures(),
        conda:
            "../envs/synthesis.yaml"
        message:
            "Make the core and the spurious group of every candidate"
        script:
            "../scripts/synthesise_groups.py"


if CONFIG.types_from != "published":

    rule tabulate_synthesis:
        input:
            records=f"{RESULTS}/groups/image_records.parquet",
            candidates=f"{RESULTS}/curation/candidates.parquet",
        output:
            table=f"{RESULTS}/tables/synthesis_audit.csv",
        params:
            seeds={} if CONFIG.verification.sequential else CONFIG.image_counts(),
        conda:
            "../envs/models.yaml"
        message:
            "Tabulate what became of every synthetic image"
        script:
            "../scripts/tabulate_synthesis.py"
