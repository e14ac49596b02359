"""Images within the workflow: killed between two of them, without a candidate, at paper scale."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from checkout import SMOKE, Checkout
from PIL import Image
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

GROUPS = "results/smoke/groups/groups.parquet"


@pytest.fixture
def finished(smoke: Checkout, tmp_path: Path) -> Checkout:
    """A copy of the finished run."""
    return smoke.copy_to(tmp_path / "checkout")


class Studio:
    """Makes images of noise, and stops at one of them until it is let go."""

    def __init__(self, stop_at: int) -> None:
        self.stop_at = stop_at
        self.asked: Counter[tuple[str, str]] = Counter()
        self.reached = threading.Event()
        self.go = threading.Event()
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Response:
        with self._lock:
            self.asked[request.form["prompt"], request.form["seed"]] += 1
            number = self.asked.total()
        if number == self.stop_at:
            self.reached.set()
            self.go.wait(120)
        rng = np.random.default_rng(number)
        small = Image.fromarray(rng.integers(0, 255, (8, 12, 3), dtype=np.uint8))
        file = BytesIO()
        small.resize((96, 64)).save(file, "PNG")
        return Response(file.getvalue(), content_type="image/png")


@pytest.fixture
def studio() -> Iterator[tuple[Studio, str]]:
    with HTTPServer(host="127.0.0.1", threaded=True) as http:
        studio = Studio(stop_at=6)
        http.expect_request("/stable-image/generate/ultra").respond_with_handler(studio.answer)
        yield studio, http.url_for("")
        studio.go.set()


def overlay(checkout: Checkout, **settings: object) -> tuple[str, ...]:
    (checkout.folder / "overlay.yaml").write_text(yaml.safe_dump(settings))
    return (SMOKE, "overlay.yaml")


def test_killed_between_two_images_the_workflow_asks_for_no_image_twice(
    finished: Checkout, studio: tuple[Studio, str]
) -> None:
    service, url = studio
    synthesis = {
        "backend": "remote",
        "images_per_group": 2,
        "fresh_images_per_group": 0,
        "pairs": "independent",
        "gates": {"attribute": "none"},
        "remote": {
            "model": "ultra",
            "base_url": url,
            "api_key_env": None,
            "concurrency": 1,
            "usd_per_image": 0.1,
        },
    }
    overlays = overlay(finished, synthesis=synthesis)
    finished.kill_when(service.reached, GROUPS, overlays=overlays)
    assert service.asked.total() == len(service.asked) == 6
    assert not (finished.folder / GROUPS).exists(), "no groups of half the images"
    service.go.set()
    done = finished.run(GROUPS, overlays=overlays)
    assert done.returncode == 0, done.stderr[-4000:]
    groups = pd.read_parquet(finished.folder / GROUPS)
    assert len(groups) == 2 * 2 * groups["candidate_id"].nunique()
    for path in groups["image"]:
        Image.open(finished.folder / path).load()
    again = sum(n - 1 for n in service.asked.values())
    assert again == 1, "what was under way is asked for again, and no other"


def test_without_a_candidate_the_workflow_ends_with_a_sentence(finished: Checkout) -> None:
    nothing = {"false_discovery_rate": 1e-12, "minimum_effect": 1.0, "least_attributes": 0}
    overlays = overlay(finished, curation=nothing)
    done = finished.run(GROUPS, overlays=overlays)
    assert done.returncode != 0
    assert "so there is no candidate; train the source model longer" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_paper_s_scale_is_planned_without_a_network(
    new_checkout: Callable[[], Checkout],
) -> None:
    planned = new_checkout().run("-n", overlays=("config/paper.yaml", "config/own-types.yaml"))
    assert planned.returncode == 0, planned.stderr[-4000:]
    wanted = ("synthesise_groups", "tabulate_synthesis", "verify_candidates", "plot_main_results")
    for rule in wanted:
        assert f"{rule} " in planned.stdout + planned.stderr
