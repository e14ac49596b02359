"""Benchmarks, each as a table of samples and a folder of images."""


rule retrieve_world:
    output:
        samples=f"{RESULTS}/benchmarks/world/samples.parquet",
        images=directory(f"{RESULTS}/benchmarks/world/images"),
    log:
        get_log("retrieve_world"),
    benchmark:
        get_timing("retrieve_world")
    conda:
        "../envs/models.yaml"
    threads: CONFIG.evaluation.threads
    resources:
        mem_mb=get_memory(1000),
        runtime=get_runtime(10),
    params:
        benchmark=CONFIG.benchmarks.world.model_dump(),
        world=CONFIG.world.model_dump(),
        seed=CONFIG.seed,
    message:
        "Render the embedded world's benchmark"
    script:
        "../scripts/retrieve_world.py"
