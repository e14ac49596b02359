"""How often intervals hold the truth and decisions err, by simulation; asked for by name alone."""


rule simulate_coverage:
    output:
        csv=f"{RESULTS}/tables/coverage.csv",
        md=f"{RESULTS}/tables/coverage.md",
        tex=f"{RESULTS}/tables/coverage.tex",
    resources:
        mem_mb=get_memory(1000),
        runtime=get_runtime(60),
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
    resources:
        mem_mb=get_memory(1000),
        runtime=get_runtime(60),
    params:
        verification=CONFIG.verification.model_dump(include={"threshold", "false_discovery_rate"}),
        seed=CONFIG.seed,
    conda:
        "../envs/figures.yaml"
    message:
        "Simulate how often each decision of verification errs"
    script:
        "../scripts/simulate_calibration.py"
