"""How long the jobs that are to run will take, told before they start.

The seconds are those of the reference machine (`spuriverse.workflow.speed`) without other work
beside; a measurement of a second scales them to the machine that runs. Earlier jobs of the same
folder, where there are any, are a better guide and are taken as they are.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spuriverse.config import Config
from spuriverse.workflow.durations import say_duration
from spuriverse.workflow.speed import Speed, measure_speed

START_SECONDS = 6.0
"""To start a job that loads a model, most of it imports."""

SMALL_SECONDS = 2.5
"""A job that only counts, tabulates or draws, most of it imports."""

STEP_SECONDS = 0.226
"""An optimiser step of the default tiny model at batch 64, on one thread."""

THREADS_GAIN = 0.67
"""A step on n threads takes n to this power times less: 0.142 s on two."""

CLIP_SECONDS = 0.08
"""An optimiser step of the default tiny CLIP."""

TUNE_SECONDS = 0.006
"""A sample and epoch of fine-tuning at the default size, on one thread."""

RENDER_SECONDS = 1.4e-3
"""To draw and store an image, on one thread."""

ANSWER_SECONDS = 0.9e-3
"""To answer a question about an image, on one thread."""


@dataclass(frozen=True)
class Seconds:
    """What a job takes on the reference machine.

    Attributes:
        products: Spent in training and answering.
        rest: Spent on anything else.
    """

    products: float
    rest: float

    def at(self, speed: Speed) -> float:
        """Return the seconds on a machine of another speed."""
        return self.products * speed.products + self.rest * speed.starts


def expected_seconds(
    rule: str,
    results: str | Path,
    config: Config,
    speed: Speed | None = None,
    threads: int = 1,
) -> float:
    """Return the wall time of one job, from this folder's earlier jobs of the rule if any.

    Args:
        rule: The rule.
        results: The folder of results, for the timings of earlier jobs.
        config: The configuration, with which the seconds grow.
        speed: Of this machine; by default that of the reference machine.
        threads: Threads that the job has.
    """
    earlier = _timings(rule, results)
    seconds = [float(path.read_text().splitlines()[1].split("\t")[0]) for path in earlier]
    if seconds:
        return sum(seconds) / len(seconds)
    known = _reference_seconds(config, threads).get(rule, Seconds(0.0, SMALL_SECONDS))
    return known.at(speed or Speed())


def _reference_seconds(config: Config, threads: int) -> dict[str, Seconds]:
    zoo, tuning, pool = config.zoo, config.finetuning, config.benchmarks.world
    images = pool.independent + pool.natural if pool else 0
    calibration = config.verification.calibration
    trials = 2 * 4 * calibration.candidates * calibration.images
    clip = config.spubench.tiny_clip if config.spubench else None
    compared = tuning.mitigations
    faster = threads**THREADS_GAIN
    tuned = len(tuning.proportions) * tuning.samples * tuning.epochs
    mitigation = TUNE_SECONDS * compared.steps * compared.batch_size / faster
    step = STEP_SECONDS / faster * (1.6 if zoo.easy_vqa else 1.0)
    render = RENDER_SECONDS / threads
    return {
        "train_zoo_clip": Seconds(
            CLIP_SECONDS * clip.steps if clip else 0.0,
            START_SECONDS + render * (clip.images if clip else 0),
        ),
        "train_zoo_model": Seconds(step * zoo.steps, START_SECONDS + render * zoo.images),
        "finetune_adapters": Seconds(TUNE_SECONDS * tuned / faster, 2 * START_SECONDS),
        "try_mitigations": Seconds(6 * mitigation, START_SECONDS),
        "compare_mitigations": Seconds(10 * mitigation, START_SECONDS),
        "retrieve_world": Seconds(0.0, SMALL_SECONDS + render * images),
        "collect_errors": Seconds(ANSWER_SECONDS * images, START_SECONDS),
        "measure_gaps": Seconds(0.3 * zoo.pairs, START_SECONDS),
        "synthesise_groups": Seconds(0.0, 2 * START_SECONDS),
        "verify_candidates": Seconds(START_SECONDS, START_SECONDS),
        "render_calibration_candidates": Seconds(0.0, START_SECONDS + 6e-4 * trials),
        "ask_calibration_candidates": Seconds(ANSWER_SECONDS * trials, START_SECONDS),
        "draw_sheets": Seconds(0.0, 6 * SMALL_SECONDS),
        "evaluate_model": Seconds(START_SECONDS, START_SECONDS),
        "evaluate_spubench": Seconds(0.0, START_SECONDS),
        "measure_cgla": Seconds(0.2 * config.explain.words.steps, START_SECONDS),
        "map_saliency": Seconds(0.12 * (config.explain.samples or images), START_SECONDS),
    }


def is_measured(rule: str, results: str | Path) -> bool:
    """Return whether jobs of a rule have run in this folder of results."""
    return bool(_timings(rule, results))


def _timings(rule: str, results: str | Path) -> list[Path]:
    folder = Path(results) / "timings"
    return sorted(folder.glob(f"{rule}/**/*.tsv")) + sorted(folder.glob(f"{rule}.tsv"))


@dataclass(frozen=True)
class Waiting:
    """A job that is to run.

    Attributes:
        rule: Its rule.
        threads: Cores that it takes.
        needs: Places in the list of jobs of those that must have ended before.
    """

    rule: str
    threads: int = 1
    needs: tuple[int, ...] = ()


def forecast(
    jobs: Sequence[Waiting],
    cores: int,
    results: str,
    config: Config,
    speed: Speed | None = None,
) -> str:
    """Say in a sentence how long a run will take.

    Args:
        jobs: The jobs that are to run.
        cores: Cores of the run.
        results: The folder of results, for the timings of earlier jobs.
        config: The configuration.
        speed: Of this machine; by default that of the reference machine.
    """
    taken = [min(job.threads, cores) for job in jobs]
    kinds = {(job.rule, n) for job, n in zip(jobs, taken, strict=True)}
    known = {kind: expected_seconds(kind[0], results, config, speed, kind[1]) for kind in kinds}
    each = [known[job.rule, n] for job, n in zip(jobs, taken, strict=True)]
    seconds = time_of_run(each, taken, [job.needs for job in jobs], cores)
    return f"{len(jobs)} jobs, about {say_duration(seconds)} on {cores} cores"


def time_of_run(
    seconds: Sequence[float], threads: Sequence[int], needs: Sequence[Sequence[int]], cores: int
) -> float:
    """Return when the last job ends if each starts as soon as it can.

    Args:
        seconds: Of every job.
        threads: Cores of every job, at most `cores`.
        needs: For every job the places of those that must have ended before.
        cores: Cores that there are.
    """
    left = {place: set(before) for place, before in enumerate(needs)}
    running: list[tuple[float, int]] = []
    free, now = cores, 0.0
    while left or running:
        for place in [p for p, before in left.items() if not before]:
            if threads[place] <= free:
                del left[place]
                free -= threads[place]
                heapq.heappush(running, (now + seconds[place], place))
        if not running:
            break
        now, ended = heapq.heappop(running)
        free += threads[ended]
        for before in left.values():
            before.discard(ended)
    return now


def announce(dag: Any, cores: int, results: str, config: Config) -> str:
    """Forecast the jobs of a Snakemake DAG that need to run, on this machine."""
    jobs = [job for job in dag.needrun_jobs() if not job.is_pipe]
    places = {job: place for place, job in enumerate(jobs)}
    waiting = [
        Waiting(
            job.rule.name,
            int(job.threads),
            tuple(places[before] for before in dag.dependencies[job] if before in places),
        )
        for job in jobs
    ]
    unknown = any(not is_measured(job.rule, results) for job in waiting)
    return forecast(waiting, cores, results, config, measure_speed() if unknown else None)
