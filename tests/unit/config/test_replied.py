"""Models that reply without options, and who judges the replies."""

from typing import Any

import pytest

from spuriverse.config import parse_config
from spuriverse.problems import Problem

SERVED = {"name": "served", "backend": "openai", "model": "m", "base_url": "http://127.0.0.1:9/v1"}
CLIP = {"name": "clip", "backend": "zero_shot", "checkpoint": "openai/clip"}


def check(replies: dict[str, Any], evaluated: list[str]) -> None:
    parse_config(
        {
            "models": [SERVED, CLIP],
            "evaluation": {"models": ["biased-0", "control-0", *evaluated]},
            "open_questions": {"open_replies": replies},
        }
    )


def test_a_model_behind_a_server_replies_and_judges() -> None:
    check({"models": ["served"], "judge": "served"}, ["served"])


@pytest.mark.parametrize(
    ("replies", "evaluated", "told"),
    [
        ({"models": ["clip"]}, ["clip"], "models names 'clip', but needs a model"),
        ({"models": ["served"], "judge": "nobody"}, ["served"], "judge names 'nobody'"),
        ({"models": ["served"]}, [], "name it there too"),
    ],
)
def test_one_that_cannot_is_named(replies, evaluated: list[str], told: str) -> None:
    with pytest.raises(Problem, match=told):
        check(replies, evaluated)
