"""Questions put to a remote model on loopback: what is asked, kept and read."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from chat_server import refusal
from remote_questions import (
    OPTIONS,
    answer,
    completion,
    make_model,
    make_samples,
    number_of,
    text_of,
)
from werkzeug import Request, Response

from spuriverse.models.remote.answering import WITHHELD
from spuriverse.problems import Problem
from spuriverse.questions import Question, Strategy, render_prompt
from spuriverse.tables import content_sha256, read_table, write_table

# --- what is asked and what becomes of it -----------------------------------------------------


def test_the_responses_are_a_table_in_the_order_of_the_samples(serve, tmp_path) -> None:
    url = serve(lambda request: completion(f"({'ABCD'[number_of(request) % 4]})"))
    samples = make_samples(tmp_path, 12)
    responses = answer(make_model(url, tmp_path / "replies.sqlite"), samples)
    write_table(responses, tmp_path / "responses.parquet", "responses")
    kept = read_table(tmp_path / "responses.parquet", "responses")
    assert kept["sample_id"].tolist() == samples["sample_id"].tolist()
    assert kept["choice"].tolist() == samples["answer"].tolist()
    assert set(kept["outcome"]) == {"answered"}
    assert kept["reply"].tolist()[:2] == ["(A)", "(B)"]
    assert set(kept["tokens"]) == {3}
    assert (kept["seconds"] > 0).all()
    assert set(zip(kept["model"], kept["strategy"], kept["protocol"], strict=True)) == {
        ("gpt", "direct", "corrected")
    }
    question = Question(samples["question"][0], tuple(OPTIONS), 0)
    assert kept["prompt_sha256"][0] == content_sha256(render_prompt(question, "direct"))


def test_image_and_prompt_with_options_are_sent(serve, tmp_path) -> None:
    asked: list[dict[str, Any]] = []

    def handle(request: Request) -> Response:
        asked.append(request.get_json())
        return completion("B")

    samples = make_samples(tmp_path, 1)
    model = make_model(serve(handle), tmp_path / "replies.sqlite", temperature=0.25, max_tokens=9)
    answer(model, samples)
    image, text = asked[0]["messages"][0]["content"]
    assert image["image_url"]["url"].startswith("data:image/png;base64,")
    question = Question(samples["question"][0], tuple(OPTIONS), 0)
    assert text["text"] == render_prompt(question, "direct")
    assert "(D) grey" in text["text"]
    assert (asked[0]["temperature"], asked[0]["max_tokens"]) == (0.25, 9)


@pytest.mark.parametrize(
    ("no", "outcome", "reply"),
    [
        (completion("I cannot tell from the image."), "abstained", "I cannot tell from the image."),
        (completion("Red or blue, perhaps."), "unparsed", "Red or blue, perhaps."),
        (completion(""), "unparsed", ""),
        (completion(None), "unparsed", ""),
        (completion(None, "content_filter"), "abstained", WITHHELD),
        (completion("(B)", "content_filter"), "abstained", f"{WITHHELD} (B)"),
        (refusal(400, code="content_filter"), "abstained", WITHHELD),
        (completion("B", choices=[]), "failed", ""),
        (refusal(500), "failed", ""),
        (Response("<html>Hello</html>", content_type="text/html"), "failed", ""),
    ],
)
def test_every_reply_has_a_named_outcome(serve, tmp_path, no, outcome, reply) -> None:
    url = serve(lambda request: completion("C") if number_of(request) else no)
    responses = answer(make_model(url, tmp_path / "r.sqlite"), make_samples(tmp_path, 2))
    write_table(responses, tmp_path / "responses.parquet", "responses")
    assert responses["outcome"].tolist() == [outcome, "answered"]
    assert responses["reply"].tolist() == [reply, "C"]
    assert responses["choice"].isna().tolist() == [True, False]


def test_a_variant_is_asked_like_its_strategy(serve, tmp_path) -> None:
    texts = []

    def handle(request: Request) -> Response:
        texts.append(text_of(request))
        return completion("B")

    url, samples = serve(handle), make_samples(tmp_path, 1)
    plain = answer(make_model(url, tmp_path / "r.sqlite"), samples)
    shuffled = samples.assign(options=[OPTIONS[::-1]])
    variant = answer(make_model(url, tmp_path / "r.sqlite"), shuffled, strategy="direct+shuffle-1")
    assert variant["strategy"].tolist() == ["direct+shuffle-1"]
    assert variant["choice"].tolist() == plain["choice"].tolist() == [1]
    assert texts[1].index("grey") < texts[1].index("red")


def test_the_blind_variant_sends_no_image(serve, tmp_path) -> None:
    asked: list[Any] = []

    def handle(request: Request) -> Response:
        asked.append(request.get_json()["messages"][0]["content"])
        return completion("B")

    samples = make_samples(tmp_path, 1)
    Path(samples["image"][0]).unlink()
    model = make_model(serve(handle), tmp_path / "r.sqlite")
    responses = answer(model, samples, strategy="direct+blind")
    assert responses["strategy"].tolist() == ["direct+blind"]
    assert isinstance(asked[0], str)


def test_a_strategy_of_ones_own(serve, tmp_path) -> None:
    url = serve(lambda request: completion(text_of(request)))
    terse = {"terse": Strategy("terse", "$question (C)")}
    responses = answer(
        make_model(url, tmp_path / "r.sqlite"),
        make_samples(tmp_path, 1),
        strategy="terse",
        strategies=terse,
    )
    assert responses["reply"].tolist() == ["Question #0 : what colour? (C)"]


def test_an_unknown_strategy_and_a_missing_image_stop_the_job(serve, tmp_path) -> None:
    model = make_model(serve(lambda _: completion("B")), tmp_path / "r.sqlite")
    samples = make_samples(tmp_path, 2)
    with pytest.raises(Problem, match="no prompt strategy 'indirect'"):
        answer(model, samples, strategy="indirect")
    with pytest.raises(Problem, match="There is no image at"):
        answer(model, samples.assign(image="none.png"))


def test_an_image_that_cannot_be_used_fails_its_question_alone(serve, tmp_path, caplog) -> None:
    model = make_model(serve(lambda _: completion("B")), tmp_path / "r.sqlite")
    samples = make_samples(tmp_path, 3)
    broken = tmp_path / "broken.jpg"
    broken.write_text("<!DOCTYPE html>")
    samples["image"] = [samples["image"].iloc[0], str(broken), samples["image"].iloc[2]]
    responses = answer(model, samples)
    assert responses["outcome"].tolist() == ["answered", "failed", "answered"]
    assert "web page" in caplog.text


# --- nothing is paid for twice ----------------------------------------------------------------


def test_a_second_run_asks_nothing_and_gives_the_same_table(serve, tmp_path) -> None:
    asked: list[int] = []

    def handle(request: Request) -> Response:
        asked.append(number_of(request))
        return completion("B")

    url, samples = serve(handle), make_samples(tmp_path, 20)
    first, second = (answer(make_model(url, tmp_path / "r.sqlite"), samples) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert sorted(asked) == list(range(20))


def test_what_failed_is_asked_again_by_the_next_run(serve, tmp_path, caplog) -> None:
    broken = True
    asked: list[int] = []

    def handle(request: Request) -> Response:
        asked.append(number_of(request))
        return refusal(500) if broken and number_of(request) == 3 else completion("B")

    url, samples = serve(handle), make_samples(tmp_path, 5)
    model = make_model(url, tmp_path / "r.sqlite", retries=0)
    assert answer(model, samples)["outcome"].tolist().count("failed") == 1
    assert list(model.store.failures().values()) == [
        'the server answered 500: {"error": {"message": "no"}}'
    ]
    assert "1 of 5 requests to model gpt failed, s-3 first" in caplog.text
    broken = False
    assert set(answer(model, samples)["outcome"]) == {"answered"}
    assert Counter(asked) == {0: 1, 1: 1, 2: 1, 3: 2, 4: 1}
    assert model.store.failures() == {}


def test_two_jobs_with_one_store_ask_each_question_once(serve, tmp_path) -> None:
    asked: list[int] = []

    def handle(request: Request) -> Response:
        asked.append(number_of(request))
        return completion("B")

    url, samples = serve(handle), make_samples(tmp_path, 30)
    with ThreadPoolExecutor(2) as jobs:
        tables = list(
            jobs.map(
                lambda rows: answer(make_model(url, tmp_path / "r.sqlite"), rows),
                [samples, samples[::-1].reset_index(drop=True)],
            )
        )
    assert sorted(asked) == list(range(30))
    pd.testing.assert_frame_equal(tables[0], tables[1][::-1].reset_index(drop=True))


# --- what concerns one question ----------------------------------------------------------------


def test_a_request_called_wrong_fails_its_question_alone(serve, tmp_path) -> None:
    bad = refusal(400, "image number 4711 is too large")
    url = serve(lambda request: bad if number_of(request) in (1, 3, 4) else completion("B"))
    model = make_model(url, tmp_path / "r.sqlite", concurrency=1)
    responses = answer(model, make_samples(tmp_path, 6))
    assert responses["outcome"].tolist() == [
        "answered", "failed", "answered", "failed", "failed", "answered",
    ]  # fmt: skip


def test_three_requests_in_a_row_called_wrong_in_the_same_words_stop_the_job(
    serve, tmp_path
) -> None:
    asked: list[int] = []

    def handle(request: Request) -> Response:
        asked.append(number_of(request))
        return (
            refusal(400, f"image {len(asked)} is too large") if len(asked) > 5 else completion("B")
        )

    model = make_model(serve(handle), tmp_path / "r.sqlite", concurrency=1)
    with pytest.raises(Problem, match=r"gpt cannot be asked about s-\d+: the server answered 400"):
        answer(model, make_samples(tmp_path, 200))
    assert len(asked) == 8
    assert model.store.spending()[0].requests == 5


THOUGHT = {"role": "assistant", "content": "", "reasoning_content": "The answer is A."}


def thought(finish_reason: str) -> Response:
    choice = {"index": 0, "finish_reason": finish_reason, "message": THOUGHT}
    return completion("", choices=[choice])


def test_a_reply_of_nothing_but_reasoning_is_empty(serve, tmp_path) -> None:
    asked: list[int] = []

    def handle(request: Request) -> Response:
        asked.append(request.get_json()["max_tokens"])
        return thought("stop")

    responses = answer(make_model(serve(handle), tmp_path / "r.sqlite"), make_samples(tmp_path, 1))
    write_table(responses, tmp_path / "responses.parquet", "responses")
    assert responses["outcome"].tolist() == ["empty"]
    assert asked == [1024]


@pytest.mark.parametrize(("second", "outcome"), [("B", "answered"), (None, "empty")])
def test_reasoning_that_was_cut_gets_more_tokens_once(serve, tmp_path, second, outcome) -> None:
    asked: list[int] = []

    def handle(request: Request) -> Response:
        asked.append(request.get_json()["max_tokens"])
        return completion(second) if len(asked) > 1 and second else thought("length")

    model = make_model(serve(handle), tmp_path / "r.sqlite", max_tokens=100)
    assert answer(model, make_samples(tmp_path, 1))["outcome"].tolist() == [outcome]
    assert asked == [100, 400]
    assert model.store.spending()[0].completion_tokens == 6
    assert answer(model, make_samples(tmp_path, 1))["outcome"].tolist() == [outcome]
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("unfit", "what"), [(completion("Hm."), "3 unparsed"), (thought("stop"), "3 empty")]
)
def test_many_replies_that_cannot_be_read_are_told_once(
    serve, tmp_path, caplog, unfit, what
) -> None:
    url = serve(lambda request: unfit if number_of(request) < 3 else completion("B"))
    answer(make_model(url, tmp_path / "r.sqlite"), make_samples(tmp_path, 100))
    (said,) = [
        record.getMessage() for record in caplog.records if "could not be read" in record.msg
    ]
    assert "3 of 100 replies of model gpt" in said
    assert what in said
    assert "s-0" in said


def test_two_of_a_hundred_unread_replies_are_not_told(serve, tmp_path, caplog) -> None:
    url = serve(lambda request: completion("Hm." if number_of(request) < 2 else "B"))
    answer(make_model(url, tmp_path / "r.sqlite"), make_samples(tmp_path, 100))
    assert "could not be read" not in caplog.text


def test_replies_cut_at_the_limit_are_told(serve, tmp_path, caplog) -> None:
    url = serve(lambda request: completion("B", "length"))
    answer(make_model(url, tmp_path / "r.sqlite"), make_samples(tmp_path, 4))
    assert "4 cut at the limit" in caplog.text


# --- replies in JSON ---------------------------------------------------------------------------


def test_a_json_reply_can_only_be_a_letter(serve, tmp_path) -> None:
    asked: list[dict[str, Any]] = []

    def handle(request: Request) -> Response:
        asked.append(request.get_json())
        return completion('{"reasoning": "Not (A).", "answer": "C"}')

    model = make_model(serve(handle), tmp_path / "r.sqlite", reply_format="json")
    samples = make_samples(tmp_path, 1)
    assert answer(model, samples)["choice"].tolist() == [2]
    answer(model, samples, strategy="chain_of_thought")
    direct, reasoned = (one["response_format"]["json_schema"]["schema"] for one in asked)
    assert direct["properties"] == {"answer": {"type": "string", "enum": ["A", "B", "C", "D"]}}
    assert list(reasoned["properties"]) == ["reasoning", "answer"]


def test_a_server_that_refuses_the_form_is_asked_for_text_from_then_on(
    serve, tmp_path, caplog
) -> None:
    asked: list[dict[str, Any]] = []

    def handle(request: Request) -> Response:
        asked.append(request.get_json())
        no = "response_format" in asked[-1]
        return refusal(400, "response_format is not supported") if no else completion("B")

    model = make_model(serve(handle), tmp_path / "r.sqlite", reply_format="json", concurrency=1)
    samples = make_samples(tmp_path, 3)
    assert set(answer(model, samples)["outcome"]) == {"answered"}
    assert ["response_format" in one for one in asked] == [True, False, False, False]
    text = asked[-1]["messages"][0]["content"][-1]["text"]
    assert text == render_prompt(Question(samples["question"][2], tuple(OPTIONS), 0), "direct")
    assert caplog.text.count("does not take response_format") == 1


@pytest.mark.parametrize("strict", [False, True], ids=["vLLM", "a strict server"])
def test_guided_choice_is_tried_where_the_form_is_refused(serve, tmp_path, strict) -> None:
    asked: list[dict[str, Any]] = []

    def handle(request: Request) -> Response:
        asked.append(request.get_json())
        if "response_format" in asked[-1]:
            return refusal(400, "response_format is not supported")
        if strict and "guided_choice" in asked[-1]:
            return refusal(400, "something about this request is wrong")
        return completion("C")

    path, url = tmp_path / "r.sqlite", serve(handle)
    samples = make_samples(tmp_path, 2)
    model = make_model(url, path, reply_format="json", concurrency=1)
    assert answer(model, samples)["choice"].tolist() == [2, 2]
    assert asked[1]["guided_choice"] == ["A", "B", "C", "D"]
    assert asked[1]["structured_outputs"] == {"choice": ["A", "B", "C", "D"]}
    assert len(asked) == 3 + strict
    assert ("guided_choice" in asked[-1]) is not strict
    answer(model, samples, strategy="chain_of_thought")
    if not strict:
        schema = asked[-1]["guided_json"]
        assert list(schema["properties"]) == ["reasoning", "answer"]
    again = make_model(url, path, reply_format="json", model="big")
    answer(again, make_samples(tmp_path, 3))
    assert "response_format" not in asked[-1]
