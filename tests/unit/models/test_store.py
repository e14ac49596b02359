"""The response store: a reply that was kept is there for ever, whoever dies."""

import base64
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.models import Reply, ResponseStore
from spuriverse.models.store import request_sha256
from spuriverse.problems import Problem

laws = settings(deadline=None, derandomize=True, max_examples=50)

WRITE_FOR_EVER = """
import itertools, sys
from spuriverse.models import Reply, ResponseStore
store = ResponseStore(sys.argv[1])
for number in itertools.count():
    store.put(f"key-{number}", Reply(f"reply {number}" * 50), "m")
    print(number, flush=True)
"""
WRITE_MANY = """
import sys
from spuriverse.models import Reply, ResponseStore
path, writer = sys.argv[1:]
sys.stdin.readline()
store = ResponseStore(path)
for number in range(30):
    store.put(f"{writer}-{number}", Reply(writer), "m")
    print(store.put(f"shared-{number}", Reply(writer), "m").text)
"""


def data_url(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


# --- get and put ------------------------------------------------------------------------------


@given(
    st.text(st.characters(codec="utf-8")),
    st.sampled_from(["stop", "length", ""]),
    st.integers(0, 10**9),
    st.floats(0, 1e6),
)
@laws
def test_what_is_put_is_got_by_every_later_reader(
    tmp_path_factory: pytest.TempPathFactory, text: str, reason: str, tokens: int, seconds: float
) -> None:
    path = tmp_path_factory.mktemp("store") / "replies.sqlite"
    reply = Reply(text, reason, tokens, tokens // 2, seconds)
    store = ResponseStore(path)
    assert store.get("key") is None
    assert store.put("key", reply, "m") == reply
    assert store.get("key") == ResponseStore(path).get("key") == reply
    assert store.get("other") is None


def test_the_first_reply_stays(tmp_path: Path) -> None:
    one, other = (ResponseStore(tmp_path / "s.sqlite") for _ in range(2))
    assert one.put("key", Reply("first"), "m").text == "first"
    assert other.put("key", Reply("second"), "m").text == "first"
    assert one.get("key") == Reply("first")


# --- the key of a request ---------------------------------------------------------------------


def test_the_key_depends_on_everything_that_is_asked() -> None:
    request = {"model": "m", "base_url": "u", "temperature": 0.0, "messages": [{"content": "a"}]}
    changed = [
        {**request, "model": "n"},
        {**request, "base_url": "v"},
        {**request, "temperature": 1.0},
        {**request, "messages": [{"content": "b"}]},
        {**request, "json_schema": {}},
    ]
    assert len({request_sha256(asked) for asked in [request, *changed]}) == 6
    assert request_sha256(dict(reversed(request.items()))) == request_sha256(request)


@given(st.binary(min_size=1), st.binary(min_size=1))
@laws
def test_an_image_counts_by_its_bytes(one: bytes, other: bytes) -> None:
    keys = [request_sha256({"messages": [{"url": data_url(image)}]}) for image in (one, other)]
    assert (keys[0] == keys[1]) == (one == other)


def test_a_text_that_looks_like_an_image_is_a_text() -> None:
    texts = ["data:image/png;base64,???", "data:image/png;base64,", "data:image/png", "data:image/"]
    assert len({request_sha256({"text": text}) for text in texts}) == len(texts)


# --- several processes, and dead ones ---------------------------------------------------------


def test_a_killed_writer_loses_nothing_it_had_put(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    with subprocess.Popen(
        [sys.executable, "-c", WRITE_FOR_EVER, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(40)]
        os.kill(writer.pid, signal.SIGKILL)
        said += writer.stdout.readlines()
    put = [int(line) for line in said if line.endswith("\n")]
    assert len(put) >= 40
    store = ResponseStore(path)
    assert all(store.get(f"key-{number}") == Reply(f"reply {number}" * 50) for number in put)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_several_processes_write_at_once_and_agree(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITE_MANY, str(path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in "abc"
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    said = [writer.communicate(timeout=60)[0].split() for writer in writers]
    assert all(writer.returncode == 0 for writer in writers)
    assert said[0] == said[1] == said[2]
    store = ResponseStore(path)
    for name in "abc":
        assert all(store.get(f"{name}-{number}") == Reply(name) for number in range(30))


# --- files that are no store ------------------------------------------------------------------


def test_a_file_that_is_no_database_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    path.write_text("These are not replies.\n" * 100)
    with pytest.raises(Problem, match=r"replies\.sqlite cannot be used .*not a database"):
        ResponseStore(path)
    assert path.read_text().startswith("These are not replies.")


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE decisions (id INTEGER)")
    connection.close()
    with pytest.raises(Problem, match="a database of something else, with the tables decisions"):
        ResponseStore(path)


def test_a_damaged_store_is_a_problem_not_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    store = ResponseStore(path)
    for number in range(200):
        store.put(f"key-{number}", Reply("long " * 200), "m")
    store.close()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    damaged = ResponseStore(path)
    with pytest.raises(Problem, match=r"replies\.sqlite cannot be used"):
        damaged.get("key-1")


def test_a_folder_that_cannot_be_made_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="cannot be used"):
        ResponseStore(tmp_path / "file" / "replies.sqlite")
