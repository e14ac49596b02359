"""What MM-SpuBench leaves open: an answer and what it needs, question by question."""


rule measure_interventions:
    input:
        unpack(get_explained_questions),
        scenes=get_scenes(),
        model=get_checkpoint,
        words=f"{RESULTS}/spubench/words/{{model}}.safetensors",
    output:
        table=f"{OPEN_FOLDER}/interventions/{{model}}.parquet",
    threads: CONFIG.explain.threads
    resources:
        **MODEL_RESOURCES,
    params:
        spec=get_spec,
        world=CONFIG.world.model_dump(),
        batch_size=CONFIG.explain.batch_size,
    conda:
        "../envs/models.yaml"
    message:
        "Remove the cue from what {wildcards.model} is asked"
    script:
        "../scripts/measure_interventions.py"


rule relate_cgla_to_interventions:
    input:
        attributes=f"{RESULTS}/spubench/questions/attributes.parquet",
        interventions=get_interventions(),
        likelihoods=get_likelihoods(),
        maps=get_heatmaps(),
    output:
        **get_open_table("cgla_intervention"),
    params:
        seed=CONFIG.seed,
        resamples=CONFIG.evaluation.resamples,
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate whether CGLA and maps predict what an intervention does"
    script:
        "../scripts/relate_cgla_to_interventions.py"


if CONFIG.types_from == "world":

    rule train_with_annotations:
        input:
            unpack(get_base_sets),
            model=get_checkpoint_of(BASE),
        output:
            responses=f"{OPEN_FOLDER}/annotations/responses/seed-{{seed}}.parquet",
            runs=f"{OPEN_FOLDER}/annotations/runs/seed-{{seed}}.parquet",
        threads: CONFIG.finetuning.threads
        resources:
            mem_mb=get_memory(3000),
            runtime=get_runtime(60),
        params:
            spec=get_spec_of(BASE),
            proportion=CONFIG.open_questions.annotations.proportion,
            settings=CONFIG.mitigation_budget(),
            hyper=CONFIG.adapter_settings(),
        conda:
            "../envs/models.yaml"
        message:
            "Train with and without annotations on split {wildcards.seed}"
        script:
            "../scripts/train_with_annotations.py"

    rule compare_annotations:
        input:
            unpack(get_base_sets),
            responses=get_annotation_tables("responses"),
            runs=get_annotation_tables("runs"),
        output:
            **get_open_table("annotations"),
        params:
            base_model=BASE,
        conda:
            "../envs/figures.yaml"
        message:
            "Set training with annotations beside plain mixing"
        script:
            "../scripts/compare_annotations.py"

    rule train_worlds:
        output:
            directory(f"{OPEN_FOLDER}/towers/models"),
        threads: CONFIG.open_questions.towers.threads
        resources:
            mem_mb=get_memory(2000),
            runtime=get_runtime(60),
        params:
            recipe=CONFIG.tower_recipe(),
            seed=CONFIG.open_questions.towers.seed,
            world=CONFIG.world.model_dump(),
        conda:
            "../envs/models.yaml"
        message:
            "Train models of which one tower, both or neither saw the association"
        script:
            "../scripts/train_worlds.py"

    rule measure_worlds:
        input:
            worlds=f"{OPEN_FOLDER}/towers/models",
        output:
            pairs=f"{OPEN_FOLDER}/towers/pairs.parquet",
        threads: CONFIG.open_questions.towers.threads
        resources:
            mem_mb=get_memory(3000),
            runtime=get_runtime(60),
        params:
            recipe=CONFIG.tower_recipe(),
            seed=CONFIG.open_questions.towers.seed,
            world=CONFIG.world.model_dump(),
            pairs=CONFIG.open_questions.towers.pairs,
            budget={
                "samples": CONFIG.open_questions.towers.tuning_samples,
                "steps": CONFIG.open_questions.towers.tuning_steps,
                "batch_size": MITIGATIONS.batch_size,
            },
            hyper=CONFIG.adapter_settings(),
        conda:
            "../envs/models.yaml"
        message:
            "Swap and tune the towers of these models, and measure their shortcuts"
        script:
            "../scripts/measure_worlds.py"

    rule compare_towers:
        input:
            pairs=f"{OPEN_FOLDER}/towers/pairs.parquet",
        output:
            **get_open_table("towers"),
        conda:
            "../envs/figures.yaml"
        message:
            "Tabulate in which tower a shortcut sits"
        script:
            "../scripts/compare_towers.py"


