"""Whole tables are asked batch by batch, in every answering protocol."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from contracts import as_table
from spuriverse.models import (
    LocalModel,
    Variant,
    answer_samples,
    answer_variants,
    load_model,
)
from spuriverse.models.generation import Generated
from spuriverse.models.lookahead import one_ahead
from spuriverse.problems import Problem
from spuriverse.questions import Question


class Scripted:
    """Looks at nothing: replies and scores are given, calls are counted."""

    name = "scripted"

    def __init__(self, replies: Sequence[str] = (), scores: Sequence[float] = ()) -> None:
        self.replies, self.scores = list(replies), list(scores)
        self.batches: list[list[str]] = []

    def prompts(self, questions: list[Question], strategy: str = "direct") -> list[str]:
        return [f"{strategy}: {question.text}" for question in questions]

    def image_tokens(self, images: Sequence[str]) -> list[int]:
        return [0] * len(images)

    def prepare(self, images: Any, prompts: list[str]) -> Any:
        return images

    def generate(self, images: Any, prompts: list[str], **_: Any) -> list[Generated]:
        self.batches.append(prompts)
        given, self.replies = self.replies[: len(prompts)], self.replies[len(prompts) :]
        return [Generated(reply, len(reply.split())) for reply in given]

    def option_likelihood(
        self, images: Any, questions: list[Question], prompts: list[str], **_: Any
    ) -> list[list[float]]:
        self.batches.append(prompts)
        return [self.scores[: len(question.options)] for question in questions]


def table(folder: Path, texts: Sequence[str]) -> pd.DataFrame:
    """One question a text, one image each."""
    rows = []
    for number, text in enumerate(texts):
        path = folder / f"{number}.png"
        Image.new("RGB", (4, 4), (number, 0, 0)).save(path)
        options = ["red", "blue", "green"]
        rows.append((f"s-{number}", str(path), text, options, 0))
    return pd.DataFrame(rows, columns=["sample_id", "image", "question", "options", "answer"])


@pytest.fixture(scope="module")
def shown(tiny_folder: Path) -> LocalModel:
    return load_model(tiny_folder, show_options=False)


# --- replies ----------------------------------------------------------------------------------


def test_replies_are_read_and_their_tokens_counted(tmp_path: Path) -> None:
    samples = table(tmp_path, ["What?"] * 4)
    replies = ["The answer is (B).", "I cannot tell.", "Both red and blue", "green"]
    responses = answer_samples(Scripted(replies), samples, answering="generate", batch_size=3)
    as_table(responses, "responses")
    assert responses["reply"].tolist() == replies
    assert responses["outcome"].tolist() == ["answered", "abstained", "unparsed", "answered"]
    assert responses["choice"].tolist() == [1, pd.NA, pd.NA, 2]
    assert responses["tokens"].tolist() == [4, 3, 4, 1]
    assert [len(scores) for scores in responses["option_scores"]] == [0] * 4


def test_a_reply_ends_where_the_checkpoint_says_and_is_the_likeliest(
    shown: LocalModel, tiny_samples: pd.DataFrame
) -> None:
    """Sampling and penalties of the checkpoint's own settings have no say."""
    settings = {"answering": "generate"}
    plain = answer_samples(shown, tiny_samples, max_new_tokens=6, **settings)
    assert set(plain["tokens"]) == {6}
    config = shown.model.generation_config
    config.do_sample, config.temperature, config.repetition_penalty = True, 5.0, 50.0
    again = answer_samples(shown, tiny_samples, max_new_tokens=6, **settings)
    assert again["reply"].tolist() == plain["reply"].tolist()
    second = plain["reply"].iloc[0].split()[1]
    shown.model.generation_config.eos_token_id = [
        shown.processor.tokenizer.convert_tokens_to_ids(second),
        shown.processor.tokenizer.eos_token_id,
    ]
    ended = answer_samples(shown, tiny_samples, max_new_tokens=6, **settings)
    for before, after in zip(plain["reply"], ended["reply"], strict=True):
        words = before.split()
        stop = words.index(second) + 1 if second in words else 6
        assert after.split() == words[:stop]
    assert ended["tokens"].tolist() == [len(reply.split()) for reply in ended["reply"]]
    shown.model.generation_config.eos_token_id = shown.processor.tokenizer.eos_token_id


# --- scores -----------------------------------------------------------------------------------


def test_the_best_score_decides(tmp_path: Path) -> None:
    responses = answer_samples(Scripted(scores=[-3.0, -1.0, -2.0]), table(tmp_path, ["What?"]))
    assert responses["choice"].tolist() == [1]
    assert responses["reply"].tolist() == ["blue"]
    assert responses["option_scores"].tolist() == [[-3.0, -1.0, -2.0]]


def test_letters_mean_nothing_to_a_model_that_is_not_shown_the_options(
    shown: LocalModel, tiny_samples: pd.DataFrame
) -> None:
    with pytest.raises(Problem, match="not shown the options"):
        answer_samples(shown, tiny_samples, answering="letter_logits")


def test_letters_the_vocabulary_lacks_are_a_problem(
    shown: LocalModel, tiny_samples: pd.DataFrame
) -> None:
    other = LocalModel("other", shown.model, shown.processor, show_options=True)
    with pytest.raises(Problem, match="no single tokens for the letters"):
        answer_samples(other, tiny_samples, answering="letter_logits")


def test_an_unknown_way_to_answer_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no answering protocol 'guess'"):
        answer_samples(Scripted(), table(tmp_path, ["What?"]), answering="guess")


# --- batches ----------------------------------------------------------------------------------


