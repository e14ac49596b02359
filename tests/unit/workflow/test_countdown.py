"""How long a run will still take, told after each job."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.workflow import Countdown
from spuriverse.workflow.forecast import Waiting

TRAIN = {n: Waiting("train") for n in (1, 2, 3)}


def test_at_first_it_is_what_was_expected() -> None:
    countdown = Countdown(TRAIN, {1: 60, 2: 60, 3: 60}, cores=1)
    assert countdown.seconds_left(now=0) == pytest.approx(180)


def test_what_a_job_took_is_expected_of_others_of_its_rule() -> None:
    countdown = Countdown(TRAIN, {1: 60, 2: 60, 3: 60}, cores=1)
    countdown.start(1, now=0)
    countdown.end(1, now=600)
    assert countdown.seconds_left(now=600) == pytest.approx(1200)
    countdown.start(2, now=600)
    assert countdown.seconds_left(now=700) == pytest.approx(1100)


def test_other_rules_are_stretched_with_the_run() -> None:
    jobs = {1: Waiting("train"), 2: Waiting("draw", needs=(1,))}
    countdown = Countdown(jobs, {1: 600, 2: 600}, cores=2)
    countdown.start(1, now=0)
    countdown.end(1, now=1200)
    assert 1100 < countdown.seconds_left(now=1200) < 1200


def test_a_job_that_takes_longer_than_expected_has_no_time_left_but_never_less() -> None:
    countdown = Countdown({1: Waiting("train")}, {1: 60}, cores=1)
    countdown.start(1, now=0)
    assert countdown.seconds_left(now=1000) == 0


@given(st.lists(st.floats(0.1, 500), min_size=1, max_size=8), st.integers(1, 4))
@settings(deadline=None, derandomize=True, max_examples=50)
def test_nothing_is_left_once_all_have_ended(took: list[float], cores: int) -> None:
    jobs = {n: Waiting(f"rule {n % 3}") for n in range(len(took))}
    countdown, now = Countdown(jobs, dict.fromkeys(jobs, 60.0), cores), 0.0
    for number, seconds in enumerate(took):
        assert countdown.seconds_left(now) > 0
        countdown.start(number, now)
        now += seconds
        countdown.end(number, now)
    assert countdown.seconds_left(now) == 0
