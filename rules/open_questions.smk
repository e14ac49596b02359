"""What SpuriVerse leaves open, question by question, and the figure of every answer."""


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
