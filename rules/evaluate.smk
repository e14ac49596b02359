"""The evaluation sets, and every model of the zoo on them."""


rule split_types:
    input:
        samples=get_benchmark_tables(),
        errors=f"{RESULTS}/curation/errors.parquet",
        candidates=f"{RESULTS}/curation/candidates.parquet",
        types=f"{RESULTS}/verification/types.parquet",
    output:
        splits=f"{RESULTS}/evaluation/splits.parquet",
        non_spurious=f"{RESULTS}/evaluation/non_spurious.parquet",
    log:
        get_log("split_types"),
    benchmark:
        get_timing("split_types")
    threads: 1
    resources:
        mem_mb=get_memory(1000),
        runtime=get_runtime(10),
    params:
        seeds=CONFIG.finetuning.seeds,
        validation_share=CONFIG.finetuning.validation_share,
        test_share=CONFIG.finetuning.test_share,
        per_anchor=CONFIG.evaluation.non_spurious_per_anchor,
        validation_samples=CONFIG.finetuning.validation_samples,
        seed=CONFIG.seed,
    conda:
        "../envs/figures.yaml"
    message:
        "Split the types by attribute and draw the non-spurious set"
    script:
        "../scripts/split_types.py"


rule evaluate_model:
    input:
        samples=get_benchmark_tables(),
        candidates=f"{RESULTS}/curation/candidates.parquet",
        groups=f"{RESULTS}/groups/groups.parquet",
        types=f"{RESULTS}/verification/types.parquet",
        splits=f"{RESULTS}/evaluation/splits.parquet",
        non_spurious=f"{RESULTS}/evaluation/non_spurious.parquet",
        model=f"{RESULTS}/models/{{model}}",
    output:
        responses=f"{RESULTS}/evaluation/models/{{model}}.parquet",
    log:
        get_log("evaluate_model", "{model}"),
    benchmark:
        get_timing("evaluate_model", "{model}")
    threads: CONFIG.evaluation.threads
    resources:
        mem_mb=get_memory(2000),
        runtime=get_runtime(20),
    params:
        protocol=CONFIG.protocol,
        batch_size=CONFIG.evaluation.batch_size,
    conda:
        "../envs/models.yaml"
    message:
        "Evaluate {wildcards.model} on anchors, groups and the non-spurious set"
    script:
        "../scripts/evaluate_model.py"


rule tabulate_evaluation:
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
    output:
        table=f"{RESULTS}/tables/evaluation.csv",
    log:
        get_log("tabulate_evaluation"),
    benchmark:
        get_timing("tabulate_evaluation")
    threads: 1
    resources:
        mem_mb=get_memory(1000),
        runtime=get_runtime(10),
    params:
        seed=CONFIG.seed,
        resamples=CONFIG.evaluation.resamples,
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate the accuracy of every model and subset"
    script:
        "../scripts/tabulate_evaluation.py"


if CONFIG.benchmarks.easy_vqa:

    rule tabulate_easy_vqa:
        input:
            samples=f"{RESULTS}/benchmarks/easy_vqa/samples.parquet",
            responses=f"{RESULTS}/curation/responses.parquet",
        output:
            table=f"{RESULTS}/tables/easy_vqa.csv",
        log:
            get_log("tabulate_easy_vqa"),
        benchmark:
            get_timing("tabulate_easy_vqa")
        threads: 1
        resources:
            mem_mb=get_memory(1000),
            runtime=get_runtime(10),
        params:
            seed=CONFIG.seed,
            resamples=CONFIG.evaluation.resamples,
        conda:
            "../envs/figures.yaml"
        message:
            "Tabulate the source model's accuracy on easy-VQA"
        script:
            "../scripts/tabulate_easy_vqa.py"
