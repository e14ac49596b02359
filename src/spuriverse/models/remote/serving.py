"""A server that is started for a model and stopped when nobody needs it any more."""

import contextlib
import ctypes
import json
import logging
import shlex
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from spuriverse.problems import Problem
from spuriverse.tables import write_text

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
"""The server and who asks it share a node, so that no one else has to reach it."""

SECONDS_TO_STOP = 30
SECONDS_BETWEEN_LOOKS = 0.5
_SHOWN_LINES = 5
_PR_SET_PDEATHSIG = 1


def serve_model(
    command: str,
    *,
    model: str,
    health: str,
    patience: float,
    address: str | Path,
    server_log: str | Path,
) -> None:
    """Start a server, say where it will be, and keep it until SIGTERM.

    The server ends with this process, however that ends.

    Args:
        command: Command line, in which `{model}`, `{host}` and `{port}` are filled in.
        model: What the server calls the model.
        health: Path that answers 200 once the server is ready.
        patience: Longest wait for that, in seconds.
        address: File that `await_server` reads. It appears at once, since Snakemake does not wait
            for it as long as a large model takes to load.
        server_log: File of what the server prints.

    Raises:
        Problem: The server cannot be started, or ends unexpectedly.
    """
    with _stopped_by(signal.SIGTERM), _started(command, model, Path(server_log)) as (server, port):
        place = {
            "address": f"http://{HOST}:{port}/v1",
            "health": f"http://{HOST}:{port}{health}",
            "patience": patience,
            "process": server.pid,
            "server_log": str(server_log),
        }
        write_text(address, json.dumps(place) + "\n")
        log.info("The server of %s starts at port %d", model, port)
        status = server.wait()
        raise Problem(
            f"The server of {model} ended by itself with status {status}{_last(server_log)}"
        )


def await_server(path: str | Path) -> str:
    """Return the address of a server once it is ready.

    Args:
        path: The file that `serve_model` made, on this node.

    Raises:
        Problem: The server has ended, or is not ready in time.
    """
    import psutil

    place = json.loads(Path(path).read_text(encoding="utf-8"))
    # A proxy of the site does not know what is on this node.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + place["patience"]
    while time.monotonic() < until:
        with contextlib.suppress(OSError), opener.open(place["health"], timeout=5):
            return str(place["address"])
        if not psutil.pid_exists(place["process"]):
            raise Problem(f"The server ended before it was ready{_last(place['server_log'])}")
        time.sleep(SECONDS_BETWEEN_LOOKS)
    raise Problem(
        f"The server was not ready after {place['patience']:g} s (serve.patience):"
        f" {place['health']} did not answer with status 200{_last(place['server_log'])}"
    )


class _Stopped(Exception):
    """Nobody needs the server any more."""


@contextlib.contextmanager
def _stopped_by(number: signal.Signals) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _Stopped

    before = signal.signal(number, stop)
    try:
        yield
    except _Stopped:
        log.info("The server is no longer needed")
    finally:
        signal.signal(number, before)


@contextlib.contextmanager
def _started(command: str, model: str, server_log: Path) -> Iterator[tuple[subprocess.Popen, int]]:
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    words = [word.format(model=model, host=HOST, port=port) for word in shlex.split(command)]
    server_log.parent.mkdir(parents=True, exist_ok=True)
    with server_log.open("w", encoding="utf-8") as file:
        try:
            server = subprocess.Popen(
                words, stdout=file, stderr=subprocess.STDOUT, preexec_fn=_end_with_parent
            )
        except OSError as error:
            raise Problem(
                f"The server of {model} cannot be started ({error.strerror}: {words[0]}): install"
                " it in the environment of the rule serve_model, or correct serve.command."
            ) from error
    try:
        yield server, port
    finally:
        server.terminate()
        try:
            server.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _end_with_parent() -> None:
    """Let the kernel end the server when this process is killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _last(server_log: str | Path) -> str:
    """The end of what the server printed, as the end of a sentence."""
    lines = (
        Path(server_log).read_text(encoding="utf-8", errors="replace").splitlines()[-_SHOWN_LINES:]
    )
    shown = " / ".join(line.strip() for line in lines if line.strip())
    return f": see {server_log}, which ends with: {shown}" if shown else f": see {server_log}."
