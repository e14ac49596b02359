"""Which candidates are spurious correlations: in one step, or image by image."""

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
            verification_models=get_verification_specs(),
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
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate the deciding gap and the gap on fresh images"
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
    conda:
        "../envs/figures.yaml"
    message:
        "Draw a contact sheet of every candidate, and one page of them all"
    script:
        "../scripts/draw_sheets.py"


if CONFIG.types_from != "published" and CONFIG.verification.sequential:

    rule synthesise_batch:
        input:
            **get_pasted(),
            samples=get_benchmark_tables(),
            candidates=f"{RESULTS}/curation/candidates.parquet",
            evidence=get_batch_before,
        output:
            groups=f"{RESULTS}/groups/batch-{{batch}}/groups.parquet",
            records=f"{RESULTS}/groups/batch-{{batch}}/image_records.parquet",
            images=directory(f"{RESULTS}/groups/batch-{{batch}}/images"),
        threads: CONFIG.evaluation.threads
        resources:
            mem_mb=get_image_memory(),
            runtime=get_image_runtime(),
            gpu=CONFIG.image_gpus,
        params:
            backend=get_image_backend(),
            seeds=lambda wildcards: CONFIG.batch_seeds(wildcards.batch),
            gates=get_gates(),
            minimal=CONFIG.synthesis.pairs == "minimal",
            wanted=get_batch_part,
        conda:
            "../envs/models.yaml"
        message:
            "Make batch {wildcards.batch} of the images of the candidates that need it"
        script:
            "../scripts/synthesise_batch.py"

    rule judge_batch:
        input:
            unpack(get_batches_until),
            samples=get_benchmark_tables(),
            candidates=f"{RESULTS}/curation/candidates.parquet",
            models=get_verification_checkpoints(),
        output:
            responses=f"{RESULTS}/verification/batch-{{batch}}/responses.parquet",
            evidence=f"{RESULTS}/verification/batch-{{batch}}/evidence.parquet",
        threads: get_verification_threads()
        resources:
            gpu=get_verification_gpus(),
            mem_mb=get_verification_memory(),
            runtime=get_verification_runtime(),
        params:
            verification=CONFIG.verification_rule(),
            least_attributes=lambda wildcards: CONFIG.batch_least(wildcards.batch),
            verification_models=get_verification_specs(),
            strategy=CONFIG.evaluation.strategies[0],
            templates=get_verification_templates(),
            failures=get_verification_failures(),
        conda:
            "../envs/models.yaml"
        message:
            "Judge batch {wildcards.batch} and decide where the evidence suffices"
        script:
            "../scripts/judge_batch.py"

    rule gather_groups:
        input:
            groups=get_batch_tables("groups"),
            records=get_batch_tables("image_records"),
        output:
            groups=f"{RESULTS}/groups/groups.parquet",
            records=f"{RESULTS}/groups/image_records.parquet",
        conda:
            "../envs/curation.yaml"
        message:
            "Collect the images of all batches"
        script:
            "../scripts/gather_groups.py"
