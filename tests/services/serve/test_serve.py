"""A model that the workflow serves itself: started, asked, and stopped whatever happens."""

import shutil
import socket
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from checkout import SMOKE, Checkout

from spuriverse.tables import read_table

pytestmark = [
    pytest.mark.services,
    pytest.mark.workflow,
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("fastapi") is None or find_spec("uvicorn") is None,
        reason="The server is not there; install it with pip install 'transformers[serving]'.",
    ),
]

RESPONSES = "results/smoke/evaluation/models/served.parquet"
SERVER_LOG = "results/smoke/logs/serve_model/evaluation/served.server.log"
SERVE = f"{sys.executable} -m transformers.cli.transformers serve {{model}} --device cpu"
SERVE += " --host {host} --port {port}"
REFUSE = f"{sys.executable} {Path(__file__).with_name('refusing.py')} {{host}} {{port}}"


@pytest.fixture(scope="module")
def checkout(smoke: Checkout, new_checkout: Callable[[], Checkout]) -> Checkout:
    """A finished run in which one model more is to be evaluated."""
    checkout = new_checkout()
    shutil.copytree(smoke.folder / "results", checkout.folder / "results")
    return checkout


def evaluate(checkout: Checkout, command: str, model: str, *options: str, patience: int = 120):
    """Evaluate a served model on what has been made, by one strategy."""
    served = {
        "name": "served",
        "backend": "openai",
        "model": model,
        "max_tokens": 4,
        "serve": {"command": command, "billions": 0.01, "patience": patience},
    }
    asked = {"models": ["biased-0", "control-0", "served"], "strategies": ["direct"]}
    overlay = checkout.folder / "served.yaml"
    overlay.write_text(
        yaml.safe_dump({"models": [served], "evaluation": {**asked, "shuffles": 0, "blind": False}})
    )
    options = ("--rerun-triggers", "mtime", *options)
    return checkout.run(RESPONSES, *options, overlays=(SMOKE, str(overlay)))


def port_of(checkout: Checkout) -> int:
    log = (checkout.folder / SERVER_LOG.replace(".server", "")).read_text()
    return int(log.partition("at port ")[2].split()[0])


def is_open(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(autouse=True)
def _a_hub_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server looks into the folder of the Hub even if it needs nothing there."""
    (tmp_path / "hub").mkdir()
    monkeypatch.setenv("HF_HOME", str(tmp_path))


def test_a_consumer_that_fails_takes_the_server_with_it(checkout: Checkout) -> None:
    done = evaluate(checkout, REFUSE, "no/such/model")
    assert done.returncode == 1
    assert "has no model no/such/model" in " ".join(done.stderr.split())
    assert not (checkout.folder / RESPONSES).exists()
    assert not is_open(port_of(checkout))


def test_a_server_that_does_not_start_is_one_sentence(checkout: Checkout) -> None:
    command, model = "no-such-server {model} {port}", "results/smoke/models/biased-0"
    # The profile waits a minute for the address, which shared file systems show late.
    done = evaluate(checkout, command, model, "--latency-wait", "15")
    assert done.returncode == 1
    assert "cannot be started (No such file or directory: no-such-server)" in done.stderr


def test_a_served_model_is_evaluated(checkout: Checkout) -> None:
    done = evaluate(checkout, SERVE, "results/smoke/models/biased-0")
    assert done.returncode == 0, done.stderr[-4000:]
    responses = read_table(checkout.folder / RESPONSES, "responses")
    own = read_table(
        checkout.folder / "results/smoke/evaluation/models/biased-0.parquet", "responses"
    )
    assert responses["sample_id"].tolist() == own["sample_id"].tolist()
    assert (responses["tokens"] > 0).all()
    assert responses["reply"].str.strip().astype(bool).any(), "it says something"
    assert not is_open(port_of(checkout))
    assert "POST /v1/chat/completions" in (checkout.folder / SERVER_LOG).read_text()
