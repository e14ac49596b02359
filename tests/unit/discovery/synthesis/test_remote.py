"""Image services on loopback that behave well, filter, fail, or send what is not an image."""

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from spuriverse.discovery.synthesis.backends import Backend, Picture, Refusal, load_backend
from spuriverse.models.remote import ResponseStore
from spuriverse.problems import Problem

SECRET = "sk-a-very-secret-key-0123456789"
ULTRA = "/v2beta/stable-image/generate/ultra"
SD3 = "/v2beta/stable-image/generate/sd3"
OPENAI = "/v1/images/generations"

ASK_MANY = """
import sys
from spuriverse.discovery.synthesis.backends import Description, load_backend
backend = load_backend({"backend": "remote", "provider": "stability", "model": "ultra",
    "base_url": sys.argv[1], "api_key_env": None, "store": sys.argv[2], "folder": sys.argv[3],
    "concurrency": 1, "usd_per_image": 0.5})
for seed in range(1, 9):
    backend.make([Description("c", "core", seed, "a key", "kind:value", "What?", "key")])
"""


class Service:
    """Answers with one response after the other; the last one answers for ever."""

    def __init__(self, http: HTTPServer) -> None:
        self.http = http
        self.asked: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def url(self, path: str) -> str:
        return self.http.url_for(path)

    def answers(self, path: str, *responses: Response | Callable[[Request], Response]) -> None:
        def handle(request: Request) -> Response:
            with self._lock:
                response = responses[min(len(self.asked), len(responses) - 1)]
                form = request.form.to_dict() or request.get_json(silent=True)
                self.asked.append({"form": form, "headers": dict(request.headers)})
            return response if isinstance(response, Response) else response(request)

        self.http.expect_request(path, method="POST").respond_with_handler(handle)


@pytest.fixture
def service(loopback: HTTPServer) -> Service:
    loopback.clear()
    return Service(loopback)


@pytest.fixture
def make_backend(service: Service, tmp_path: Path) -> Callable[..., Backend]:
    def make(provider: str = "stability", **changes: Any) -> Backend:
        stability = provider == "stability"
        settings = {
            "backend": "remote",
            "provider": provider,
            "model": "ultra" if stability else "gpt-image-1",
            "base_url": service.url("/v2beta" if stability else "/v1"),
            "api_key_env": None,
            "store": tmp_path / "replies.sqlite",
            "folder": tmp_path / "images",
            "retries": 2,
            "concurrency": 1,
        }
        return load_backend({**settings, **changes})

    return make


def image(content: bytes, **headers: str) -> Response:
    return Response(content, content_type="image/png", headers=headers)


def in_json(*images: Any) -> Response:
    body = {"created": 0, "data": list(images)}
    return Response(json.dumps(body), content_type="application/json")


def refusal(status: int, **body: Any) -> Response:
    headers = {"retry-after-ms": "1"}
    return Response(json.dumps(body), status, headers=headers, content_type="application/json")


MODERATED = refusal(403, id="1", name="content_moderation", errors=["flagged"])


def spent(tmp_path: Path) -> float:
    store = ResponseStore(tmp_path / "replies.sqlite")
    try:
        return store.spent()
    finally:
        store.close()


# --- what is sent and what comes back ---------------------------------------------------------


def test_stability_is_sent_a_form(
    service, make_backend, describe, encode_noise, monkeypatch
) -> None:
    monkeypatch.setenv("A_KEY", SECRET)
    service.answers(ULTRA, image(encode_noise(0), **{"finish-reason": "SUCCESS"}))
    (made,) = make_backend(api_key_env="A_KEY").make([describe(7)])
    assert isinstance(made, Picture)
    assert made.content == encode_noise(0)
    assert made.record == {"checkpoint": "ultra", "prompt": "a key , core", "seed": 7}
    (asked,) = service.asked
    assert asked["form"] == {
        "prompt": "a key , core",
        "seed": "7",
        "aspect_ratio": "3:2",
        "output_format": "png",
    }
    assert asked["headers"]["Content-Type"].startswith("multipart/form-data; boundary=")
    assert asked["headers"]["Accept"] == "image/*"
    assert asked["headers"]["Authorization"] == f"Bearer {SECRET}"


