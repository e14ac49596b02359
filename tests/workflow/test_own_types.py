"""A user's own pictures, by the page for them, from errors to types, on loopback servers.

One copy of the project is run six times: up to the candidates, which wait for people; up to the
images, one of which cannot be made; up to the types, while one request fails; to the end, when the
servers are well again; once more; to export the types.
"""

import base64
import hashlib
import io
import json
import re
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from checkout import ROOT, Checkout
from PIL import Image
from pyarrow.parquet import read_table as read_parquet
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from spuriverse.discovery.review import ReviewStore
from spuriverse.tables import read_table

pytestmark = [pytest.mark.workflow, pytest.mark.slow]

PAGE = (ROOT / "docs" / "own-pictures.md").read_text(encoding="utf-8")
OVERLAYS = ("local/own-pictures.yaml", "local/recorded.yaml", "local/loopback.yaml")
RESULTS = "results/own-pictures"
JUDGED = ("attribute", "spurious_description", "core_description")
ANIMALS = ["dog", "cat", "cow"]
ERRORS, ORDINARY, IMAGES, FRESH = 3, 12, 6, 2
SAND, LIGHT, GRASS = (200, 150, 60), (225, 225, 225), (50, 160, 60)
FORMS = {
    "attributes": [
        {"attribute": "sandy ground", "explanation": "Sand suggests a cat."},
        {"attribute": "bright light", "explanation": "Light suggests a cat."},
    ],
    "kinds": ["background", "lighting-and-shadows"],
    "descriptions": [
        {"spurious": "A dog on sand.", "core": "A dog on grass."},
        {"spurious": "A dog in bright light.", "core": "A dog on grass."},
    ],
}


def picture(colour: tuple[int, int, int], *seed: object) -> bytes:
    """An image of one colour with noise of its own."""
    key = int(hashlib.sha256(repr(seed).encode()).hexdigest()[:8], 16)
    noise = np.random.default_rng(key).integers(-30, 30, (8, 12, 1))
    pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).resize((96, 64)).save(content, "PNG")
    return content.getvalue()


def colour_of(content: bytes) -> tuple[int, int, int]:
    """The colour that an image is made of."""
    mean = np.asarray(Image.open(io.BytesIO(content))).mean(axis=(0, 1))
    return min((SAND, LIGHT, GRASS), key=lambda colour: float(np.abs(mean - colour).sum()))


@dataclass
class Services:
    """A model that annotates, one that sand misleads, and one that makes images."""

    fails: bool = True
    sandy: tuple[str, str] | None = None
    broken: bool = True
    unpaid: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    chats: Counter[bytes] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def depict(self, request: Request) -> Response:
        prompt, seed = request.form["prompt"], request.form["seed"]
        with self.lock:
            self.asked["studio"] += 1
            if self.sandy is None and "sand" in prompt:
                self.sandy = prompt, seed
            if self.broken and self.sandy == (prompt, seed):
                self.unpaid += 1
                return Response("{}", 500, content_type="application/json")
        colour = SAND if "sand" in prompt else LIGHT if "light" in prompt else GRASS
        return Response(picture(colour, prompt, seed), content_type="image/png")

    def chat(self, request: Request) -> Response:
        body = json.loads(request.get_data())
        name = body["model"]
        with self.lock:
            self.asked[name] += 1
            self.chats[request.get_data()] += 1
            # What sand shows is one candidate's alone, so that nothing else asks it again.
            if name == "big" and self.fails and colour_of(_seen(body)[1]) == SAND:
                self.fails = False
                return Response("{}", 500, content_type="application/json")
        content = self._looked(body) if name == "big" else self._annotated(body)
        message = {"role": "assistant", "content": content}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
        head = {"id": "1", "object": "chat.completion", "created": 0, "model": name}
        return Response(
            json.dumps({**head, "choices": [choice], "usage": usage}),
            content_type="application/json",
        )

    def _looked(self, body: dict) -> str:
        text, image = _seen(body)
        animal = "cat" if colour_of(image) == SAND else "dog"
        letter = re.search(rf"\(?([A-C])[).] {animal}", text)
        assert letter is not None, text
        return f"Answer: ({letter[1]})"

    def _annotated(self, body: dict) -> str:
        schema = body.get("response_format", {}).get("json_schema", {}).get("schema", {})
        if form := {name: FORMS[name] for name in schema.get("properties", {})}:
            return json.dumps(form)
        text, image = _seen(body)
        if "Does this image show" not in text:
            return "Yes, the background misleads."
        shown = SAND if "sandy ground" in text else LIGHT
        return "Yes." if colour_of(image) == shown else "No."


def _seen(body: dict) -> tuple[str, bytes]:
    parts = {part["type"]: part for part in body["messages"][0]["content"]}
    url = parts["image_url"]["image_url"]["url"]
    return parts["text"]["text"], base64.b64decode(url.partition(",")[2])


