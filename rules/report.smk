"""What people read: figures, tables in words, notebooks; the plan of a run, and what is stale in it."""


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


if CONFIG.remote_models:

    rule tabulate_spending:
        input:
            asked=get_paid_tables(),
        output:
            table=f"{RESULTS}/tables/spending.csv",
        params:
            store=CONFIG.replies,
            names=CONFIG.remote_names(),
        conda:
            "../envs/models.yaml"
        message:
            "Tabulate what the remote models have cost so far"
        script:
            "../scripts/tabulate_spending.py"


rule render_notebook:
    input:
        notebook=get_notebook("tradeoff"),
        tables=expand(
            f"{RESULTS}/records/{{table}}.csv",
            table=["tradeoff", "planted_shortcuts", "discovery", "evaluation"],
        ),
        figures=expand(f"{RESULTS}/figures/{{figure}}.png", figure=["tradeoff", "types"]),
        verification=f"{RESULTS}/verification/verification.parquet",
        spending=get_spending(),
    output:
        html=f"{RESULTS}/notebooks/tradeoff.html",
        notebook=f"{RESULTS}/notebooks/tradeoff.ipynb",
    resources:
        mem_mb=get_memory(1500),
    params:
        parameters=dict(
            results=RESULTS,
            base_model=BASE,
            spending="".join(get_spending()),
        ),
    conda:
        "../envs/notebook.yaml"
    message:
        "Render the notebook that walks through the run"
    script:
        "../scripts/render_notebook.py"


use rule render_notebook as render_paper_tables with:
    input:
        notebook=get_notebook("paper_tables"),
        tables=get_paper_tables(),
    output:
        html=f"{RESULTS}/notebooks/paper_tables.html",
        notebook=f"{RESULTS}/notebooks/paper_tables.ipynb",
    params:
        parameters=dict(
            results=RESULTS,
        ),
    message:
        "Compare the tables with the published ones"


rule export_dataset:
    """The verified types as a data set to publish, in the folder dataset of the results."""
    input:
        unpack(get_published_tables),
        samples=get_benchmark_tables(),
    output:
        folder=directory(f"{RESULTS}/dataset"),
    resources:
        mem_mb=get_memory(1500),
    params:
        name=f"spuriverse-types-{SOURCE}",
        source_model=SOURCE,
        verified_by=CONFIG.verification.models,
        threshold=CONFIG.verification.threshold,
    conda:
        "../envs/curation.yaml"
    message:
        "Export the verified types as a data set"
    script:
        "../scripts/export_dataset.py"


localrules:
    plan,
    targets,
    verify_provenance,


rule plan:
    """Jobs, hours and money of the whole run, before anything runs."""
    output:
        table=f"{RESULTS}/tables/plan.csv",
    params:
        config=CONFIG.model_dump(mode="json"),
        shares=get_shares(),
    conda:
        "../envs/workflow.yaml"
    message:
        "Plan the whole run"
    script:
        "../scripts/plan.py"


# It has no output, so that it runs every time.
rule verify_provenance:
    """Which results are stale."""
    params:
        results=RESULTS,
        config=CONFIG.model_dump_json(),
    conda:
        "../envs/workflow.yaml"
    message:
        "Look for stale results"
    script:
        "../scripts/verify_provenance.py"


# It has no output either.
rule targets:
    """This list."""
    params:
        targets=lambda wildcards: get_targets(),
    conda:
        "../envs/workflow.yaml"
    message:
        "List what can be asked for"
    script:
        "../scripts/targets.py"
