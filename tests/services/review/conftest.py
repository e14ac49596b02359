"""The review page with a few candidates, served by a process of its own, and a headless browser."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spuriverse.discovery.review import ReviewStore
from spuriverse.tables import write_table
from spuriverse.world import Optics, compose_scene, render_files

HOSTILE = "<img src=x onerror=alert(1)> **bold** $x$ :red[red] [link](javascript:alert(1))"
NUMBER = 6
UNSEEN = 4
"""The candidate whose image is missing."""
ATTACKER = 5
"""The candidate whose every text is hostile."""

SCRIPT = Path(__file__).parents[3] / "scripts" / "review.py"
# What Snakemake does: it runs the rule's script with an object that tells it the job.
SERVE = """
import json, runpy, sys
class Named(dict):
    def __getattr__(self, name):
        if name in self:
            return self[name]
        raise AttributeError(name)
job = json.loads(sys.argv[2], object_hook=Named)
runpy.run_path(sys.argv[1], init_globals={"snakemake": job})
"""


@dataclass
class Example:
    """The tables of a few candidates and the file of the decisions about them."""

    folder: Path
    hostile: str = HOSTILE
    number: int = NUMBER
    unseen: int = UNSEEN
    attacker: int = ATTACKER
    process: subprocess.Popen | None = None
    port: int = field(default_factory=lambda: _free_port())

    @property
    def decisions(self) -> Path:
        return self.folder / "decisions.sqlite"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve the page and wait until it is healthy."""
        job = {
            "rule": "review",
            "log": [str(self.folder / "review.log")],
            "input": {
                "annotated": str(self.folder / "annotated.parquet"),
                "samples": [str(self.folder / "samples.parquet")],
            },
            "params": {
                "decisions": str(self.decisions),
                "host": "127.0.0.1",
                "port": self.port,
            },
        }
        command = [sys.executable, "-c", SERVE, str(SCRIPT), json.dumps(job)]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        give_up = time.monotonic() + 60
        while not _healthy(f"{self.url}/_stcore/health"):
            said = (self.folder / "server.log").read_text()
            assert self.process.poll() is None, said
            assert time.monotonic() < give_up, said

    def end(self, how: signal.Signals) -> int:
        """Send a signal to the server and return its exit code."""
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(timeout=30)

    def standing(self) -> list[tuple[str, str, str]]:
        """The standing decisions: candidate, reviewer and act."""
        with ReviewStore(self.decisions) as store:
            rows = store.decisions()[["candidate_id", "reviewer", "act"]]
        return list(rows.itertuples(index=False, name=None))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _healthy(url: str) -> bool:
    # The pause between two looks is the server's own time to refuse.
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


def _samples(folder: Path) -> pd.DataFrame:
    objects = ["fish", "star", "moon", "ring", "fish", "star"]
    scenes = [
        compose_scene(np.random.default_rng(number), name, ["scene:sea"])
        for number, name in enumerate(objects)
    ]
    images = [folder / f"{number}.png" for number in range(NUMBER)]
    render_files(scenes, images, Optics())
    images[UNSEEN].unlink()
    return pd.DataFrame(
        {
            "sample_id": [f"s-{number}" for number in range(NUMBER)],
            "benchmark": ["world", "world", "easy", "easy", "world", HOSTILE],
            "image": [str(path) for path in images],
            "question": [f"Question {number}?" for number in range(NUMBER - 1)] + [HOSTILE],
            "options": [["anchor", "fish", "star"]] * (NUMBER - 1) + [["anchor", HOSTILE]],
            "answer": [1] * NUMBER,
            "category": "object",
            "attributes": [[] for _ in range(NUMBER)],
        }
    )


def _candidates() -> pd.DataFrame:
    texts = ["A ship needs the sea."] * (NUMBER - 1) + [HOSTILE]
    attributes = ["background:sea"] * 2 + ["shape:round", ""] + ["background:sea", f"x:{HOSTILE}"]
    return pd.DataFrame(
        {
            "candidate_id": [f"c-{number}" for number in range(NUMBER)],
            "sample_id": [f"s-{number}" for number in range(NUMBER)],
            "predicted": "anchor",
            "attribute": attributes,
            "kind": [attribute.partition(":")[0] for attribute in attributes],
            "rationale": texts,
            "annotator": ["made-up"] * (NUMBER - 1) + [HOSTILE],
            "prompt_sha256": "",
            "reply": texts,
            "spurious_description": ["A fish in the sea."] * (NUMBER - 1) + [HOSTILE],
            "core_description": ["A fish on a plate."] * (NUMBER - 1) + [HOSTILE],
            "status": "proposed",
            "reviewer": "",
            "note": "",
        }
    )


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Example]:
    """Six candidates, served."""
    made = Example(tmp_path_factory.mktemp("review"))
    write_table(_samples(made.folder), made.folder / "samples.parquet", "samples")
    write_table(_candidates(), made.folder / "annotated.parquet", "candidates")
    made.start()
    yield made
    if made.process and made.process.poll() is None:
        made.end(signal.SIGKILL)


@pytest.fixture
def visit(browser, example: Example) -> Iterator[Callable]:
    """Return a function that opens the page in a browser context of its own."""
    contexts = []

    def open_page(query: str = ""):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(f"{example.url}/{query}")
        return page

    yield open_page
    for context in contexts:
        context.close()
