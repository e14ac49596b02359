"""A remote model that answers a table of questions, by way of a server that has its troubles."""

import json
import logging
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from spuriverse.models.remote import RemoteModel, answer_remotely
from spuriverse.models.remote.answering import WITHHELD
from spuriverse.problems import Problem
from spuriverse.questions import Question, Strategy, render_prompt
from spuriverse.tables import content_sha256, read_table, write_table

SECRET = "sk-a-very-secret-key-0123456789"
OPTIONS = ["red", "green", "blue", "grey"]
Handler = Callable[[Request], Response]


def completion(text: object, finish_reason: str = "stop", **more: Any) -> Response:
    message = {"role": "assistant", "content": text}
    body = {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": "big-2026",
        "choices": [{"index": 0, "finish_reason": finish_reason, "message": message}],
        "usage": {"prompt_tokens": 70, "completion_tokens": 3, "total_tokens": 73},
        **more,
    }
    return Response(json.dumps(body), content_type="application/json")


def refusal(status: int, message: str = "no", **error: object) -> Response:
    body = json.dumps({"error": {"message": message, **error}})
    return Response(body, status, {"retry-after-ms": "1"}, content_type="application/json")


def text_of(request: Request) -> str:
    content = request.get_json()["messages"][0]["content"]
    return content if isinstance(content, str) else content[-1]["text"]


def number_of(request: Request) -> int:
    return int(text_of(request).split("#")[1].split()[0])


@pytest.fixture
def serve(loopback: HTTPServer) -> Callable[[Handler], str]:
    def start(handler: Handler) -> str:
        loopback.clear()
        rule = loopback.expect_request("/v1/chat/completions", method="POST")
        rule.respond_with_handler(handler)
        return loopback.url_for("/v1")

    return start


def make_samples(tmp_path: Path, count: int) -> pd.DataFrame:
    image = tmp_path / "image.png"
    Image.new("RGB", (8, 8), (200, 10, 10)).save(image)
    rows = [
        {
            "sample_id": f"s-{number}",
            "image": str(image),
            "question": f"Question #{number} : what colour?",
            "options": OPTIONS,
            "answer": number % 4,
        }
        for number in range(count)
    ]
    return pd.DataFrame(rows)


def make_model(url: str, store: Path, **changes: Any) -> RemoteModel:
    settings: dict[str, Any] = {
        "model": "big",
        "base_url": url,
        "api_key_env": None,
        "store": store,
        "retries": 2,
        "sleep": lambda seconds: time.sleep(seconds / 1_000),
    }
    return RemoteModel("gpt", **{**settings, **changes})


def answer(model: RemoteModel, samples: pd.DataFrame, **how: Any) -> pd.DataFrame:
    return answer_remotely(model, samples, **how)


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


# --- what stops a job -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "refuses requests for model gpt"),
        (403, "refuses requests for model gpt"),
        (404, "has no model big"),
    ],
)
def test_a_wrong_request_stops_the_job_at_once(serve, tmp_path, status, said) -> None:
    asked: list[int] = []

    def handle(request: Request) -> Response:
        asked.append(number_of(request))
        return completion("B") if len(asked) <= 5 else refusal(status, "too large")

    samples = make_samples(tmp_path, 200)
    model = make_model(serve(handle), tmp_path / "r.sqlite", concurrency=1)
    with pytest.raises(Problem, match=said) as caught:
        answer(model, samples)
    assert "\n" not in str(caught.value)
    assert len(asked) == 6
    assert model.store.spending()[0].requests == 5


def test_a_server_that_answers_nothing_is_a_problem(serve, tmp_path) -> None:
    model = make_model(serve(lambda _: refusal(503)), tmp_path / "r.sqlite", retries=0)
    with pytest.raises(Problem, match=r"All 3 requests to model gpt failed, .* answered 503"):
        answer(model, make_samples(tmp_path, 3))
    assert len(model.store.failures()) == 3


# --- keys -------------------------------------------------------------------------------------

ECHOES = {
    "a reply": lambda: completion(f"Your key is {SECRET}, and (B)."),
    "another name of the model": lambda: completion("B", model=SECRET),
    "a server error": lambda: refusal(500, f"{SECRET} is out of order"),
    "a filter": lambda: refusal(400, SECRET, code="content_filter"),
    "a page": lambda: Response(f"<html>{SECRET}</html>", content_type="text/html"),
    "a wrong request": lambda: refusal(400, f"no {SECRET[:14]}... {SECRET}"),
    "a refused key": lambda: refusal(401, f"Incorrect API key provided: {SECRET}"),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
def test_the_key_is_nowhere_after_a_run_that_failed(
    serve, tmp_path, monkeypatch, caplog, echo
) -> None:
    monkeypatch.setenv("A_KEY", SECRET)
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "werkzeug")
    url = serve(lambda request: completion("B") if number_of(request) < 4 else echo())
    model = make_model(url, tmp_path / "r.sqlite", api_key_env="A_KEY", concurrency=2)
    said = ""
    try:
        responses = answer(model, make_samples(tmp_path, 8))
        write_table(responses, tmp_path / "responses.parquet", "responses")
        responses.to_csv(tmp_path / "responses.csv")
    except Problem as problem:
        said = str(problem)
    # Without the log of writes ahead, which may hold pages of their own, nothing is proved.
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert "r.sqlite-wal" in files
    for part in (SECRET, SECRET[:14]):
        assert part not in said + caplog.text
        assert not [name for name, content in files.items() if part.encode() in content]


# --- a server with every fault ----------------------------------------------------------------

