"""Ways out of the trade-off, compared at equal budget."""

MITIGATIONS = CONFIG.finetuning.mitigations
MITIGATED = MITIGATIONS.base_models or CONFIG.usual_zoo_models("biased")


rule verify_base_types:
    input:
        samples=get_benchmark_tables(),
        candidates=f"{RESULTS}/curation/candidates.parquet",
        groups=f"{RESULTS}/groups/groups.parquet",
        model=f"{RESULTS}/models/{{model}}",
    output:
        verification=f"{RESULTS}/finetuning/mitigations/{{model}}/verification.parquet",
        types=f"{RESULTS}/finetuning/mitigations/{{model}}/types.parquet",
    threads: CONFIG.evaluation.threads
    resources:
        mem_mb=get_memory(2000),
    params:
        verification=CONFIG.verification_rule(),
        least_attributes=CONFIG.verification.least_attributes,
        batch_size=CONFIG.evaluation.batch_size,
    conda:
        "../envs/models.yaml"
    message:
        "Confirm the candidates on the base model {wildcards.model}"
    script:
        "../scripts/verify_base_types.py"


rule render_mitigation_sets:
    input:
        samples=get_benchmark_tables(),
        candidates=f"{RESULTS}/curation/candidates.parquet",
        groups=f"{RESULTS}/groups/groups.parquet",
    output:
        sets=f"{RESULTS}/finetuning/mitigations/sets.parquet",
        images=directory(f"{RESULTS}/finetuning/mitigations/images"),
    params:
        spurious=MITIGATIONS.spurious_per_candidate,
        aligned=MITIGATIONS.aligned_per_candidate,
        ordinary=MITIGATIONS.ordinary,
        backend=CONFIG.test_backend(1),
    conda:
        "../envs/models.yaml"
    message:
        "Render what mitigations are measured on"
    script:
        "../scripts/render_mitigation_sets.py"


rule try_mitigations:
    input:
        unpack(get_mitigation_inputs),
    output:
        points=f"{RESULTS}/finetuning/mitigations/{{model}}/tried-{{seed}}.parquet",
    threads: CONFIG.finetuning.threads
    resources:
        mem_mb=get_memory(3000),
        runtime=get_runtime(120),
    params:
        settings=CONFIG.mitigation_settings(),
        hyper=CONFIG.adapter_settings(),
        batch_size=CONFIG.evaluation.batch_size,
    conda:
        "../envs/models.yaml"
    message:
        "Try hyper-parameters of mitigations on {wildcards.model}, split {wildcards.seed}"
    script:
        "../scripts/try_mitigations.py"


rule choose_mitigation_settings:
    input:
        points=expand(
            f"{RESULTS}/finetuning/mitigations/{{model}}/tried-{{seed}}.parquet",
            model=MITIGATED,
            seed=MITIGATIONS.choice_seeds,
        ),
    output:
        choice=f"{RESULTS}/finetuning/mitigations/choice.csv",
    params:
        methods=MITIGATIONS.methods,
        levels=MITIGATIONS.levels,
    conda:
        "../envs/models.yaml"
    message:
        "Choose the hyper-parameters of mitigations on validation attributes"
    script:
        "../scripts/choose_mitigation_settings.py"


rule compare_mitigations:
    input:
        unpack(get_mitigation_inputs),
        choice=f"{RESULTS}/finetuning/mitigations/choice.csv",
    output:
        points=f"{RESULTS}/finetuning/mitigations/{{model}}/compared-{{seed}}-{{fold}}.parquet",
    threads: CONFIG.finetuning.threads
    resources:
        mem_mb=get_memory(3000),
        runtime=get_runtime(120),
    params:
        settings=CONFIG.mitigation_settings("methods"),
        hyper=CONFIG.adapter_settings(),
        batch_size=CONFIG.evaluation.batch_size,
    conda:
        "../envs/models.yaml"
    message:
        "Compare mitigations on {wildcards.model}, fold {wildcards.fold} of {wildcards.seed}"
    script:
        "../scripts/compare_mitigations.py"


rule tabulate_mitigations:
    input:
        points=expand(
            f"{RESULTS}/finetuning/mitigations/{{model}}/compared-{{seed}}-{{fold}}.parquet",
            model=MITIGATED,
            seed=MITIGATIONS.seeds,
            fold=range(MITIGATIONS.folds),
        ),
    output:
        **get_regret_table(),
        csv=f"{RESULTS}/tables/mitigations.csv",
        md=f"{RESULTS}/tables/mitigations.md",
        tex=f"{RESULTS}/tables/mitigations.tex",
        curves=f"{RESULTS}/tables/mitigation_curves.csv",
    params:
        levels=MITIGATIONS.levels,
    conda:
        "../envs/models.yaml"
    message:
        "Tabulate what mitigations lose at equal robustness"
    script:
        "../scripts/tabulate_mitigations.py"


rule plot_mitigations:
    input:
        curves=f"{RESULTS}/records/mitigation_curves.csv",
    output:
        **get_figure("mitigations"),
    conda:
        "../envs/figures.yaml"
    message:
        "Draw the mitigations' curves"
    script:
        "../scripts/plot_mitigations.py"