@dataclass
class Run:
    """What one run said, and what the services were asked in it."""

    done: subprocess.CompletedProcess[str]
    asked: Counter[str]


@dataclass
class Story:
    """The runs, in their order."""

    results: Path
    services: Services
    paused: subprocess.CompletedProcess[str]
    unmade: list[str]
    flaky: Run
    failed: int
    well: Run
    again: Run
    exported: Run


def blocks(language: str) -> list[str]:
    """The blocks of the page in a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def write_benchmark(folder: Path) -> None:
    """Questions with their images and a model's recorded replies; sand misled it."""
    columns = blocks("csv")[1].splitlines()[0].split(",")
    (folder / "pictures").mkdir()
    rows = []
    for number in range(ERRORS + ORDINARY):
        wrong = number < ERRORS
        options = np.roll(ANIMALS, number).tolist()
        right, chosen = "ABC"[options.index("dog")], "ABC"[options.index("cat" if wrong else "dog")]
        content = picture(SAND if wrong else GRASS, "anchor", number)
        (folder / "pictures" / f"{number}.png").write_bytes(content)
        asked = [f"{number}.png", f"What animal is number {number}?", right, *options]
        rows.append([*asked, number, f"({chosen})", chosen, ""])
    pd.DataFrame(rows, columns=columns).to_csv(folder / "pictures/questions.csv", index=False)


def configure(checkout: Checkout, url: str) -> None:
    """Save the page's files, and one that leads to the loopback servers and asks for little."""
    (checkout.folder / "local").mkdir()
    yamls = blocks("yaml")
    for path, text in zip(OVERLAYS, (yamls[0], yamls[-1]), strict=False):
        assert f"`{path}`" in PAGE
        (checkout.folder / path).write_text(text)
    server = {"backend": "openai", "base_url": f"{url}/v1", "api_key_env": None, "retries": 0}
    server |= {"concurrency": 1, "price_in": 1.0, "price_out": 1.0}
    remote = {"base_url": url, "api_key_env": None, "usd_per_image": 0.01, "retries": 0}
    settings = {
        "models": [
            {"name": "annotator", **server, "model": "judge"},
            {"name": "my-model", **server, "model": "big"},
        ],
        "synthesis": {
            "images_per_group": IMAGES,
            "fresh_images_per_group": FRESH,
            "remote": remote,
        },
        "evaluation": {"non_spurious_per_anchor": 2, "resamples": 100},
    }
    (checkout.folder / OVERLAYS[-1]).write_text(yaml.safe_dump(settings))


def accept_all(folder: Path) -> None:
    """Accept every candidate as it was annotated, as on the page for reviewers."""
    annotated = read_table(folder / RESULTS / "curation/annotated.parquet", "candidates")
    with ReviewStore(folder / "reviews" / "decisions.sqlite") as store:
        for row in annotated.itertuples():
            told = {name: getattr(row, name) for name in JUDGED}
            store.record(row.candidate_id, "ada", "accept", **told)


@pytest.fixture(scope="module")
def story(new_checkout: Callable[[], Checkout]) -> Iterator[Story]:
    checkout, services = new_checkout(), Services()
    write_benchmark(checkout.folder)

    def run(*targets: str) -> Run:
        before = services.asked.copy()
        done = checkout.run(*targets, overlays=OVERLAYS)
        assert done.returncode == 0, done.stderr[-4000:]
        return Run(done, services.asked - before)

    with HTTPServer(threaded=True) as http:
        http.expect_request("/v1/chat/completions").respond_with_handler(services.chat)
        http.expect_request("/stable-image/generate/ultra").respond_with_handler(services.depict)
        configure(checkout, http.url_for(""))
        results = checkout.folder / RESULTS
        paused = checkout.run(f"{RESULTS}/groups/groups.parquet", overlays=OVERLAYS)
        accept_all(checkout.folder)
        run(f"{RESULTS}/groups/groups.parquet")
        records = read_table(results / "groups/image_records.parquet", "image_records")
        services.broken = False
        unmade = records.loc[records["outcome"] == "failed", "group"].tolist()
        flaky = run(f"{RESULTS}/verification/types.parquet")
        responses = read_table(results / "verification/responses.parquet", "responses")
        failed = int((responses["outcome"] == "failed").sum())
        well, again, exported = run(), run(), run("export_dataset")
        yield Story(results, services, paused, unmade, flaky, failed, well, again, exported)


def test_the_page_gives_the_commands_that_are_run_here() -> None:
    command = f"snakemake --cores all --configfile {' '.join(OVERLAYS[:2])}"
    assert command in blocks("sh")[-1]
    assert f"make review CONFIG={OVERLAYS[0]}" in PAGE


