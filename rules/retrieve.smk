"""Benchmarks, each as a table of samples and a folder of images."""

if CONFIG.benchmarks.world:

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


if PLACES:

    rule retrieve_source:
        output:
            folder=directory(f"{RESULTS}/sources/{{place}}"),
        log:
            get_log("retrieve_source", "{place}"),
        benchmark:
            get_timing("retrieve_source", "{place}")
        threads: 1
        resources:
            mem_mb=get_memory(1000),
            runtime=get_runtime(240),
        params:
            name=lambda wildcards: wildcards.place,
            setting=get_setting,
            source=lambda wildcards: PLACES[wildcards.place].model_dump(),
            parts=lambda wildcards: f"{RESULTS}/sources/.parts/{wildcards.place}",
        conda:
            "../envs/curation.yaml"
        message:
            "Fetch the source of {wildcards.place}"
        script:
            "../scripts/retrieve_source.py"


if CONFIG.benchmarks.real():

    rule retrieve_benchmark:
        input:
            unpack(get_source),
        output:
            samples=f"{RESULTS}/benchmarks/{{name}}/samples.parquet",
            images=directory(f"{RESULTS}/benchmarks/{{name}}/images"),
            refused=f"{RESULTS}/benchmarks/{{name}}/refused.parquet",
        log:
            get_log("retrieve_benchmark", "{name}"),
        benchmark:
            get_timing("retrieve_benchmark", "{name}")
        threads: 1
        resources:
            mem_mb=get_memory(1000),
            runtime=get_runtime(60),
        params:
            reader=lambda wildcards: get_reader(wildcards.name),
            benchmark=lambda wildcards: CONFIG.benchmarks.real()[wildcards.name].model_dump(),
            metadata=lambda wildcards: list(CONFIG.metadata_of(wildcards.name)),
        conda:
            "../envs/curation.yaml"
        message:
            "Read the questions of {wildcards.name}"
        script:
            "../scripts/retrieve_benchmark.py"


if RECORDED:

    rule retrieve_records:
        input:
            replies=get_replies(),
        output:
            records=f"{RESULTS}/curation/records.parquet",
        log:
            get_log("retrieve_records"),
        benchmark:
            get_timing("retrieve_records")
        threads: 1
        resources:
            mem_mb=get_memory(1000),
            runtime=get_runtime(10),
        params:
            readers={name: get_reader(name) for name in CONFIG.answered_benchmarks()},
        conda:
            "../envs/curation.yaml"
        message:
            "Read the recorded replies of the source model"
        script:
            "../scripts/retrieve_records.py"
