"""Suspicions from pixels: tried by editing pictures, and shown."""

if not REGIONS_ANNOTATE:

    use rule annotate_errors as annotate_regions with:
        input:
            samples=get_benchmark_tables(),
            responses=f"{RESULTS}/curation/responses.parquet",
            errors=f"{RESULTS}/curation/errors.parquet",
            model=get_annotator_checkpoint(CONFIG.embedding_model),
            encoder=get_vision_tower(),
        output:
            candidates=f"{RESULTS}/shortcuts/annotated.parquet",
            verdicts=f"{RESULTS}/shortcuts/verdicts.parquet",
            proposals=f"{RESULTS}/shortcuts/proposals.parquet",
            regions=f"{RESULTS}/shortcuts/regions.parquet",
        threads: get_annotator_threads(CONFIG.embedding_model)
        resources:
            gpu=get_annotator_gpus(CONFIG.embedding_model),
            mem_mb=get_memory(get_annotator_memory(CONFIG.embedding_model)),
            runtime=get_runtime(120),
        params:
            curation=CONFIG.region_settings(),
            annotator_model=get_chat_spec(CONFIG.embedding_model),
            encoder=CONFIG.vision_tower,
            # Nothing that is found beside another annotator's work may end it.
            required=False,
            failures=0,
            seed=CONFIG.seed,
        message:
            "Look for regions of pictures behind the errors"


rule try_suspicions:
    input:
        samples=get_benchmark_tables(),
        responses=f"{RESULTS}/curation/responses.parquet",
        proposals=get_suspicions("proposals"),
        regions=get_suspicions("regions"),
        model=get_checkpoint_of(SOURCE),
        server=get_server("collection"),
    output:
        trials=f"{RESULTS}/shortcuts/trials.parquet",
        responses=f"{RESULTS}/shortcuts/responses.parquet",
        images=directory(f"{RESULTS}/shortcuts/images"),
    threads: CONFIG.threads_of(SOURCE)
    resources:
        gpu=CONFIG.gpus_of(SOURCE),
        mem_mb=get_memory(CONFIG.size_of(SOURCE).mem_mb),
        runtime=get_runtime(CONFIG.size_of(SOURCE).runtime),
    params:
        spec={} if RECORDED else get_spec_of(SOURCE),
        strategy="direct",
        templates=read_templates(["direct"]) if SOURCE in MODELS and not RECORDED else {},
        tried=CONFIG.shortcuts.tried,
        extent=CONFIG.trial_extent(),
        edit=CONFIG.synthesis.paste.model_dump(include={"feather", "fill"}),
        failures=get_failures(MODELS.get(SOURCE)),
        seed=CONFIG.seed,
    conda:
        "../envs/models.yaml"
    message:
        "Paste and cover suspected regions, and ask the source model again"
    script:
        "../scripts/try_suspicions.py"


if CONFIG.shortcuts.presence:

    rule measure_presence:
        input:
            samples=get_benchmark_tables(),
            regions=get_suspicions("regions"),
            checkpoint=get_folder(CONFIG.shortcuts.presence),
        output:
            presence=f"{RESULTS}/shortcuts/presence.parquet",
        threads: CONFIG.evaluation.threads
        resources:
            mem_mb=get_memory(4000),
            runtime=get_runtime(240),
        params:
            checkpoint=CONFIG.shortcuts.presence,
            names=CONFIG.shortcuts.names,
            words=CONFIG.shortcuts.words,
        conda:
            "../envs/models.yaml"
        message:
            "Name suspicions, and look where pictures show what they are called"
        script:
            "../scripts/measure_presence.py"


rule tabulate_shortcuts:
    input:
        **get_trials(),
        **get_presence(),
        samples=get_benchmark_tables(),
        answers=f"{RESULTS}/curation/responses.parquet",
        proposals=get_suspicions("proposals"),
        regions=get_suspicions("regions"),
    output:
        table=f"{RESULTS}/tables/shortcuts.csv",
    params:
        natural_share=CONFIG.shortcuts.natural_share,
        names=CONFIG.shortcuts.names,
        false_discovery_rate=CONFIG.curation.false_discovery_rate,
    conda:
        "../envs/curation.yaml"
    message:
        "Tabulate what is known of every suspicion"
    script:
        "../scripts/tabulate_shortcuts.py"


rule show_shortcuts:
    input:
        **get_trials(),
        table=f"{RESULTS}/records/shortcuts.csv",
        samples=get_benchmark_tables(),
        answers=f"{RESULTS}/curation/responses.parquet",
        regions=get_suspicions("regions"),
    output:
        page=f"{RESULTS}/shortcuts/index.html",
    params:
        source_model=SOURCE,
        shown=CONFIG.shortcuts.shown,
    conda:
        "../envs/figures.yaml"
    message:
        "Show every suspicion with its regions on one page"
    script:
        "../scripts/show_shortcuts.py"
