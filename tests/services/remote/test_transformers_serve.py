"""The remote model and the annotator against a real OpenAI-compatible server on loopback.

The model is tiny and untrained, so that it talks nonsense; what is tested is that both sides
understand each other.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
import requests
from PIL import Image

from spuriverse.curation import annotate_with_lvlm
from spuriverse.models import RemoteModel, image_part, user_message
from spuriverse.problems import Problem

SECONDS_TO_START = 120
CHAT_TEMPLATE = (
    "<s>{% for message in messages %}{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{{ '<image>' if part['type'] == 'image' else part['text'] }} {% endfor %}{% endif %} "
    "{% endfor %}answer :"
)

pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("fastapi") is None or find_spec("uvicorn") is None,
        reason="The server is not there; install it with pip install 'transformers[serving]'.",
    ),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that knows a few words, and a chat template for several turns."""
    from spuriverse.world.zoo import Architecture, build_model, build_processor

    architecture = Architecture(width=64, vision_layers=1, language_layers=1)
    processor = build_processor(architecture)
    processor.chat_template = CHAT_TEMPLATE
    folder = tmp_path_factory.mktemp("models") / "tiny"
    build_model(architecture, len(processor.tokenizer), seed=0).save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that offers the checkpoint."""
    home = tmp_path_factory.mktemp("home")
    (home / "hub").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(folder)]
    options = ["--device", "cpu", "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    said = home / "server.log"
    with said.open("w") as log:
        process = subprocess.Popen(
            [*command, *options], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_until_ready(f"http://127.0.0.1:{port}/health", process, said)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(30)


def wait_until_ready(address: str, process: subprocess.Popen, said: Path) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        assert process.poll() is None, said.read_text()
        try:
            if requests.get(address, timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.2)
    raise AssertionError(f"The server is not ready: {said.read_text()}")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image.png"
    Image.new("RGB", (64, 64), (200, 10, 10)).save(path)
    return path


def make_model(address: str, folder: Path, store: Path, name: str = "") -> RemoteModel:
    return RemoteModel(
        "tiny",
        model=name or str(folder),
        base_url=address,
        api_key_env=None,
        store=store,
        retries=0,
        max_tokens=12,
        concurrency=2,
    )


def test_a_question_about_an_image_is_answered(server, folder, image, tmp_path) -> None:
    model = make_model(server, folder, tmp_path / "replies.sqlite")
    chat = [user_message("What object is shown?", image_part(image))]
    reply = model.reply(chat)
    assert reply.text.strip()
    assert reply.completion_tokens > 0
    assert model.reply(chat) == reply


def test_a_conversation_takes_its_course(server, folder, image, tmp_path, monkeypatch) -> None:
    errors = pd.DataFrame(
        [
            {
                "sample_id": f"s-{number}",
                "image": str(image),
                "question": "What object is shown?",
                "options": ["star", "ring", "moon"],
                "answer": 0,
                "chosen": option,
            }
            for number, option in enumerate(["ring", "moon"])
        ]
    )
    store = tmp_path / "replies.sqlite"
    model = make_model(server, folder, store)
    candidates, verdicts = annotate_with_lvlm(errors, model, repairs=1)
    assert candidates.empty
    assert verdicts["verdict"].tolist() == ["failed", "failed"]
    assert all(verdicts["reply"].str.strip())
    assert all(verdicts["rationale"].str.startswith("no valid reply after 1 repairs"))
    # Whatever is asked a second time comes from the store.
    monkeypatch.setattr(RemoteModel, "_ask", None)
    again = annotate_with_lvlm(errors, make_model(server, folder, store), repairs=1)
    pd.testing.assert_frame_equal(again[1], verdicts)


def test_a_schema_is_no_obstacle(server, folder, tmp_path) -> None:
    model = make_model(server, folder, tmp_path / "replies.sqlite")
    schema = {"title": "colour", "type": "object"}
    assert model.complete([user_message("What colour?")], json_schema=schema).strip()


def test_a_model_that_the_server_does_not_have(server, folder, tmp_path) -> None:
    model = make_model(server, folder, tmp_path / "replies.sqlite", name="no-such-model")
    with pytest.raises(Problem, match=r"the server answered 400: .*no-such-model"):
        model.complete([user_message("What colour?")])
