"""How good discovery and its decision are, where the truth is known, and in simulations."""


rule measure_gaps:
    input:
        model=f"{RESULTS}/models/{{model}}",
    output:
        pairs=f"{RESULTS}/scores/gaps/{{model}}.parquet",
    threads: CONFIG.evaluation.threads
    resources:
        **MODEL_RESOURCES,
    params:
        pairs=CONFIG.zoo.pairs,
        world=CONFIG.world.model_dump(),
        seed=CONFIG.seed,
        batch_size=CONFIG.evaluation.batch_size,
    conda:
        "../envs/models.yaml"
    message:
        "Measure the gap of every attribute for {wildcards.model}"
    script:
        "../scripts/measure_gaps.py"


rule tabulate_planted_shortcuts:
    input:
        biased=expand(
            f"{RESULTS}/scores/gaps/{{model}}.parquet", model=CONFIG.usual_zoo_models("biased")
        ),
        control=expand(
            f"{RESULTS}/scores/gaps/{{model}}.parquet",
            model=CONFIG.usual_zoo_models("decorrelated"),
        ),
    output:
        table=f"{RESULTS}/tables/planted_shortcuts.csv",
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate which planted shortcuts took hold"
    script:
        "../scripts/tabulate_planted_shortcuts.py"


rule score_discovery:
    input:
        pairs=f"{RESULTS}/scores/gaps/{SOURCE}.parquet",
        proposals=f"{RESULTS}/curation/proposals.parquet",
        candidates=f"{RESULTS}/curation/candidates.parquet",
        types=f"{RESULTS}/verification/types.parquet",
        samples=get_benchmark_tables(),
        regions=get_suspicions("regions"),
        shortcuts=f"{RESULTS}/records/shortcuts.csv",
    output:
        table=f"{RESULTS}/tables/discovery.csv",
    conda:
        "../envs/figures.yaml"
    message:
        "Score what was found against what was planted"
    script:
        "../scripts/score_discovery.py"


rule render_calibration_candidates:
    output:
        images=temp(f"{RESULTS}/scores/calibration_candidates/images.npy"),
    threads: CONFIG.evaluation.threads
    resources:
        mem_mb=get_memory(2000),
    params:
        candidates=CONFIG.calibration_candidates(),
        world=CONFIG.world.model_dump(),
    conda:
        "../envs/models.yaml"
    message:
        "Render candidates of known truth"
    script:
        "../scripts/render_calibration_candidates.py"


rule ask_calibration_candidates:
    input:
        images=f"{RESULTS}/scores/calibration_candidates/images.npy",
        model=f"{RESULTS}/models/{{model}}",
    output:
        responses=f"{RESULTS}/scores/calibration_candidates/{{model}}.parquet",
    resources:
        mem_mb=get_memory(2000),
        runtime=get_runtime(30),
    params:
        candidates=CONFIG.calibration_candidates(),
        batch_size=CONFIG.evaluation.batch_size,
    conda:
        "../envs/models.yaml"
    message:
        "Ask {wildcards.model} about candidates of known truth"
    script:
        "../scripts/ask_calibration_candidates.py"


rule tabulate_calibration:
    input:
        unpack(get_calibration_tables),
    output:
        table=f"{RESULTS}/tables/verification_calibration.csv",
    params:
        calibration=CONFIG.calibration_settings(),
        sizes=CONFIG.verification.calibration.sizes,
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate how often each decision keeps what is true and what is not"
    script:
        "../scripts/tabulate_calibration.py"


rule tabulate_savings:
    input:
        unpack(get_calibration_tables),
    output:
        table=f"{RESULTS}/tables/sequential_savings.csv",
    params:
        calibration=CONFIG.calibration_settings(),
        sequential=CONFIG.verification.model_dump(include={"step", "most_images"}),
        images_per_group=CONFIG.synthesis.images_per_group,
    conda:
        "../envs/figures.yaml"
    message:
        "Tabulate how many images the sequential design saves"
    script:
        "../scripts/tabulate_savings.py"


rule plot_calibration:
    input:
        table=f"{RESULTS}/records/verification_calibration.csv",
    output:
        **get_figure("verification_calibration"),
    params:
        false_discovery_rate=CONFIG.verification.false_discovery_rate,
    conda:
        "../envs/figures.yaml"
    message:
        "Draw how often each decision errs"
    script:
        "../scripts/plot_calibration.py"


rule simulate_coverage:
    output:
        csv=f"{RESULTS}/tables/coverage.csv",
        md=f"{RESULTS}/tables/coverage.md",
        tex=f"{RESULTS}/tables/coverage.tex",
    params:
        seed=CONFIG.seed,
    conda:
        "../envs/figures.yaml"
    message:
        "Simulate how often every interval holds the truth, and how often every test errs"
    script:
        "../scripts/simulate_coverage.py"


rule simulate_calibration:
    output:
        csv=f"{RESULTS}/tables/calibration_simulated.csv",
        md=f"{RESULTS}/tables/calibration_simulated.md",
        tex=f"{RESULTS}/tables/calibration_simulated.tex",
    params:
        verification=CONFIG.verification.model_dump(include={"threshold", "false_discovery_rate"}),
        seed=CONFIG.seed,
    conda:
        "../envs/figures.yaml"
    message:
        "Simulate how often each decision of verification errs"
    script:
        "../scripts/simulate_calibration.py"