rule plot_methods:
    input:
        table=f"{RESULTS}/records/mitigations.csv",
    output:
        **get_figure("methods"),
    conda:
        "../envs/figures.yaml"
    message:
        "Draw what mitigations lose, need and cost"
    script:
        "../scripts/plot_methods.py"


rule make_robust_model:
    input:
        unpack(get_base_sets),
        model=get_checkpoint,
    output:
        folder=directory(f"{RESULTS}/robust/{{model}}"),
    threads: CONFIG.finetuning.threads
    resources:
        gpu=get_gpus,
        mem_mb=get_model_memory,
        runtime=get_study_runtime,
    params:
        robust=CONFIG.robust_settings(),
        hyper=CONFIG.adapter_settings(),
        spec=get_trained_spec,
    conda:
        "../envs/models.yaml"
    message:
        "Make {wildcards.model} robust, and measure it on held-out attributes"
    script:
        "../scripts/make_robust_model.py"


rule confirm_way_out:
    input:
        unpack(get_mitigation_inputs),
    output:
        points=f"{RESULTS}/finetuning/way_out/{{model}}/confirmed-{{seed}}-{{fold}}.parquet",
        parts=f"{RESULTS}/finetuning/way_out/{{model}}/parts-{{seed}}-{{fold}}.parquet",
    threads: CONFIG.finetuning.threads
    resources:
        mem_mb=get_memory(3000),
        runtime=get_runtime(120),
    params:
        methods=CONFIG.way_out.methods,
        settings=CONFIG.mitigation_settings("methods"),
        hyper=CONFIG.adapter_settings(),
        batch_size=CONFIG.evaluation.batch_size,
    conda:
        "../envs/models.yaml"
    message:
        "Confirm the way out on {wildcards.model}, fold {wildcards.fold} of {wildcards.seed}"
    script:
        "../scripts/confirm_way_out.py"


rule tabulate_way_out:
    input:
        points=get_confirmed("confirmed"),
        parts=get_confirmed("parts"),
    output:
        csv=f"{RESULTS}/tables/way_out.csv",
        md=f"{RESULTS}/tables/way_out.md",
        tex=f"{RESULTS}/tables/way_out.tex",
        curves=f"{RESULTS}/tables/way_out_curves.csv",
        parts=f"{RESULTS}/tables/way_out_parts.csv",
    params:
        losses=CONFIG.way_out.losses,
        levels=MITIGATIONS.levels,
    conda:
        "../envs/models.yaml"
    message:
        "Tabulate the way out against the envelope of mixing"
    script:
        "../scripts/tabulate_way_out.py"


use rule confirm_way_out as transfer_kind with:
    output:
        points=f"{RESULTS}/finetuning/way_out/{{model}}/kinds/{{kind}}/points-{{seed}}-{{fold}}.parquet",
        parts=f"{RESULTS}/finetuning/way_out/{{model}}/kinds/{{kind}}/parts-{{seed}}-{{fold}}.parquet",
    params:
        methods=CONFIG.transfer_methods(),
        settings=CONFIG.mitigation_settings("methods"),
        hyper=CONFIG.adapter_settings(),
        batch_size=CONFIG.evaluation.batch_size,
    message:
        "Leave the kind {wildcards.kind} out, and see how robust {wildcards.model} becomes to it"


use rule confirm_way_out as transfer_types with:
    input:
        unpack(get_inputs_of_other_types),
    output:
        points=f"{RESULTS}/finetuning/way_out/{{model}}/types_of/{{other}}/points-{{seed}}-{{fold}}.parquet",
        parts=f"{RESULTS}/finetuning/way_out/{{model}}/types_of/{{other}}/parts-{{seed}}-{{fold}}.parquet",
    params:
        methods=CONFIG.transfer_methods(),
        settings=CONFIG.mitigation_settings("methods"),
        hyper=CONFIG.adapter_settings(),
        batch_size=CONFIG.evaluation.batch_size,
    message:
        "Make {wildcards.model} robust with the types of {wildcards.other}, fold {wildcards.fold}"


rule tabulate_way_out_transfer:
    input:
        points=get_way_out_transfer_tables("points"),
        parts=get_way_out_transfer_tables("parts"),
    output:
        csv=f"{RESULTS}/tables/way_out_transfer.csv",
        md=f"{RESULTS}/tables/way_out_transfer.md",
        tex=f"{RESULTS}/tables/way_out_transfer.tex",
    params:
        cases=[(case, of) for case, of, _ in get_way_out_transfer_cases()],
        losses=CONFIG.way_out.losses,
    conda:
        "../envs/models.yaml"
    message:
        "Tabulate whether the way out transfers"
    script:
        "../scripts/tabulate_way_out_transfer.py"


rule plot_way_out:
    input:
        curves=f"{RESULTS}/records/way_out_curves.csv",
    output:
        **get_figure("way_out"),
    conda:
        "../envs/figures.yaml"
    message:
        "Draw the way out: baseline and three steps"
    script:
        "../scripts/plot_way_out.py"
