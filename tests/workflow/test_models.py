"""An open model and a remote one on the published artefact, through the real workflow.

One copy of the project is run five times: while the server fails at one question, when it is well
again, once more, and with a key that it refuses. A template of its own is edited before that. At
last the open model is asked alone: its errors are collected, and it annotates them itself.
"""

import base64
import hashlib
import io
import json
import os
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.parquet as pq
import pytest
import yaml
from checkout import Checkout
from PIL import Image
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from spuriverse.evaluation import MAIN_COLUMNS
from spuriverse.models.remote import ACCOUNT_COLUMNS
from spuriverse.tables import read_table

OVERLAY = "config/mine.yaml"
RESULTS = "results/mine"
FAMILIES = Path(__file__).parents[1] / "unit" / "models" / "families.py"
KEY = "sk-4f1c0ffee9d2b7a6"
OPTIONS = ["red", "blue", "green", "yellow"]
TYPES, IMAGES, ORDINARY = 4, 2, 30
TABLES = [f"{RESULTS}/tables/{name}.csv" for name in ("main_results", "prompting", "spending")]
LOCAL = [f"results/local/curation/{name}.parquet" for name in ("annotated", "verdicts")]
TOKENS = {"prompt_tokens": 1_000, "completion_tokens": 10, "total_tokens": 1_010}
PRICE = (2.0, 10.0)


