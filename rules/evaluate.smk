"""The evaluation sets, every model on them, and which backgrounds pull which answers."""


rule split_types:
    input:
        samples=get_benchmark_tables(),
        errors=f"{RESULTS}/curation/errors.parquet",
        candidates=f"{RESULTS}/curation/candidates.parquet",
        types=f"{RESULTS}/verification/types.parquet",
    output:
        splits=f"{RESULTS}/evaluation/splits.parquet",
        non_spurious=f"{RESULTS}/evaluation/non_spurious.parquet",
    params:
        seeds=CONFIG.finetuning.seeds,
        validation_share=CONFIG.finetuning.validation_share,
        test_share=CONFIG.finetuning.test_share,
        per_anchor=CONFIG.evaluation.non_spurious_per_anchor,
        validation_samples=CONFIG.finetuning.validation_samples,
        required=CONFIG.types_from != "own",
        drawn_anew=CONFIG.types_from == "world",
        seed=CONFIG.seed,
    conda:
        "../envs/figures.yaml"
    message:
        "Split the types by attribute and draw the non-spurious set"
    script:
        "../scripts/split_types.py"


rule evaluate_model:
    input:
        unpack(get_evaluation_sets),
        model=get_checkpoint,
        server=get_server("evaluation"),
    output:
        responses=f"{RESULTS}/evaluation/models/{{model}}.parquet",
        variants=f"{RESULTS}/evaluation/variants/{{model}}.parquet",
    threads: get_model_threads
    resources:
        **MODEL_RESOURCES,
    params:
        spec=get_spec,
        failures=lambda wildcards: get_failures(MODELS.get(wildcards.model)),
        strategies=lambda wildcards: CONFIG.strategies_of(wildcards.model),
        templates=get_templates,
        shuffles=CONFIG.evaluation.shuffles,
        blind=CONFIG.evaluation.blind,
        limit=CONFIG.evaluation.limit,
        seed=CONFIG.seed,
    conda:
        "../envs/models.yaml"
    message:
        "Evaluate {wildcards.model} on anchors, groups and the non-spurious set"
    script:
        "../scripts/evaluate_model.py"


rule tabulate_evaluation:
    input:
        unpack(get_evaluation_sets),
        responses=get_responses("models"),
    output:
        table=f"{RESULTS}/tables/evaluation.csv",
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate the accuracy of every model and subset"
    script:
        "../scripts/tabulate_evaluation.py"


rule tabulate_main_results:
    input:
        unpack(get_evaluation_sets),
        responses=get_responses("models"),
    output:
        csv=f"{RESULTS}/tables/main_results.csv",
        md=f"{RESULTS}/tables/main_results.md",
        tex=f"{RESULTS}/tables/main_results.tex",
        predictions=f"{RESULTS}/evaluation/predictions.parquet",
    params:
        reference_model=CONFIG.evaluation.reference_model or CONFIG.evaluation.models[0],
        deciding_groups=CONFIG.has_deciding_groups,
        strategy=CONFIG.evaluation.strategies[0],
        limit=CONFIG.evaluation.limit,
        seed=CONFIG.seed,
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate every model on anchors, spurious groups and the non-spurious set"
    script:
        "../scripts/tabulate_main_results.py"


if get_variant_tables():

    rule tabulate_prompting:
        input:
            unpack(get_evaluation_sets),
            responses=get_responses("models") + get_responses("variants"),
        output:
            **get_variant_tables(),
            **get_marked_up(get_variant_tables()),
        params:
            strategy=CONFIG.evaluation.strategies[0],
            limit=CONFIG.evaluation.limit,
            seed=CONFIG.seed,
        conda:
            "../envs/figures.yaml"
        message:
            "Tabulate what strategies, the order of options and the image change"
        script:
            "../scripts/tabulate_prompting.py"


