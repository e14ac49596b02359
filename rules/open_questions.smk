"""The questions that the two papers leave open: a table and a figure for each."""


rule plot_open_question:
    input:
        table=f"{RESULTS}/tables/open_questions/{{question}}.csv",
    output:
        **get_figure("open_questions/{question}"),
    conda:
        "../envs/figures.yaml"
    message:
        "Draw the answer to {wildcards.question}"
    script:
        "../scripts/plot_open_question.py"


rule measure_interventions:
    input:
        unpack(get_explained_questions),
        scenes=get_scenes(),
        model=get_checkpoint,
        words=f"{RESULTS}/spubench/words/{{model}}.safetensors",
    output:
        table=f"{RESULTS}/open_questions/interventions/{{model}}.parquet",
    threads: CONFIG.explain.threads
    resources:
        gpu=get_gpus,
        mem_mb=get_model_memory,
        runtime=get_model_runtime,
    params:
        spec=get_spec,
        world=CONFIG.world.model_dump(),
        batch_size=CONFIG.explain.batch_size,
    conda:
        "../envs/models.yaml"
    message:
        "Remove the cue from what {wildcards.model} is asked"
    script:
        "../scripts/measure_interventions.py"


rule relate_cgla_to_interventions:
    input:
        attributes=f"{RESULTS}/spubench/questions/attributes.parquet",
        interventions=get_interventions(),
        likelihoods=get_likelihoods(),
        maps=get_heatmaps(),
    output:
        **get_open_table("cgla_intervention"),
    params:
        seed=CONFIG.seed,
        resamples=CONFIG.evaluation.resamples,
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate whether CGLA and maps predict what an intervention does"
    script:
        "../scripts/relate_cgla_to_interventions.py"