if HAS_SCENES and CONFIG.types_from == "world":

    rule measure_adapters:
        input:
            unpack(get_explained_questions),
            runs=f"{RESULTS}/finetuning/tradeoff/{BASE}/seed-{{seed}}/runs.parquet",
            model=get_checkpoint_of(BASE),
            words=f"{SPUBENCH_FOLDER}/words/{BASE}.safetensors",
        output:
            likelihoods=f"{OPEN_FOLDER}/adapters/likelihoods/seed-{{seed}}.parquet",
            maps=f"{OPEN_FOLDER}/adapters/heatmaps/seed-{{seed}}.parquet",
        threads: CONFIG.explain.threads
        resources:
            mem_mb=get_memory(3000),
            runtime=get_runtime(60),
        params:
            spec=get_spec_of(BASE),
            shares=[min(CONFIG.finetuning.proportions), max(CONFIG.finetuning.proportions)],
            samples=CONFIG.explain.samples,
            cells=CONFIG.explain.cells,
            batch_size=CONFIG.explain.batch_size,
            seed=CONFIG.seed,
        conda:
            "../envs/models.yaml"
        message:
            "Measure what the fine-tuned models of split {wildcards.seed} rely on"
        script:
            "../scripts/measure_adapters.py"

    rule compare_with_base:
        input:
            attributes=f"{SPUBENCH_FOLDER}/questions/attributes.parquet",
            questions=f"{SPUBENCH_FOLDER}/questions/samples.parquet",
            scenes=get_scenes(),
            types=f"{RESULTS}/verification/types.parquet",
            splits=f"{RESULTS}/evaluation/splits.parquet",
            runs=get_study_tables("tradeoff", "runs", [BASE]),
            likelihoods=get_tuned_and_base("likelihoods"),
            maps=get_tuned_and_base("heatmaps"),
        output:
            **get_open_table("second_paper"),
        params:
            base_model=BASE,
        conda:
            "../envs/figures.yaml"
        message:
            "Set fine-tuned models beside their base model by the second paper's means"
        script:
            "../scripts/compare_with_base.py"

    rule ask_class_images:
        input:
            scenes=get_scenes(),
            images=f"{SPUBENCH_FOLDER}/images",
            model=get_checkpoint,
        output:
            responses=f"{OPEN_FOLDER}/class_images/{{model}}.parquet",
        threads: get_model_threads
        resources:
            gpu=get_gpus,
            mem_mb=get_model_memory,
            runtime=get_model_runtime,
        params:
            spec=get_spec,
        conda:
            "../envs/models.yaml"
        message:
            "Ask {wildcards.model} what every image of the class folders shows"
        script:
            "../scripts/ask_class_images.py"

    rule rank_by_encoders:
        input:
            scenes=get_scenes(),
            images=f"{SPUBENCH_FOLDER}/images",
        output:
            ranks=f"{OPEN_FOLDER}/encoder_ranks.parquet",
        threads: CONFIG.open_questions.encoders.threads
        resources:
            mem_mb=get_memory(2000),
            runtime=get_runtime(60),
        params:
            recipe=CONFIG.open_questions.encoders.model_dump(exclude={"seed", "threads"}),
            seed=CONFIG.open_questions.encoders.seed,
            world=CONFIG.world.model_dump(),
        conda:
            "../envs/models.yaml"
        message:
            "Train encoders by other losses, and rank the classes of what CLIP is asked"
        script:
            "../scripts/rank_by_encoders.py"

    rule compare_zones:
        input:
            scenes=get_scenes(),
            encoders=f"{OPEN_FOLDER}/encoder_ranks.parquet",
            confusions=f"{SPUBENCH_FOLDER}/confusions/world.parquet",
            responses=get_zoo_responses(f"{OPEN_FOLDER}/class_images"),
        output:
            **get_open_table("backbones"),
        params:
            min_rank=SPUBENCH.world.min_rank,
            max_rank=SPUBENCH.world.max_rank,
        conda:
            "../envs/figures.yaml"
        message:
            "Compare the images that models confuse"
        script:
            "../scripts/compare_zones.py"
