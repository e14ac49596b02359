"""A remote model against a server on loopback that behaves well, badly, or not at all."""

import base64
import json
import logging
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from email.utils import formatdate
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from spuriverse.models.remote import (
    RemoteModel,
    RequestFailed,
    image_part,
    map_concurrently,
    user_message,
)
from spuriverse.models.remote.remote_model import SCHEMA_IN_WORDS
from spuriverse.problems import Problem
from spuriverse.questions import open_image

SECRET = "sk-a-very-secret-key-0123456789"
SCHEMA = {"title": "colour", "type": "object", "properties": {"colour": {"type": "string"}}}
ASK_TWENTY = """
import sys
from spuriverse.models.remote import RemoteModel, user_message
model = RemoteModel("m", model="big", base_url=sys.argv[1], api_key_env=None, store=sys.argv[2])
for number in range(20):
    model.complete([user_message(str(number))])
"""

Handler = Callable[[Request], Response]


def completion(text: object, **message: object) -> Response:
    body = {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": "big",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": text, **message},
            }
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }
    return Response(json.dumps(body), content_type="application/json")


def refusal(status: int, message: str = "no", **error: object) -> Response:
    body = json.dumps({"error": {"message": message, **error}})
    # The client waits as long as the server asks for.
    headers = {"retry-after-ms": "1"}
    return Response(body, status, headers=headers, content_type="application/json")


