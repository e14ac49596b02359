"""What a run will take, and which of its results are stale; both run on the local machine."""


localrules:
    plan,
    verify_provenance,


rule plan:
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
    params:
        results=RESULTS,
        config=CONFIG.model_dump_json(),
    conda:
        "../envs/workflow.yaml"
    message:
        "Look for stale results"
    script:
        "../scripts/verify_provenance.py"
