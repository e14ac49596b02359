"""MM-SpuBench: from images that CLIP confuses to accuracy by type of spurious correlation."""

if SPUBENCH and SPUBENCH.published:

    rule retrieve_spubench:
        input:
            source=get_place("spubench"),
        output:
            samples=f"{SPUBENCH_FOLDER}/questions/samples.parquet",
            attributes=f"{SPUBENCH_FOLDER}/questions/attributes.parquet",
            options=f"{SPUBENCH_FOLDER}/questions/options.parquet",
            refused=f"{SPUBENCH_FOLDER}/questions/refused.parquet",
        resources:
            runtime=get_runtime(60),
        params:
            published=SPUBENCH.published.model_dump(),
        conda:
            "../envs/curation.yaml"
        message:
            "Read the published questions of MM-SpuBench"
        script:
            "../scripts/retrieve_spubench.py"


if SPUBENCH and not SPUBENCH.published:

    rule train_zoo_clip:
        output:
            directory(f"{SPUBENCH_FOLDER}/clip"),
        threads: SPUBENCH.tiny_clip.threads
        resources:
            mem_mb=get_memory(2000),
            runtime=get_runtime(30),
        params:
            clip=SPUBENCH.tiny_clip.model_dump(exclude={"pairs"}),
            world=CONFIG.world.model_dump(),
        conda:
            "../envs/models.yaml"
        message:
            "Train the tiny CLIP from scratch (about 1 minute at the default size)"
        script:
            "../scripts/train_zoo_clip.py"

    rule measure_clip:
        input:
            clip=f"{SPUBENCH_FOLDER}/clip",
        output:
            table=f"{RESULTS}/tables/spubench_clip.csv",
        resources:
            mem_mb=get_memory(2000),
        params:
            pairs=SPUBENCH.tiny_clip.pairs,
            templates=SPUBENCH.templates,
            world=CONFIG.world.model_dump(),
            seed=CONFIG.seed,
        conda:
            "../envs/models.yaml"
        message:
            "Measure the shortcuts of the tiny CLIP"
        script:
            "../scripts/measure_clip.py"

    rule train_poisoned_clip:
        output:
            directory(f"{SPUBENCH_FOLDER}/defences/before"),
        threads: SPUBENCH.tiny_clip.threads
        resources:
            mem_mb=get_memory(2000),
            runtime=get_runtime(30),
        params:
            clip=SPUBENCH.tiny_clip.model_dump(exclude={"pairs"}),
            world=CONFIG.world.model_dump(),
            poisoned=SPUBENCH.defences.poisoned,
        conda:
            "../envs/models.yaml"
        message:
            "Train a poisoned tiny CLIP from scratch (about 1 minute at the default size)"
        script:
            "../scripts/train_poisoned_clip.py"

    rule mend_clip:
        input:
            clip=f"{SPUBENCH_FOLDER}/defences/before",
        output:
            directory(f"{SPUBENCH_FOLDER}/defences/{{way}}"),
        wildcard_constraints:
            way="|".join(SPUBENCH.defences.ways),
        threads: SPUBENCH.tiny_clip.threads
        resources:
            mem_mb=get_memory(2000),
            runtime=get_runtime(30),
        params:
            defences=SPUBENCH.defences.model_dump(exclude={"poisoned", "scenes", "shown", "ways"}),
            batch_size=SPUBENCH.tiny_clip.batch_size,
            world=CONFIG.world.model_dump(),
            seed=CONFIG.seed,
        conda:
            "../envs/models.yaml"
        message:
            "Mend the poisoned tiny CLIP: {wildcards.way}"
        script:
            "../scripts/mend_clip.py"

    rule measure_clip_defences:
        input:
            **get_clips(),
        output:
            **get_result_table("table", "clip_defences"),
            maps=f"{SPUBENCH_FOLDER}/defences/maps.npz",
        threads: SPUBENCH.tiny_clip.threads
        resources:
            mem_mb=get_memory(2000),
            runtime=get_runtime(30),
        params:
            scenes=SPUBENCH.defences.scenes,
            shown=SPUBENCH.defences.shown,
            pairs=SPUBENCH.tiny_clip.pairs,
            zone=get_clip_zone(),
            templates=SPUBENCH.templates,
            world=CONFIG.world.model_dump(),
            seed=CONFIG.seed,
        conda:
            "../envs/models.yaml"
        message:
            "Measure the tiny CLIP before and after mending"
        script:
            "../scripts/measure_clip_defences.py"

    rule plot_clip_defences:
        input:
            maps=f"{SPUBENCH_FOLDER}/defences/maps.npz",
        output:
            **get_figure("clip_defences"),
        conda:
            "../envs/figures.yaml"
        message:
            "Draw what the tiny CLIP looks at before and after mending"
        script:
            "../scripts/plot_clip_defences.py"

    if SPUBENCH.world:

        rule render_class_images:
            output:
                images=directory(f"{SPUBENCH_FOLDER}/images"),
                scenes=f"{SPUBENCH_FOLDER}/scenes.parquet",
            params:
                images_per_class=SPUBENCH.world.images_per_class,
                world=CONFIG.world.model_dump(),
                seed=CONFIG.seed,
            conda:
                "../envs/models.yaml"
            message:
                "Render images of the embedded world into one folder per object"
            script:
                "../scripts/render_class_images.py"

    rule collect_confusions:
        input:
            unpack(get_confused_images),
        output:
            confusions=f"{SPUBENCH_FOLDER}/confusions/{{source}}.parquet",
            unreadable=f"{SPUBENCH_FOLDER}/confusions/{{source}}-unreadable.parquet",
            ranks=f"{SPUBENCH_FOLDER}/confusions/{{source}}-ranks.csv",
        threads: CONFIG.evaluation.threads
        resources:
            gpu=1 if SPUBENCH.clip else 0,
            mem_mb=get_memory(3000),
            runtime=get_runtime(240),
        params:
            zone=lambda wildcards: SPUBENCH.zones()[wildcards.source].model_dump(),
            clip=SPUBENCH.clip,
            revision=SPUBENCH.clip_revision,
            templates=SPUBENCH.templates,
            batch_size=SPUBENCH.clip_batch_size,
        conda:
            "../envs/models.yaml"
        message:
            "Collect the images of {wildcards.source} that CLIP confuses"
        script:
            "../scripts/collect_confusions.py"

    rule propose_core_and_spurious:
        input:
            confusions=get_confusions(),
            scenes=get_scenes(),
            model=get_annotator_checkpoint(CONFIG.spubench_annotator),
        output:
            drafts=f"{SPUBENCH_FOLDER}/proposals/samples.parquet",
            candidates=f"{SPUBENCH_FOLDER}/proposals/candidates.parquet",
        threads: get_annotator_threads(CONFIG.spubench_annotator)
        resources:
            gpu=get_annotator_gpus(CONFIG.spubench_annotator),
            mem_mb=get_memory(get_annotator_memory(CONFIG.spubench_annotator)),
            runtime=get_runtime(10 if SPUBENCH.annotator == "scenes" else 720),
        params:
            annotator=SPUBENCH.annotator,
            annotator_model=get_spubench_annotator(),
            repairs=SPUBENCH.repairs,
            options=SPUBENCH.options,
        conda:
            "../envs/models.yaml"
        message:
            "Propose the core and the spurious attribute of every confused image"
        script:
            "../scripts/propose_core_and_spurious.py"

    rule review_spubench:
        """The page on which people decide on questions of MM-SpuBench."""
        input:
            drafts=f"{SPUBENCH_FOLDER}/proposals/samples.parquet",
            candidates=f"{SPUBENCH_FOLDER}/proposals/candidates.parquet",
        resources:
            runtime=get_runtime(720),
        params:
            decisions=SPUBENCH.decisions,
            host=CONFIG.curation.host,
            port=CONFIG.curation.port,
        conda:
            "../envs/review.yaml"
        message:
            "Open the review page of MM-SpuBench; end it with Ctrl-C"
        script:
            "../scripts/review_spubench.py"

    rule write_questions:
        input:
            drafts=f"{SPUBENCH_FOLDER}/proposals/samples.parquet",
            candidates=f"{SPUBENCH_FOLDER}/proposals/candidates.parquet",
            scenes=get_scenes(),
        output:
            samples=f"{SPUBENCH_FOLDER}/questions/samples.parquet",
            attributes=f"{SPUBENCH_FOLDER}/questions/attributes.parquet",
            options=f"{SPUBENCH_FOLDER}/questions/options.parquet",
            regions=directory(f"{SPUBENCH_FOLDER}/questions/regions"),
        params:
            review=SPUBENCH.review,
            decisions=SPUBENCH.decisions,
            decided=get_spubench_decisions(),
            form=SPUBENCH.question_form,
            options=SPUBENCH.options,
            questions_per_type=SPUBENCH.questions_per_type,
            seed=CONFIG.seed,
        conda:
            "../envs/curation.yaml"
        message:
            "Write the questions of MM-SpuBench"
        script:
            "../scripts/write_questions.py"


