"""The questions that the two papers leave open: a table and a figure for each."""


rule plot_open_question:
    input:
        table=f"{RESULTS}/records/open_questions/{{question}}.csv",
    output:
        **get_figure("open_questions/{question}"),
    conda:
        "../envs/figures.yaml"
    message:
        "Draw the answer to {wildcards.question}"
    script:
        "../scripts/plot_open_question.py"


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


if REPLYING.models:

    rule reply_openly:
        input:
            unpack(get_evaluation_sets),
        output:
            replies=f"{OPEN_FOLDER}/open_replies/{{model}}.parquet",
        threads: get_model_threads
        resources:
            **MODEL_RESOURCES,
        params:
            spec=lambda wildcards: get_chat_spec(MODELS.get(wildcards.model)),
            failures=lambda wildcards: get_failures(MODELS.get(wildcards.model)),
            limit=REPLYING.limit or CONFIG.evaluation.limit,
            seed=CONFIG.seed,
        conda:
            "../envs/models.yaml"
        message:
            "Have {wildcards.model} reply without options"
        script:
            "../scripts/reply_openly.py"

    rule compare_replies:
        input:
            unpack(get_evaluation_sets),
            replies=get_reply_tables("open_replies"),
            verdicts=get_reply_tables("open_verdicts") if REPLYING.judge else [],
            responses=[f"{RESULTS}/evaluation/models/{m}.parquet" for m in REPLYING.models],
        output:
            **get_open_table("open_replies"),
        params:
            aliases=REPLYING.aliases,
        conda:
            "../envs/figures.yaml"
        message:
            "Set replies without options beside multiple choice"
        script:
            "../scripts/compare_replies.py"


if REPLYING.models and REPLYING.judge:

    rule judge_replies:
        input:
            unpack(get_evaluation_sets),
            replies=f"{OPEN_FOLDER}/open_replies/{{model}}.parquet",
        output:
            verdicts=f"{OPEN_FOLDER}/open_verdicts/{{model}}.parquet",
        threads: CONFIG.threads_of(REPLYING.judge)
        resources:
            gpu=CONFIG.gpus_of(REPLYING.judge),
            mem_mb=lambda wildcards, attempt: CONFIG.size_of(REPLYING.judge).mem_mb * attempt,
            runtime=get_judge_runtime,
        params:
            spec=get_chat_spec(MODELS.get(REPLYING.judge)),
            failures=get_failures(MODELS.get(REPLYING.judge)),
        conda:
            "../envs/models.yaml"
        message:
            "Judge which option the replies of {wildcards.model} mean"
        script:
            "../scripts/judge_replies.py"


