"""A model that annotates as it is told, and errors for it to look at."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pandas as pd

STEPS = ("verdict", "attributes", "kinds", "descriptions")
QUESTION = "What animal is on the grass?"
GOOD = {
    "verdict": "Yes, the green meadow speaks for a cow.",
    "attributes": json.dumps(
        {
            "attributes": [
                {"attribute": "green meadow", "explanation": "Cows graze on meadows."},
                {"attribute": "wire fence", "explanation": "Fences keep cows in."},
            ]
        }
    ),
    "kinds": json.dumps({"kinds": ["background", "co-occurring-objects"]}),
    "descriptions": json.dumps(
        {
            "descriptions": [
                {"spurious": "A horse on a green meadow.", "core": "A horse on a beach."},
                {"spurious": "A horse behind a fence.", "core": "A horse in the open."},
            ]
        }
    ),
}


def make_errors(image: str, n: int = 1, **changes: Any) -> pd.DataFrame:
    row = {
        "benchmark": "made-up",
        "image": image,
        "question": QUESTION,
        "options": ["cow", "horse", "sheep", "dog"],
        "answer": 1,
        "category": "",
        "attributes": [],
        "predicted": "cow",
        **changes,
    }
    return pd.DataFrame([{"sample_id": f"s-{number}", **row} for number in range(n)])


def text_of(message: dict[str, Any]) -> str:
    content = message["content"]
    return content if isinstance(content, str) else content[-1]["text"]


class ScriptedModel:
    """Replies as a function of the step and of how often it was asked at that step before."""

    name = "scripted"
    model = "scripted-1"
    concurrency = 3

    def __init__(self, script: Callable[[str, int, list[dict[str, Any]]], str]) -> None:
        self.script = script
        self.chats: list[tuple[str, list[dict[str, Any]], float]] = []
        self._lock = threading.Lock()

    def complete(self, messages, *, json_schema=None, temperature=0) -> str:
        step = json_schema["title"].lower() if json_schema else "verdict"
        again = sum(text_of(m).startswith("Your last reply cannot") for m in messages)
        with self._lock:
            self.chats.append((step, list(messages), temperature))
        return self.script(step, again, list(messages))


def reply_well(step: str, again: int, messages: list[dict[str, Any]]) -> str:
    return GOOD[step]


def bad_at(step: str, *bad: str) -> Callable[..., str]:
    """Replies badly at one step, once for each bad reply, and then well."""

    def script(asked: str, again: int, messages: list[dict[str, Any]]) -> str:
        return bad[again] if asked == step and again < len(bad) else GOOD[asked]

    return script
