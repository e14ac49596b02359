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

from spuriverse.models.remote import Reply, ResponseStore, Spending
from spuriverse.models.remote.request_keys import chat_sha256, request_sha256
from spuriverse.models.remote.store import BudgetReached
from spuriverse.problems import Problem

laws = settings(deadline=None, derandomize=True, max_examples=50)

WRITE_FOR_EVER = """
import itertools, sys
from spuriverse.models.remote import Reply, ResponseStore, Spending
store = ResponseStore(sys.argv[1])
for number in itertools.count():
    store.put(f"key-{number}", Reply(f"reply {number}" * 50), "m")
    print(number, flush=True)
"""
WRITE_MANY = """
import sys
from spuriverse.models.remote import Reply, ResponseStore, Spending
path, writer = sys.argv[1:]
sys.stdin.readline()
store = ResponseStore(path)
for number in range(30):
    store.put(f"{writer}-{number}", Reply(writer), "m")
    print(store.put(f"shared-{number}", Reply(writer), "m").text)
"""
CLAIM_FOR_EVER = """
import sys, time
from spuriverse.models.remote import ResponseStore
print(ResponseStore(sys.argv[1]).claim("key"), flush=True)
time.sleep(60)
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


def test_the_key_of_a_chat_depends_on_everything_that_decides_the_reply() -> None:
    chat = {
        "model": "m",
        "base_url": "http://a/v1",
        "messages": [{"role": "user", "content": "a"}],
        "temperature": 0,
        "max_tokens": 9,
    }
    changed = [
        {**chat, "model": "n"},
        {**chat, "base_url": "http://b/v1"},
        {**chat, "messages": [{"role": "user", "content": "b"}]},
        {**chat, "temperature": 0.5},
        {**chat, "max_tokens": 8},
        {**chat, "json_schema": {}},
    ]
    assert len({chat_sha256(**asked) for asked in [chat, *changed]}) == 7
    assert chat_sha256(**{**chat, "base_url": "http://a/v1/", "temperature": 0.0}) == chat_sha256(
        **chat
    )


def test_the_key_of_a_chat_stays_the_same_from_version_to_version() -> None:
    """What is paid for under one key is not found under another."""
    chat = [{"role": "user", "content": [{"image_url": {"url": data_url(b"image")}}]}]
    key = chat_sha256(model="m", base_url="u", messages=chat, temperature=0, max_tokens=9)
    assert key == "f6ffb1325cf7c4e29468a2f984c1e5222fabb44ea39c56c2dc8403a4a22c3b1f"


# --- claims and failures ----------------------------------------------------------------------


def stores(tmp_path: Path, count: int = 2) -> list[ResponseStore]:
    return [ResponseStore(tmp_path / "replies.sqlite") for _ in range(count)]


def test_a_request_is_claimed_by_one_at_a_time(tmp_path: Path) -> None:
    one, other = stores(tmp_path)
    assert one.claim("key")
    assert not other.claim("key")
    assert other.claim("another")
    one.release("key")
    assert other.claim("key")


def test_nobody_gives_back_what_another_claims(tmp_path: Path) -> None:
    one, other = stores(tmp_path)
    assert one.claim("key")
    other.release("key")
    assert not other.claim("key")


def test_what_has_a_reply_cannot_be_claimed(tmp_path: Path) -> None:
    one, other = stores(tmp_path)
    assert one.claim("key")
    one.put("key", Reply("Red."), "m")
    assert not one.claim("key")
    assert not other.claim("key")


def test_a_failure_gives_its_claim_back_and_is_kept(tmp_path: Path) -> None:
    one, other = stores(tmp_path)
    assert one.claim("key")
    one.fail("key", "out of memory", "m")
    assert other.failures() == {"key": "out of memory"}
    assert other.claim("key")
    other.fail("key", "out of order", "m")
    assert other.failures() == {"key": "out of order"}
    other.put("key", Reply("Red."), "m")
    assert other.failures() == {}


def test_the_claims_of_a_killed_process_are_void(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    with subprocess.Popen(
        [sys.executable, "-c", CLAIM_FOR_EVER, str(path)], stdout=subprocess.PIPE, text=True
    ) as claimer:
        assert claimer.stdout is not None
        assert claimer.stdout.readline() == "True\n"
        store = ResponseStore(path)
        assert not store.claim("key")
        os.kill(claimer.pid, signal.SIGKILL)
        # It is dead then, but still in the table of processes.
        os.waitid(os.P_PID, claimer.pid, os.WEXITED | os.WNOWAIT)
        assert store.claim("key")


# --- money ------------------------------------------------------------------------------------


def test_what_is_paid_is_summed_by_model(tmp_path: Path) -> None:
    one, other = stores(tmp_path)
    one.put("a", Reply("Red.", "stop", 7, 3, usd=0.5), "m")
    other.put("b", Reply("Red.", "stop", 5, 1, usd=0.25), "m")
    other.put("c", Reply("Red.", "stop", 5, 1), "free")
    one.charge("m", 2, 0, 0.125)
    assert (
        one.spending()
        == other.spending()
        == [
            Spending("free", 1, 5, 1, 0.0, 0.0),
            Spending("m", 3, 14, 4, 0.875, 0.5),
        ]
    )
    assert one.spent() == 0.875


def test_a_reply_that_came_second_was_paid_for_as_well(tmp_path: Path) -> None:
    (store,) = stores(tmp_path, 1)
    for _ in range(2):
        store.put("a", Reply("Red.", usd=0.5), "m")
    assert store.spent() == 1.0


def test_the_budget_is_one_for_all_who_share_the_file(tmp_path: Path) -> None:
    one, other = stores(tmp_path)
    assert one.claim("a", usd=0.5, most=1.0)
    # It may be used up by the other; or not.
    assert not other.claim("b", usd=0.75, most=1.0)
    one.put("a", Reply("Red.", usd=0.25), "m")
    assert other.claim("b", usd=0.75, most=1.0)
    other.put("b", Reply("Red.", usd=0.75), "m")
    with pytest.raises(BudgetReached) as reached:
        one.claim("c", usd=0.01, most=1.0)
    assert reached.value.spent == 1.0
    assert one.claim("c", usd=0.01, most=1.5)


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