class Time:
    """A clock that sleeping puts forward at once."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Server:
    """Answers with one handler after the other; the last one answers for ever."""

    def __init__(self, http: HTTPServer) -> None:
        self.http = http
        self.url = http.url_for("/v1")
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._lock = threading.Lock()

    def answers(self, *handlers: Handler | Response) -> None:
        def handle(request: Request) -> Response:
            with self._lock:
                handler = handlers[min(len(self.asked), len(handlers) - 1)]
                self.asked.append(request.get_json())
                self.headers.append(dict(request.headers))
            return handler if isinstance(handler, Response) else handler(request)

        self.http.expect_request("/v1/chat/completions", method="POST").respond_with_handler(handle)


@pytest.fixture
def server(loopback: HTTPServer) -> Server:
    loopback.clear()
    return Server(loopback)


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def make_model(tmp_path: Path, server: Server, clock: Time) -> Callable[..., RemoteModel]:
    def make(**changes: Any) -> RemoteModel:
        settings: dict[str, Any] = {
            "model": "big",
            "base_url": server.url,
            "api_key_env": None,
            "store": tmp_path / "replies.sqlite",
            "retries": 2,
            "timeout": 20.0,
            "clock": clock,
            "sleep": clock.sleep,
        }
        return RemoteModel("gpt", **{**settings, **changes})

    return make


def ask(model: RemoteModel, text: str = "What colour?", **how: Any) -> str:
    return model.complete([user_message(text)], **how)


# --- what is sent and what comes back ---------------------------------------------------------


def test_the_chat_is_sent_as_chat_completions(server, make_model, monkeypatch) -> None:
    monkeypatch.setenv("A_KEY", SECRET)
    server.answers(completion("Red."))
    model = make_model(api_key_env="A_KEY", max_tokens=9)
    reply = model.reply([user_message("What colour?")], json_schema=SCHEMA)
    assert (reply.text, reply.finish_reason) == ("Red.", "stop")
    assert (reply.prompt_tokens, reply.completion_tokens) == (7, 3)
    assert reply.seconds > 0
    assert server.asked == [
        {
            "model": "big",
            "messages": [{"role": "user", "content": "What colour?"}],
            "max_tokens": 9,
            "temperature": 0,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "colour", "strict": True, "schema": SCHEMA},
            },
        }
    ]
    assert server.headers[0]["Authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize(
    ("suffix", "media_type"), [("png", "image/png"), ("jpg", "image/jpeg"), ("bmp", "image/png")]
)
def test_an_image_is_a_data_url(server, make_model, tmp_path, suffix, media_type) -> None:
    path = tmp_path / f"image.{suffix}"
    Image.new("RGB", (4, 3), (200, 10, 10)).save(path)
    server.answers(completion("Red."))
    make_model().complete([user_message("What colour?", image_part(path))])
    image, text = server.asked[0]["messages"][0]["content"]
    assert text == {"type": "text", "text": "What colour?"}
    assert image["type"] == "image_url"
    assert image["image_url"]["url"].startswith(f"data:{media_type};base64,")


def shown_by(part: dict) -> tuple[bytes, Image.Image]:
    content = base64.b64decode(part["image_url"]["url"].partition(";base64,")[2])
    with Image.open(BytesIO(content)) as image:
        return content, image.convert("RGB")


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_picture_that_looks_the_same_everywhere_is_sent_as_it_is(tmp_path, suffix, mode) -> None:
    path = tmp_path / f"image.{suffix}"
    Image.new(mode, (4, 3), 90).save(path)
    content, image = shown_by(image_part(path))
    assert content == path.read_bytes()
    assert image.tobytes() == open_image(path).tobytes()


def test_a_server_is_shown_what_a_local_model_is(tmp_path: Path) -> None:
    paths = []
    exif = Image.Exif()
    exif[0x0112] = 6
    wide = Image.new("RGB", (40, 20), (200, 10, 10))
    for suffix in ("jpg", "png", "webp", "tiff"):
        paths.append(tmp_path / f"turned.{suffix}")
        wide.save(paths[-1], exif=exif, **({"lossless": True} if suffix == "webp" else {}))
    paths.append(tmp_path / "clear.png")
    Image.new("RGBA", (4, 3), (0, 0, 0, 0)).save(paths[-1])
    paths.append(tmp_path / "deep.png")
    Image.fromarray(np.full((3, 4), 30_000, np.uint16)).save(paths[-1])
    for path in paths:
        content, image = shown_by(image_part(path))
        wanted = np.asarray(open_image(path), int)
        assert np.abs(np.asarray(image, int) - wanted).max() <= 2, path
        with Image.open(BytesIO(content)) as sent:
            assert sent.mode == "RGB"
            assert not sent.getexif()
    # A photograph stays about as long as it was.
    assert image_part(paths[0])["image_url"]["url"].startswith("data:image/jpeg;")


def test_a_broken_image_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    path.write_bytes(b"no image")
    with pytest.raises(Problem, match="is not a complete, usable image"):
        image_part(path)
    with pytest.raises(Problem, match="There is no image at"):
        image_part(tmp_path / "none.png")


def test_a_refusal_is_a_reply_and_so_is_silence(server, make_model) -> None:
    server.answers(completion(None, refusal="I will not."), completion(None))
    model = make_model()
    assert ask(model, "first") == "I will not."
    assert ask(model, "second") == ""


def test_a_reply_that_is_no_valid_unicode_can_be_kept(server, make_model) -> None:
    server.answers(completion("red \ud800."))
    assert ask(make_model()) == ask(make_model()) == "red ?."


# --- nothing is paid for twice ----------------------------------------------------------------


def test_the_same_request_is_sent_once(server, make_model) -> None:
    server.answers(completion("first"), completion("second"))
    assert ask(make_model()) == ask(make_model()) == "first"
    assert ask(make_model(), json_schema=SCHEMA) == "second"
    assert len(server.asked) == 2


def test_what_is_kept_needs_no_key(server, make_model, monkeypatch) -> None:
    monkeypatch.setenv("A_KEY", SECRET)
    server.answers(completion("first"))
    ask(make_model(api_key_env="A_KEY"))
    monkeypatch.delenv("A_KEY")
    assert ask(make_model(api_key_env="A_KEY")) == "first"
    assert len(server.asked) == 1


def test_two_threads_with_one_question_ask_once(server, make_model) -> None:
    server.answers(completion("first"), completion("second"))
    model = make_model()
    replies = map_concurrently(lambda _: ask(model), range(8), workers=8, desc="asking")
    assert replies == ["first"] * 8
    assert len(server.asked) == 1


def test_a_killed_run_goes_on_where_it_stopped(server, make_model, tmp_path) -> None:
    runs: list[subprocess.Popen] = []
    started = threading.Event()

    def echo(request: Request) -> Response:
        started.wait(30)
        if len(server.asked) == 8:
            os.kill(runs[0].pid, signal.SIGKILL)
        return completion(f"reply to {request.get_json()['messages'][0]['content']}")

    server.answers(echo)
    store = tmp_path / "replies.sqlite"
    runs.append(subprocess.Popen([sys.executable, "-c", ASK_TWENTY, server.url, str(store)]))
    started.set()
    assert runs[0].wait(60) == -signal.SIGKILL
    model = make_model(store=store)
    replies = [ask(model, str(number)) for number in range(20)]
    assert replies == [f"reply to {number}" for number in range(20)]
    times = Counter(asked["messages"][0]["content"] for asked in server.asked)
    assert times.pop("7") == 2
    assert set(times.values()) == {1}


# --- servers that fail for the moment ---------------------------------------------------------


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_a_passing_failure_is_tried_again(server, make_model, status) -> None:
    server.answers(refusal(status), refusal(status), completion("Red."))
    assert ask(make_model()) == "Red."
    assert len(server.asked) == 3


def test_each_pause_is_about_twice_as_long(server, make_model, clock) -> None:
    server.answers(*[Response("", 500)] * 4, completion("Red."))
    ask(make_model(retries=4))
    assert 0.75 * 15 <= clock.now <= 15


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0.5"}, 0.5),
        ({"retry-after-ms": "40", "Retry-After": "7"}, 0.04),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0),
        ({"Retry-After": "-3"}, 0),
    ],
)
def test_a_server_is_left_alone_as_long_as_it_asks(
    server, make_model, clock, status, headers, seconds
) -> None:
    server.answers(Response("", status, headers=headers), completion("Red."))
    assert ask(make_model()) == "Red."
    assert clock.now == pytest.approx(seconds)


def test_a_date_says_how_long(server, make_model, clock) -> None:
    until = formatdate(time.time() + 100, usegmt=True)
    server.answers(Response("", 429, headers={"Retry-After": until}), completion("Red."))
    ask(make_model())
    assert 90 < clock.now <= 100


@pytest.mark.parametrize("nonsense", ["soon", "", "inf", "nan"])
def test_a_pause_that_is_none_is_chosen_here(server, make_model, clock, nonsense) -> None:
    server.answers(Response("", 429, headers={"Retry-After": nonsense}), completion("Red."))
    ask(make_model())
    assert 0.75 <= clock.now <= 1


def test_a_server_that_wants_a_long_rest_gets_it(server, make_model) -> None:
    server.answers(Response("", 429, headers={"Retry-After": "86400"}))
    assert "accepts no request to model gpt for 86400 s" in problem_of(make_model())
    assert len(server.asked) == 1


def test_a_pause_is_for_all_threads(server, make_model, clock) -> None:
    busy = Response("", 429, headers={"Retry-After": "30"})
    server.answers(busy, completion("Red."))
    model = make_model()
    map_concurrently(lambda text: ask(model, text), "ab", workers=1, desc="asking")
    assert clock.now == pytest.approx(30)


def test_no_more_requests_in_a_minute_than_allowed(server, make_model, clock) -> None:
    server.answers(refusal(500), completion("Red."))
    model = make_model(requests_per_minute=6)
    map_concurrently(lambda text: ask(model, text), "abcd", workers=1, desc="asking")
    # Five requests, the one that failed among them.
    assert clock.now == pytest.approx(40)


def test_what_is_kept_waits_for_nothing(server, make_model, clock) -> None:
    server.answers(completion("Red."))
    model = make_model(requests_per_minute=1)
    assert [ask(model) for _ in range(3)] == ["Red."] * 3
    assert clock.now == 0


def test_a_failure_is_kept_as_a_failure_and_its_request_sent_anew(server, make_model) -> None:
    server.answers(refusal(500, "first"), refusal(500, "second"), completion("Red."))
    model = make_model(retries=0)
    for reason in ("first", "second"):
        with pytest.raises(RequestFailed):
            ask(model)
        (kept,) = model.store.failures().values()
        assert reason in kept
    assert ask(model) == "Red."
    assert model.store.failures() == {}


def test_what_meets_every_request_is_no_failure_of_this_one(server, make_model) -> None:
    server.answers(refusal(401), completion("Red."))
    model = make_model()
    with pytest.raises(Problem):
        ask(model)
    assert model.store.failures() == {}
    # Nor does it keep others from asking.
    assert ask(make_model(sleep=lambda _: pytest.fail("It waits."))) == "Red."


@pytest.mark.parametrize("body", ["<html>Bad gateway</html>", '{"choices": []}', '{"choi'])
def test_what_is_no_reply_is_asked_for_again(server, make_model, body) -> None:
    server.answers(Response(body, content_type="application/json"), completion("Red."))
    assert ask(make_model()) == "Red."


def test_a_lasting_failure_concerns_this_request_and_is_not_kept(server, make_model) -> None:
    server.answers(
        *[Response("out of\nmemory", 500, headers={"retry-after-ms": "1"})] * 3, completion("Red.")
    )
    model = make_model()
    with pytest.raises(RequestFailed, match="the server answered 500: out of memory"):
        ask(model)
    assert ask(model) == "Red."
    assert len(server.asked) == 4


def test_a_reply_that_does_not_come_in_time(server, make_model) -> None:
    answer = threading.Event()

    def late(_: Request) -> Response:
        answer.wait(30)
        return completion("Red.")

    server.answers(late)
    try:
        with pytest.raises(RequestFailed, match=r"no reply within 0.2 s, 1 times"):
            ask(make_model(timeout=0.2, retries=0))
    finally:
        answer.set()


def cut_short(_: Request) -> Response:
    whole = completion("Red.")
    return Response(
        iter([whole.get_data()[:40]]),
        headers={"Content-Length": str(len(whole.get_data()))},
        content_type="application/json",
    )


def test_a_reply_that_is_cut_short(server, make_model) -> None:
    server.answers(cut_short)
    with pytest.raises(RequestFailed, match="the connection broke off"):
        ask(make_model(retries=0))


def test_a_reply_that_is_cut_short_is_asked_for_again(server, make_model) -> None:
    server.answers(cut_short, completion("Red."))
    assert ask(make_model(retries=1)) == "Red."


@pytest.mark.parametrize("content_type", ["application/json", "text/html"])
@pytest.mark.parametrize(
    "body",
    [
        "<html>It works!</html>",
        '{"choices": [{"mess',
        "{}",
        "null",
        "[1]",
        '{"choices": []}',
        '{"choices": {"message": 1}}',
        '{"choices": [{"message": null}]}',
        "",
    ],
)
def test_a_reply_of_another_form(server, make_model, body, content_type) -> None:
    server.answers(Response(body, content_type=content_type))
    with pytest.raises(RequestFailed, match="is not a valid chat completion"):
        ask(make_model())


# --- content filters --------------------------------------------------------------------------

AZURE = refusal(
    400, "filtered", code="content_filter", innererror={"code": "ResponsibleAIPolicyViolation"}
)
DASHSCOPE = refusal(400, "inappropriate", code="data_inspection_failed")
WRAPPED = refusal(400, "<400> InternalError.Algo.DataInspectionFailed: no", code="400")


def ended(reason: str, text: object = None) -> Response:
    body = json.loads(completion(text).get_data())
    body["choices"][0]["finish_reason"] = reason
    return Response(json.dumps(body), content_type="application/json")


@pytest.mark.parametrize(
    "no", [AZURE, DASHSCOPE, WRAPPED, ended("content_filter"), ended("SAFETY"), ended("refusal")]
)
def test_what_the_filter_withholds_is_an_outcome_and_kept(server, make_model, no) -> None:
    server.answers(no)
    model = make_model()
    for _ in range(2):
        reply = model.reply([user_message("What colour?")])
        assert (reply.text, reply.finish_reason) == ("", "content_filter")
    with pytest.raises(RequestFailed, match="the content filter of the server withheld"):
        ask(model)
    assert len(server.asked) == 1


def test_what_the_filter_lets_through_is_kept(server, make_model) -> None:
    server.answers(ended("content_filter", "The colour is"))
    assert ask(make_model()) == "The colour is"


def test_a_choice_without_a_message_is_no_reply_unless_it_was_withheld(server, make_model) -> None:
    body = '{"choices": [{"finish_reason": "PROHIBITED_CONTENT"}]}'
    server.answers(Response(body, content_type="application/json"))
    assert make_model().reply([user_message("?")]).finish_reason == "content_filter"


# --- what meets every request -----------------------------------------------------------------


def problem_of(model: RemoteModel) -> str:
    with pytest.raises(Problem) as caught:
        ask(model)
    assert not isinstance(caught.value, RequestFailed)
    return str(caught.value)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_without_a_key_nothing_is_sent(server, make_model, monkeypatch, value) -> None:
    monkeypatch.delenv("A_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("A_KEY", value)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    server.answers(completion("Red."))
    assert "the environment variable A_KEY is not set" in problem_of(
        make_model(api_key_env="A_KEY")
    )
    assert server.asked == []


@pytest.mark.parametrize("value", ["kéy", "two\nlines"])
def test_a_key_that_cannot_be_one(make_model, monkeypatch, value) -> None:
    monkeypatch.setenv("A_KEY", value)
    message = problem_of(make_model(api_key_env="A_KEY"))
    assert "A_KEY holds characters that no key has" in message
    assert value not in message


def test_a_server_without_a_key_is_not_sent_one(server, make_model, monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    server.answers(completion("Red."))
    ask(make_model(api_key_env=None))
    assert SECRET not in str(server.headers)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_named_by_its_variable(server, make_model, monkeypatch, status) -> None:
    monkeypatch.setenv("A_KEY", SECRET)
    server.answers(refusal(status, f"Incorrect API key provided: {SECRET[:9]}***"))
    message = problem_of(make_model(api_key_env="A_KEY"))
    assert f"refuses the key in A_KEY for model gpt (status {status})" in message
    assert SECRET[:9] not in message
    assert len(server.asked) == 1


def test_an_unknown_model(server, make_model) -> None:
    server.answers(refusal(404, "no such model"))
    assert "has no model big (status 404)" in problem_of(make_model())


def test_a_used_up_quota(server, make_model) -> None:
    server.answers(refusal(429, "You exceeded your quota", code="insufficient_quota"))
    assert "The quota of model gpt" in problem_of(make_model())
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_what_is_wrong_is_not_tried_again_even_if_the_server_says_so(
    server, make_model, status
) -> None:
    server.answers(Response("", status, headers={"x-should-retry": "true"}))
    with pytest.raises(Problem):
        ask(make_model())
    assert len(server.asked) == 1


def test_a_dead_server_is_named(make_model) -> None:
    with socket.socket() as taken:
        # Bound but not listening: nobody else gets the port, and nobody answers on it.
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        assert f"at {url} cannot be reached" in problem_of(make_model(base_url=url, retries=0))


@pytest.mark.parametrize(
    "address", ["https://user:{}@example.org/v1", "https://example.org/v1?api_key={}"]
)
def test_a_key_in_the_address_is_refused(make_model, address) -> None:
    with pytest.raises(Problem, match="holds a user name or a password") as caught:
        make_model(base_url=address.format(SECRET))
    assert SECRET not in str(caught.value)


def test_the_key_is_nowhere_but_in_the_header(
    server, make_model, monkeypatch, caplog, tmp_path
) -> None:
    monkeypatch.setenv("A_KEY", SECRET)
    caplog.set_level(logging.DEBUG)
    server.answers(completion("Red."), refusal(400, f"bad request with {SECRET}, sorry"))
    model = make_model(api_key_env="A_KEY")
    ask(model)
    with pytest.raises(RequestFailed, match=r"bad request with \*\*\*, sorry") as caught:
        ask(model, "another")
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"Red." in kept
    for text in (caplog.text, str(caught.value), repr(vars(model))):
        assert SECRET not in text
    assert SECRET.encode() not in kept


@pytest.mark.parametrize("status", [400, 422, 500])
def test_part_of_the_key_is_not_shown_either(server, make_model, monkeypatch, status) -> None:
    monkeypatch.setenv("A_KEY", SECRET)
    server.answers(refusal(status, f"key {SECRET[:12]}*** is out of order"))
    with pytest.raises(RequestFailed, match=r"key \*\*\* is out of order") as caught:
        ask(make_model(api_key_env="A_KEY", retries=0))
    assert SECRET[:12] not in str(caught.value)


def test_a_reply_with_the_key_is_kept_without(server, make_model, monkeypatch) -> None:
    monkeypatch.setenv("A_KEY", SECRET)
    server.answers(completion(f"You sent {SECRET}."))
    assert ask(make_model(api_key_env="A_KEY")) == "You sent ***."


def test_a_dummy_key_changes_no_reply(server, make_model, monkeypatch) -> None:
    monkeypatch.setenv("A_KEY", "EMPTY")
    server.answers(completion("The box is EMPTY."))
    assert ask(make_model(api_key_env="A_KEY")) == "The box is EMPTY."


# --- what a server does not take --------------------------------------------------------------


@pytest.mark.parametrize(
    "no",
    [
        refusal(400, "Unknown parameter", param="response_format"),
        refusal(400, "This model does not support response_format json_schema"),
        refusal(422, "Structured output is not supported"),
        Response('{"detail": "Unexpected fields: response_format"}', 422),
    ],
)
def test_a_server_without_schemas_is_told_in_words_from_then_on(
    server, make_model, caplog, no
) -> None:
    server.answers(no, completion("first"), completion("second"))
    model = make_model()
    assert [ask(model, text, json_schema=SCHEMA) for text in ("one", "two")] == ["first", "second"]
    assert ["response_format" in asked for asked in server.asked] == [True, False, False]
    for asked, text in zip(server.asked[1:], ("one", "two"), strict=True):
        words = SCHEMA_IN_WORDS + json.dumps(SCHEMA)
        assert asked["messages"] == [{"role": "user", "content": f"{text}\n\n{words}"}]
    said = [
        record
        for record in caplog.records
        if "does not take response_format" in record.msg % record.args
    ]
    assert len(said) == 1
    assert ask(make_model(), "one", json_schema=SCHEMA) == "first"
    assert len(server.asked) == 3


def test_the_words_stand_below_the_image(server, make_model, tmp_path) -> None:
    path = tmp_path / "image.png"
    Image.new("RGB", (4, 3)).save(path)
    server.answers(refusal(400, param="response_format"), completion("Red."))
    chat = [user_message("What colour?", image_part(path))]
    make_model().complete(chat, json_schema=SCHEMA)
    parts = server.asked[1]["messages"][0]["content"]
    assert [part["type"] for part in parts] == ["image_url", "text", "text"]
    assert len(chat[0]["content"]) == 2


def test_a_reasoning_model_is_asked_as_it_wants_to_be(server, make_model, caplog) -> None:
    server.answers(
        refusal(400, "Use 'max_completion_tokens' instead.", param="max_tokens"),
        refusal(400, "Only the default (1) value is supported.", param="temperature"),
        completion("Red."),
    )
    assert ask(make_model(max_tokens=9)) == "Red."
    assert server.asked[-1].keys() == {"model", "messages", "max_completion_tokens"}
    assert server.asked[-1]["max_completion_tokens"] == 9
    assert "does not take temperature" in caplog.text


def test_a_refusal_for_another_reason_fails_at_once(server, make_model) -> None:
    server.answers(refusal(400, "The image is too large", param="messages"))
    with pytest.raises(RequestFailed, match=r"400: .*The image is too large"):
        ask(make_model(), json_schema=SCHEMA)
    assert len(server.asked) == 1


def test_a_server_that_goes_on_refusing_is_not_asked_for_ever(server, make_model) -> None:
    server.answers(refusal(400, "no response_format", param="response_format"))
    with pytest.raises(RequestFailed, match="the server answered 400"):
        ask(make_model(), json_schema=SCHEMA)
    assert len(server.asked) == 3  # With response_format, with guided decoding, with neither.


# --- many at once -----------------------------------------------------------------------------


def test_as_many_requests_at_once_as_allowed(server, make_model) -> None:
    together = threading.Barrier(4)

    def wait_for_the_others(request: Request) -> Response:
        together.wait(30)
        return completion(request.get_json()["messages"][0]["content"])

    server.answers(wait_for_the_others)
    model = make_model(concurrency=4)
    texts = [str(number) for number in range(12)]
    replies = map_concurrently(lambda t: ask(model, t), texts, workers=4, desc="asking")
    assert replies == texts


def test_what_meets_all_stops_the_run_and_keeps_what_arrived(server, make_model) -> None:
    server.answers(*[completion("Red.")] * 3, refusal(401))
    model = make_model()
    texts = [str(number) for number in range(50)]
    with pytest.raises(Problem, match="refuses requests for model gpt"):
        map_concurrently(lambda t: ask(model, t), texts, workers=1, desc="asking")
    assert len(server.asked) == 4
    assert [ask(model, text) for text in texts[:3]] == ["Red."] * 3
    assert len(server.asked) == 4


def test_nothing_to_do_is_done() -> None:
    assert map_concurrently(str, [], workers=3, desc="asking") == []


# --- forms of replies and refusals that servers have -------------------------------------------

PARTS = [{"type": "thinking", "thinking": "Blue?"}, {"type": "text", "text": "Red"}, {"text": "."}]


@pytest.mark.parametrize(
    "content", [PARTS, ["Red", "."], [{"type": "output_text", "text": "Red."}]]
)
def test_a_content_in_parts_is_the_text_of_its_parts(server, make_model, content) -> None:
    server.answers(completion(content))
    assert ask(make_model()) == "Red."
    assert len(server.asked) == 1


def message(**fields: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "message": {"role": "assistant", **fields}}]}


CALL = {"name": "answer", "arguments": '{"answer": "B"}'}
PART = {"type": "output_text", "text": "B"}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (message(content={"type": "text", "text": "B"}), "B"),
        (message(content=[{"type": "text", "text": {"value": "B"}}]), "B"),
        (message(content={"answer": "B"}), '{"answer": "B"}'),
        (message(content=3), "3"),
        (
            message(content=None, tool_calls=[{"type": "function", "function": CALL}]),
            CALL["arguments"],
        ),
        (message(content="", function_call=CALL), CALL["arguments"]),
        (message(content=None, parsed={"answer": "B"}), '{"answer": "B"}'),
        ({"choices": [{"message": "B"}]}, "B"),
        ({"choices": [{"text": "B", "finish_reason": "stop"}]}, "B"),
        ({"object": "response", "output": [{"type": "message", "content": [PART]}]}, "B"),
        ({"type": "message", "content": [{"type": "text", "text": "B"}]}, "B"),
        ({"message": {"role": "assistant", "content": "B"}, "done": True}, "B"),
    ],
)
def test_a_reply_in_another_place_is_read_and_not_paid_for_twice(
    server, make_model, body, text
) -> None:
    server.answers(Response(json.dumps(body), content_type="application/json"))
    assert ask(make_model()) == text
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "thought",
    [
        {"reasoning_content": "Hm."},
        {"reasoning": "Hm."},
        {"reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]},
        {"content": [{"type": "thinking", "thinking": "Hm."}]},
    ],
)
def test_thoughts_in_any_place_are_no_reply(server, make_model, thought) -> None:
    server.answers(Response(json.dumps(message(**thought)), content_type="application/json"))
    reply = make_model().reply([user_message("What colour?")])
    assert (reply.text, reply.finish_reason) == ("", "empty")
    assert len(server.asked) == 1


def inside(**error: object) -> Response:
    return Response(json.dumps({"error": error}), content_type="application/json")


@pytest.mark.parametrize(
    ("body", "said", "tries"),
    [
        (inside(message="image too large", code=400), "answered 400: .*image too large", 1),
        (inside(message="overloaded", code=503), "answered 503: .*overloaded", 3),
        (inside(message="slow down", code="429"), "answered 429: .*slow down", 3),
        (inside(message="upstream broke"), "answered 500: .*upstream broke", 3),
    ],
)
def test_an_error_with_status_200_is_that_error(server, make_model, body, said, tries) -> None:
    server.answers(body)
    with pytest.raises(RequestFailed, match=said):
        ask(make_model())
    assert len(server.asked) == tries


def test_an_error_with_status_200_that_passes_is_asked_again(server, make_model) -> None:
    server.answers(inside(message="overloaded", code=529), completion("Red."))
    assert ask(make_model()) == "Red."


def test_a_key_refused_with_status_200_meets_every_request(server, make_model) -> None:
    server.answers(inside(message="bad key", code=401))
    with pytest.raises(Problem, match="refuses requests") as caught:
        ask(make_model())
    assert not isinstance(caught.value, RequestFailed)


REFUSALS_OF_TEMPERATURE = [
    refusal(400, "litellm.UnsupportedParamsError: openai does not support parameters:"
            " ['temperature'], for model=big. To drop these, set drop_params=True"),
    Response('{"type": "error", "error": {"type": "invalid_request_error",'
             ' "message": "temperature: Extra inputs are not permitted"}}', 400),
    Response('{"type": "error", "error": {"type": "invalid_request_error",'
             ' "message": "`temperature` is deprecated for this model."}}', 400),
    Response('{"detail": [{"loc": ["body", "temperature"], "msg": "extra fields not permitted"}]}',
             422),
    Response('{"message": "Unknown field: temperature"}', 400),
    Response("temperature is not supported", 400),
]  # fmt: skip


@pytest.mark.parametrize("no", REFUSALS_OF_TEMPERATURE)
def test_a_refused_parameter_is_dropped_in_every_form_of_refusal(
    server, make_model, caplog, no
) -> None:
    server.answers(no, completion("Red."))
    model = make_model()
    assert [ask(model, text) for text in "ab"] == ["Red."] * 2
    assert ["temperature" in asked for asked in server.asked] == [True, False, False]
    assert caplog.text.count("does not take temperature") == 1


def test_what_a_server_refuses_is_remembered_by_the_next_run(server, make_model) -> None:
    server.answers(
        refusal(400, "Unsupported parameter: temperature"),
        refusal(400, "response_format is not supported"),
        refusal(400, "Unrecognized request argument supplied: structured_outputs"),
        completion("Red."),
    )
    assert [ask(make_model(), text, json_schema=SCHEMA) for text in "ab"] == ["Red."] * 2
    assert len(server.asked) == 5
    assert server.asked[-1].keys() == {"model", "messages", "max_tokens"}
    ask(make_model(model="another"), "a", json_schema=SCHEMA)
    assert "temperature" in server.asked[-1]


def test_what_a_server_refused_long_ago_is_tried_again(server, make_model, tmp_path) -> None:
    server.answers(refusal(400, "Unsupported parameter: temperature"), completion("Red."))
    model = make_model()
    ask(model)
    with sqlite3.connect(model.store.path) as database:
        database.execute("UPDATE refused_parameters SET refused = '2020-01-01T00:00:00+00:00'")
    ask(make_model(), "another")
    assert ["temperature" in asked for asked in server.asked] == [True, False, True]


def test_the_extra_body_is_sent_and_dropped_where_refused(server, make_model, caplog) -> None:
    server.answers(refusal(400, "Unrecognized request argument: enable_thinking"), completion("R"))
    model = make_model(extra_body={"enable_thinking": False, "top_k": 1})
    assert ask(model) == "R"
    first, second = server.asked
    assert (first["enable_thinking"], first["top_k"]) == (False, 1)
    assert "enable_thinking" not in second
    assert second["top_k"] == 1
    assert "does not take enable_thinking; from now on it is not sent it" in caplog.text


def test_another_extra_body_is_another_request(server, make_model) -> None:
    server.answers(completion("Red."))
    ask(make_model())
    ask(make_model(extra_body={"enable_thinking": False}))
    assert len(server.asked) == 2


def test_max_completion_tokens_take_the_place_of_max_tokens(server, make_model) -> None:
    server.answers(completion("Red."))
    ask(make_model(max_completion_tokens=77))
    ask(make_model(extra_body={"max_completion_tokens": 78}))
    assert [one.get("max_completion_tokens") for one in server.asked] == [77, 78]
    assert not any("max_tokens" in one for one in server.asked)


def test_a_large_error_is_cut_and_its_image_not_spelled_out(server, make_model, caplog) -> None:
    url = "data:image/png;base64," + "A" * 4_000_000
    server.answers(refusal(422, f"cannot read {url} {'x' * 10_000}"))
    model = make_model()
    with pytest.raises(RequestFailed, match=r"cannot read \[image\]") as caught:
        ask(model)
    (kept,) = model.store.failures().values()
    assert max(len(str(caught.value)), len(kept), len(caplog.text)) < 1_000


def test_what_is_forgotten_is_asked_anew(server, make_model) -> None:
    server.answers(completion("Hm."), completion("Red."))
    model = make_model()
    chat = [user_message("What colour?")]
    assert model.complete(chat) == "Hm."
    model.forget(chat, "invalid")
    assert len(model.store.failures()) == 1
    assert make_model().complete(chat) == "Red."
    assert model.store.failures() == {}
