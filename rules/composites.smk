"""Cut-outs on backgrounds, and which backgrounds pull which answers."""

if CONFIG.benchmarks.composites:

    rule retrieve_composites:
        input:
            **get_composite_folders(),
            model=get_checking_checkpoint(),
        output:
            samples=f"{RESULTS}/benchmarks/composites/samples.parquet",
            images=directory(f"{RESULTS}/benchmarks/composites/images"),
            parts=f"{RESULTS}/benchmarks/composites/parts.parquet",
            design=f"{RESULTS}/benchmarks/composites/design.parquet",
        threads: CONFIG.evaluation.threads
        resources:
            mem_mb=get_memory(2000),
            runtime=get_runtime(60),
        params:
            folders=CONFIG.benchmarks.composites.folders(),
            refused_at_most=CONFIG.benchmarks.composites.refused_at_most,
            composing=CONFIG.benchmarks.composites.composing(CONFIG.seed),
            checking=get_checking(),
        conda:
            "../envs/models.yaml"
        message:
            "Lay cut-outs on backgrounds"
        script:
            "../scripts/retrieve_composites.py"

    rule answer_composites:
        input:
            samples=f"{RESULTS}/benchmarks/composites/samples.parquet",
            model=get_checkpoint,
            server=get_server("composites"),
        output:
            responses=f"{RESULTS}/composites/{{model}}.parquet",
        threads: get_model_threads
        resources:
            **MODEL_RESOURCES,
        params:
            spec=get_spec,
            failures=lambda wildcards: get_failures(MODELS.get(wildcards.model)),
            strategy="direct",
            templates=read_templates(["direct"]),
        conda:
            "../envs/models.yaml"
        message:
            "Ask {wildcards.model} what is shown on every background"
        script:
            "../scripts/answer_composites.py"

    rule tabulate_composites:
        input:
            samples=f"{RESULTS}/benchmarks/composites/samples.parquet",
            design=f"{RESULTS}/benchmarks/composites/design.parquet",
            images=f"{RESULTS}/benchmarks/composites/images",
            responses=expand(
                f"{RESULTS}/composites/{{model}}.parquet", model=CONFIG.composed_models
            ),
        output:
            pulls=f"{RESULTS}/tables/composites.csv",
            accuracy=f"{RESULTS}/tables/composites_accuracy.csv",
            page=f"{RESULTS}/composites/index.html",
        params:
            seed=CONFIG.seed,
        conda:
            "../envs/figures.yaml"
        message:
            "Tabulate which backgrounds pull which answers"
        script:
            "../scripts/tabulate_composites.py"

    rule plot_composites:
        input:
            pulls=f"{RESULTS}/records/composites.csv",
            accuracy=f"{RESULTS}/records/composites_accuracy.csv",
        output:
            **get_figure("composites"),
        conda:
            "../envs/figures.yaml"
        message:
            "Draw what backgrounds cost and pull"
        script:
            "../scripts/plot_composites.py"