if SPUBENCH:

    rule evaluate_spubench:
        input:
            samples=f"{SPUBENCH_FOLDER}/questions/samples.parquet",
            model=get_checkpoint,
        output:
            responses=f"{SPUBENCH_FOLDER}/responses/{{model}}.parquet",
        threads: CONFIG.evaluation.threads
        resources:
            **MODEL_RESOURCES,
        params:
            spec=get_spec,
            strategies=SPUBENCH.strategies,
            limit=CONFIG.evaluation.limit,
            seed=CONFIG.seed,
        conda:
            "../envs/models.yaml"
        message:
            "Ask {wildcards.model} the questions of MM-SpuBench"
        script:
            "../scripts/evaluate_spubench.py"

    rule tabulate_spubench:
        input:
            samples=f"{SPUBENCH_FOLDER}/questions/samples.parquet",
            attributes=f"{SPUBENCH_FOLDER}/questions/attributes.parquet",
            options=f"{SPUBENCH_FOLDER}/questions/options.parquet",
            responses=get_spubench_responses(),
        output:
            **get_spubench_marked_up(get_spubench_names()),
        params:
            strategies=SPUBENCH.strategies,
            note=get_spubench_note(),
            seed=CONFIG.seed,
            resamples=CONFIG.evaluation.resamples,
        conda:
            "../envs/figures.yaml"
        message:
            "Tabulate MM-SpuBench: accuracy by type, types that mix, strategies"
        script:
            "../scripts/tabulate_spubench.py"

    rule plot_spubench:
        input:
            **{name: f"{RESULTS}/records/spubench_{name}.csv" for name in get_spubench_names()},
        output:
            **get_spubench_figures(),
        conda:
            "../envs/figures.yaml"
        message:
            "Draw MM-SpuBench: accuracy by type, types that mix, strategies"
        script:
            "../scripts/plot_spubench.py"
