"""A vision-language model names core and spurious attributes, or the image is left out."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image

from spuriverse.discovery.curation import describe_with_lvlm
from spuriverse.discovery.curation.core_and_spurious import DESCRIBED_COLUMNS, FILLED, TEMPLATE
from spuriverse.discovery.curation.templates import read_template
from spuriverse.models.remote import RequestFailed
from spuriverse.problems import Problem

SNAPSHOT = Path(__file__).parent / "snapshots" / "core_and_spurious.txt"
GOOD = {
    "core": "a dorsal fin.",
    "spurious": "Blue: water",
    "type": "background",
    "explanation": "Boats float on water.",
}


class Scripted:
    """Replies what it was told to, and remembers what it was asked."""

    name, model, concurrency = "scripted", "scripted-1", 1

    def __init__(self, *replies: Any) -> None:
        self.replies = list(replies)
        self.asked: list[Any] = []

    def complete(self, messages, *, json_schema=None, temperature: float = 0) -> str:
        self.asked.append((list(messages), json_schema, temperature))
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, str) else json.dumps(reply)


@pytest.fixture
def confusions(tmp_path: Path) -> pd.DataFrame:
    Image.new("RGB", (4, 4)).save(tmp_path / "fish.png")
    row = {"image": str(tmp_path / "fish.png"), "label": "fish", "predicted": "boat"}
    return pd.DataFrame([row, row])


def test_the_attributes_are_read_by_the_schema(confusions: pd.DataFrame) -> None:
    model = Scripted(GOOD, f"```json\n{json.dumps(GOOD)}\n```")
    found = describe_with_lvlm(confusions, model)
    assert list(found) == DESCRIBED_COLUMNS
    assert found["core"].tolist() == ["a dorsal fin"] * 2
    assert found["spurious"].tolist() == ["Blue water"] * 2
    assert found["fault"].tolist() == ["", ""]
    messages, schema, temperature = model.asked[0]
    assert temperature == 0
    assert set(schema["required"]) == set(GOOD)
    text = str(messages)
    assert "True class: fish" in text
    assert "Class the classifier preferred: boat" in text


def test_a_reply_that_does_not_fit_is_sent_back_with_its_fault(confusions: pd.DataFrame) -> None:
    wrong = [{**GOOD, "type": "scenery"}, {**GOOD, "spurious": "A dorsal fin"}]
    model = Scripted(*wrong, GOOD, GOOD)
    found = describe_with_lvlm(confusions, model, repairs=2)
    assert (found["fault"] == "").all()
    last = str(model.asked[2][0][-1])
    assert "another attribute than the core one" in last


def test_an_image_that_comes_to_nothing_is_told_and_the_others_go_on(confusions, caplog) -> None:
    found = describe_with_lvlm(confusions, Scripted("no", "no", GOOD), repairs=1)
    assert found["fault"].str.len().gt(0).tolist() == [True, False]
    assert found["core"].tolist() == ["", "a dorsal fin"]
    assert "1 of 2 images are left out" in caplog.text


def test_if_all_fail_the_run_ends(confusions: pd.DataFrame) -> None:
    model = Scripted(RequestFailed("it timed out"), RequestFailed("it timed out"))
    with pytest.raises(Problem, match=r"None of 2 images was described .* it timed out"):
        describe_with_lvlm(confusions, model)


def test_the_prompt_is_pinned() -> None:
    assert read_template(TEMPLATE, FILLED) + "\n" == SNAPSHOT.read_text(encoding="utf-8")
