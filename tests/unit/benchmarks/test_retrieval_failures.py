"""A file from a URL that does not come: what is said, and what is kept."""

import socket
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from shelf import CONTENT, SETTING, Shelf, digest, part_of

from spuriverse.benchmarks import retrieval
from spuriverse.benchmarks.retrieval import (
    RETRIES,
)
from spuriverse.problems import Problem


def test_another_digest_is_refused_and_nothing_is_kept(shelf: Shelf, fetch, target: Path) -> None:
    with pytest.raises(Problem) as caught:
        fetch(sha256="ab" * 32)
    for named in ("/questions.json", "ab" * 32, digest(CONTENT), f"{SETTING}.sha256"):
        assert named in str(caught.value)
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "access is refused (401); ask its owner for access, or"),
        (403, "access is refused (403)"),
        (404, f"there is no such file (404); correct {SETTING}.url, or"),
        (410, "there is no such file (410)"),
        (418, "the server answers 418"),
    ],
)
def test_a_refusal_is_not_tried_again(
    shelf: Shelf, fetch, target: Path, status: int, said: str
) -> None:
    shelf.statuses = [status] * 9
    with pytest.raises(Problem) as caught:
        fetch()
    assert said in str(caught.value)
    assert f"put the file at {target} yourself, or set {SETTING} to its path." in str(caught.value)
    assert len(shelf.asked) == 1
    assert not target.exists()


def test_a_server_that_keeps_failing_is_given_up(shelf: Shelf, fetch, target: Path) -> None:
    shelf.statuses = [503] * 9
    with pytest.raises(Problem, match=r"the server answers 503; run again later, or put the file"):
        fetch()
    assert len(shelf.asked) == RETRIES + 1


def test_a_truncated_body_is_kept_and_said_to_be_continued(
    shelf: Shelf, fetch, target: Path
) -> None:
    shelf.cut_after = [100] * 9
    with pytest.raises(Problem, match=r"cut off, 500 bytes are kept; running again continues, or"):
        fetch()
    assert not target.exists()
    assert part_of(target).read_bytes() == CONTENT[:500]
    shelf.cut_after = []
    fetch()
    assert shelf.asked[-1] == "bytes=500-"
    assert target.read_bytes() == CONTENT


def test_a_server_that_is_not_there(fetch, target: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(Problem, match=r"the server cannot be reached; run again later, or put"):
            fetch(url=f"http://127.0.0.1:{port}/questions.json")
    assert not target.exists()


def test_a_name_that_is_not_known(fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Problem, match=r"nowhere\.invalid/q\.json: the server cannot be reached"):
        fetch(url="http://nowhere.invalid/q.json")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (0, "(no answer within|sent nothing for) 0.2 seconds"),
        (1_500_000, "nothing for 0.2 seconds"),
    ],
)
def test_a_silent_server(
    shelf: Shelf, fetch, monkeypatch: pytest.MonkeyPatch, sent: int, said: str
) -> None:
    monkeypatch.setattr(retrieval, "RETRIES", 0)
    shelf.stall_after = sent
    with pytest.raises(Problem, match=said):
        fetch(timeout=0.2)


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/q", "http://", "q.json"])
def test_only_addresses_of_the_web_are_opened(fetch, target: Path, url: str) -> None:
    with pytest.raises(Problem, match=f"this is not the address of a file; check {SETTING}.url"):
        fetch(url=url)
    assert not target.exists()


def test_what_may_be_secret_is_neither_said_nor_recorded(
    httpserver: HTTPServer, shelf: Shelf, fetch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    url = httpserver.url_for("/questions.json").replace("://", "://me:pass-word@") + "?key=sesame"
    shelf.statuses = [500, 404]
    with pytest.raises(Problem) as caught:
        fetch(url=url)
    # The server of the test has a log of its own.
    logged = [r.getMessage() for r in caplog.records if r.name != "werkzeug"]
    said = f"{caught.value} {logged} {fetch(url=url).origin}"
    assert "/questions.json" in said and "answers 500" in said
    assert "pass-word" not in said and "sesame" not in said


def test_a_full_disk(shelf: Shelf, fetch, target: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("This system has no /dev/full, a disk that is always full.")
    target.parent.mkdir()
    part_of(target).symlink_to("/dev/full")
    with pytest.raises(Problem, match=r"Cannot write .*aokvqa.json because the disk is full; free"):
        fetch()
    assert not target.exists()


def test_a_folder_that_cannot_be_made(shelf: Shelf, fetch, target: Path) -> None:
    target.parent.write_text("a file")
    with pytest.raises(Problem, match=r"Cannot write .*aokvqa.json \(.+\); check the folder"):
        fetch()
