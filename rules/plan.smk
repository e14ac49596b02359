"""What can be made, what it will take, and which results are stale: all on the local machine."""


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
