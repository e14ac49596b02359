"""Fine-tuning on verified types: the trade-off, the wide study, and types of another base model."""

if CONFIG.types_from == "world":

    rule render_test_sets:
        input:
            samples=get_benchmark_tables(),
            candidates=f"{RESULTS}/curation/candidates.parquet",
            types=f"{RESULTS}/verification/types.parquet",
        output:
            sets=f"{RESULTS}/evaluation/test_sets.parquet",
            images=directory(f"{RESULTS}/evaluation/test_images"),
        params:
            backend=CONFIG.test_backend(2),
            aligned=CONFIG.finetuning.aligned_per_type,
            ordinary=CONFIG.finetuning.ordinary,
        conda:
            "../envs/models.yaml"
        message:
            "Render what the fine-tuning study is measured on"
        script:
            "../scripts/render_test_sets.py"


rule finetune_adapters:
    input:
        unpack(get_study_sets),
        model=get_checkpoint,
    output:
        runs=f"{RESULTS}/finetuning/{{study}}/{{model}}/seed-{{seed}}/runs.parquet",
        responses=f"{RESULTS}/finetuning/{{study}}/{{model}}/seed-{{seed}}/responses.parquet",
    threads: CONFIG.finetuning.threads
    resources:
        gpu=get_gpus,
        mem_mb=get_model_memory,
        runtime=get_study_runtime,
    params:
        study=lambda wildcards: CONFIG.study_settings(wildcards.study),
        finetuning=CONFIG.training_settings(),
        spec=get_trained_spec,
        store=f"{RESULTS}/finetuning/adapters",
    conda:
        "../envs/models.yaml"
    message:
        "Fine-tune {wildcards.model} for the study {wildcards.study}, split {wildcards.seed}"
    script:
        "../scripts/finetune_adapters.py"


rule tabulate_tradeoff:
    input:
        unpack(get_base_sets),
        runs=get_study_tables("tradeoff", "runs", [BASE]),
        responses=get_study_tables("tradeoff", "responses", [BASE]),
    output:
        table=f"{RESULTS}/tables/tradeoff.csv",
    params:
        base_model=BASE,
        seeds=CONFIG.finetuning.seeds,
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate robustness and ordinary accuracy by proportion"
    script:
        "../scripts/tabulate_tradeoff.py"


rule tabulate_association:
    input:
        unpack(get_base_sets),
        runs=get_study_tables("association", "runs", ASSOCIATED),
        responses=get_study_tables("association", "responses", ASSOCIATED),
    output:
        table=f"{RESULTS}/tables/association.csv",
    resources:
        mem_mb=get_memory(1500),
        runtime=get_runtime(30),
    params:
        associations=ASSOCIATED,
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate the trade-off over base models and associations"
    script:
        "../scripts/tabulate_association.py"


rule tabulate_finetuning:
    input:
        unpack(get_base_sets),
        runs=get_all_study_tables("runs"),
        responses=get_all_study_tables("responses"),
    output:
        csv=f"{RESULTS}/tables/finetuning.csv",
        md=f"{RESULTS}/tables/finetuning.md",
        tex=f"{RESULTS}/tables/finetuning.tex",
        ablation=f"{RESULTS}/tables/ablation.csv",
        types=f"{RESULTS}/tables/held_out_types.csv",
        kinds=f"{RESULTS}/tables/held_out_kinds.csv",
        benchmarks=f"{RESULTS}/tables/held_out_benchmarks.csv",
    resources:
        mem_mb=get_memory(1500),
        runtime=get_runtime(30),
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate the fine-tuning study"
    script:
        "../scripts/tabulate_finetuning.py"


if len(CARRIED) > 1 or len(SOURCES) > 1:

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


if len(CARRIED) > 1:

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
