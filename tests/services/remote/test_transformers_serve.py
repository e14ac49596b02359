"""The remote model, its answers and the annotator against a real server on loopback.

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

from spuriverse.discovery.curation import annotate_with_lvlm
from spuriverse.models import ModelSpec, Server
from spuriverse.models.remote import (
    RemoteModel,
    answer_remotely,
    estimate_cost,
    image_part,
    user_message,
)
from spuriverse.problems import Problem
from spuriverse.tables import read_table, write_table

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
                "predicted": option,
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
    # What was never valid is asked anew by the next run, as the rationale promises.
    asked, ask = [], RemoteModel._ask
    monkeypatch.setattr(
        RemoteModel, "_ask", lambda *given, **named: asked.append(given) or ask(*given, **named)
    )
    again = annotate_with_lvlm(errors, make_model(server, folder, store), repairs=1)
    assert asked
    assert again[1]["verdict"].tolist() == ["failed", "failed"]


@pytest.fixture
def samples(image: Path) -> pd.DataFrame:
    """Six questions, each asked about an image; two of them with three options."""
    options = ["star", "ring", "moon", "heart"]
    rows = [
        {
            "sample_id": f"s-{number}",
            "image": str(image),
            "question": question,
            "options": options[: 3 + number % 2],
            "answer": 0,
        }
        for number, question in enumerate(
            ["What object is shown?", "What colour is the object?", "What is the object?"] * 2
        )
    ]
    return pd.DataFrame(rows)


def test_a_table_of_questions_is_answered(server, folder, samples, tmp_path, monkeypatch) -> None:
    store = tmp_path / "replies.sqlite"
    asked = Server(model=str(folder), base_url=server, store=str(store), max_tokens=12)
    spec = ModelSpec("tiny", server=asked)
    before = estimate_cost(samples, ["direct", "direct+blind"], spec)
    assert before["already_stored"].tolist() == [0]
    tables = []
    for strategy in ("direct", "direct+blind"):
        model = make_model(server, folder, store)
        responses = answer_remotely(model, samples, strategy=strategy)
        write_table(responses, tmp_path / f"{strategy}.parquet", "responses")
        kept = read_table(tmp_path / f"{strategy}.parquet", "responses")
        assert kept["sample_id"].tolist() == samples["sample_id"].tolist()
        # It talks nonsense, which may by chance name an option; but it talks.
        assert set(kept["outcome"]) <= {"answered", "unparsed", "abstained"}
        assert (kept["tokens"] > 0).all()
        tables.append(responses)
    (spending,) = model.store.spending()
    assert spending.requests == before["requests"][0]
    assert spending.prompt_tokens > 0
    after = estimate_cost(samples, ["direct", "direct+blind"], spec)
    assert after["already_stored"].tolist() == after["requests"].tolist()
    # Whatever is asked a second time comes from the store.
    monkeypatch.setattr(RemoteModel, "_ask", None)
    again = answer_remotely(make_model(server, folder, store), samples)
    pd.testing.assert_frame_equal(again, tables[0])


def test_a_wrong_name_of_the_model_stops_the_job(server, folder, samples, tmp_path) -> None:
    model = make_model(server, folder, tmp_path / "replies.sqlite", name="no-such-model")
    with pytest.raises(Problem, match=r"tiny cannot be asked about s-\d: .*400: .*no-such-model"):
        answer_remotely(model, samples)


def test_a_schema_is_no_obstacle(server, folder, tmp_path) -> None:
    model = make_model(server, folder, tmp_path / "replies.sqlite")
    schema = {"title": "colour", "type": "object"}
    assert model.complete([user_message("What colour?")], json_schema=schema).strip()


def test_a_model_that_the_server_does_not_have(server, folder, tmp_path) -> None:
    model = make_model(server, folder, tmp_path / "replies.sqlite", name="no-such-model")
    with pytest.raises(Problem, match=r"the server answered 400: .*no-such-model"):
        model.complete([user_message("What colour?")])
