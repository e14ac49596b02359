"""What the models rely on in the questions of MM-SpuBench: CGLA, heat maps, and their check."""


rule measure_cgla:
    input:
        unpack(get_explained_questions),
        model=get_checkpoint,
    output:
        likelihoods=f"{RESULTS}/spubench/likelihoods/{{model}}.parquet",
        words=f"{RESULTS}/spubench/words/{{model}}.safetensors",
    threads: CONFIG.explain.threads
    resources:
        **MODEL_RESOURCES,
    params:
        spec=get_spec,
        training=get_word_training,
        lesson=CONFIG.explain.words.model_dump(),
        batch_size=CONFIG.explain.batch_size,
        seed=CONFIG.seed,
    conda:
        "../envs/models.yaml"
    message:
        "Measure the CGLA of {wildcards.model}"
    script:
        "../scripts/measure_cgla.py"


rule map_saliency:
    input:
        unpack(get_explained_questions),
        model=get_checkpoint,
        words=f"{RESULTS}/spubench/words/{{model}}.safetensors",
    output:
        maps=f"{RESULTS}/spubench/heatmaps/{{model}}.parquet",
        overlays=directory(f"{RESULTS}/spubench/heatmaps/{{model}}"),
    threads: CONFIG.explain.threads
    resources:
        **MODEL_RESOURCES,
    params:
        spec=get_spec,
        samples=CONFIG.explain.samples,
        cells=CONFIG.explain.cells,
        attention=CONFIG.explain.attention,
        batch_size=CONFIG.explain.batch_size,
        seed=CONFIG.seed,
    conda:
        "../envs/models.yaml"
    message:
        "Map what the answers of {wildcards.model} rest on"
    script:
        "../scripts/map_saliency.py"


rule tabulate_cgla:
    input:
        attributes=f"{RESULTS}/spubench/questions/attributes.parquet",
        likelihoods=get_likelihoods(),
    output:
        **get_result_table("cgla", "spubench_cgla"),
        **get_result_table("signatures", "spubench_signatures"),
    params:
        accuracy_threshold=CONFIG.explain.accuracy_threshold,
        cgla_threshold=CONFIG.explain.cgla_threshold,
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate CGLA and the failure signatures"
    script:
        "../scripts/tabulate_cgla.py"


rule tabulate_heatmaps:
    input:
        attributes=f"{RESULTS}/spubench/questions/attributes.parquet",
        maps=get_heatmaps(),
    output:
        **get_result_table("heatmaps", "spubench_heatmaps"),
        **get_result_table("occlusion", "spubench_occlusion"),
    params:
        seed=CONFIG.seed,
        resamples=CONFIG.evaluation.resamples,
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate whether heat maps tell fooled from right answers"
    script:
        "../scripts/tabulate_heatmaps.py"


rule plot_cgla:
    input:
        cgla=f"{RESULTS}/records/spubench_cgla.csv",
        signatures=f"{RESULTS}/records/spubench_signatures.csv",
    output:
        **get_figure("spubench_cgla", "cgla"),
        **get_figure("spubench_signatures", "signatures"),
    params:
        accuracy_threshold=CONFIG.explain.accuracy_threshold,
        cgla_threshold=CONFIG.explain.cgla_threshold,
    conda:
        "../envs/figures.yaml"
    message:
        "Draw CGLA and the failure signatures"
    script:
        "../scripts/plot_cgla.py"


rule plot_heatmaps:
    input:
        table=f"{RESULTS}/records/spubench_heatmaps.csv",
    output:
        **get_figure("spubench_heatmaps"),
    conda:
        "../envs/figures.yaml"
    message:
        "Draw whether heat maps tell fooled from right answers"
    script:
        "../scripts/plot_heatmaps.py"


rule show_heatmaps:
    input:
        attributes=f"{RESULTS}/spubench/questions/attributes.parquet",
        maps=get_heatmaps(),
        overlays=get_overlays(),
    output:
        page=f"{RESULTS}/spubench/heatmaps.html",
    params:
        shown=CONFIG.explain.shown,
    conda:
        "../envs/figures.yaml"
    message:
        "Show the heat maps on a page"
    script:
        "../scripts/show_heatmaps.py"
