"""The pace of requests: never more in a minute than allowed, whatever the threads do."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.models.remote.endpoint import Endpoint, RequestFailed
from spuriverse.models.remote.sending import Pace, Sender

laws = settings(deadline=None, derandomize=True, max_examples=100)


class Time:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def moments(limit: float | None, idle: list[float]) -> list[float]:
    """When each request is begun, if the caller idles that long before each."""
    clock = Time()
    pace = Pace(limit, clock=clock, sleep=clock.sleep)
    begun = []
    for seconds in idle:
        clock.now += seconds
        pace.wait()
        begun.append(clock.now)
    return begun


@given(st.integers(1, 600), st.lists(st.floats(0, 90), min_size=1, max_size=60))
@laws
def test_no_minute_has_more_requests_than_allowed(limit: int, idle: list[float]) -> None:
    begun = moments(limit, idle)
    for first, beyond in zip(begun, begun[limit:], strict=False):
        assert beyond - first >= 60 * (1 - 1e-9)


@given(st.integers(1, 600), st.integers(2, 50))
@laws
def test_no_time_is_lost_beside(limit: int, count: int) -> None:
    begun = moments(limit, [0.0] * count)
    assert abs(begun[-1] - begun[0] - (count - 1) * 60 / limit) < 1e-6


def test_without_a_limit_nobody_waits() -> None:
    assert len(set(moments(None, [0.0] * 100))) == 1


def test_time_that_was_not_used_is_not_saved() -> None:
    begun = moments(60, [600.0, 0.0, 0.0])
    assert [later - earlier for earlier, later in itertools.pairwise(begun)] == [1.0, 1.0]


def test_a_pause_holds_even_without_a_limit_and_the_longest_counts() -> None:
    clock = Time()
    pace = Pace(clock=clock, sleep=clock.sleep)
    pace.wait()
    for seconds in (5, 20, 10):
        pace.pause(seconds)
    pace.wait()
    assert clock.now == 1_020


def test_pauses_double_up_to_a_minute(tmp_path: Path) -> None:
    slept: list[float] = []
    sender = Sender(
        Endpoint("gpt", "big", "http://127.0.0.1:1/v1", api_key_env=None, timeout=20.0),
        tmp_path / "replies.sqlite",
        retries=40,
        clock=lambda: 0.0,
        sleep=slept.append,
    )
    with pytest.raises(RequestFailed, match="is not a valid reply"):
        sender.send(lambda: None, expected="reply")
    assert len(slept) == 40
    for tries, seconds in enumerate(slept):
        whole = min(60, 2**tries)
        assert 0.75 * whole <= seconds <= whole
    assert len(set(slept[10:])) > 1, "threads that were turned away together come back together"
