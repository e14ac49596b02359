"""How long the jobs that are to run will take, told before they start.

The seconds are those of `seconds.csv` for the embedded world, on the reference machine
(`spuriverse.workflow.speed`) without other work beside; a measurement of a second scales them to
the machine that runs. Earlier jobs of the same folder, where there are any, are a better guide and
are taken as they are.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spuriverse.config import Config
from spuriverse.workflow.durations import say_duration
from spuriverse.workflow.expected_questions import questions_asked, spubench_questions
from spuriverse.workflow.item_seconds import read_seconds
from spuriverse.workflow.speed import Speed

SMALL_SECONDS = 2.5
"""A job that only counts, tabulates or draws, most of it imports."""

THREADS_GAIN = 0.67
"""Training and fine-tuning on n threads take n to this power times less."""

_BATCH = 64
"""Images of the optimiser step whose seconds are in the table."""

_PRODUCTS = ("step", "training sample", "question")
"""Items whose time goes into products of matrices; the others' goes into anything else."""


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
    counts = _counts(config)
    found: dict[str, Seconds] = {}
    for row in read_seconds():
        if row.asked != "zoo":
            continue
        seconds = counts.get((row.rule, row.item), 1) * row.seconds_per_item
        if row.item in ("step", "training sample"):
            seconds /= threads**THREADS_GAIN
        elif row.item == "image":
            seconds /= threads
        products = seconds if row.item in _PRODUCTS else 0.0
        before = found.get(row.rule, Seconds(0.0, 0.0))
        rest = before.rest + row.start_seconds + seconds - products
        found[row.rule] = Seconds(before.products + products, rest)
    return found


def _counts(config: Config) -> dict[tuple[str, str], float]:
    """How many items a job of the embedded world has, by rule and kind of item."""
    zoo, tuning, pool = config.zoo, config.finetuning, config.benchmarks.world
    pooled = pool.independent + pool.natural if pool else 0
    trial = config.verification.calibration
    trials = 2 * 4 * trial.candidates * trial.images
    clip = config.spubench.tiny_clip if config.spubench else None
    compared = tuning.mitigations
    mitigated = compared.steps * compared.batch_size
    towers, encoders = config.open_questions.towers, config.open_questions.encoders
    return {
        ("train_zoo_model", "step"): zoo.steps * zoo.batch_size / _BATCH,
        ("train_zoo_model", "image"): zoo.images * (1.6 if zoo.easy_vqa else 1),
        ("train_zoo_clip", "step"): clip.steps if clip else 0,
        ("train_zoo_clip", "image"): clip.images if clip else 0,
        ("finetune_adapters", "training sample"): (
            len(tuning.proportions) * tuning.samples * tuning.epochs
        ),
        # Runs, and what asking costs: a run's time for seven models on 7,200 questions, for
        # thirteen on 3,800.
        ("try_mitigations", "training sample"): 14 * mitigated,
        ("compare_mitigations", "training sample"): 18 * mitigated,
        ("confirm_way_out", "training sample"): 13 * mitigated,
        ("transfer_types", "training sample"): 8 * mitigated,
        ("transfer_kind", "training sample"): 8 * mitigated,
        ("make_robust_model", "training sample"): 1.5 * mitigated,
        ("train_with_annotations", "training sample"): 5 * mitigated,
        ("train_worlds", "step"): 2 * towers.tower_steps + 4 * towers.steps,
        ("measure_worlds", "step"): 4 * towers.swap_steps + 12 * towers.tuning_steps,
        ("rank_by_encoders", "step"): 3 * encoders.steps,
        ("retrieve_world", "image"): pooled,
        ("collect_errors", "question"): pooled,
        ("measure_gaps", "pair"): zoo.pairs,
        ("render_calibration_candidates", "image"): trials,
        ("ask_calibration_candidates", "question"): trials,
        ("evaluate_model", "question"): questions_asked(tuning.base_model, config),
        ("measure_cgla", "step"): config.explain.words.steps,
        ("map_saliency", "question"): config.explain.samples or spubench_questions(config),
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
        needs: Places in the list of jobs, or numbers, of those that must have ended before.
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
    each = expected_by_job(jobs, cores, results, config, speed)
    seconds = time_of_run(each, taken, [job.needs for job in jobs], cores)
    return say_forecast(len(jobs), seconds, cores)


def say_forecast(jobs: int, seconds: float, cores: int) -> str:
    """Say how many jobs there are and how long they will take."""
    counted = "1 job" if jobs == 1 else f"{jobs} jobs"
    on = "1 core" if cores == 1 else f"{cores} cores"
    return f"{counted}, about {say_duration(seconds)} on {on}"


def expected_by_job(
    jobs: Sequence[Waiting], cores: int, results: str, config: Config, speed: Speed | None = None
) -> list[float]:
    """Return the seconds that each job is expected to take, with at most `cores` threads."""
    taken = [min(job.threads, cores) for job in jobs]
    kinds = {(job.rule, n) for job, n in zip(jobs, taken, strict=True)}
    known = {kind: expected_seconds(kind[0], results, config, speed, kind[1]) for kind in kinds}
    return [known[job.rule, n] for job, n in zip(jobs, taken, strict=True)]


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
