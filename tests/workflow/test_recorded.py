"""Curation on recorded replies: to the funnel without a service, and onwards with a person."""

import csv
import json
from collections.abc import Callable
from hashlib import sha256

import pandas as pd
import pytest
import yaml
from checkout import Checkout
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from spuriverse.discovery.review import ReviewStore

OVERLAY = "config/mine.yaml"
COLUMNS = "index,question,answer,A,B,C,D,split,prediction,parsed,spuriousAttr,isSpurious,isError"
ROWS = [
    ["9", "What is it?", "A", "cat", "dog", "", "", "train", "(A) cat", "A", "", "0", "0"],
    ["9", "Where is it?", "A", "sea", "land", "", "", "train", "(A) cat", "A", "", "0", "0"],
    ["25", "Qué es?", "B", "mar", "playa", "", "", "train", "(A) mar", "A", "Yes, sand.", "1", "1"],
    ["30", "Is it wet?", "A", "Yes", "No", "", "", "train", "No", "B", "No.", "0", "1"],
    ["34", "Who?", "A", "he", "she", "they", "", "train", "I don't know", "", "", "0", "0"],
    ["36", "Why?", "A", "fun", "work", "", "", "train", "(B) work", "B", "yes: a desk", "1", "1"],
]


def recorded(checkout: Checkout, rows: list[list[str]] = ROWS, **curation: object) -> None:
    """Lay recorded replies to a small A-OKVQA file over the configuration."""
    with (checkout.folder / "meta.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS.split(","), *rows])
    settings = {
        "results": "results/mine",
        "benchmarks": {"world": None, "aokvqa": {"source": "meta.csv"}},
        "models": [{"name": "gpt-4o", "backend": "recorded", "replies": {"aokvqa": "meta.csv"}}],
        "curation": {"source_model": "gpt-4o", "annotator": "recorded", **curation},
    }
    (checkout.folder / OVERLAY).write_text(yaml.safe_dump(settings))


def test_the_funnel_needs_no_service(new_checkout: Callable[[], Checkout]) -> None:
    checkout = new_checkout()
    recorded(checkout)
    done = checkout.run(overlays=(OVERLAY,))
    assert done.returncode == 0, done.stderr[-3000:]
    results = checkout.folder / "results" / "mine"
    funnel = pd.read_csv(results / "tables" / "curation_funnel.csv").set_index("protocol")
    wanted = ["rows", "answered", "abstained", "failed", "correct", "errors", "lvlm_accepted"]
    assert funnel.loc["paper", wanted].tolist() == [6, 5, 1, 0, 2, 3, 2]
    assert funnel.loc["corrected", wanted].tolist() == [6, 4, 1, 1, 1, 3, 2]
    changes = pd.read_csv(results / "tables" / "curation_changes.csv")
    assert changes[["paper", "corrected", "n"]].to_numpy().tolist() == [["correct", "failed", 1]]
    assert (results / "figures" / "curation_funnel.pdf").read_bytes().startswith(b"%PDF")
    again = checkout.run(overlays=(OVERLAY,))
    assert "Nothing to be done" in again.stdout + again.stderr


def test_the_run_waits_for_people_and_goes_on(new_checkout: Callable[[], Checkout]) -> None:
    checkout = new_checkout()
    recorded(checkout, review="human", decisions="reviews/mine.sqlite")
    waits = checkout.run(overlays=(OVERLAY,))
    assert waits.returncode != 0
    said = "Paused: 2 of 2 candidates wait for a decision: run `make review`"
    assert [line.startswith(said) for line in waits.stderr.splitlines()].count(True) == 1
    assert waits.stderr.count("candidates wait") == 1 and "Error" not in waits.stderr
    results = checkout.folder / "results" / "mine"
    annotated = pd.read_parquet(results / "curation" / "annotated.parquet")
    with ReviewStore(checkout.folder / "reviews" / "mine.sqlite") as store:
        first, second = annotated["candidate_id"]
        store.record(first, "ada", "accept", attribute="background:sand", note="sure")
        store.record(second, "ada", "reject")
    goes_on = checkout.run(overlays=(OVERLAY,))
    assert goes_on.returncode == 0, goes_on.stderr[-3000:]
    candidates = pd.read_parquet(results / "curation" / "candidates.parquet")
    assert candidates[["candidate_id", "attribute", "reviewer", "note"]].to_numpy().tolist() == [
        [first, "background:sand", "ada", "sure"]
    ]
    funnel = pd.read_csv(results / "tables" / "curation_funnel.csv")
    assert funnel["human_accepted"].tolist() == [1, 1]
    assert (results / "tables" / "agreement.csv").exists()


def test_a_missing_source_is_one_sentence(new_checkout: Callable[[], Checkout]) -> None:
    checkout = new_checkout()
    recorded(checkout)
    (checkout.folder / "meta.csv").unlink()
    done = checkout.run(overlays=(OVERLAY,))
    assert done.returncode != 0
    assert done.stderr.count("benchmarks.aokvqa.source is meta.csv, which does not exist: put") == 1
    assert "common.smk" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("column", ["prediction", "C"])
def test_a_file_without_a_column_stops_the_run(
    new_checkout: Callable[[], Checkout], column: str
) -> None:
    checkout = new_checkout()
    recorded(checkout)
    path = checkout.folder / "meta.csv"
    path.write_text(path.read_text("utf-8").replace(f",{column},", ",other,", 1), "utf-8")
    done = checkout.run(overlays=(OVERLAY,))
    assert done.returncode != 0
    assert f"meta.csv has no column {column}; it has" in done.stderr
    assert not (checkout.folder / "results/mine/tables/curation_funnel.csv").exists()


# --- sources ----------------------------------------------------------------------------------


def test_a_source_is_fetched_once_and_checked(
    new_checkout: Callable[[], Checkout], httpserver: HTTPServer
) -> None:
    checkout = new_checkout()
    recorded(checkout)
    content = (checkout.folder / "meta.csv").read_bytes()
    (checkout.folder / "meta.csv").unlink()
    httpserver.expect_request("/meta.csv").respond_with_data(content)
    download = {"url": httpserver.url_for("/meta.csv"), "sha256": sha256(content).hexdigest()}
    path = checkout.folder / OVERLAY
    settings = yaml.safe_load(path.read_text())
    settings["benchmarks"]["aokvqa"]["source"] = download
    settings["models"][0]["replies"]["aokvqa"] = download
    path.write_text(yaml.safe_dump(settings))
    done = checkout.run(overlays=(OVERLAY,))
    assert done.returncode == 0, done.stderr[-3000:]
    assert len(httpserver.log) == 1
    results = checkout.folder / "results" / "mine"
    record = json.loads((results / "sources" / "aokvqa" / "source.json").read_text())
    assert download["url"] in json.dumps(record)
    assert len(pd.read_csv(results / "tables" / "curation_funnel.csv")) == 2


def test_without_a_network_it_is_said_what_to_put_where(
    new_checkout: Callable[[], Checkout], httpserver: HTTPServer
) -> None:
    checkout = new_checkout()
    recorded(checkout)
    httpserver.expect_request("/meta.csv").respond_with_data("gone", status=404)
    path = checkout.folder / OVERLAY
    settings = yaml.safe_load(path.read_text())
    url = httpserver.url_for("/meta.csv")
    settings["benchmarks"]["aokvqa"]["source"] = {"url": url, "sha256": "0" * 64}
    path.write_text(yaml.safe_dump(settings))
    done = checkout.run(overlays=(OVERLAY,))
    assert done.returncode != 0
    assert f"Cannot retrieve {url}" in done.stderr
    assert "benchmarks.aokvqa.source" in done.stderr
    assert "Traceback" not in done.stderr


def test_ones_own_questions_are_one_entry(
    new_checkout: Callable[[], Checkout], tiny_jpeg: bytes
) -> None:
    checkout = new_checkout()
    (checkout.folder / "pictures").mkdir()
    (checkout.folder / "pictures" / "é.jpg").write_bytes(tiny_jpeg)
    question = {"image": "é.jpg", "question": "Qué?", "options": ["sí", "no"], "answer": "A"}
    lost = question | {"image": "lost.jpg"}
    lines = "\n".join(json.dumps(row) for row in (question, lost))
    (checkout.folder / "my.jsonl").write_text(lines)
    own = {"source": "my.jsonl", "images": "pictures", "refused_at_most": 0.5}
    settings = {"results": "results/mine", "benchmarks": {"own": {"my-set": own}}}
    (checkout.folder / OVERLAY).write_text(yaml.safe_dump(settings))
    folder = checkout.folder / "results/mine/benchmarks/my-set"
    done = checkout.run("results/mine/benchmarks/my-set/samples.parquet", overlays=(OVERLAY,))
    assert done.returncode == 0, done.stderr[-3000:]
    samples = pd.read_parquet(folder / "samples.parquet")
    assert samples[["image", "question"]].to_numpy().tolist() == [["pictures/é.jpg", "Qué?"]]
    refused = pd.read_parquet(folder / "refused.parquet")
    assert "no image at pictures/lost.jpg" in refused["reason"].item()


# --- an LVLM as annotator ---------------------------------------------------------------------


FORMS = {
    "attributes": [
        {"attribute": "sandy ground", "explanation": "Sand suggests the sea."},
        {"attribute": "bright light", "explanation": "It looks like noon."},
    ],
    "kinds": ["background", "lighting-and-shadows"],
    "descriptions": [{"spurious": "A dog on sand.", "core": "A dog on grass."}] * 2,
}


def reply(request: Request) -> Response:
    """Answer whatever step of the annotation is asked, the JSON ones by their schema."""
    asked = json.loads(request.get_data())
    schema = asked.get("response_format", {}).get("json_schema", {}).get("schema", {})
    form = {name: FORMS[name] for name in schema.get("properties", {})}
    content = json.dumps(form) if form else "Yes, the background misleads."
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
    return Response(json.dumps(body), content_type="application/json")


def test_a_model_behind_an_api_annotates(
    new_checkout: Callable[[], Checkout], httpserver: HTTPServer, tiny_jpeg: bytes
) -> None:
    checkout = new_checkout()
    recorded(checkout, annotator="lvlm", annotator_model="judge")
    images = checkout.folder / "images"
    images.mkdir()
    for row in ROWS:
        (images / f"{int(row[0]):012d}.jpg").write_bytes(tiny_jpeg)
    path = checkout.folder / OVERLAY
    settings = yaml.safe_load(path.read_text())
    settings["benchmarks"]["aokvqa"]["images"] = "images"
    judge = {"name": "judge", "backend": "openai", "model": "m", "api_key_env": None}
    settings["models"].append(judge | {"base_url": httpserver.url_for("/v1")})
    path.write_text(yaml.safe_dump(settings))
    httpserver.expect_request("/v1/chat/completions").respond_with_handler(reply)

    done = checkout.run(overlays=(OVERLAY,))
    assert done.returncode == 0, done.stderr[-3000:]
    asked = len(httpserver.log)
    annotated = pd.read_parquet(checkout.folder / "results/mine/curation/annotated.parquet")
    assert annotated["sample_id"].nunique() == 3
    named = ["background:sandy ground", "lighting-and-shadows:bright light"]
    assert annotated["attribute"].tolist() == named * 3
    assert set(annotated["core_description"]) == {"A dog on grass."}
    assert (annotated["annotator"] == "judge").all()
    assert (annotated["prompt_sha256"].str.len() == 64).all()

    (checkout.folder / "results/mine/curation/annotated.parquet").unlink()
    done = checkout.run(overlays=(OVERLAY,))
    assert done.returncode == 0, done.stderr[-3000:]
    assert len(httpserver.log) == asked > 0