rule browse_samples:
    input:
        unpack(get_evaluation_sets),
        unpack(get_browsed_questions),
        responses=get_browsed_responses(),
    output:
        page=f"{RESULTS}/samples.html",
    resources:
        mem_mb=get_memory(1500),
    params:
        sample=CONFIG.evaluation.inspect,
    conda:
        "../envs/figures.yaml"
    message:
        "Show every question with the replies of all models"
    script:
        "../scripts/browse_samples.py"


rule estimate_cost:
    """What the models behind servers will cost, before any is asked."""
    input:
        unpack(get_estimated),
    output:
        table=f"{RESULTS}/tables/cost.csv",
    params:
        specs=get_evaluated_specs(),
        verifying=get_paid_specs(CONFIG.verifying_models) if not SETS_ARE_FREE else [],
        spubench=get_paid_specs(CONFIG.spubench_models()) if CONFIG.asks_spubench else [],
        images=CONFIG.bought_images(),
        sets_are_free=SETS_ARE_FREE,
        known=get_known_questions(),
        selection_images=CONFIG.synthesis.images_per_group,
        evaluation_images=CONFIG.synthesis.fresh_images_per_group
        or CONFIG.synthesis.images_per_group,
        per_anchor=CONFIG.evaluation.non_spurious_per_anchor,
        strategies=CONFIG.evaluation.strategies,
        spubench_strategies=SPUBENCH.strategies if SPUBENCH else [],
        shuffles=CONFIG.evaluation.shuffles,
        blind=CONFIG.evaluation.blind,
        limit=CONFIG.evaluation.limit,
        seed=CONFIG.seed,
    conda:
        "../envs/models.yaml"
    message:
        "Estimate what the remote models will cost"
    script:
        "../scripts/estimate_cost.py"


if CONFIG.benchmarks.easy_vqa:

    rule tabulate_easy_vqa:
        input:
            samples=f"{RESULTS}/benchmarks/easy_vqa/samples.parquet",
            responses=f"{RESULTS}/curation/responses.parquet",
        output:
            table=f"{RESULTS}/tables/easy_vqa.csv",
        conda:
            "../envs/figures.yaml"
        message:
            "Tabulate the source model's accuracy on easy-VQA"
        script:
            "../scripts/tabulate_easy_vqa.py"


rule probe_model:
    input:
        unpack(get_base_sets),
        model=get_checkpoint,
        server=get_server("evaluation"),
        stickers=CONFIG.probes.stickers or [],
    output:
        table=f"{RESULTS}/evaluation/probes/{{model}}.csv",
    threads: get_model_threads
    resources:
        **MODEL_RESOURCES,
    params:
        spec=get_spec,
        failures=lambda wildcards: get_failures(MODELS.get(wildcards.model)),
        strategy=CONFIG.evaluation.strategies[0],
        templates=get_templates,
        names=CONFIG.probes.names,
        questions=CONFIG.probes.questions,
        seed=CONFIG.seed,
    conda:
        "../envs/models.yaml"
    message:
        "Probe {wildcards.model} under changed conditions"
    script:
        "../scripts/probe_model.py"


rule tabulate_probes:
    input:
        tables=expand(f"{RESULTS}/evaluation/probes/{{model}}.csv", model=CONFIG.evaluated_models),
    output:
        csv=f"{RESULTS}/tables/probes.csv",
        md=f"{RESULTS}/tables/probes.md",
        tex=f"{RESULTS}/tables/probes.tex",
        ranks=f"{RESULTS}/tables/probe_ranks.csv",
    params:
        names=CONFIG.probes.names,
        bias=get_trained_bias(),
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate what the probes found"
    script:
        "../scripts/tabulate_probes.py"


rule plot_probes:
    input:
        table=f"{RESULTS}/records/probes.csv",
    output:
        **get_figure("probes"),
    conda:
        "../envs/figures.yaml"
    message:
        "Draw what the probes found"
    script:
        "../scripts/plot_probes.py"


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
