"""How long a run will still take, corrected after each of its jobs."""

import time
from collections.abc import Mapping
from typing import Any

from spuriverse.config import Config
from spuriverse.workflow.forecast import (
    Waiting,
    expected_by_job,
    is_measured,
    say_forecast,
    time_of_run,
)
from spuriverse.workflow.speed import measure_speed

TRUST_SECONDS = 60.0
"""Expected seconds of ended jobs that weigh as much as what was expected of their pace before."""


class Countdown:
    """Expects the rest of a run from what its jobs have taken so far.

    A job whose rule has other jobs that have ended is expected to take as long as they did; all
    others are stretched by how much longer than expected the ended jobs took together.

    Args:
        jobs: Snakemake's number of a job -> the job; what a job needs is given by numbers, too.
        seconds: Number -> how long it is expected to take.
        cores: Cores of the run.
    """

    def __init__(
        self, jobs: Mapping[int, Waiting], seconds: Mapping[int, float], cores: int
    ) -> None:
        self._jobs, self._expected, self._cores = dict(jobs), dict(seconds), cores
        self._started: dict[int, float] = {}
        self._took: dict[int, float] = {}

    def start(self, job: int, now: float | None = None) -> None:
        """Note that a job has started, at `now` seconds of a clock that never goes back."""
        self._started[job] = time.monotonic() if now is None else now

    def end(self, job: int, now: float | None = None) -> None:
        """Note that a job has ended well."""
        ended = time.monotonic() if now is None else now
        self._took[job] = ended - self._started.get(job, ended)

    def seconds_left(self, now: float | None = None) -> float:
        """Return how long the jobs that have not ended will take, each as soon as it can run."""
        now = time.monotonic() if now is None else now
        numbers = [number for number in self._jobs if number not in self._took]
        places = {number: place for place, number in enumerate(numbers)}
        left = [self._left_of(number, now) for number in numbers]
        threads = [min(self._jobs[number].threads, self._cores) for number in numbers]
        needs = [
            [places[need] for need in self._jobs[number].needs if need in places]
            for number in numbers
        ]
        return time_of_run(left, threads, needs, self._cores)

    def _left_of(self, number: int, now: float) -> float:
        rule = self._jobs[number].rule
        fellows = [
            self._took[other]
            for other in self._took
            if other in self._jobs and self._jobs[other].rule == rule
        ]
        whole = sum(fellows) / len(fellows) if fellows else self._expected[number] * self._pace()
        return max(whole - (now - self._started.get(number, now)), 0.0)

    def _pace(self) -> float:
        ended = [number for number in self._took if number in self._expected]
        took = sum(self._took[number] for number in ended)
        expected = sum(self._expected[number] for number in ended)
        return (took + TRUST_SECONDS) / (expected + TRUST_SECONDS)


def announce(dag: Any, cores: int, results: str, config: Config) -> tuple[str, Countdown]:
    """Forecast the jobs of a Snakemake DAG that need to run, on this machine.

    Returns:
        A sentence, and what counts down while they run.
    """
    jobs = {job.jobid: job for job in dag.needrun_jobs() if not job.is_pipe}
    waiting = {
        number: Waiting(
            job.rule.name,
            int(job.threads),
            tuple(need.jobid for need in dag.dependencies[job] if need.jobid in jobs),
        )
        for number, job in jobs.items()
    }
    unknown = any(not is_measured(job.rule, results) for job in waiting.values())
    speed = measure_speed() if unknown else None
    seconds = expected_by_job(list(waiting.values()), cores, results, config, speed)
    countdown = Countdown(waiting, dict(zip(waiting, seconds, strict=True)), cores)
    return say_forecast(len(jobs), countdown.seconds_left(), cores), countdown
