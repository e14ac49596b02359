"""How long the jobs that are to run will take, told before they start."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from spuriverse.config import Config

START_SECONDS = 8.0
"""Time to start a job that loads a model, most of it imports; measured on one core."""

STEP_SECONDS = 0.19
"""An optimiser step of the default tiny model at batch 64, beside a second training."""

CLIP_SECONDS = 0.08
"""An optimiser step of the default tiny CLIP."""

TUNE_SECONDS = 0.006
"""A sample and epoch of fine-tuning at the default size."""

SMALL_SECONDS = 4.0
"""A job that neither trains nor asks a model for long."""


def expected_seconds(rule: str, results: str | Path, config: Config) -> float:
    """Return the wall time of one job, from this folder's earlier jobs of the rule if any.

    Without any, an expectation that was measured on one core of a two-core machine and scales
    with the configuration.
    """
    earlier = _timings(rule, results)
    seconds = [float(path.read_text().splitlines()[1].split("\t")[0]) for path in earlier]
    if seconds:
        return sum(seconds) / len(seconds)
    zoo, tuning, pool = config.zoo, config.finetuning, config.benchmarks.world
    runs = len(tuning.proportions)
    images = pool.independent + pool.natural if pool else 0
    calibration = config.verification.calibration
    trials = 2 * 4 * calibration.candidates * calibration.images
    clip = config.spubench.tiny_clip if config.spubench else None
    compared = tuning.mitigations
    mitigation = TUNE_SECONDS * compared.steps * compared.batch_size
    known = {
        "train_zoo_clip": START_SECONDS + 1e-3 * clip.images + CLIP_SECONDS * clip.steps
        if clip
        else 0.0,
        "train_zoo_model": START_SECONDS
        + 1e-3 * zoo.images
        + STEP_SECONDS * zoo.steps * (1.6 if zoo.easy_vqa else 1.0),
        "finetune_adapters": 2 * START_SECONDS
        + runs * TUNE_SECONDS * tuning.samples * tuning.epochs,
        "try_mitigations": START_SECONDS + 6 * mitigation,
        "compare_mitigations": START_SECONDS + 10 * mitigation,
        "retrieve_world": SMALL_SECONDS + 1e-3 * images,
        "collect_errors": START_SECONDS + 1.5e-3 * images,
        "measure_gaps": START_SECONDS + 0.3 * zoo.pairs,
        "verify_candidates": 2 * START_SECONDS,
        "render_calibration_candidates": START_SECONDS + 6e-4 * trials,
        "ask_calibration_candidates": START_SECONDS + 1.3e-3 * trials,
        "draw_sheets": 5 * SMALL_SECONDS,
        "evaluate_model": 2 * START_SECONDS,
        "evaluate_spubench": START_SECONDS,
        "measure_cgla": START_SECONDS + 0.2 * config.explain.words.steps,
        "map_saliency": START_SECONDS + 0.12 * (config.explain.samples or images),
    }
    return known.get(rule, SMALL_SECONDS)


def is_measured(rule: str, results: str | Path) -> bool:
    """Return whether jobs of a rule have run in this folder of results."""
    return bool(_timings(rule, results))


def _timings(rule: str, results: str | Path) -> list[Path]:
    folder = Path(results) / "timings"
    return sorted(folder.glob(f"{rule}/**/*.tsv")) + sorted(folder.glob(f"{rule}.tsv"))


def forecast(
    jobs: Mapping[str, int], threads: Mapping[str, int], cores: int, results: str, config: Config
) -> str:
    """Say in a sentence how long a run will take.

    Args:
        jobs: Rule -> number of its jobs that are to run.
        threads: Rule -> threads a job of it takes.
        cores: Cores of the run.
        results: The folder of results, for the timings of earlier jobs.
        config: The configuration.
    """
    work = sum(
        n * expected_seconds(rule, results, config) * min(threads.get(rule, 1), cores)
        for rule, n in jobs.items()
    )
    longest = max((expected_seconds(rule, results, config) for rule in jobs), default=0.0)
    minutes = max(work / cores, longest) / 60
    total = sum(jobs.values())
    return (
        f"{total} jobs, about {minutes:.0f} min on {cores} cores"
        if minutes >= 1.5
        else (f"{total} jobs, about {60 * minutes:.0f} s on {cores} cores")
    )


def announce(dag: object, cores: int, results: str, config: Config) -> str:
    """Forecast the jobs of a Snakemake DAG that need to run."""
    waiting = [job for job in dag.needrun_jobs() if not job.is_pipe]  # type: ignore[attr-defined]
    jobs = Counter(job.rule.name for job in waiting)
    threads = {job.rule.name: int(job.threads) for job in waiting}
    return forecast(jobs, threads, cores, results, config)
