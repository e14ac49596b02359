"""Which models may verify candidates, and whether types come of them."""

from typing import Any

import pytest

from spuriverse.config import parse_config
from spuriverse.problems import Problem

SERVE = {"command": "server --port {port}", "billions": 7}
MODELS = [
    {"name": "gpt", "backend": "openai", "model": "gpt"},
    {"name": "llava", "backend": "transformers", "checkpoint": "llava"},
    {"name": "served", "backend": "openai", "model": "s", "api_key_env": None, "serve": SERVE},
    {"name": "old", "backend": "recorded", "replies": {"mine": "mine.csv"}},
]
REMOTE = {"backend": "remote", "pairs": "independent", "remote": {"model": "ultra"}}
OWN = {
    "benchmarks": {"world": None, "own": {"mine": {"source": "mine.csv"}}},
    "curation": {"source_model": "old"},
    "synthesis": REMOTE,
    "evaluation": {"models": ["gpt"]},
}


def verified_by(*names: str, **settings: Any) -> dict[str, Any]:
    return {"models": MODELS, "verification": {"models": list(names)}, **settings}


def test_any_model_that_can_be_evaluated_verifies_beside_the_zoo() -> None:
    assert parse_config(verified_by("biased-0", "gpt", "llava")).types_from == "world"


def test_candidates_of_one_s_own_become_types() -> None:
    assert parse_config(verified_by("gpt", "llava", **OWN)).types_from == "own"


@pytest.mark.parametrize("settings", [{}, OWN], ids=["world", "own"])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("old", "verification.models names 'old', whose replies to other questions were recorded"),
        ("served", "verification.models names 'served', whose server the workflow starts"),
        ("who", "verification.models names 'who', but zoo.models and models only have biased-0"),
    ],
)
def test_who_cannot_be_asked_is_refused(settings: dict[str, Any], name: str, said: str) -> None:
    with pytest.raises(Problem, match=said):
        parse_config(verified_by("gpt", name, **settings))


@pytest.mark.parametrize("key", ["verification", "evaluation"])
def test_the_zoo_is_not_asked_about_one_s_own_questions(key: str) -> None:
    settings = verified_by("gpt", **OWN)
    settings[key] = {"models": ["gpt", "biased-0"]}
    with pytest.raises(Problem, match=rf"{key}.models names 'biased-0', a tiny model"):
        parse_config(settings)
