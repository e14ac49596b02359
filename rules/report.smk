"""The run told in words, tables and figures."""

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
