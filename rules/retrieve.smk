"""Benchmarks, each as a table of samples and a folder of images."""

if CONFIG.benchmarks.world:

    rule retrieve_world:
        output:
            samples=f"{RESULTS}/benchmarks/world/samples.parquet",
            images=directory(f"{RESULTS}/benchmarks/world/images"),
        threads: CONFIG.evaluation.threads
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
        resources:
            runtime=get_runtime(240),
        params:
            name=lambda wildcards: wildcards.place,
            setting=lambda wildcards: CONFIG.source_key(wildcards.place),
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
        resources:
            runtime=get_runtime(60),
        params:
            reader=lambda wildcards: CONFIG.reader_of(wildcards.name),
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
        params:
            readers={name: CONFIG.reader_of(name) for name in CONFIG.answered_benchmarks()},
        conda:
            "../envs/curation.yaml"
        message:
            "Read the recorded replies of the source model"
        script:
            "../scripts/retrieve_records.py"