def test_the_run_waits_for_people_where_the_page_says_so(story: Story) -> None:
    said = f"Paused: {2 * ERRORS} of {2 * ERRORS} candidates wait for a decision"
    assert said in story.paused.stderr
    assert "candidates\nwait for a decision" in PAGE


def test_what_misleads_the_model_becomes_a_type_and_nothing_else(story: Story) -> None:
    candidates = read_table(story.results / "curation/candidates.parquet", "candidates")
    assert candidates["sample_id"].nunique() == ERRORS
    assert len(candidates) == 2 * ERRORS
    types = read_table(story.results / "verification/types.parquet", "types")
    assert types["attribute"].tolist() == ["background:sandy ground"] * ERRORS
    table = read_table(story.results / "verification/verification.parquet", "verification")
    assert set(table["model"]) == {"my-model"}
    misled = table["candidate_id"].isin(types["candidate_id"])
    assert (table.loc[misled, "gap"] == 1).all()
    assert (table.loc[~misled, "gap"] == 0).all()
    assert (table[["n_core", "n_spurious"]] == IMAGES).all(axis=None)
    funnel = pd.read_csv(story.results / "tables/curation_funnel.csv").set_index("protocol")
    assert funnel.loc["corrected", ["errors", "verified"]].tolist() == [ERRORS, ERRORS]


def test_the_main_table_is_about_these_types(story: Story) -> None:
    rows = pd.read_csv(story.results / "tables/main_results.csv").set_index("subset")
    assert rows["n"].to_dict() == {
        "anchor": ERRORS,
        "spurious": ERRORS * FRESH,
        "non-spurious": 2 * ERRORS,
    }
    assert rows["accuracy"].to_dict() == {"anchor": 0, "spurious": 0, "non-spurious": 1}
    for made in ("figures/main_results.pdf", "tables/synthesis_audit.csv", "sheets/index.html"):
        assert (story.results / made).stat().st_size > 0
    shrinkage = pd.read_csv(story.results / "tables/shrinkage.csv")
    assert (shrinkage.loc[shrinkage["candidates"] == "type", "fresh_gap"] == 1).all()


def test_nothing_is_scored_against_the_embedded_world(story: Story) -> None:
    made = {path.stem for path in (story.results / "tables").glob("*.csv")}
    assert not made & {"planted_shortcuts", "discovery", "verification_calibration", "tradeoff"}
    assert not (story.results / "models").exists()


def test_an_image_that_could_not_be_made_is_asked_for_by_the_next_run(story: Story) -> None:
    # The candidates of this attribute share their images.
    assert story.unmade == ["spurious"] * ERRORS
    assert story.flaky.asked["studio"] == 1
    records = read_table(story.results / "groups/image_records.parquet", "image_records")
    assert "failed" not in set(records["outcome"])


def test_what_failed_is_asked_by_the_next_run_and_nothing_else(story: Story) -> None:
    assert story.failed == 1
    assert "Measure every candidate's gap" in story.well.done.stderr
    assert not {"judge", "studio"} & set(story.well.asked)
    assert sorted(story.services.chats.values())[-2:] == [1, 2]
    responses = read_table(story.results / "verification/responses.parquet", "responses")
    assert set(responses["outcome"]) == {"answered"}


def test_a_run_after_that_asks_nothing(story: Story) -> None:
    assert "Nothing to be done" in story.again.done.stdout + story.again.done.stderr
    assert not story.again.asked


def test_the_types_are_exported_for_others(story: Story) -> None:
    assert not story.exported.asked
    anchors = read_parquet(story.results / "dataset/data/anchors.parquet")
    assert anchors["attribute"].to_pylist() == ["background:sandy ground"] * ERRORS
    types = read_table(story.results / "verification/types.parquet", "types")
    assert sorted(anchors["type_id"].to_pylist()) == sorted(types["type_id"])
    groups = read_parquet(story.results / "dataset/data/groups.parquet")
    assert groups.num_rows == ERRORS * 2 * (IMAGES + FRESH)
    card = (story.results / "dataset/README.md").read_text()
    assert "license: unknown" in card and "my-model answers the question better" in card


def test_spending_knows_all_that_was_asked(story: Story) -> None:
    table = pd.read_csv(story.results / "tables/spending.csv").set_index("model")
    asked = story.services.asked
    assert table.loc["annotator", "answered"] == asked["judge"]
    assert table.loc["my-model", "answered"] == asked["big"] - 1
    assert table.loc["my-model", "failed"] == 0
    images = asked["studio"] - story.services.unpaid
    assert table.loc["synthesis.remote", "answered"] == images > 0
    assert table.loc["synthesis.remote", "usd"] == pytest.approx(0.01 * images)
