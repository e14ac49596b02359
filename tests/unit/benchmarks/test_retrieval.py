"""A file from a URL: whole and of the right digest, or not there; what was cut off is continued."""

import json
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from shelf import CONTENT, SETTING, Shelf, digest, part_of
from werkzeug import Response

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
CHILD = f"""
import sys
from pathlib import Path
from spuriverse.benchmarks.retrieval import download_url
download_url(sys.argv[1], sys.argv[2], Path(sys.argv[3]), setting={SETTING!r})
"""


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
def job(tmp_path: Path, no_proxy: None):
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
