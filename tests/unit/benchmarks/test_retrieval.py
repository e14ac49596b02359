"""A file from a URL: whole and of the right digest, or not there; what was cut off is continued."""

import hashlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from spuriverse.benchmarks import retrieval
from spuriverse.benchmarks.retrieval import (
    RECORD,
    RETRIES,
    Retrieved,
    RetrievedFile,
    download_url,
    record_source,
)
from spuriverse.problems import Problem

SCRIPT = Path(__file__).parents[3] / "scripts" / "retrieve_source.py"
SETTING = "benchmarks.aokvqa.source"
CONTENT = bytes(range(256)) * 10_000

CHILD = f"""
import sys
from pathlib import Path
from spuriverse.benchmarks.retrieval import download_url
download_url(sys.argv[1], sys.argv[2], Path(sys.argv[3]), setting={SETTING!r})
"""


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Shelf:
    """A server of one file.

    Attributes:
        content: The file.
        ranges: Whether it can go on in the middle.
        statuses: What the next requests get instead of the file.
        cut_after: Bytes after which the next answers end, although more was promised.
        stall_after: Bytes after which an answer waits for `released`.
        asked: The Range of every request.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.ranges = True
        self.statuses: list[int] = []
        self.cut_after: list[int] = []
        self.stall_after: int | None = None
        self.released = threading.Event()
        self.asked: list[str | None] = []

    def __call__(self, request: Request) -> Response:
        asked = request.headers.get("Range")
        self.asked.append(asked)
        if self.statuses:
            return Response("no", status=self.statuses.pop(0))
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.ranges else 0
        if start and start >= len(self.content):
            return Response(status=416)
        rest = self.content[start:]
        headers = {"Content-Length": str(len(rest))}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(self.content) - 1}/{len(self.content)}"
        return Response(self._send(rest), status=206 if start else 200, headers=headers)

    def _send(self, rest: bytes) -> Iterator[bytes]:
        if self.cut_after:
            rest = rest[: self.cut_after.pop(0)]
        if self.stall_after is None:
            yield rest
            return
        yield rest[: self.stall_after]
        self.released.wait(60)
        yield rest[self.stall_after :]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "*")


@pytest.fixture
def shelf(httpserver: HTTPServer) -> Iterator[Shelf]:
    shelf = Shelf(CONTENT)
    httpserver.expect_request("/questions.json").respond_with_handler(shelf)
    yield shelf
    shelf.released.set()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "parts" / "aokvqa.json"


@pytest.fixture
def fetch(httpserver: HTTPServer, target: Path):
    """Download the file that the shelf has, at once however often it fails."""

    def fetch(sha256: str = digest(CONTENT), url: str = "", timeout: float = 30.0) -> Retrieved:
        url = url or httpserver.url_for("/questions.json")
        return download_url(url, sha256, target, setting=SETTING, timeout=timeout, backoff=0)

    return fetch


def part_of(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


# --- what arrives -----------------------------------------------------------------------------


def test_the_file_is_in_place_and_nothing_else_is(shelf: Shelf, fetch, target: Path) -> None:
    retrieved = fetch()
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]
    assert retrieved.files == (RetrievedFile("aokvqa.json", digest(CONTENT), len(CONTENT)),)
    assert retrieved.origin["kind"] == "url"
    assert retrieved.origin["url"].endswith("/questions.json")


def test_a_digest_in_capitals_is_the_same(shelf: Shelf, fetch, target: Path) -> None:
    assert fetch(sha256=digest(CONTENT).upper()).files[0].sha256 == digest(CONTENT)


def test_a_file_that_is_there_is_not_asked_for(shelf: Shelf, fetch, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(CONTENT)
    fetch()
    assert shelf.asked == []


def test_another_file_in_its_place_is_replaced(shelf: Shelf, fetch, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"another")
    fetch()
    assert target.read_bytes() == CONTENT


def test_an_empty_file_is_a_file(shelf: Shelf, fetch, target: Path) -> None:
    shelf.content = b""
    fetch(sha256=digest(b""))
    assert target.read_bytes() == b""


def test_the_bytes_are_those_that_are_stored(httpserver: HTTPServer, fetch, target: Path) -> None:
    """A packed file must not be unpacked under way: its digest would be another."""
    import gzip

    packed = gzip.compress(CONTENT, mtime=0)
    httpserver.expect_request("/questions.json").respond_with_data(
        packed, headers={"Content-Encoding": "gzip"}
    )
    fetch(sha256=digest(packed))
    assert target.read_bytes() == packed


# --- going on ---------------------------------------------------------------------------------


def test_a_part_is_continued(shelf: Shelf, fetch, target: Path) -> None:
    target.parent.mkdir()
    part_of(target).write_bytes(CONTENT[:1000])
    fetch()
    assert shelf.asked == ["bytes=1000-"]
    assert target.read_bytes() == CONTENT


def test_a_whole_part_is_not_asked_for(shelf: Shelf, fetch, target: Path) -> None:
    target.parent.mkdir()
    part_of(target).write_bytes(CONTENT)
    fetch()
    assert shelf.asked == []
    assert target.read_bytes() == CONTENT


def test_a_server_that_cannot_go_on_starts_over(shelf: Shelf, fetch, target: Path) -> None:
    shelf.ranges = False
    target.parent.mkdir()
    part_of(target).write_bytes(CONTENT[:1000])
    fetch()
    assert shelf.asked == ["bytes=1000-"]
    assert target.read_bytes() == CONTENT


def test_a_part_longer_than_the_file_starts_over(shelf: Shelf, fetch, target: Path) -> None:
    target.parent.mkdir()
    part_of(target).write_bytes(CONTENT + b"more")
    fetch()
    assert shelf.asked == [f"bytes={len(CONTENT) + 4}-", None]
    assert target.read_bytes() == CONTENT


def test_a_server_that_goes_on_elsewhere_starts_over(
    httpserver: HTTPServer, fetch, target: Path
) -> None:
    promised = {"Content-Length": str(len(CONTENT))}
    answers = [
        Response(iter([CONTENT[:1000]]), headers=promised),
        Response(CONTENT[:5], status=206, headers={"Content-Range": "bytes 0-4/9"}),
        Response(CONTENT),
    ]
    httpserver.expect_request("/questions.json").respond_with_handler(lambda _: answers.pop(0))
    fetch()
    assert target.read_bytes() == CONTENT


def test_a_part_of_another_file_starts_over(shelf: Shelf, fetch, target: Path) -> None:
    target.parent.mkdir()
    part_of(target).write_bytes(b"x" * 1000)
    fetch()
    assert shelf.asked == ["bytes=1000-", None]
    assert target.read_bytes() == CONTENT


@settings(
    deadline=None,
    derandomize=True,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.binary(max_size=200), st.lists(st.integers(1, 200), max_size=RETRIES), st.booleans())
def test_wherever_it_is_cut_the_file_is_the_same(
    shelf: Shelf, fetch, target: Path, content: bytes, cuts: list[int], ranges: bool
) -> None:
    target.unlink(missing_ok=True)
    shelf.content, shelf.cut_after, shelf.ranges = content, list(cuts), ranges
    fetch(sha256=digest(content))
    assert target.read_bytes() == content


def test_a_killed_download_leaves_no_half_file_and_is_continued(
    shelf: Shelf, fetch, httpserver: HTTPServer, target: Path
) -> None:
    shelf.stall_after = 2_100_000
    arguments = [httpserver.url_for("/questions.json"), digest(CONTENT), str(target)]
    child = subprocess.Popen([sys.executable, "-c", CHILD, *arguments])
    try:
        # Whole megabytes are written; the third is under way when the server falls silent.
        _wait_until(
            lambda: part_of(target).exists() and part_of(target).stat().st_size >= 2_000_000
        )
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        shelf.released.set()
    assert not target.exists()
    kept = part_of(target).stat().st_size
    fetch()
    assert shelf.asked == [None, f"bytes={kept}-"]
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]


def _wait_until(condition) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.01)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_failure_that_passes_is_waited_for(
    shelf: Shelf, fetch, target: Path, status: int
) -> None:
    shelf.statuses = [status] * RETRIES
    fetch()
    assert target.read_bytes() == CONTENT


def test_waiting_times_double(
    shelf: Shelf, httpserver: HTTPServer, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    shelf.statuses = [500] * 3
    url = httpserver.url_for("/questions.json")
    download_url(url, digest(CONTENT), target, setting=SETTING, backoff=0.5)
    assert waited == [0.5, 1.0, 2.0]


# --- what goes wrong --------------------------------------------------------------------------


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


# --- the record and the job -------------------------------------------------------------------


def test_the_record_says_where_the_files_came_from(tmp_path: Path) -> None:
    origin = {"kind": "hub", "repo": "a/b", "revision": "main", "commit": "c" * 40}
    record_source(tmp_path, Retrieved(origin, (RetrievedFile("data/ä.csv", "ab", 3),)))
    record = json.loads((tmp_path / RECORD).read_text(encoding="utf-8"))
    assert record.pop("retrieved").endswith("+00:00")
    assert record == {**origin, "files": {"data/ä.csv": {"sha256": "ab", "bytes": 3}}}


def test_a_file_with_the_record_s_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"named source\.json"):
        record_source(tmp_path, Retrieved({}, (RetrievedFile(RECORD, "ab", 3),)))
    assert not list(tmp_path.iterdir())


@pytest.fixture
def job(tmp_path: Path):
    """Run the script's main function for a benchmark `aokvqa`; return the output folder."""
    main = runpy.run_path(str(SCRIPT))["main"]

    def run(source: dict[str, object], **params: str) -> Path:
        sources = tmp_path / "sources"
        all_params = {"name": "aokvqa", "parts": sources / ".parts" / "aokvqa", "source": source}
        output = SimpleNamespace(folder=str(sources / "aokvqa"))
        main(SimpleNamespace(output=output, params=_Params(all_params | params)))
        return sources / "aokvqa"

    return run


