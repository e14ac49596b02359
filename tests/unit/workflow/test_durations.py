"""Times as people say them."""

import pytest

from spuriverse.workflow import say_duration


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (45.4, "45 s"),
        (90, "2 min"),
        (3_580, "1 h"),
        (6_120, "1 h 42 min"),
        (7_200, "2 h"),
        (3 * 86_400 + 4 * 3_600, "3 d 4 h"),
        (2 * 86_400, "2 d"),
    ],
)
def test_a_time_is_said_in_two_units_at_most(seconds: float, said: str) -> None:
    assert say_duration(seconds) == said
