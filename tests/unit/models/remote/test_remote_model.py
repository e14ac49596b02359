"""A remote model against a server on loopback: what is sent, kept and asked at once."""

import base64
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from chat_server import ask, completion, refusal
from PIL import Image
from werkzeug import Request, Response

from spuriverse.models.remote import (
    image_part,
    map_concurrently,
    user_message,
)
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
