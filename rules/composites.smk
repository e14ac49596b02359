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
