"""Files of a data set on the Hub: of one commit, checked, and asked for once."""

import hashlib
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from spuriverse.benchmarks.hub_retrieval import download_hub
from spuriverse.benchmarks.retrieval import RECORD, Retrieved
from spuriverse.problems import Problem

SCRIPT = Path(__file__).parents[3] / "scripts" / "retrieve_source.py"
SETTING = "benchmarks.naturalbench.source"
REPO = "owner/questions"
COMMIT = "c0ffee" * 6 + "abcd"
FILES = {
    "README.md": b"a card",
    "data/test-0.parquet": b"\0parquet\xff" * 1000,
    "data/test-1.parquet": b"\1parquet\xff" * 1000,
}
PATTERNS = ["data/*.parquet"]

JOB = """
import json, runpy, sys
from pathlib import Path
from types import SimpleNamespace

class Params(dict):
    __getattr__ = dict.__getitem__

sources = Path(sys.argv[2])
params = Params(name="naturalbench", parts=sources / ".parts", source=json.loads(sys.argv[3]))
job = SimpleNamespace(
    log=[str(sources / "job.log")],
    output=Params(folder=str(sources / "naturalbench")),
    params=params,
    rule="retrieve_source",
)
runpy.run_path(sys.argv[1], init_globals={"snakemake": job})
"""


def is_large(name: str) -> bool:
    return name.endswith(".parquet")


def git_blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class Hub:
    """As much of the Hub as a download needs.

    Attributes:
        files: Content of every file of the data set, at its only commit.
        refusals: Pattern of paths -> status and error code that they get.
        sent: Content that is sent in place of a file's own.
        fetched: The files whose content was asked for.
        tokens: What came as authorisation, once each.
    """

    def __init__(self) -> None:
        self.files = dict(FILES)
        self.refusals: dict[str, tuple[int, str]] = {}
        self.sent: dict[str, bytes] = {}
        self.fetched: list[str] = []
        self.tokens: set[str | None] = set()

    def __call__(self, request: Request) -> Response:
        self.tokens.add(request.headers.get("Authorization"))
        for pattern, (status, code) in self.refusals.items():
            if re.search(pattern, request.path):
                return Response(status=status, headers={"X-Error-Code": code} if code else {})
        if request.path == f"/api/datasets/{REPO}/revision/main":
            return _json({"id": REPO, "sha": COMMIT, "siblings": [], "tags": []})
        if request.path == f"/api/datasets/{REPO}/tree/{COMMIT}":
            folder = {"type": "directory", "path": "data", "oid": "0" * 40, "size": 0}
            return _json([folder, *(self._entry(name) for name in self.files)])
        start = f"/datasets/{REPO}/resolve/{COMMIT}/"
        name = request.path.removeprefix(start)
        if name == request.path or name not in self.files:
            return Response(status=404)
        return self._file(name, request.method)

    def _entry(self, name: str) -> dict[str, object]:
        content = self.files[name]
        sha256 = hashlib.sha256(content).hexdigest()
        lfs = {"oid": sha256, "size": len(content), "pointerSize": 130}
        entry = {"type": "file", "path": name, "size": len(content), "oid": git_blob(content)}
        return entry | ({"lfs": lfs, "oid": "1" * 40} if is_large(name) else {})

    def _file(self, name: str, method: str) -> Response:
        content = self.files[name]
        sha256 = hashlib.sha256(content).hexdigest()
        etag = sha256 if is_large(name) else git_blob(content)
        sent = self.sent.get(name, content)
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT}
        if method == "GET":
            self.fetched.append(name)
        # To HEAD the server sends the same headers and leaves the content out itself.
        return Response(sent, headers=headers)


def _json(content: object) -> Response:
    return Response(json.dumps(content), mimetype="application/json")


