"""Figures for people."""


rule plot_tradeoff:
    input:
        table=f"{RESULTS}/records/tradeoff.csv",
    output:
        **get_figure("tradeoff"),
    params:
        base_model=BASE,
    conda:
        "../envs/figures.yaml"
    message:
        "Draw the trade-off"
    script:
        "../scripts/plot_tradeoff.py"


rule plot_evaluation:
    input:
        table=f"{RESULTS}/records/evaluation.csv",
    output:
        **get_figure("evaluation"),
    conda:
        "../envs/figures.yaml"
    message:
        "Draw the accuracy of every model"
    script:
        "../scripts/plot_evaluation.py"


rule plot_types:
    input:
        unpack(get_evaluation_sets),
        responses=get_responses("models"),
        verification=f"{RESULTS}/verification/verification.parquet",
    output:
        png=f"{RESULTS}/figures/types.png",
    params:
        source=SOURCE,
    conda:
        "../envs/figures.yaml"
    message:
        "Draw a contact sheet of a dozen types"
    script:
        "../scripts/plot_types.py"


rule plot_funnel:
    input:
        table=f"{RESULTS}/records/curation_funnel.csv",
    output:
        **get_figure("curation_funnel"),
    conda:
        "../envs/figures.yaml"
    message:
        "Draw what each step of curation leaves"
    script:
        "../scripts/plot_funnel.py"


rule plot_main_results:
    input:
        table=f"{RESULTS}/records/main_results.csv",
    output:
        **get_figure("main_results"),
    conda:
        "../envs/figures.yaml"
    message:
        "Draw how every model does"
    script:
        "../scripts/plot_main_results.py"


rule plot_prompting:
    input:
        table=f"{RESULTS}/records/prompting.csv",
    output:
        **get_figure("prompting"),
    params:
        strategy=CONFIG.evaluation.strategies[0],
    conda:
        "../envs/figures.yaml"
    message:
        "Draw what prompting strategies change"
    script:
        "../scripts/plot_prompting.py"


rule plot_association:
    input:
        table=f"{RESULTS}/records/association.csv",
    output:
        **get_figure("association"),
    conda:
        "../envs/figures.yaml"
    message:
        "Draw the trade-off over base models and associations"
    script:
        "../scripts/plot_association.py"


rule plot_ablation:
    input:
        table=f"{RESULTS}/records/ablation.csv",
    output:
        **get_figure("ablation"),
    conda:
        "../envs/figures.yaml"
    message:
        "Draw accuracy by the number of spurious types in training"
    script:
        "../scripts/plot_ablation.py"
