"""The trade-off: fine-tuning on verified types at several proportions."""


rule finetune_adapter:
    input:
        unpack(get_evaluation_sets),
        model=f"{RESULTS}/models/{BASE}",
    output:
        adapter=directory(f"{RESULTS}/finetuning/seed-{{seed}}/proportion-{{proportion}}/adapter"),
        run=f"{RESULTS}/finetuning/seed-{{seed}}/proportion-{{proportion}}/run.parquet",
        responses=f"{RESULTS}/finetuning/seed-{{seed}}/proportion-{{proportion}}/responses.parquet",
    log:
        get_log("finetune_adapter", "{seed}", "{proportion}"),
    benchmark:
        get_timing("finetune_adapter", "{seed}", "{proportion}")
    threads: CONFIG.finetuning.threads
    resources:
        gpu=get_size(BASE).gpu,
        mem_mb=get_memory(get_size(BASE).mem_mb),
        runtime=get_runtime(get_size(BASE).runtime),
    params:
        finetuning=CONFIG.finetuning.model_dump(exclude={"seeds", "proportions", "base_model"}),
        protocol=CONFIG.protocol,
        batch_size=CONFIG.evaluation.batch_size,
    conda:
        "../envs/models.yaml"
    message:
        "Fine-tune the base model on split {wildcards.seed} with a proportion of {wildcards.proportion} spurious samples"
    script:
        "../scripts/finetune_adapter.py"


rule tabulate_tradeoff:
    input:
        unpack(get_evaluation_sets),
        base=f"{RESULTS}/evaluation/models/{BASE}.parquet",
        runs=expand("{run}/run.parquet", run=get_runs()),
        responses=expand("{run}/responses.parquet", run=get_runs()),
    output:
        table=f"{RESULTS}/tables/tradeoff.csv",
    log:
        get_log("tabulate_tradeoff"),
    benchmark:
        get_timing("tabulate_tradeoff")
    threads: 1
    resources:
        mem_mb=get_memory(1000),
        runtime=get_runtime(10),
    params:
        seeds=CONFIG.finetuning.seeds,
        seed=CONFIG.seed,
        resamples=CONFIG.evaluation.resamples,
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate robustness and ordinary accuracy by proportion"
    script:
        "../scripts/tabulate_tradeoff.py"
