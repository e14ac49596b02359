"""A chat-completions server on loopback that a test scripts, and the clock of its client."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from spuriverse.models.remote import RemoteModel, RequestFailed, user_message
from spuriverse.problems import Problem

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


def ask(model: RemoteModel, text: str = "What colour?", **how: Any) -> str:
    return model.complete([user_message(text)], **how)


def problem_of(model: RemoteModel) -> str:
    with pytest.raises(Problem) as caught:
        ask(model)
    assert not isinstance(caught.value, RequestFailed)
    return str(caught.value)