QUESTIONS = 500
SECONDS_OF_PATIENCE = 3.0
FAULTS = ("drop", "delay", "429", "500", "truncate", "html", "no choices", "silence", "twice")

ANSWER_ALL = """
import sys, time
import pandas as pd
from spuriverse.models.remote import RemoteModel, answer_remotely
from spuriverse.tables import write_table
url, samples, store, made = sys.argv[1:]
model = RemoteModel(
    "gpt", model="big", base_url=url, api_key_env=None, store=store, retries=5, timeout=3.0,
    concurrency=16, price_in=1.0, price_out=2.0, sleep=lambda seconds: time.sleep(seconds / 50),
)
responses = answer_remotely(model, pd.read_parquet(samples))
write_table(responses, made, "responses")
"""


class Faulty:
    """A server that fails one in five requests, each fault in its turn, when first asked."""

    def __init__(self, kill_at: list[int] | None = None) -> None:
        self.times: Counter[int] = Counter()
        self.good: Counter[int] = Counter()
        self.over = threading.Event()
        self.kill_at = kill_at or []
        self.victim: subprocess.Popen | None = None
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Response:
        number = number_of(request)
        with self._lock:
            self.times[number] += 1
            time_asked = self.times[number]
            if self.kill_at and self.times.total() >= self.kill_at[0] and self.victim:
                self.kill_at.pop(0)
                os.kill(self.victim.pid, signal.SIGKILL)
        fault = FAULTS[number // 5 % len(FAULTS)] if number % 5 == 0 else ""
        if fault == "silence":
            return self._good(number, "")
        if time_asked > (2 if fault == "twice" else 1) or not fault:
            return self._good(number, f"The answer is ({'ABCD'[number * 7 % 4]}).")
        return self._fail(fault, request)

    def _good(self, number: int, text: str) -> Response:
        with self._lock:
            self.good[number] += 1
        return completion(text)

    def _fail(self, fault: str, request: Request) -> Response:
        whole = completion("The answer is (A).").get_data()
        if fault == "drop":
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        elif fault == "delay":
            self.over.wait(SECONDS_OF_PATIENCE + 10)
        elif fault == "429":
            return Response("{}", 429, {"Retry-After": "0.01"}, content_type="application/json")
        elif fault == "truncate":
            length = {"Content-Length": str(len(whole))}
            return Response(iter([whole[:40]]), headers=length, content_type="application/json")
        elif fault == "html":
            return Response("<html>Gateway</html>", content_type="text/html")
        elif fault == "no choices":
            return completion("", choices=[], usage=None)
        return Response("out of memory", 500)


def expected() -> list[int | None]:
    silent = [n % 5 == 0 and FAULTS[n // 5 % len(FAULTS)] == "silence" for n in range(QUESTIONS)]
    return [None if silent[n] else n * 7 % 4 for n in range(QUESTIONS)]


def check(responses: pd.DataFrame, store: Path) -> None:
    """Every question has its answer, and one answer in the store."""
    choices = [None if pd.isna(choice) else int(choice) for choice in responses["choice"]]
    assert choices == expected()
    assert set(responses["outcome"]) == {"answered", "unparsed"}
    with sqlite3.connect(store) as connection:
        counts = "SELECT COUNT(*), COUNT(DISTINCT request_sha256) FROM replies"
        assert connection.execute(counts).fetchone() == (QUESTIONS, QUESTIONS)
        assert connection.execute("SELECT COUNT(*) FROM failures").fetchone() == (0,)
        assert connection.execute("SELECT COUNT(*) FROM claims").fetchone() == (0,)
    connection.close()


def run_to_the_end(server: Faulty, command: list[str]) -> int:
    """Start the job again whenever it is killed; return how often it was."""
    killed = 0
    while True:
        server.victim = subprocess.Popen(command)
        code = server.victim.wait(120)
        if code != -signal.SIGKILL:
            assert code == 0
            return killed
        killed += 1


@pytest.mark.slow
def test_a_faulty_server_and_a_killed_run_make_the_same_table(serve, tmp_path) -> None:
    samples = make_samples(tmp_path, QUESTIONS)
    server, store = Faulty(), tmp_path / "whole.sqlite"
    model = make_model(
        serve(server),
        store,
        retries=5,
        timeout=SECONDS_OF_PATIENCE,
        concurrency=16,
        price_in=1.0,
        price_out=2.0,
        sleep=lambda seconds: time.sleep(seconds / 50),
    )
    write_table(answer(model, samples), tmp_path / "whole.parquet", "responses")
    whole = read_table(tmp_path / "whole.parquet", "responses")
    server.over.set()
    check(whole, store)
    assert set(server.good.values()) == {1}
    assert server.times.total() >= QUESTIONS + QUESTIONS // 5
    spent = QUESTIONS * (70 * 1.0 + 3 * 2.0) / 1e6
    assert model.store.spent() == pytest.approx(spent)

    points = sorted(random.Random(20261125).sample(range(30, QUESTIONS), 3))
    server, store = Faulty(points), tmp_path / "killed.sqlite"
    asked, made = tmp_path / "samples.parquet", tmp_path / "responses.parquet"
    samples.to_parquet(asked)
    files = [str(path) for path in (asked, store, made)]
    command = [sys.executable, "-c", ANSWER_ALL, serve(server), *files]
    assert run_to_the_end(server, command) == 3
    server.over.set()
    killed = read_table(made, "responses")
    check(killed, store)
    pd.testing.assert_frame_equal(killed.drop(columns="seconds"), whole.drop(columns="seconds"))
    # What was under way at the three deaths is all that was asked again.
    assert sum(server.good.values()) <= QUESTIONS + 3 * 16
