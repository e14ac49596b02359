"""The server is started only where it can serve, and for this machine alone unless asked."""

import logging
import socket
from pathlib import Path

import pytest

from spuriverse.discovery.review.app import serve, server
from spuriverse.problems import Problem


@pytest.fixture
def files(tmp_path: Path) -> dict:
    for name in ("annotated.parquet", "samples.parquet"):
        (tmp_path / name).touch()
    return {
        "annotated": tmp_path / "annotated.parquet",
        "samples": [tmp_path / "samples.parquet"],
        "decisions": tmp_path / "reviews" / "decisions.sqlite",
    }


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines that Streamlit was given, instead of serving."""
    lines: list[list[str]] = []
    monkeypatch.setattr(server, "_run", lines.append)
    return lines


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_it_listens_on_loopback_unless_told_otherwise(files, started, port, capsys) -> None:
    serve(**files, port=port)
    (line,) = started
    assert "--server.address=127.0.0.1" in line
    assert f"--server.port={port}" in line
    assert "--browser.gatherUsageStats=false" in line
    assert line[line.index("--") + 1 :] == [
        f"--annotated={files['annotated']}",
        f"--decisions={files['decisions']}",
        f"--samples={files['samples'][0]}",
    ]
    assert f"The review page is at http://127.0.0.1:{port};" in capsys.readouterr().out
    assert files["decisions"].is_file()


def test_another_host_is_warned_about(files, started, port, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        serve(**files, port=port, host="0.0.0.0")
    assert "listens on 0.0.0.0: whoever reaches this address can review" in caplog.text
    assert len(started) == 1


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.0.7", False),
        ("example.org", False),
    ],
)
def test_loopback_is_told_from_other_addresses(host: str, loopback: bool) -> None:
    assert server.is_loopback(host) is loopback


def test_a_port_that_is_taken_is_a_problem(files, started) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(Problem, match=f"cannot listen on 127.0.0.1, port {taken}"):
            serve(**files, port=taken)
    assert started == []


def test_a_host_of_another_machine_is_a_problem(files, started, port) -> None:
    with pytest.raises(Problem, match=r"cannot listen on 192\.0\.2\.1"):
        serve(**files, port=port, host="192.0.2.1")


@pytest.mark.parametrize("missing", ["annotated.parquet", "samples.parquet"])
def test_a_missing_table_is_a_problem(files, started, port, tmp_path: Path, missing: str) -> None:
    (tmp_path / missing).unlink()
    with pytest.raises(Problem, match=f"There is no table at .*{missing}; run the step"):
        serve(**files, port=port)
    assert started == []


def test_decisions_that_cannot_be_used_are_a_problem(files, started, port) -> None:
    files["decisions"].parent.mkdir()
    files["decisions"].write_text("not a database, but longer than the header of one" * 10)
    with pytest.raises(Problem, match="is not a database of review decisions"):
        serve(**files, port=port)
    assert started == []