def test_prompts_of_like_length_share_a_batch(tmp_path: Path) -> None:
    texts = ["a" * (1 + 7 * i % 10) for i in range(10)]
    model = Scripted(scores=[0.0, -1.0, -2.0])
    responses = answer_samples(model, table(tmp_path, texts), batch_size=4)
    lengths = [[len(prompt) for prompt in batch] for batch in model.batches]
    assert [len(batch) for batch in lengths] == [4, 4, 2]
    in_order = [*chain.from_iterable(lengths)]
    assert in_order == sorted(in_order)
    assert responses["sample_id"].tolist() == [f"s-{i}" for i in range(10)]


def test_no_more_than_one_batch_is_prepared_ahead() -> None:
    begun: list[int] = []

    def make(item: int) -> int:
        begun.append(item)
        return 10 * item

    for done, made in enumerate(one_ahead(make, range(6)), start=1):
        assert made == 10 * (done - 1)
        assert len(begun) <= done + 1
    assert begun == list(range(6))


def test_what_is_wrong_with_a_later_batch_is_raised_when_it_is_due() -> None:
    def make(item: int) -> int:
        if item == 2:
            raise Problem("it is broken")
        return item

    made = one_ahead(make, range(4))
    assert [next(made), next(made)] == [0, 1]
    with pytest.raises(Problem, match="it is broken"):
        next(made)


class Picky(Scripted):
    """Its processor refuses long images with the exception that some raise."""

    def prepare(self, images: Any, prompts: list[str]) -> Any:
        if any(image.width > 200 * image.height for image in images):
            raise ValueError("absolute aspect ratio must be smaller than 200, got 300.0")
        return images


@pytest.mark.parametrize("batch_size", [1, 2, 5])
def test_a_question_that_cannot_be_asked_fails_alone(tmp_path, caplog, batch_size: int) -> None:
    samples = table(tmp_path, ["What?", "How?", "Why?", "Who?", "When?"])
    Path(samples["image"].iloc[0]).write_bytes(b"<!DOCTYPE html>")
    Path(samples["image"].iloc[2]).unlink()
    Image.new("RGB", (900, 3)).save(samples["image"].iloc[3])
    variants = [Variant(samples), Variant(samples, label="direct+shuffle-1")]
    model = Picky(scores=[0.0, 1.0, 2.0])
    responses = answer_variants(model, variants, batch_size=batch_size)
    as_table(responses, "responses")
    outcomes = ["failed", "answered", "failed", "failed", "answered"]
    assert responses["outcome"].tolist() == outcomes * 2
    assert responses["choice"].isna().tolist() == [o == "failed" for o in outcomes] * 2
    reasons = responses["reply"].tolist()
    assert "web page" in reasons[0]
    assert "no image at" in reasons[2]
    assert "processor refuses" in reasons[3]
    assert "aspect ratio must be smaller" in reasons[3]
    assert "3 of 5 questions could not be asked" in caplog.text


def test_a_model_that_can_be_asked_nothing_is_a_problem(tmp_path: Path) -> None:
    samples = table(tmp_path, ["What?", "How?"])
    for path in samples["image"]:
        Path(path).write_bytes(b"no image")
    with pytest.raises(Problem, match=r"None of the 2 questions.*not a complete, usable image"):
        answer_samples(Scripted(scores=[0.0, 1.0, 2.0]), samples)


def test_an_image_of_a_batch_is_opened_once(tmp_path: Path, monkeypatch) -> None:
    opened: list[str] = []

    def record(path: str) -> Image.Image:
        opened.append(path)
        return Image.new("RGB", (2, 2))

    monkeypatch.setattr("spuriverse.models.images.open_image", record)
    samples = table(tmp_path, ["What?", "How?", "Why?"])
    variants = [Variant(samples), Variant(samples, label="direct+shuffle-1")]
    answer_variants(Scripted(scores=[0.0, 1.0, 2.0]), variants)
    assert sorted(opened) == samples["image"].tolist()


def test_no_more_images_are_open_than_those_of_three_batches(tmp_path: Path, most_open) -> None:
    """Those at hand, those that are prepared meanwhile, and those of the batch before."""
    samples = table(tmp_path, [f"What {number}?" for number in range(40)])
    model = Scripted(scores=[0.0, 1.0, 2.0])
    answer_samples(model, samples, batch_size=3)
    assert len(model.batches) == 14
    assert 3 <= most_open() <= 9


def test_variants_keep_their_labels_and_samples(tmp_path: Path) -> None:
    samples = table(tmp_path, ["What?", "How?"])
    variants = [
        Variant(samples),
        Variant(samples, label="direct+shuffle-1"),
        Variant(samples, strategy="other"),
    ]
    responses = answer_variants(Scripted(scores=[0.0, 1.0, 2.0]), variants, batch_size=1)
    as_table(responses, "responses")
    assert responses["strategy"].tolist() == [
        *["direct"] * 2,
        *["direct+shuffle-1"] * 2,
        *["other"] * 2,
    ]
    assert responses["sample_id"].tolist() == ["s-0", "s-1"] * 3
    hashes = responses["prompt_sha256"].to_numpy().reshape(3, 2)
    assert (hashes[0] == hashes[1]).all()
    assert (hashes[0] != hashes[2]).all()


def test_seconds_are_shared_within_a_batch(shown: LocalModel, tiny_samples: pd.DataFrame) -> None:
    responses = answer_samples(shown, tiny_samples)
    assert responses["seconds"].nunique() == 1
    assert np.all(responses["seconds"] > 0)
