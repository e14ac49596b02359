"""Probes of the evaluated models; asked for by name alone."""


rule probe_model:
    input:
        unpack(get_base_sets),
        model=get_checkpoint,
        server=get_server("evaluation"),
        stickers=CONFIG.probes.stickers or [],
    output:
        table=f"{RESULTS}/evaluation/probes/{{model}}.csv",
    threads: get_model_threads
    resources:
        gpu=get_gpus,
        mem_mb=get_model_memory,
        runtime=get_model_runtime,
    params:
        spec=get_spec,
        failures=lambda wildcards: get_failures(MODELS.get(wildcards.model)),
        strategy=CONFIG.evaluation.strategies[0],
        templates=get_templates,
        names=CONFIG.probes.names,
        questions=CONFIG.probes.questions,
        seed=CONFIG.seed,
    conda:
        "../envs/models.yaml"
    message:
        "Probe {wildcards.model} under changed conditions"
    script:
        "../scripts/probe_model.py"


rule tabulate_probes:
    input:
        tables=expand(f"{RESULTS}/evaluation/probes/{{model}}.csv", model=CONFIG.evaluated_models),
    output:
        csv=f"{RESULTS}/tables/probes.csv",
        md=f"{RESULTS}/tables/probes.md",
        tex=f"{RESULTS}/tables/probes.tex",
        ranks=f"{RESULTS}/tables/probe_ranks.csv",
    params:
        names=CONFIG.probes.names,
        bias=get_trained_bias(),
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate what the probes found"
    script:
        "../scripts/tabulate_probes.py"


rule plot_probes:
    input:
        table=f"{RESULTS}/tables/probes.csv",
    output:
        pdf=f"{RESULTS}/figures/probes.pdf",
    conda:
        "../envs/figures.yaml"
    message:
        "Draw what the probes found"
    script:
        "../scripts/plot_probes.py"
