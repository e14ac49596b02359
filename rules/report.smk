"""The run told in words, tables and figures."""


rule render_notebook:
    input:
        notebook="notebooks/tradeoff.ipynb",
        tables=expand(
            f"{RESULTS}/tables/{{table}}.csv",
            table=["tradeoff", "takes_hold", "discovery", "evaluation"],
        ),
        figures=expand(f"{RESULTS}/figures/{{figure}}.png", figure=["tradeoff", "types"]),
        verification=f"{RESULTS}/verification/verification.parquet",
    output:
        html=f"{RESULTS}/notebooks/tradeoff.html",
        notebook=f"{RESULTS}/notebooks/tradeoff.ipynb",
    log:
        get_log("render_notebook"),
    benchmark:
        get_timing("render_notebook")
    threads: 1
    resources:
        mem_mb=get_memory(1500),
        runtime=get_runtime(10),
    params:
        parameters=dict(
            results=RESULTS,
            base_model=BASE,
            protocol=CONFIG.protocol,
        ),
    conda:
        "../envs/notebook.yaml"
    message:
        "Render the notebook that walks through the run"
    script:
        "../scripts/render_notebook.py"


rule render_paper_tables:
    input:
        notebook="notebooks/paper_tables.ipynb",
        tables=get_paper_tables(),
    output:
        html=f"{RESULTS}/notebooks/paper_tables.html",
        notebook=f"{RESULTS}/notebooks/paper_tables.ipynb",
    log:
        get_log("render_paper_tables"),
    benchmark:
        get_timing("render_paper_tables")
    threads: 1
    resources:
        mem_mb=get_memory(1500),
        runtime=get_runtime(10),
    params:
        parameters=dict(
            results=RESULTS,
            protocol=CONFIG.protocol,
        ),
    conda:
        "../envs/notebook.yaml"
    message:
        "Put the tables beside the published ones"
    script:
        "../scripts/render_paper_tables.py"
