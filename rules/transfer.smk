"""Types found on another base model: the same steps as for the first, in a folder of their own."""

if len(CARRIED) > 1:

    use rule collect_errors as collect_transfer_errors with:
        input:
            samples=get_benchmark_tables(),
            model=f"{RESULTS}/models/{{source}}",
        output:
            responses=f"{RESULTS}/transfer/{{source}}/curation/responses.parquet",
            errors=f"{RESULTS}/transfer/{{source}}/curation/errors.parquet",
        log:
            get_log("collect_transfer_errors", "{source}"),
        benchmark:
            get_timing("collect_transfer_errors", "{source}")

    use rule annotate_errors as annotate_transfer_errors with:
        input:
            samples=get_benchmark_tables(),
            responses=f"{RESULTS}/transfer/{{source}}/curation/responses.parquet",
            errors=f"{RESULTS}/transfer/{{source}}/curation/errors.parquet",
            records=[],
        output:
            **get_transfer_annotations(),
        log:
            get_log("annotate_transfer_errors", "{source}"),
        benchmark:
            get_timing("annotate_transfer_errors", "{source}")

    use rule review_candidates as review_transfer_candidates with:
        input:
            annotated=f"{RESULTS}/transfer/{{source}}/curation/annotated.parquet",
        output:
            candidates=f"{RESULTS}/transfer/{{source}}/curation/candidates.parquet",
        log:
            get_log("review_transfer_candidates", "{source}"),
        benchmark:
            get_timing("review_transfer_candidates", "{source}")

    use rule synthesise_groups as synthesise_transfer_groups with:
        input:
            samples=get_benchmark_tables(),
            candidates=f"{RESULTS}/transfer/{{source}}/curation/candidates.parquet",
        output:
            groups=f"{RESULTS}/transfer/{{source}}/groups/groups.parquet",
            records=f"{RESULTS}/transfer/{{source}}/groups/image_records.parquet",
            images=directory(f"{RESULTS}/transfer/{{source}}/groups/images"),
        log:
            get_log("synthesise_transfer_groups", "{source}"),
        benchmark:
            get_timing("synthesise_transfer_groups", "{source}")

    use rule verify_candidates as verify_transfer_candidates with:
        input:
            samples=get_benchmark_tables(),
            candidates=f"{RESULTS}/transfer/{{source}}/curation/candidates.parquet",
            groups=f"{RESULTS}/transfer/{{source}}/groups/groups.parquet",
            models=[f"{RESULTS}/models/{{source}}"],
        output:
            verification=f"{RESULTS}/transfer/{{source}}/verification/verification.parquet",
            types=f"{RESULTS}/transfer/{{source}}/verification/types.parquet",
        log:
            get_log("verify_transfer_candidates", "{source}"),
        benchmark:
            get_timing("verify_transfer_candidates", "{source}")

    use rule split_types as split_transfer_types with:
        input:
            samples=get_benchmark_tables(),
            errors=f"{RESULTS}/transfer/{{source}}/curation/errors.parquet",
            candidates=f"{RESULTS}/transfer/{{source}}/curation/candidates.parquet",
            types=f"{RESULTS}/transfer/{{source}}/verification/types.parquet",
        output:
            splits=f"{RESULTS}/transfer/{{source}}/evaluation/splits.parquet",
            non_spurious=f"{RESULTS}/transfer/{{source}}/evaluation/non_spurious.parquet",
        log:
            get_log("split_transfer_types", "{source}"),
        benchmark:
            get_timing("split_transfer_types", "{source}")

    use rule evaluate_model as evaluate_transfer with:
        input:
            unpack(get_sets_of_source),
            model=get_checkpoint,
        output:
            responses=f"{RESULTS}/transfer/{{source}}/models/{{model}}.parquet",
            variants=f"{RESULTS}/transfer/{{source}}/variants/{{model}}.parquet",
        log:
            get_log("evaluate_transfer", "{source}", "{model}"),
        benchmark:
            get_timing("evaluate_transfer", "{source}", "{model}")

    rule tabulate_transfer:
        input:
            **get_carried_sets(),
            base=get_carried_responses(),
            runs=get_transfer_tables("runs"),
            responses=get_transfer_tables("responses"),
        output:
            table=f"{RESULTS}/tables/transfer.csv",
        log:
            get_log("tabulate_transfer"),
        benchmark:
            get_timing("tabulate_transfer")
        threads: 1
        resources:
            mem_mb=get_memory(1500),
            runtime=get_runtime(30),
        params:
            sources=CARRIED,
            seed=CONFIG.seed,
            resamples=CONFIG.evaluation.resamples,
        conda:
            "../envs/figures.yaml"
        message:
            "Tabulate what carries over from model to model"
        script:
            "../scripts/tabulate_transfer.py"
