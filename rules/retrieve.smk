"""Benchmarks, each as a table of samples and a folder of images."""


rule retrieve_world:
    output:
        samples=f"{RESULTS}/benchmarks/world/samples.parquet",
        images=directory(f"{RESULTS}/benchmarks/world/images"),
    log:
        get_log("retrieve_world"),
    benchmark:
        get_timing("retrieve_world")
    threads: CONFIG.evaluation.threads
    resources:
        mem_mb=get_memory(1000),
        runtime=get_runtime(10),
    params:
        benchmark=CONFIG.benchmarks.world.model_dump(),
        world=CONFIG.world.model_dump(),
        seed=CONFIG.seed,
    conda:
        "../envs/models.yaml"
    message:
        "Render the embedded world's benchmark"
    script:
        "../scripts/retrieve_world.py"


if CONFIG.benchmarks.easy_vqa:

    rule retrieve_easy_vqa:
        output:
            samples=f"{RESULTS}/benchmarks/easy_vqa/samples.parquet",
            images=directory(f"{RESULTS}/benchmarks/easy_vqa/images"),
        log:
            get_log("retrieve_easy_vqa"),
        benchmark:
            get_timing("retrieve_easy_vqa")
        threads: 1
        resources:
            mem_mb=get_memory(1000),
            runtime=get_runtime(10),
        params:
            benchmark=CONFIG.benchmarks.easy_vqa.model_dump(),
            seed=CONFIG.seed,
        conda:
            "../envs/models.yaml"
        message:
            "Take easy-VQA's test questions from the installed package"
        script:
            "../scripts/retrieve_easy_vqa.py"