@pytest.fixture
def hub(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A Hub on loopback, and an environment in which it is the only one."""
    from huggingface_hub import constants

    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "*")
    monkeypatch.setenv("HF_ENDPOINT", httpserver.url_for("").rstrip("/"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    # The library reads these variables once, when it is first imported.
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
    hub = Hub()
    httpserver.expect_request(re.compile("/.*")).respond_with_handler(hub)
    yield hub


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "parts"


@pytest.fixture
def fetch(folder: Path):
    def fetch(repo: str = REPO, revision: str = "main", files: list[str] = PATTERNS) -> Retrieved:
        return download_hub(repo, revision, files, folder, setting=SETTING)

    return fetch


def problem_of(fetch, **arguments: object) -> str:
    with pytest.raises(Problem) as caught:
        fetch(**arguments)
    return str(caught.value)


# --- what arrives -----------------------------------------------------------------------------


def test_the_files_are_those_of_the_commit(hub: Hub, fetch, folder: Path) -> None:
    retrieved = fetch()
    assert retrieved.origin == {
        "kind": "hub",
        "repo": REPO,
        "revision": "main",
        "commit": COMMIT,
    }
    assert [file.name for file in retrieved.files] == ["data/test-0.parquet", "data/test-1.parquet"]
    for file in retrieved.files:
        assert (folder / file.name).read_bytes() == FILES[file.name]
        assert file.size == len(FILES[file.name])
        assert file.sha256 == hashlib.sha256(FILES[file.name]).hexdigest()
    assert not (folder / "README.md").exists()


def test_every_pattern_may_be_a_path_and_none_gives_a_file_twice(hub: Hub, fetch) -> None:
    retrieved = fetch(files=["README.md", "*", "data/test-0.parquet"])
    assert [file.name for file in retrieved.files] == sorted(FILES)


def test_what_is_there_is_not_fetched_again(hub: Hub, fetch) -> None:
    first = fetch()
    assert sorted(hub.fetched) == ["data/test-0.parquet", "data/test-1.parquet"]
    assert fetch() == first
    assert len(hub.fetched) == 2


def test_after_a_failure_only_the_rest_is_fetched(hub: Hub, fetch) -> None:
    hub.refusals = {"resolve/.*test-1": (403, "")}
    assert "(403)" in problem_of(fetch)
    hub.refusals = {}
    fetch()
    assert hub.fetched == ["data/test-0.parquet", "data/test-1.parquet"]


@pytest.mark.parametrize("name", ["README.md", "data/test-0.parquet"])
def test_a_file_that_was_changed_is_fetched_again(hub: Hub, fetch, folder: Path, name: str) -> None:
    first = fetch(files=["*"])
    (folder / name).write_bytes(b"half")
    assert fetch(files=["*"]) == first
    assert (folder / name).read_bytes() == FILES[name]


def test_the_token_of_the_environment_is_sent_and_never_said(
    hub: Hub, fetch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    monkeypatch.setenv("HF_TOKEN", "hf_sesame")
    retrieved = fetch()
    assert hub.tokens == {"Bearer hf_sesame"}
    hub.refusals = {"/api/": (403, "GatedRepo")}
    assert "sesame" not in problem_of(fetch) + caplog.text + str(retrieved)


def test_without_a_token_none_is_looked_for(
    hub: Hub, fetch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from huggingface_hub import constants

    (tmp_path / "token").write_text("hf_of_another_program")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    fetch()
    assert hub.tokens == {None}


# --- what goes wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "code", "said"),
    [
        ("/api/", 404, "RepoNotFound", f"There is no data set {REPO} on the Hub, or it is private"),
        ("/api/", 404, "", f"There is no data set {REPO} on the Hub, or it is private (404)"),
        (
            "/api/",
            401,
            "RepoNotFound",
            "(401): check its name, ask for access on its page, set HF_",
        ),
        ("/api/", 401, "", "set HF_TOKEN in the environment"),
        ("/api/", 403, "", "set HF_TOKEN in the environment"),
        ("/api/", 404, "RevisionNotFound", f"no revision main: correct {SETTING}.revision"),
        ("/api/", 503, "", "The Hub answers 503: run again later"),
        ("resolve", 401, "GatedRepo", "(401): check its name, ask for access on its page, set HF_"),
        ("resolve", 403, "GatedRepo", "(403): check its name, ask for access on its page, set HF_"),
        ("resolve", 403, "", "(403): check its name, ask for access on its page, set HF_"),
    ],
)
def test_a_refusal_says_what_to_do(
    hub: Hub, fetch, path: str, status: int, code: str, said: str
) -> None:
    hub.refusals = {path: (status, code)}
    message = problem_of(fetch)
    assert said in message
    assert REPO in message
    assert message.endswith(f"(revision main) into a folder and set {SETTING} to it.")
    assert "\n" not in message


def test_a_pattern_without_a_file(hub: Hub, fetch) -> None:
    message = problem_of(fetch, files=["*.md", "test/*.csv"])
    assert f"{REPO} has no file test/*.csv at revision main, it has README.md, data/" in message
    assert f"correct {SETTING}.files" in message
    assert hub.fetched == []


def test_a_name_that_cannot_be(hub: Hub, fetch) -> None:
    message = problem_of(fetch, repo="a//b")
    assert f"'a//b' is not the name of a data set on the Hub: correct {SETTING}.hub" in message


def test_files_that_are_there_do_not_stand_in_for_a_hub_that_is_not(
    hub: Hub, fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{closed.getsockname()[1]}")
        message = problem_of(fetch)
    assert message == (
        f"The Hub cannot be reached: put the files of {REPO} (revision main) into a folder and set"
        f" {SETTING} to it."
    )


def test_a_user_who_is_offline_stays_so(hub: Hub, fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "while HF_HUB_OFFLINE is set: unset it and run again, or put" in problem_of(fetch)
    assert hub.tokens == set()


def test_content_that_is_not_the_commit_s_is_refused_and_removed(
    hub: Hub, fetch, folder: Path
) -> None:
    name = "data/test-0.parquet"
    hub.sent = {name: FILES[name][::-1]}
    assert f"What the Hub sends as {name} is not what it lists: run again" in problem_of(fetch)
    assert not (folder / name).exists()


def test_another_server_than_the_hub(httpserver: HTTPServer, hub: Hub, fetch) -> None:
    httpserver.clear()
    httpserver.expect_request(re.compile("/.*")).respond_with_data("<html>Sign in</html>")
    assert "not come from the Hub, or is malformed: check HF_ENDPOINT" in problem_of(fetch)


def test_a_truncated_transfer(hub: Hub, fetch, folder: Path) -> None:
    """The file that is listed has more bytes than the one that is sent."""
    name = "data/test-1.parquet"
    hub.sent = {name: FILES[name][:100]}
    assert "run again" in problem_of(fetch)
    assert not (folder / name).exists()
    hub.sent = {}
    fetch()
    assert (folder / name).read_bytes() == FILES[name]


@pytest.mark.parametrize("name", ["../outside.parquet", "/outside.parquet"])
def test_a_name_that_leads_out_of_the_folder_is_refused(
    hub: Hub, fetch, folder: Path, name: str
) -> None:
    hub.files = {name: b"content"}
    assert f"names a file {name}, which lies outside" in problem_of(fetch, files=["*"])
    assert not list(folder.parent.rglob("outside*"))


def test_a_folder_that_cannot_be_made(hub: Hub, fetch, folder: Path) -> None:
    folder.write_text("a file")
    assert f"Cannot write {folder} (" in problem_of(fetch)


# --- the job ----------------------------------------------------------------------------------


def run_job(folder: Path, source: dict[str, object], **environment: str):
    names = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    inherited = {name: value for name, value in os.environ.items() if name not in names}
    return subprocess.run(
        [sys.executable, "-c", JOB, str(SCRIPT), str(folder), json.dumps(source)],
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_job_goes_online_of_itself_and_only_then(hub: Hub, tmp_path: Path) -> None:
    source = {"url": None, "hub": REPO, "revision": "main", "files": PATTERNS}
    done = run_job(tmp_path, source, HF_HUB_OFFLINE="1")
    assert done.returncode == 1
    said = (tmp_path / "job.log").read_text(encoding="utf-8")
    assert "The Hub is not asked while HF_HUB_OFFLINE is set" in said
    assert "Traceback" not in said + done.stderr
    done = run_job(tmp_path, source)
    assert (done.returncode, done.stderr) == (0, "")
    files = [p for p in (tmp_path / "naturalbench").rglob("*") if p.is_file()]
    found = {p.relative_to(tmp_path / "naturalbench").as_posix() for p in files}
    assert found == {"data/test-0.parquet", "data/test-1.parquet", RECORD}
    record = json.loads((tmp_path / "naturalbench" / RECORD).read_text(encoding="utf-8"))
    assert (record["commit"], sorted(record["files"])) == (COMMIT, sorted(found - {RECORD}))
    assert not (tmp_path / ".parts").exists()
