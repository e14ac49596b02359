"""Questions put to a remote model on loopback that fails: what stops a job, and what is lost."""

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
from pathlib import Path

import pandas as pd
import pytest
from chat_server import refusal
from remote_questions import answer, completion, make_model, make_samples, number_of
from werkzeug import Request, Response

from spuriverse.problems import Problem
from spuriverse.tables import read_table, write_table

SECRET = "sk-a-very-secret-key-0123456789"


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
