"""Replies without options: what they name, what a judge says, and how both stand beside choice."""

import json
import string
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.models.remote import RequestFailed
from spuriverse.open_questions import (
    NONE,
    compare_replies,
    judge_replies,
    match_reply,
    reply_openly,
    settle_replies,
)
from spuriverse.tables import write_table

OPTIONS = ["fire", "fire truck", "cup", "sofa"]
words = st.text(string.ascii_lowercase, min_size=3, max_size=6)


class Told:
    """A chat that says what it was told to say, and remembers what it was asked."""

    concurrency = 2

    def __init__(self, name: str, replies: Mapping[str, str]) -> None:
        self.name, self.replies, self.asked = name, replies, []

    def complete(self, messages: Any, *, json_schema: Any = None, temperature: float = 0) -> str:
        text = messages[-1]["content"][1]["text"]
        self.asked.append(text)
        for part, reply in self.replies.items():
            if part in text:
                return reply
        raise RequestFailed("no luck")


@pytest.mark.parametrize(
    ("reply", "option"),
    [
        ("A fire truck.", 1),
        ("It's a FIRE, I think", 0),
        ("cups", NONE),
        ("A cup on a sofa", NONE),
        ("<think>a cup?</think> the couch", 3),
        ("fire; no, a fire truck", 1),
        ("It is not a cup, it is a sofa.", 3),
        ("It's not a cup.", NONE),
        ("B", NONE),
        ("", NONE),
    ],
)
def test_a_reply_means_the_one_option_it_names(reply: str, option: int) -> None:
    assert match_reply(reply, OPTIONS, {"sofa": ["couch"]}) == option


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.lists(words, min_size=2, max_size=5, unique=True), st.data())
def test_an_options_own_text_means_that_option(options: list[str], data) -> None:
    place = data.draw(st.integers(0, len(options) - 1))
    form = data.draw(st.sampled_from(["{}", "{}!", "It is {}.", "Answer: {}"]))
    assert match_reply(form.format(options[place].upper()), options) == place


@pytest.fixture
def samples(tiny_samples: pd.DataFrame) -> pd.DataFrame:
    chosen = tiny_samples.iloc[:4].assign(
        question=[f"What is number {n}?" for n in range(4)], options=[OPTIONS] * 4, answer=2
    )
    return chosen.reset_index(drop=True)


REPLIES = {"number 0": "A cup.", "number 1": "A mug.", "number 2": "Something red."}


def test_what_words_do_not_settle_the_judge_does(samples: pd.DataFrame, tmp_path) -> None:
    replies = reply_openly(samples, Told("served", REPLIES))
    write_table(replies, tmp_path / "replies.parquet", "open_replies")
    assert replies["reply"].isna().tolist() == [False, False, False, True]
    judge = Told(
        "judge",
        {
            "A cup": '{"option": "C"}',
            "A mug": '```{"option": "(c)"}```',
            "red": '{"option": "none"}',
        },
    )
    verdicts = judge_replies(samples, replies, judge)
    write_table(verdicts, tmp_path / "verdicts.parquet", "open_verdicts")
    assert len(judge.asked) == 3
    settled = settle_replies(samples, replies, verdicts)
    assert settled["outcome"].tolist() == ["answered", "answered", "unparsed", "failed"]
    assert settled["choice"].tolist()[:2] == [2, 2]
    alone = settle_replies(samples, replies, None)
    assert alone["outcome"].tolist() == ["answered", "unparsed", "unparsed", "failed"]
    named = settle_replies(samples, replies, None, {"cup": ["mug"]})
    assert named["choice"].tolist()[:2] == [2, 2]


@pytest.mark.parametrize("said", ["C", '{"option": "Z"}', '{"option": 3}', "{", json.dumps([1])])
def test_what_is_no_verdict_is_missing(samples: pd.DataFrame, said: str) -> None:
    replies = reply_openly(samples[:1], Told("served", REPLIES))
    verdicts = judge_replies(samples, replies, Told("judge", {"number": said}))
    assert verdicts["choice"].isna().all()


def test_an_image_that_cannot_be_opened_loses_one_reply_alone(samples: pd.DataFrame) -> None:
    broken = samples.assign(image=["nowhere.png", *samples["image"][1:]])
    replies = reply_openly(broken, Told("served", REPLIES))
    assert replies["reply"].isna().tolist() == [True, False, False, True]


def test_open_replies_stand_beside_multiple_choice() -> None:
    """Made up: every core question is right either way; spurious ones are right openly alone."""
    asked = pd.DataFrame(
        [
            {"sample_id": f"{s}-{n}", "subset": s, "cluster": f"t{n}", "attribute": f"scene:{n}"}
            for s in ("core", "spurious")
            for n in range(12)
        ]
    ).assign(answer=0)
    settled = asked[["sample_id"]].assign(model="m", outcome="answered", choice=0)
    settled = settled.assign(matched=0, judged=pd.array([0, 1] * 12, dtype="Int64"))
    choice = [int(name.startswith("spurious")) for name in asked["sample_id"]]
    responses = asked[["sample_id"]].assign(model="m", outcome="answered", choice=choice)
    table = compare_replies(asked, settled, responses).set_index(["condition", "measure"])
    value = table["value"]
    assert value["open", "gap"] == 0
    assert value["multiple choice", "gap"] == 1
    assert value["open less multiple choice", "accuracy – spurious"] == 1
    assert value["open", "replies settled by their words"] == 1
    assert value["open", "judge agrees with the words – where both name an option"] == 0.5
