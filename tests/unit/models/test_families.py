"""Every open family goes through the same code: scores and replies are those of plain computation.

The checkpoints are tiny and random, built by `families.py`, saved and loaded like any other.
"""

from collections.abc import Callable, Iterator
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from contracts import as_table
from spuriverse.models import (
    LocalModel,
    Variant,
    answer_samples,
    answer_variants,
    load_model,
    questions_of,
)
from spuriverse.questions import Question, open_image, parse_reply, render_condition

CLOSE = 1e-4
SHARED = ("llava", "qwen2_vl", "qwen2_5_vl", "mllama")
"""Families with one picture tile each of which are told to encode an image once."""
TOWERS = ("vision_tower", "visual", "vision_model")
"""What architectures call their vision tower."""
LONGEST_REPLY = 6

SIZES = [(32, 32), (40, 90), (70, 33), (64, 64), (20, 50), (33, 31), (90, 40), (48, 48)]
OPTIONS = ["red", "dark blue", "a yellow ring on the left", "moon", "Zeppelin"]


def _load_builders() -> Any:
    """The module of the builders lies beside this one, in no package."""
    spec = spec_from_file_location("families", Path(__file__).with_name("families.py"))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUILDERS = _load_builders()


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Eight questions of several lengths with two to four options, images of eight sizes."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    rows = []
    for number, size in enumerate(SIZES):
        pixels = rng.integers(0, 255, (*size, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
        rows.append(
            {
                "sample_id": f"s-{number}",
                "image": str(folder / f"{number}.png"),
                "question": "What is this" + " and that" * (number % 4) + "?",
                "options": [OPTIONS[(number + i) % 5] for i in range(2 + number % 3)],
                "answer": 0,
            }
        )
    return pd.DataFrame(rows)


@pytest.fixture(params=sorted(BUILDERS.FAMILIES), scope="session")
def family(request: pytest.FixtureRequest) -> str:
    if request.param == "smolvlm" and find_spec("num2words") is None:
        pytest.skip("the processor of SmolVLM needs the package num2words")
    return request.param


@pytest.fixture(scope="session")
def model(family: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalModel]:
    folder = tmp_path_factory.mktemp("families") / family
    folder.mkdir()
    yield load_model(BUILDERS.save_family(family, folder), show_options=True)


def ask(model: LocalModel, samples: pd.DataFrame, answering: str, **more: Any) -> pd.DataFrame:
    settings: dict[str, Any] = {"batch_size": 8, "max_new_tokens": LONGEST_REPLY, **more}
    return answer_samples(model, samples, answering=answering, **settings)


def close(one: pd.DataFrame, other: Any) -> None:
    scores = other["option_scores"] if isinstance(other, pd.DataFrame) else other
    for left, right in zip(one["option_scores"], scores, strict=True):
        np.testing.assert_allclose(left, right, atol=CLOSE)


# --- plain computation: one sample at a time, no cache, nothing shared ------------------------


def plain_logits(model: LocalModel, prompt: str, path: str, reply: list[int]) -> torch.Tensor:
    """Logits of every token of the reply, and of the one after it, from one forward pass."""
    begin = model.processor.tokenizer.bos_token
    inputs = model.processor(
        images=[[open_image(path)]],
        text=[prompt],
        return_tensors="pt",
        add_special_tokens=not (begin and prompt.startswith(begin)),
    )
    # PaliGemma alone says which tokens its training would learn; it reads those in one direction.
    one_way = inputs.pop("labels", None) is not None
    more = torch.tensor([reply], dtype=torch.long)
    length = inputs["input_ids"].shape[1]
    inputs["input_ids"] = torch.cat([inputs["input_ids"], more], 1)
    fill = {"attention_mask": 1, "token_type_ids": int(one_way), "mm_token_type_ids": 0}
    for key, value in fill.items():
        if key in inputs:
            inputs[key] = torch.cat([inputs[key], torch.full_like(more, value)], 1)
    if "cross_attention_mask" in inputs:
        mask = inputs["cross_attention_mask"]
        rows = mask[:, -1:].expand(-1, len(reply), -1, -1)
        inputs["cross_attention_mask"] = torch.cat([mask, rows], 1)
    with torch.no_grad():
        logits = model.model(**inputs, use_cache=False).logits[0, length - 1 :]
    return logits.float()


def last_text(model: LocalModel, prompt: str, path: str) -> str:
    """What the last token of the prompt reads; some processors add one."""
    inputs = model.processor(images=[[open_image(path)]], text=[prompt], return_tensors="pt")
    return model.processor.tokenizer.decode(inputs["input_ids"][0, -1:])


def tokens_after(model: LocalModel, before: str, text: str) -> list[int]:
    """Tokens of the text after `before`, which it must not merge with: that is written already."""
    tokenizer = model.processor.tokenizer
    start, whole, apart = (
        tokenizer(part, add_special_tokens=False).input_ids
        for part in (before, before + text, tokenizer.eos_token + text)
    )
    ids = whole[len(start) :] if whole[: len(start)] == start else apart[1:]
    assert tokenizer.decode(ids).strip() == text.strip()
    return ids


def each(model: LocalModel, samples: pd.DataFrame, score: Callable[..., Any]) -> list[Any]:
    return [
        score(question, model.prompt(question), path)
        for question, path in zip(questions_of(samples), samples["image"], strict=True)
    ]


# --- option_likelihood ------------------------------------------------------------------------


def test_likelihoods_are_those_of_whole_passes(model: LocalModel, samples: pd.DataFrame) -> None:
    lengths: list[list[int]] = []

    def plain(question: Any, prompt: str, path: str) -> list[float]:
        before, row = last_text(model, prompt, path), []
        lengths.append([])
        for option in question.options:
            ids = tokens_after(model, before, option if before.endswith("\n") else f" {option}")
            scores = plain_logits(model, prompt, path, ids)[:-1].log_softmax(-1)
            row.append(float(scores[range(len(ids)), ids].sum()))
            lengths[-1].append(len(ids))
        return row

    table, expected = ask(model, samples, "option_likelihood"), each(model, samples, plain)
    close(table, expected)
    assert max(map(max, lengths)) > 5
    per_token = ask(model, samples, "option_likelihood", per_token=True)
    close(per_token, [np.divide(*pair) for pair in zip(expected, lengths, strict=True)])
    assert per_token["choice"].tolist() == [int(np.argmax(s)) for s in per_token["option_scores"]]
    as_table(table, "responses")


def test_conditions_are_scored_as_in_four_passes(model: LocalModel, samples: pd.DataFrame) -> None:
    """Two labels under two prompts: the one batch says what four forward passes say."""
    paths, labels = samples["image"], [row[:2] for row in samples["options"]]
    conditions = [
        [model.wrap(render_condition(question, attribute)) for question in samples["question"]]
        for attribute in ("a ring", "the colour of the left half")
    ]
    encoded = count_encoded(model)
    scores, lengths = model.label_likelihood([open_image(p) for p in paths], conditions, labels)
    once = encoded()
    for condition, prompts in enumerate(conditions):
        for row, (prompt, path, texts) in enumerate(zip(prompts, paths, labels, strict=True)):
            before = last_text(model, prompt, path)
            for place, text in enumerate(texts):
                ids = tokens_after(model, before, text if before.endswith("\n") else f" {text}")
                plain = plain_logits(model, prompt, path, ids)[:-1].log_softmax(-1)
                expected = float(plain[range(len(ids)), ids].sum())
                assert scores[condition][row][place] == pytest.approx(expected, abs=CLOSE)
                assert lengths[row][place] == len(ids)
    # Every image twice would be twice the work; only SHARED are promised to avoid it.
    assert once == 1 or model.name not in SHARED


def count_encoded(model: LocalModel) -> Callable[[], float]:
    """How often the vision tower has seen the pictures since, in passes over all of them."""
    base = model.model.base_model
    tower = next(
        getattr(base, name)
        for name in ("visual", "vision_tower", "vision_model")
        if hasattr(base, name)
    )
    rows: list[int] = []

    def look(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        grid = kwargs.get("grid_thw")
        pixels = args[0] if args else kwargs["pixel_values"]
        rows.append(len(pixels) if grid is None else len(grid))

    handle = tower.register_forward_pre_hook(look, with_kwargs=True)

    def count() -> float:
        handle.remove()
        return sum(rows) / len(SIZES)

    return count


def test_options_of_one_token_are_scored_as_in_whole_passes(
    model: LocalModel, samples: pd.DataFrame
) -> None:
    short = samples.assign(options=[list("BAC")] * len(samples))

    def plain(question: Any, prompt: str, path: str) -> list[float]:
        before = last_text(model, prompt, path)
        space = "" if before.endswith("\n") else " "
        ids = [tokens_after(model, before, f"{space}{option}") for option in question.options]
        return (
            plain_logits(model, prompt, path, [])[-1].log_softmax(-1)[[i for (i,) in ids]].tolist()
        )

    close(ask(model, short, "option_likelihood"), each(model, short, plain))


# --- letter_logits ----------------------------------------------------------------------------


def test_letters_are_scored_by_all_their_spellings(
    model: LocalModel, samples: pd.DataFrame
) -> None:
    def plain(question: Any, prompt: str, path: str) -> list[float]:
        before, scores = last_text(model, prompt, path), []
        likelihood = plain_logits(model, prompt, path, [])[-1].log_softmax(-1)
        for letter in "ABCD"[: len(question.options)]:
            spellings = [tokens_after(model, before, form) for form in (letter, f" {letter}")]
            assert {len(spelling) for spelling in spellings} == {1}
            scores.append(float(likelihood[list({s[0] for s in spellings})].logsumexp(-1)))
        return scores

    table = ask(model, samples, "letter_logits")
    close(table, each(model, samples, plain))
    as_table(table, "responses")


# --- generate ---------------------------------------------------------------------------------


def test_replies_are_the_likeliest_tokens_one_by_one(
    model: LocalModel, samples: pd.DataFrame
) -> None:
    tokenizer = model.processor.tokenizer

    def plain(question: Any, prompt: str, path: str) -> tuple[str, int]:
        reply: list[int] = []
        while len(reply) < LONGEST_REPLY and reply[-1:] != [tokenizer.eos_token_id]:
            reply.append(int(plain_logits(model, prompt, path, reply)[-1].argmax()))
        return tokenizer.decode(reply, skip_special_tokens=True).strip(), len(reply)

    table, expected = ask(model, samples, "generate"), each(model, samples, plain)
    assert list(zip(table["reply"], table["tokens"], strict=True)) == expected
    for row, options in zip(table.itertuples(), samples["options"], strict=True):
        answer = parse_reply(row.reply, options)
        assert row.outcome == answer.outcome
        assert pd.isna(row.choice) if answer.choice is None else row.choice == answer.choice
    as_table(table, "responses")


# --- batches ----------------------------------------------------------------------------------


@pytest.mark.parametrize("answering", ["option_likelihood", "letter_logits", "generate"])
def test_one_at_a_time_or_eight_together_is_the_same(
    model: LocalModel, samples: pd.DataFrame, answering: str
) -> None:
    alone, together = (ask(model, samples, answering, batch_size=size) for size in (1, 8))
    for column in ("choice", "reply", "outcome", "tokens"):
        assert alone[column].tolist() == together[column].tolist()
    close(alone, together)


def test_looking_at_ends_less_often_changes_no_reply(
    model: LocalModel, samples: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    often = ask(model, samples, "generate")
    monkeypatch.setattr("spuriverse.models.decoding._LOOKED_EVERY", {"cpu": 4})
    seldom = ask(model, samples, "generate")
    for column in ("reply", "tokens"):
        assert often[column].tolist() == seldom[column].tolist()


@pytest.mark.parametrize("answering", ["option_likelihood", "letter_logits"])
def test_what_is_seen_and_asked_matters(
    model: LocalModel, samples: pd.DataFrame, answering: str
) -> None:
    same = samples.assign(options=[OPTIONS[:3]] * len(samples), question="What is this?")
    scores = np.array(ask(model, same, answering)["option_scores"].tolist())
    assert np.ptp(scores, axis=0).min() > 100 * CLOSE
    other = same.assign(question="How many?")
    assert np.abs(ask(model, other, answering)["option_scores"][0] - scores[0]).max() > CLOSE


def test_images_are_counted_by_their_headers_as_the_processor_does(
    model: LocalModel, samples: pd.DataFrame
) -> None:
    counted = model.image_tokens(samples["image"].tolist())
    prompts = model.prompts([Question("What?", ("red", "blue"), 0)] * len(samples))
    lengths = []
    for path, prompt in zip(samples["image"], prompts, strict=True):
        inputs = model.prepare([open_image(path)], [prompt]).inputs
        lengths.append(int(inputs["attention_mask"].sum()))
    if len({*counted}) == 1:
        assert {*counted} == {0} or len({*lengths}) == 1
    else:
        assert np.diff(counted).tolist() == np.diff(lengths).tolist()
    assert model.image_tokens(["gone.png", samples["image"][0]]) == [0, counted[0]]


# --- variants that share their images ---------------------------------------------------------


@pytest.mark.parametrize("answering", ["option_likelihood", "letter_logits", "generate"])
def test_variants_share_the_encoded_images(
    model: LocalModel, samples: pd.DataFrame, answering: str
) -> None:
    turned = samples.assign(options=[options[::-1] for options in samples["options"]])
    variants = [
        Variant(samples),
        Variant(turned, label="direct+shuffle-1"),
        Variant(samples, strategy="chain_of_thought"),
    ]
    apart = [ask(model, v.samples, answering, strategy=v.strategy) for v in variants]
    base = model.model.base_model
    tower = next(getattr(base, name) for name in TOWERS if hasattr(base, name))
    passes: list[int] = []
    counting = tower.register_forward_hook(lambda *_: passes.append(1))
    together = answer_variants(
        model,
        variants,
        answering=answering,
        batch_size=4,
        max_new_tokens=LONGEST_REPLY,
    )
    counting.remove()
    # One pass of the vision tower per batch, however many variants are asked.
    assert len(passes) == len(samples) // 4
    close(together, [scores for table in apart for scores in table["option_scores"]])
    assert together["reply"].tolist() == [reply for table in apart for reply in table["reply"]]
    assert together["strategy"].unique().tolist() == [
        "direct",
        "direct+shuffle-1",
        "chain_of_thought",
    ]
    as_table(together, "responses")
