"""A scripted chat server, and a remote model that asks it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chat_server import Handler, Server, Time
from pytest_httpserver import HTTPServer

from spuriverse.models.remote import (
    RemoteModel,
)


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


@pytest.fixture
def serve(loopback: HTTPServer) -> Callable[[Handler], str]:
    def start(handler: Handler) -> str:
        loopback.clear()
        rule = loopback.expect_request("/v1/chat/completions", method="POST")
        rule.respond_with_handler(handler)
        return loopback.url_for("/v1")

    return start