@dataclass
class Server:
    """Answers by the image's digest; may fail at the first request, or refuse the key."""

    fails: int = 0
    refuses: bool = False
    asked: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> Response:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.refuses or key != KEY:
            return self._json({"error": {"message": f"Incorrect API key provided: {key}"}}, 401)
        body = json.loads(request.get_data())
        with self.lock:
            self.asked[hashlib.sha256(request.get_data()).hexdigest()] += 1
            self.fails -= 1
            if self.fails >= 0:
                return self._json({"error": {"message": "overloaded"}}, 500)
        image = base64.b64decode(body["messages"][0]["content"][0]["image_url"]["url"][22:])
        letter = "ABCD"[hashlib.sha256(image).digest()[0] % 4]
        message = {"role": "assistant", "content": f"Answer: ({letter})"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        head = {"id": "1", "object": "chat.completion", "created": 0, "model": "big-1"}
        return self._json({**head, "choices": [choice], "usage": TOKENS}, 200)

    @staticmethod
    def _json(body: dict, status: int) -> Response:
        return Response(json.dumps(body), status, content_type="application/json")


@dataclass
class Run:
    """What one run said, what the server was asked in it, and the tables after it."""

    done: subprocess.CompletedProcess[str]
    asked: int
    tables: dict[str, bytes]

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(io.BytesIO(self.tables[f"{name}.csv"]))


@dataclass
class Story:
    """The runs, in their order."""

    checkout: Checkout
    flaky: Run
    well: Run
    again: Run
    edited: str
    refused: Run
    local: subprocess.CompletedProcess[str]


def picture(number: int) -> bytes:
    pixels = np.random.default_rng(number).integers(0, 255, (40, 30 + number % 7, 3), np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


def write_artefact(path: Path) -> None:
    """A small artefact in the published form: anchors of A-OKVQA and their groups."""
    rows = [
        {
            "image_id": str(100 + number),
            "benchmark": "aokvqa",
            "image": {"bytes": picture(number), "path": None},
            "question": "What colour is it?",
            "options": OPTIONS,
            "answer": "ABCD"[number % 4],
            **{
                f"spurious_group_{n}": {"bytes": picture(1_000 + 10 * number + n), "path": None}
                for n in range(1, IMAGES + 1)
            },
        }
        for number in range(TYPES)
    ]
    pq.write_table(arrow.Table.from_pylist(rows), path)


def write_records(folder: Path) -> None:
    """Ordinary questions of A-OKVQA that the source model answered, with their images."""
    (folder / "images").mkdir()
    rows = []
    for number in range(ORDINARY):
        letter = "ABCD"[number % 4]
        answer = dict(zip("ABCD", OPTIONS, strict=True))
        seen = {"prediction": f"({letter})", "parsed": letter, "spuriousAttr": "", "isSpurious": 0}
        row = {"index": 500 + number, "question": "Which colour?", "answer": letter, **answer}
        rows.append({**row, "split": "train", **seen, "isError": 0})
        path = folder / "images" / f"{500 + number:012d}.jpg"
        Image.open(io.BytesIO(picture(number + 50))).save(path, "JPEG")
    pd.DataFrame(rows).to_csv(folder / "meta.csv", index=False)


def write_checkpoint(folder: Path) -> None:
    """A tiny LLaVA with random weights."""
    spec = spec_from_file_location("families", FAMILIES)
    assert spec is not None and spec.loader is not None
    families = module_from_spec(spec)
    spec.loader.exec_module(families)
    families.save_family("llava", folder)


def configure(checkout: Checkout, url: str) -> None:
    remote = {
        "name": "remote",
        "backend": "openai",
        "model": "big",
        "base_url": url,
        "api_key_env": "A_KEY",
        "retries": 0,
        "concurrency": 1,
        "price_in": PRICE[0],
        "price_out": PRICE[1],
    }
    llava = {"name": "open", "backend": "transformers", "checkpoint": "llava", "batch_size": 8}
    source = {"name": "gpt", "backend": "recorded", "replies": {"aokvqa": "meta.csv"}}
    settings = {
        "results": RESULTS,
        "benchmarks": {
            "world": None,
            "spuriverse": {"source": "artefact.parquet"},
            "aokvqa": {"source": "meta.csv", "images": "images"},
        },
        "models": [llava | {"answering": "option_likelihood"}, remote, source],
        "curation": {"source_model": "gpt", "annotator": "recorded"},
        "evaluation": {
            "models": ["open", "remote"],
            "strategies": ["direct", "spurious_aware"],
            "prompting_models": ["remote"],
            "non_spurious_per_anchor": 3,
            "resamples": 100,
            "prompts": "prompts",
            "budget_usd": 10,
        },
    }
    (checkout.folder / OVERLAY).write_text(yaml.safe_dump(settings))


def configure_local(checkout: Checkout) -> str:
    """One open model is source and annotator of questions of one's own; returns the overlay."""
    llava = {"name": "open", "backend": "transformers", "checkpoint": "llava"}
    settings = {
        "results": "results/local",
        "benchmarks": {"world": None, "aokvqa": {"source": "meta.csv", "images": "images"}},
        "models": [llava | {"answering": "letter_logits", "max_new_tokens": 4}],
        "curation": {
            "source_model": "open",
            "annotator": "lvlm",
            "annotator_model": "open",
            "repairs": 0,
        },
    }
    (checkout.folder / "config/local.yaml").write_text(yaml.safe_dump(settings))
    return "config/local.yaml"


@pytest.fixture(scope="module")
def story(new_checkout: Callable[[], Checkout]) -> Iterator[Story]:
    checkout, server = new_checkout(), Server()
    write_artefact(checkout.folder / "artefact.parquet")
    write_records(checkout.folder)
    write_checkpoint(checkout.folder / "llava")
    template = checkout.folder / "prompts" / "direct.txt"
    template.parent.mkdir()
    template.write_text("$question\n$options\nGive the letter.")

    def run() -> Run:
        before = server.asked.total()
        done = checkout.run(*TABLES, overlays=(OVERLAY,))
        folder = checkout.folder / RESULTS / "tables"
        tables = {path.name: path.read_bytes() for path in folder.glob("*")}
        return Run(done, server.asked.total() - before, tables)

    with HTTPServer() as http, pytest.MonkeyPatch.context() as environment:
        http.expect_request("/v1/chat/completions").respond_with_handler(server)
        environment.setenv("A_KEY", KEY)
        configure(checkout, http.url_for("/v1"))
        server.fails = 1
        flaky, well, again = run(), run(), run()
        # Another prompt is another request, so that nothing is in the store.
        template.write_text("$question\n$options\nThe letter alone, please.")
        edited = checkout.run("--dry-run", *TABLES, overlays=(OVERLAY,)).stdout
        server.refuses = True
        refused = run()
        local = checkout.run(*LOCAL, overlays=(configure_local(checkout),))
        yield Story(checkout, flaky, well, again, edited, refused, local)


pytestmark = [pytest.mark.workflow, pytest.mark.slow]


def test_the_main_table_has_both_models(story: Story) -> None:
    assert story.flaky.done.returncode == 0, story.flaky.done.stderr[-4000:]
    table = story.well.table("main_results")
    assert list(table.columns) == list(MAIN_COLUMNS)
    rows = table.set_index(["model", "subset"])
    for model in ("open", "remote"):
        counted = [rows.loc[(model, s), "n"] for s in ("anchor", "spurious", "non-spurious")]
        assert counted == [TYPES, TYPES * IMAGES, 3 * TYPES]
    assert set(table["reference"].dropna()) == {"open"}
    assert {"main_results.md", "main_results.tex"} <= set(story.well.tables)


def test_predictions_say_what_was_asked_and_replied(story: Story) -> None:
    path = story.checkout.folder / RESULTS / "evaluation" / "predictions.parquet"
    table = read_table(path, "predictions")
    rows = {model: part for model, part in table.groupby("model")}
    for _, row in rows["remote"].iterrows():
        content = (story.checkout.folder / row["image"]).read_bytes()
        letter = hashlib.sha256(content).digest()[0] % 4
        assert (row["choice"], row["reply"]) == (letter, f"Answer: ({'ABCD'[letter]})")
        assert row["correct"] == (row["answer"] == letter)
    assert (rows["remote"]["tokens"] == TOKENS["completion_tokens"]).all()
    for _, row in rows["open"].iterrows():
        assert row["choice"] == int(np.argmax(row["option_scores"]))
    assert (table["seconds"] > 0).all()


def test_only_the_models_of_the_prompting_study_are_asked_by_every_strategy(story: Story) -> None:
    table = story.well.table("prompting")
    asked = table.groupby("model")["strategy"].agg(set).to_dict()
    assert asked["remote"] == {"direct", "spurious_aware"}


def test_what_failed_is_asked_again_by_the_next_run_and_nothing_else(story: Story) -> None:
    assert story.flaky.table("main_results")["failed"].sum() == 1
    assert story.well.done.returncode == 0, story.well.done.stderr[-4000:]
    assert "Evaluate remote on anchors" in story.well.done.stderr
    assert "Evaluate open on anchors" not in story.well.done.stderr
    assert story.well.asked == 1
    assert story.well.table("main_results")["failed"].sum() == 0


def test_a_run_after_that_has_nothing_to_do(story: Story) -> None:
    assert "Nothing to be done" in story.again.done.stdout + story.again.done.stderr
    assert story.again.asked == 0
    assert story.again.tables == story.well.tables


def test_after_a_template_is_edited_its_questions_are_asked_again(story: Story) -> None:
    assert "Evaluate remote on anchors" in story.edited
    assert "Evaluate open on anchors" in story.edited
    assert "Adopt the published types" not in story.edited


def test_what_was_spent_is_told(story: Story) -> None:
    questions = 2 * (TYPES + TYPES * IMAGES + 3 * TYPES)
    assert story.flaky.asked == questions
    usd = questions * (PRICE[0] * 1_000 + PRICE[1] * 10) / 1e6
    for run, answered, failed in ((story.flaky, questions - 1, 1), (story.well, questions, 0)):
        table = run.table("spending").set_index("model")
        assert list(table.reset_index().columns) == ACCOUNT_COLUMNS
        for name in ("remote", "total"):
            assert table.loc[name, ["answered", "failed"]].tolist() == [answered, failed]
            assert table.loc[name, "tokens_in"] == 1_000 * answered
            assert table.loc[name, "usd"] == pytest.approx(usd * answered / questions)
    recorded = json.loads((story.checkout.folder / RESULTS / "records/provenance.json").read_text())
    spent = {row["model"]: float(row["usd"]) for row in recorded["spending"]}
    assert spent == {"remote": pytest.approx(usd), "total": pytest.approx(usd)}


def test_a_refused_key_stops_the_run_with_one_sentence(story: Story) -> None:
    done = story.refused.done
    assert done.returncode != 0
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error in ")]
    said = {line.partition(": ")[2] for line in errors}
    assert len(said) == 1, done.stderr[-4000:]
    assert "refuses the key in A_KEY for model remote (status 401)" in said.pop()
    assert "Traceback" not in done.stdout + done.stderr


def test_an_open_model_can_be_source_and_annotator(story: Story) -> None:
    assert story.local.returncode == 0, story.local.stderr[-4000:]
    folder = story.checkout.folder / "results/local/curation"
    responses = read_table(folder / "responses.parquet", "responses")
    assert set(responses["outcome"]) == {"answered"}
    errors = read_table(folder / "errors.parquet", "errors")
    assert 0 < len(errors) < len(responses) == ORDINARY
    verdicts = read_table(folder / "verdicts.parquet", "verdicts")
    assert verdicts["sample_id"].tolist() == errors["sample_id"].tolist()
    assert set(verdicts["annotator"]) == {"open"}
    # Random weights say neither yes nor no, and each error says so on its own.
    assert verdicts["rationale"].str.startswith("no valid reply after 0 repairs").all()


def test_the_key_is_in_no_file_and_no_message(story: Story) -> None:
    for run in (story.flaky, story.well, story.again, story.refused):
        assert KEY not in run.done.stdout + run.done.stderr
    files = [path for path in story.checkout.folder.rglob("*") if path.is_file()]
    looked_into = {path.relative_to(story.checkout.folder).parts[0] for path in files}
    assert {".snakemake", "results", "replies"} <= looked_into
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
    assert os.environ.get("A_KEY") == KEY