if CONFIG.types_from == "world":

    rule render_natural_images:
        input:
            samples=get_benchmark_tables(),
            types=f"{RESULTS}/verification/types.parquet",
        output:
            table=f"{OPEN_FOLDER}/natural/natural_images.parquet",
            images=directory(f"{OPEN_FOLDER}/natural/images"),
        params:
            images=CONFIG.open_questions.natural_images,
            kind_rate=CONFIG.benchmarks.world.kind_rate,
            world=CONFIG.world.model_dump(),
            seed=CONFIG.seed,
        conda:
            "../envs/models.yaml"
        message:
            "Draw images with and without each attribute as the world shows them"
        script:
            "../scripts/render_natural_images.py"

    rule ask_natural_images:
        input:
            table=f"{OPEN_FOLDER}/natural/natural_images.parquet",
            model=get_checkpoint,
        output:
            responses=f"{OPEN_FOLDER}/natural/responses/{{model}}.parquet",
        threads: get_model_threads
        resources:
            **MODEL_RESOURCES,
        params:
            spec=get_spec,
            strategy=CONFIG.evaluation.strategies[0],
        conda:
            "../envs/models.yaml"
        message:
            "Ask {wildcards.model} about natural images"
        script:
            "../scripts/ask_natural_images.py"

    rule embed_attributes:
        input:
            types=f"{RESULTS}/verification/types.parquet",
            groups=f"{RESULTS}/groups/groups.parquet",
            model=get_checkpoint_of(BASE),
        output:
            vectors=f"{OPEN_FOLDER}/attribute_vectors.parquet",
        params:
            spec=get_spec_of(BASE),
        conda:
            "../envs/models.yaml"
        message:
            "Embed what each attribute does to what the base model sees"
        script:
            "../scripts/embed_attributes.py"

    rule tabulate_diversity:
        input:
            unpack(get_base_sets),
            runs=get_study_tables("diversity", "runs", [BASE]),
            responses=get_study_tables("diversity", "responses", [BASE]),
            vectors=f"{OPEN_FOLDER}/attribute_vectors.parquet",
        output:
            **get_open_table("generalising"),
        params:
            base_model=BASE,
            planned=CONFIG.open_questions.diversity.runs,
            seed=CONFIG.seed,
            resamples=CONFIG.evaluation.resamples,
        conda:
            "../envs/figures.yaml"
        message:
            "Tabulate robustness by training attributes and types"
        script:
            "../scripts/tabulate_diversity.py"

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

    rule ask_openly:
        input:
            unpack(get_evaluation_sets),
            model=get_checkpoint,
        output:
            responses=f"{OPEN_FOLDER}/open_answers/{{model}}.parquet",
        threads: get_model_threads
        resources:
            **MODEL_RESOURCES,
        params:
            spec=get_spec,
            limit=CONFIG.evaluation.limit,
            seed=CONFIG.seed,
        conda:
            "../envs/models.yaml"
        message:
            "Ask {wildcards.model} without options"
        script:
            "../scripts/ask_openly.py"

    rule ask_adapters_openly:
        input:
            unpack(get_base_sets),
            runs=f"{RESULTS}/finetuning/tradeoff/{BASE}/seed-{{seed}}/runs.parquet",
            model=get_checkpoint_of(BASE),
        output:
            responses=f"{OPEN_FOLDER}/open_answers/tradeoff/seed-{{seed}}.parquet",
        threads: CONFIG.finetuning.threads
        resources:
            mem_mb=get_memory(3000),
            runtime=get_runtime(60),
        params:
            spec=get_spec_of(BASE),
        conda:
            "../envs/models.yaml"
        message:
            "Ask the fine-tuned models of split {wildcards.seed} without options"
        script:
            "../scripts/ask_adapters_openly.py"

    rule compare_protocols:
        input:
            unpack(get_base_sets),
            choice=get_zoo_responses(f"{RESULTS}/evaluation/models"),
            open=get_zoo_responses(f"{OPEN_FOLDER}/open_answers"),
            runs=get_study_tables("tradeoff", "runs", [BASE]),
            tuned_choice=get_study_tables("tradeoff", "responses", [BASE]),
            tuned_open=expand(
                f"{OPEN_FOLDER}/open_answers/tradeoff/seed-{{seed}}.parquet",
                seed=CONFIG.finetuning.seeds,
            ),
        output:
            **get_open_table("open_answers"),
        params:
            base_model=BASE,
            threshold=CONFIG.verification.threshold,
        conda:
            "../envs/figures.yaml"
        message:
            "Set open answers beside multiple choice"
        script:
            "../scripts/compare_protocols.py"


if HAS_SCENES and CONFIG.types_from == "world":

    rule compare_images:
        input:
            unpack(get_evaluation_sets),
            natural=f"{OPEN_FOLDER}/natural/natural_images.parquet",
            encoder=[] if SPUBENCH.clip else f"{SPUBENCH_FOLDER}/clip",
        output:
            tests=f"{OPEN_FOLDER}/natural/two_samples.parquet",
        params:
            clip=SPUBENCH.clip,
            revision=SPUBENCH.clip_revision,
            permutations=CONFIG.open_questions.permutations,
            seed=CONFIG.seed,
        conda:
            "../envs/models.yaml"
        message:
            "Test whether an encoder tells synthetic from natural images"
        script:
            "../scripts/compare_images.py"

    rule compare_gaps:
        input:
            unpack(get_evaluation_sets),
            natural=f"{OPEN_FOLDER}/natural/natural_images.parquet",
            tests=f"{OPEN_FOLDER}/natural/two_samples.parquet",
            responses=get_zoo_responses(f"{RESULTS}/evaluation/models"),
            natural_responses=get_zoo_responses(f"{OPEN_FOLDER}/natural/responses"),
        output:
            **get_open_table("synthetic_natural"),
        params:
            seed=CONFIG.seed,
            resamples=CONFIG.evaluation.resamples,
        conda:
            "../envs/figures.yaml"
        message:
            "Set gaps on synthetic images beside those on natural ones"
        script:
            "../scripts/compare_gaps.py"

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


if len(SOURCES) > 1:

    rule ask_types_of_sources:
        input:
            **get_source_sets(),
            model=get_checkpoint,
        output:
            responses=expand(
                f"{OPEN_FOLDER}/sources/{{{{model}}}}/{{source}}.parquet", source=SOURCES
            ),
        threads: get_model_threads
        resources:
            **MODEL_RESOURCES,
        params:
            spec=get_spec,
            sources=SOURCES,
        conda:
            "../envs/models.yaml"
        message:
            "Ask {wildcards.model} about the types of every source model"
        script:
            "../scripts/ask_types_of_sources.py"

    rule compare_sources:
        input:
            **get_source_sets(),
            responses=expand(
                f"{OPEN_FOLDER}/sources/{{model}}/{{source}}.parquet",
                model=SOURCES,
                source=SOURCES,
            ),
        output:
            **get_open_table("source_models"),
        params:
            sources=SOURCES,
        conda:
            "../envs/figures.yaml"
        message:
            "Compare what is found on several models"
        script:
            "../scripts/compare_sources.py"