def test_variants_of_stable_diffusion_3_share_an_address(
    service, make_backend, describe, encode_noise
) -> None:
    service.answers(SD3, image(encode_noise(0)))
    make_backend(model="sd3.5-large").make([describe()])
    assert service.asked[0]["form"]["model"] == "sd3.5-large"


def test_openai_is_sent_json_without_a_seed(service, make_backend, describe, encode_noise) -> None:
    answers = [in_json({"b64_json": base64.b64encode(encode_noise(n)).decode()}) for n in (0, 1)]
    service.answers(OPENAI, *answers)
    made = make_backend("openai").make([describe(1), describe(2)])
    assert [one.content for one in made] == [encode_noise(0), encode_noise(1)]
    assert service.asked[0]["form"] == {
        "model": "gpt-image-1",
        "prompt": "a key , core",
        "size": "1536x1024",
        "n": 1,
    }


def test_a_server_that_takes_no_format_is_asked_without(
    service, make_backend, describe, encode_noise
) -> None:
    whole = in_json({"b64_json": base64.b64encode(encode_noise(0)).decode()})
    no = refusal(400, error={"message": "Unknown parameter: response_format", "code": "x"})
    service.answers(OPENAI, no, whole)
    (made,) = make_backend("openai", model="own-model", retries=0).make([describe()])
    assert isinstance(made, Picture)
    assert ["response_format" in one["form"] for one in service.asked] == [True, False]


# --- nothing is paid for twice, nothing is lost ------------------------------------------------


def test_an_image_is_paid_for_once(service, make_backend, describe, encode_noise, tmp_path) -> None:
    service.answers(ULTRA, image(encode_noise(0)))
    first = make_backend(usd_per_image=0.5).make([describe(1), describe(1)])
    again = make_backend(usd_per_image=0.5).make([describe(1)])
    assert first[0] == first[1] == again[0]
    assert len(service.asked) == 1
    assert spent(tmp_path) == 0.5


def test_the_budget_counts_images(service, make_backend, describe, encode_noise, tmp_path) -> None:
    service.answers(ULTRA, image(encode_noise(0)))
    backend = make_backend(usd_per_image=0.5, budget_usd=1.2)
    with pytest.raises(Problem, match=r"1\.00 USD of the budget_usd of 1\.20 USD are"):
        backend.make([describe(seed) for seed in range(1, 5)])
    assert len(service.asked) == 2
    assert spent(tmp_path) == 1.0


def test_a_budget_needs_a_price(make_backend) -> None:
    with pytest.raises(Problem, match="no price, so budget_usd cannot be kept"):
        make_backend(budget_usd=1.0)


def test_killed_between_two_images_it_redoes_none(
    service, make_backend, describe, encode_noise, tmp_path
) -> None:
    held, reached = threading.Event(), threading.Event()

    def answer(request: Request) -> Response:
        if len(service.asked) == 4:
            reached.set()
            held.wait(60)
        return image(encode_noise(int(request.form["seed"])))

    service.answers(ULTRA, answer)
    places = [str(tmp_path / "replies.sqlite"), str(tmp_path / "images")]
    process = subprocess.Popen([sys.executable, "-c", ASK_MANY, service.url("/v2beta"), *places])
    assert reached.wait(60)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    held.set()
    images = sorted((tmp_path / "images").rglob("*.png"))
    assert len(images) == 3
    assert {path.read_bytes() for path in images} == {encode_noise(seed) for seed in (1, 2, 3)}
    subprocess.run([sys.executable, "-c", ASK_MANY, service.url("/v2beta"), *places], check=True)
    assert [int(one["form"]["seed"]) for one in service.asked] == [1, 2, 3, 4, 4, 5, 6, 7, 8]
    assert spent(tmp_path) == 8 * 0.5
    assert len(list((tmp_path / "images").rglob("*.png"))) == 8


def test_a_lost_folder_of_paid_images_is_a_sentence(
    service, make_backend, describe, encode_noise, tmp_path
) -> None:
    service.answers(ULTRA, image(encode_noise(0)))
    make_backend().make([describe()])
    (tmp_path / "images").rename(tmp_path / "moved")
    with pytest.raises(Problem, match=r"no longer in .*; bring the folder back"):
        make_backend().make([describe()])


