"""From the source model's errors to accepted candidates."""


rule collect_errors:
    input:
        samples=get_benchmark_tables(),
        model=get_source_model,
        server=get_server("collection"),
    output:
        responses=f"{RESULTS}/curation/responses.parquet",
        errors=f"{RESULTS}/curation/errors.parquet",
    threads: CONFIG.threads_of(SOURCE)
    resources:
        gpu=CONFIG.gpus_of(SOURCE),
        mem_mb=get_memory(CONFIG.size_of(SOURCE).mem_mb),
        runtime=get_runtime(CONFIG.size_of(SOURCE).runtime),
    params:
        recorded=RECORDED.name if RECORDED else "",
        spec={} if RECORDED else get_spec_of(SOURCE),
        strategy="direct",
        templates=read_templates(["direct"]) if SOURCE in MODELS and not RECORDED else {},
        failures=get_failures(MODELS.get(SOURCE)),
    conda:
        "../envs/models.yaml"
    message:
        "Ask the source model the questions of the benchmarks and collect its errors"
    script:
        "../scripts/collect_errors.py"


rule annotate_errors:
    input:
        samples=get_benchmark_tables(),
        responses=f"{RESULTS}/curation/responses.parquet",
        errors=f"{RESULTS}/curation/errors.parquet",
        records=f"{RESULTS}/curation/records.parquet" if RECORDED else [],
        server=get_server("annotation"),
        model=get_annotator_checkpoint(ANNOTATING),
        encoder=get_vision_tower() if REGIONS_ANNOTATE else [],
    output:
        **get_annotations(),
    threads: get_annotator_threads(ANNOTATING)
    resources:
        gpu=get_annotator_gpus(ANNOTATING),
        mem_mb=get_memory(get_annotator_memory(ANNOTATING)),
        runtime=get_annotator_runtime(),
    params:
        curation=CONFIG.annotator_settings(),
        annotator_model=get_annotator_model(),
        encoder=CONFIG.vision_tower if REGIONS_ANNOTATE else {},
        failures=get_failures(CONFIG.annotator_model),
        seed=CONFIG.seed,
    conda:
        "../envs/models.yaml"
    message:
        "Propose the spurious attribute behind each error"
    script:
        "../scripts/annotate_errors.py"


if CONFIG.types_from != "published":

    rule review_candidates:
        input:
            annotated=f"{RESULTS}/curation/annotated.parquet",
        output:
            candidates=f"{RESULTS}/curation/candidates.parquet",
        params:
            review=CONFIG.curation.review,
            decisions=CONFIG.curation.decisions,
            decided=get_decisions(),
        conda:
            "../envs/curation.yaml"
        message:
            "Accept candidates"
        script:
            "../scripts/review_candidates.py"


rule review:
    """The page on which people decide on candidates; Ctrl-C ends it."""
    input:
        annotated=f"{RESULTS}/curation/annotated.parquet",
        samples=get_benchmark_tables(),
    resources:
        runtime=get_runtime(720),
    params:
        decisions=CONFIG.curation.decisions,
        host=CONFIG.curation.host,
        port=CONFIG.curation.port,
    conda:
        "../envs/review.yaml"
    message:
        "Open the review page; end it with Ctrl-C"
    script:
        "../scripts/review.py"


rule tabulate_funnel:
    input:
        unpack(get_curated),
        samples=get_benchmark_tables(),
        responses=f"{RESULTS}/curation/responses.parquet",
        annotated=f"{RESULTS}/curation/annotated.parquet",
        verdicts=f"{RESULTS}/curation/verdicts.parquet",
    output:
        table=f"{RESULTS}/tables/curation_funnel.csv",
        changes=f"{RESULTS}/tables/curation_changes.csv",
    params:
        source_model=SOURCE,
        annotator=CONFIG.curation.annotator_model or CONFIG.curation.annotator,
        recorded_verdicts=CONFIG.curation.annotator == "recorded",
        review=CONFIG.curation.review,
        decisions=CONFIG.curation.decisions,
        decided=get_decisions(),
        threshold=CONFIG.verification.threshold,
    conda:
        "../envs/curation.yaml"
    message:
        "Count what each step of curation leaves"
    script:
        "../scripts/tabulate_funnel.py"


rule tabulate_agreement:
    input:
        candidates=f"{RESULTS}/curation/candidates.parquet",
    output:
        table=f"{RESULTS}/tables/agreement.csv",
    params:
        decisions=CONFIG.curation.decisions,
        decided=get_decisions(),
        resamples=CONFIG.evaluation.resamples,
        seed=CONFIG.seed,
    conda:
        "../envs/curation.yaml"
    message:
        "Measure the reviewers' agreement"
    script:
        "../scripts/tabulate_agreement.py"
