"""Types found on another base model: the same steps as for the first, in a folder of their own."""

if len(CARRIED) > 1:

    use rule collect_errors as collect_transfer_errors with:
        input:
            samples=get_benchmark_tables(),
            model=f"{RESULTS}/models/{{origin}}",
        output:
            responses=f"{RESULTS}/transfer/{{origin}}/curation/responses.parquet",
            errors=f"{RESULTS}/transfer/{{origin}}/curation/errors.parquet",

    use rule annotate_errors as annotate_transfer_errors with:
        input:
            samples=get_benchmark_tables(),
            responses=f"{RESULTS}/transfer/{{origin}}/curation/responses.parquet",
            errors=f"{RESULTS}/transfer/{{origin}}/curation/errors.parquet",
            records=[],
        output:
            **get_transfer_annotations(),

    use rule review_candidates as review_transfer_candidates with:
        input:
            annotated=f"{RESULTS}/transfer/{{origin}}/curation/annotated.parquet",
        output:
            candidates=f"{RESULTS}/transfer/{{origin}}/curation/candidates.parquet",

    use rule synthesise_groups as synthesise_transfer_groups with:
        input:
            samples=get_benchmark_tables(),
            candidates=f"{RESULTS}/transfer/{{origin}}/curation/candidates.parquet",
        output:
            groups=f"{RESULTS}/transfer/{{origin}}/groups/groups.parquet",
            records=f"{RESULTS}/transfer/{{origin}}/groups/image_records.parquet",
            images=directory(f"{RESULTS}/transfer/{{origin}}/groups/images"),

    use rule verify_candidates as verify_transfer_candidates with:
        input:
            samples=get_benchmark_tables(),
            candidates=f"{RESULTS}/transfer/{{origin}}/curation/candidates.parquet",
            groups=f"{RESULTS}/transfer/{{origin}}/groups/groups.parquet",
            models=[f"{RESULTS}/models/{{origin}}"],
        output:
            verification=f"{RESULTS}/transfer/{{origin}}/verification/verification.parquet",
            types=f"{RESULTS}/transfer/{{origin}}/verification/types.parquet",
            responses=f"{RESULTS}/transfer/{{origin}}/verification/responses.parquet",
        params:
            **get_judgement(),
            verification_models=lambda wildcards: [get_spec_of(wildcards.origin)],

    use rule split_types as split_transfer_types with:
        input:
            samples=get_benchmark_tables(),
            errors=f"{RESULTS}/transfer/{{origin}}/curation/errors.parquet",
            candidates=f"{RESULTS}/transfer/{{origin}}/curation/candidates.parquet",
            types=f"{RESULTS}/transfer/{{origin}}/verification/types.parquet",
        output:
            splits=f"{RESULTS}/transfer/{{origin}}/evaluation/splits.parquet",
            non_spurious=f"{RESULTS}/transfer/{{origin}}/evaluation/non_spurious.parquet",

    use rule render_test_sets as render_transfer_test_sets with:
        input:
            samples=get_benchmark_tables(),
            candidates=f"{RESULTS}/transfer/{{origin}}/curation/candidates.parquet",
            types=f"{RESULTS}/transfer/{{origin}}/verification/types.parquet",
        output:
            sets=f"{RESULTS}/transfer/{{origin}}/evaluation/test_sets.parquet",
            images=directory(f"{RESULTS}/transfer/{{origin}}/evaluation/test_images"),

    rule tabulate_transfer:
        input:
            **get_carried_sets(),
            runs=get_transfer_tables("runs"),
            responses=get_transfer_tables("responses"),
        output:
            table=f"{RESULTS}/tables/transfer.csv",
        resources:
            mem_mb=get_memory(1500),
            runtime=get_runtime(30),
        params:
            sources=CARRIED,
        conda:
            "../envs/figures.yaml"
        message:
            "Tabulate what transfers from model to model"
        script:
            "../scripts/tabulate_transfer.py"