# --- what goes wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "price"), [("moderated", 0.0), ("blurred", 0.5)], ids=["moderated", "blurred"]
)
def test_a_filtered_image_is_an_outcome_and_not_asked_for_again(
    service, make_backend, describe, encode_noise, tmp_path, answer, price
) -> None:
    blurred = image(encode_noise(0), **{"finish-reason": "CONTENT_FILTERED"})
    service.answers(ULTRA, MODERATED if answer == "moderated" else blurred)
    for _ in range(2):
        (made,) = make_backend(usd_per_image=0.5).make([describe()])
        assert isinstance(made, Refusal)
        assert made.outcome == "filtered"
    assert len(service.asked) == 1
    assert spent(tmp_path) == price


def test_openai_s_filter_is_an_outcome(service, make_backend, describe) -> None:
    error = {"message": "no", "code": "moderation_blocked", "type": "image_generation_user_error"}
    service.answers(OPENAI, refusal(400, error=error))
    (made,) = make_backend("openai").make([describe()])
    assert isinstance(made, Refusal)
    assert made.outcome == "filtered"


def test_a_service_that_fails_for_a_moment_is_asked_again(
    service, make_backend, describe, encode_noise
) -> None:
    service.answers(ULTRA, refusal(500), refusal(429), image(encode_noise(0)))
    (made,) = make_backend().make([describe()])
    assert isinstance(made, Picture)
    assert len(service.asked) == 3


def test_a_service_that_keeps_failing_fails_that_image_alone(
    service, make_backend, describe, encode_noise
) -> None:
    service.answers(ULTRA, *[refusal(500, errors=["busy"])] * 3, image(encode_noise(0)))
    failed, made = make_backend().make([describe(1), describe(2)])
    assert isinstance(failed, Refusal)
    assert failed.outcome == "failed"
    assert "500" in failed.reason
    assert isinstance(made, Picture)


@pytest.mark.parametrize("content", [b"<html>busy</html>", b"", b"\x89PNG\r\n\x1a\ncut"])
def test_what_is_no_image_is_a_failure_and_not_kept(
    service, make_backend, describe, tmp_path, content
) -> None:
    service.answers(ULTRA, image(content))
    (made,) = make_backend(retries=0, usd_per_image=0.5).make([describe()])
    assert isinstance(made, Refusal)
    assert (made.outcome, made.reason.endswith("is not a valid image")) == ("failed", True)
    assert list((tmp_path / "images").rglob("*.*")) == []
    assert spent(tmp_path) == 0.5


@pytest.mark.parametrize("data", [[], [{"url": "http://127.0.0.1/x.png"}], [{"b64_json": "?!"}]])
def test_openai_without_an_image_is_a_failure(service, make_backend, describe, data) -> None:
    service.answers(OPENAI, in_json(*data))
    (made,) = make_backend("openai", retries=0).make([describe()])
    assert isinstance(made, Refusal)
    assert made.outcome == "failed"


@pytest.mark.parametrize(
    ("status", "said"), [(401, "refuses"), (402, "quota"), (404, "has no model ultra")]
)
def test_what_would_meet_every_request_ends_the_job(
    service, make_backend, describe, status, said
) -> None:
    service.answers(ULTRA, refusal(status))
    with pytest.raises(Problem, match=said):
        make_backend().make([describe(1), describe(2)])
    assert len(service.asked) == 1


def test_a_key_never_leaks(service, make_backend, describe, monkeypatch, tmp_path, caplog) -> None:
    monkeypatch.setenv("A_KEY", SECRET)
    service.answers(ULTRA, refusal(422, errors=[f"bad key {SECRET} and {SECRET[:12]}"]))
    with caplog.at_level("DEBUG", "spuriverse"):
        (made,) = make_backend(api_key_env="A_KEY", retries=0).make([describe()])
    assert isinstance(made, Refusal)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for text in (made.reason, caplog.text, kept.decode("latin-1")):
        assert SECRET[:12] not in text


def test_a_missing_key_is_a_sentence(make_backend, describe, monkeypatch) -> None:
    monkeypatch.delenv("A_KEY", raising=False)
    with pytest.raises(Problem, match="environment variable A_KEY is not set"):
        make_backend(api_key_env="A_KEY").make([describe()])


def test_an_unknown_provider_is_a_sentence(make_backend) -> None:
    with pytest.raises(Problem, match="no image service 'dreams'; use one of stability, openai"):
        make_backend("dreams")