class _Params(dict):
    __getattr__ = dict.__getitem__


def test_the_job_puts_file_and_record_in_place(shelf: Shelf, httpserver: HTTPServer, job) -> None:
    url = httpserver.url_for("/questions.json")
    folder = job({"url": url, "sha256": digest(CONTENT), "hub": None, "files": ["*"]})
    assert sorted(os.listdir(folder)) == ["aokvqa.json", RECORD]
    assert (folder / "aokvqa.json").read_bytes() == CONTENT
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    assert (record["kind"], record["url"]) == ("url", url)
    assert record["files"]["aokvqa.json"]["sha256"] == digest(CONTENT)
    assert not (folder.parent / ".parts" / "aokvqa").exists()


def test_what_a_failed_job_has_outlives_its_output(
    shelf: Shelf, httpserver: HTTPServer, job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(retrieval, "RETRIES", 0)
    source = {"url": httpserver.url_for("/questions.json"), "sha256": digest(CONTENT)}
    shelf.cut_after = [2_100_000]
    with pytest.raises(Problem, match="running again continues"):
        job(source)
    assert os.listdir(tmp_path / "sources") == [".parts"]
    folder = job(source)
    assert (folder / "aokvqa.json").read_bytes() == CONTENT
    assert shelf.asked[1] and int(shelf.asked[1].strip("bytes=-")) >= 2_000_000


def test_a_name_in_an_address_leads_nowhere(httpserver: HTTPServer, job, tmp_path: Path) -> None:
    httpserver.expect_request("/b\\..\\..\\evil.csv").respond_with_data(b"a,b\n")
    source = {"url": httpserver.url_for("/b\\..\\..\\evil.csv"), "sha256": digest(b"a,b\n")}
    assert sorted(os.listdir(job(source))) == ["aokvqa.csv", RECORD]


def test_an_archive_is_not_retrieved(job, tmp_path: Path) -> None:
    source = {"url": "http://127.0.0.1/data.tar.gz", "sha256": "ab" * 32}
    with pytest.raises(Problem, match=r"replies\.url does not end in .*set models\.0\.replies to"):
        job(source, setting="models.0.replies")
    assert not (tmp_path / "sources").exists()
