"""Snakemake's command line, run in forks of a process that has loaded its libraries.

More than half of what a dry run takes is the start of Python and the loading of Snakemake, pandas
and our configuration. Tests run Snakemake more than a hundred times, so one process loads all that
once, and a copy of it (a fork) takes over for each command line: working directory, arguments,
environment and output are its own, and it ends with it.

    python tests/workflow/warm.py

reads requests from standard input and answers on standard output, both as lines of JSON, until the
input ends.
"""

import gc
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

SECONDS_TO_END = 1200

LOADED = (
    "snakemake.cli",
    "snakemake.report.html_reporter",
    "nbformat",
    "smart_open",
    "snakemake_logger_plugin_spuriverse",
    "spuriverse.config",
    "spuriverse.workflow",
    "pandas",
)
"""What Snakemake and our Snakefile load in any case; the rest is loaded by whoever needs it."""


def run_snakemake(
    arguments: Sequence[str], folder: Path, library: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `python -m snakemake` to its end, in the environment that the test has made.

    Args:
        arguments: Of the command line, after `snakemake`.
        folder: In which it runs.
        library: The folder of our package, if it is another than the one under test.

    Raises:
        subprocess.TimeoutExpired: It took longer than `SECONDS_TO_END`; it is killed.
    """
    environment = dict(os.environ)
    if library is not None:
        environment["PYTHONPATH"] = str(library)
    with tempfile.TemporaryDirectory() as outputs:
        streams = [f"{outputs}/stdout", f"{outputs}/stderr"]
        request = [list(arguments), str(folder), environment, *streams]
        server = _server(environment.get("PYTHONPATH", ""))
        assert server.stdin is not None and server.stdout is not None
        server.stdin.write(json.dumps(request) + "\n")
        server.stdin.flush()
        if not select.select([server.stdout], [], [], SECONDS_TO_END)[0]:
            os.killpg(server.pid, signal.SIGKILL)
            _server.cache_clear()
            raise subprocess.TimeoutExpired(["snakemake", *arguments], SECONDS_TO_END)
        code = json.loads(server.stdout.readline())
        said = [Path(stream).read_text(encoding="utf-8") for stream in streams]
    return subprocess.CompletedProcess(["snakemake", *arguments], code, *said)


@cache
def _server(python_path: str) -> subprocess.Popen[str]:
    """The process with the libraries of a path; it ends when this process does."""
    return subprocess.Popen(
        [sys.executable, __file__],
        env={**os.environ, "PYTHONPATH": python_path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def main() -> None:
    """Load, and answer every request with the exit status of a fork that does it."""
    for name in LOADED:
        import_module(name)
    # What is there already is not looked through in every fork, which would copy it.
    gc.collect()
    gc.freeze()
    while line := sys.stdin.readline():
        child = os.fork()
        if child == 0:
            _become_snakemake(*json.loads(line))
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become_snakemake(
    arguments: list[str], folder: str, environment: dict[str, str], stdout: str, stderr: str
) -> None:
    """Go on as if `python -m snakemake` had been typed in a folder."""
    for number, path in enumerate([os.devnull, stdout, stderr]):
        opened = os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path[0] = folder
    sys.argv[1:] = arguments
    runpy.run_module("snakemake", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
