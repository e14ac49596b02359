"""Money: what will be spent, what was, and a run that stops before it is too much."""

import json
import runpy
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from spuriverse.models import ModelSpec
from spuriverse.models import Server as RemoteServer
from spuriverse.models.remote import (
    RemoteModel,
    ResponseStore,
    answer_remotely,
    estimate_cost,
    image_part,
    user_message,
)
from spuriverse.models.remote.prices import Prices, dollars, guess_tokens
from spuriverse.problems import Problem
from spuriverse.tables import arrow_schema, write_table

SCRIPTS = Path(__file__).parents[4] / "scripts"
OPTIONS = ["red", "green", "blue", "grey"]
laws = settings(deadline=None, derandomize=True, max_examples=50)


class Server:
    """Replies at a price, and counts what it was asked."""

    def __init__(self, http: HTTPServer) -> None:
        self.url = http.url_for("/v1")
        self.asked = 0
        self.usage: dict[str, int] | None = {"prompt_tokens": 100, "completion_tokens": 50}
        self.choices: list[Any] | None = None
        self._lock = threading.Lock()
        rule = http.expect_request("/v1/chat/completions", method="POST")
        rule.respond_with_handler(self.answer)

    def answer(self, request: Request) -> Response:
        with self._lock:
            self.asked += 1
        message = {"role": "assistant", "content": "The answer is (B)."}
        choices = [{"index": 0, "finish_reason": "stop", "message": message}]
        body = {"choices": choices if self.choices is None else self.choices, "usage": self.usage}
        return Response(json.dumps(body), content_type="application/json")


@pytest.fixture
def server(loopback: HTTPServer) -> Server:
    loopback.clear()
    return Server(loopback)


@pytest.fixture
def spec(server: Server, tmp_path: Path) -> ModelSpec:
    asked = RemoteServer(
        model="big",
        base_url=server.url,
        store=str(tmp_path / "replies.sqlite"),
        max_tokens=100,
        price_in=1_000.0,
        price_out=2_000.0,
    )
    return ModelSpec("gpt", server=asked)


@pytest.fixture
def make_model(spec: ModelSpec) -> Callable[..., RemoteModel]:
    def make(**changes: Any) -> RemoteModel:
        settings = {
            "name": spec.name,
            **asdict(spec.server),
            "retries": 0,
            "concurrency": 4,
            **changes,
        }
        return RemoteModel(**settings)

    return make


@pytest.fixture
def samples(tmp_path: Path) -> pd.DataFrame:
    image = tmp_path / "image.png"
    Image.new("RGB", (300, 100), (200, 10, 10)).save(image)
    rows = [
        {
            "sample_id": f"s-{number}",
            "image": str(image),
            "question": f"Question {number}: what colour?",
            "options": OPTIONS,
            "answer": 0,
        }
        for number in range(20)
    ]
    return pd.DataFrame(rows)


class Named(dict):
    """The named entries of a job: `input.samples`, or `input.get("types")`."""

    __getattr__ = dict.__getitem__


def test_images_and_the_second_paper_are_estimated_too(
    server, spec, samples, tmp_path, capsys
) -> None:
    whole = samples.assign(benchmark="spubench", category="background", attributes=[[]] * 20)
    write_table(whole, tmp_path / "questions.parquet", "samples")
    empty = dict.fromkeys(arrow_schema("candidates").names, "")
    row = empty | {
        "predicted": "red",
        "annotator": "gpt",
        "attribute": "background:sand",
        "kind": "background",
        "status": "accepted",
    }
    rows = [row | {"candidate_id": f"c-{n}", "sample_id": f"s-{n}"} for n in range(3)]
    write_table(pd.DataFrame(rows), tmp_path / "candidates.parquet", "candidates")
    job = SimpleNamespace(
        input=Named(
            candidates=tmp_path / "candidates.parquet", spubench=tmp_path / "questions.parquet"
        ),
        output=Named(table=tmp_path / "tables/cost.csv"),
        params=Named(
            images={"model": "ultra", "per_candidate": 20, "usd_per_image": 0.25},
            verifying=[],
            specs=[],
            spubench=[spec.as_params()],
            spubench_strategies=["direct", "guiding"],
            limit=None,
            seed=0,
        ),
    )
    main = runpy.run_path(str(SCRIPTS / "estimate_cost.py"))["main"]
    main(job)
    table = pd.read_csv(tmp_path / "tables/cost.csv").set_index("purpose")
    assert table.loc["images", ["model", "requests", "usd"]].tolist() == ["ultra", 60, 15.0]
    assert table.loc["spubench", ["model", "requests"]].tolist() == ["gpt", 40]
    assert "In all:" in capsys.readouterr().out
    assert server.asked == 0


COST = (100 * 1_000 + 50 * 2_000) / 1e6
"""Of one request to the server: 0.2 USD."""


def answer(model: RemoteModel, samples: pd.DataFrame) -> pd.DataFrame:
    return answer_remotely(model, samples)


# --- prices and guesses -----------------------------------------------------------------------


def test_a_price_is_for_a_million_tokens() -> None:
    assert Prices(2.5, 10).usd(1_000_000, 100_000) == 3.5
    assert Prices(0, 0).usd(10, 10) == 0
    assert Prices(2.5, None).usd(10, 10) is None
    assert Prices(None, 10).usd(10, 10) is None


@pytest.mark.parametrize(
    ("usd", "text"),
    [(0, "0 USD"), (0.05, "0.05 USD"), (0.000012, "0.000012 USD"), (1234.5, "1,234.50 USD")],
)
def test_amounts_for_people(usd: float, text: str) -> None:
    assert dollars(usd) == text


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
@laws
def test_more_text_has_no_fewer_tokens(one: str, other: str) -> None:
    assert guess_tokens([user_message(one + other)]) >= guess_tokens([user_message(one)]) > 0


@pytest.mark.parametrize(
    ("size", "tokens"),
    [((8, 8), 85), ((300, 250), 100), ((1024, 1024), 1399), ((4000, 3000), 1600)],
)
def test_an_image_counts_by_its_pixels(tmp_path: Path, size: tuple[int, int], tokens: int) -> None:
    path = tmp_path / "image.png"
    Image.new("RGB", size).save(path)
    with_image = guess_tokens([user_message("What?", image_part(path))])
    assert with_image - guess_tokens([user_message("What?")]) == tokens


# --- before a run -----------------------------------------------------------------------------


def test_an_estimate_asks_nothing_and_makes_no_store(server, spec, samples, tmp_path) -> None:
    cost = estimate_cost(samples, ["direct"], spec)
    (row,) = cost.to_dict("records")
    assert (row["model"], row["requests"], row["already_stored"]) == ("gpt", 20, 0)
    assert row["tokens_in"] > 20 * (85 + 10)
    assert row["tokens_out"] == 20 * 100
    assert row["usd"] == row["usd_at_most"] == pytest.approx(row["tokens_in"] / 1e3 + 4.0)
    assert server.asked == 0
    assert not (tmp_path / "replies.sqlite").exists()


def test_what_is_stored_costs_nothing(spec, samples, make_model) -> None:
    model = make_model()
    before = estimate_cost(samples, ["direct"], spec)
    answer(model, samples[:15])
    after = estimate_cost(samples, ["direct"], spec)
    assert after["already_stored"].tolist() == [15]
    assert after["tokens_in"][0] == pytest.approx(before["tokens_in"][0] / 4, abs=5)
    # By now it is known how long replies are.
    assert after["tokens_out"].tolist() == [5 * 50]
    answer(model, samples)
    done = estimate_cost(samples, ["direct"], spec)
    assert done[["tokens_in", "tokens_out", "usd", "usd_at_most"]].to_numpy().tolist() == [[0] * 4]


def test_the_estimate_finds_exactly_what_the_run_asks(server, spec, samples, make_model) -> None:
    """Questions that recur, and strategies that read the same, are asked once."""
    twice = pd.concat([samples, samples.assign(sample_id=samples["sample_id"] + "b")])
    twice = twice.reset_index(drop=True)
    strategies = ["direct", "direct+shuffle-1", "direct+blind"]
    model = make_model()
    cost = estimate_cost(twice, strategies, spec)
    assert cost["requests"].tolist() == [40]
    for strategy in strategies:
        answer_remotely(model, twice, strategy=strategy)
    assert server.asked == 40


@pytest.mark.parametrize("missing", ["price_in", "price_out"])
def test_without_a_price_there_is_no_sum(spec, samples, missing) -> None:
    unpriced = replace(spec, server=replace(spec.server, **{missing: None}))
    cost = estimate_cost(samples, ["direct"], unpriced)
    assert cost[["usd", "usd_at_most"]].isna().to_numpy().all()
    assert cost["tokens_in"][0] > 0


# --- after a run ------------------------------------------------------------------------------


def test_what_was_spent_is_in_the_store(samples, make_model) -> None:
    model = make_model()
    answer(model, samples)
    (spending,) = ResponseStore(model.store.path).spending()
    assert (spending.model, spending.requests) == ("big", 20)
    assert (spending.prompt_tokens, spending.completion_tokens) == (2_000, 1_000)
    assert spending.usd == model.store.spent() == pytest.approx(20 * COST)


def test_a_server_that_does_not_count_is_paid_by_the_guess(server, samples, make_model) -> None:
    server.usage = None
    model = make_model()
    answer(model, samples)
    assert model.store.spent() > 20 * 85 * 1_000 / 1e6


def test_what_is_no_reply_may_have_its_price(server, samples, make_model) -> None:
    server.choices = []
    model = make_model()
    with pytest.raises(Problem, match="All 20 requests"):
        answer(model, samples)
    assert model.store.spent() == pytest.approx(20 * COST)


# --- a budget ---------------------------------------------------------------------------------


def test_a_run_stops_before_its_budget_is_exceeded(server, samples, make_model) -> None:
    model = make_model(budget_usd=1.5)
    with pytest.raises(Problem) as caught:
        answer(model, samples)
    message = str(caught.value)
    assert "of the budget_usd of 1.50 USD are spent" in message
    assert "the next request to model gpt may cost" in message
    assert "raise budget_usd and run again: replies so far are kept and cost nothing" in message
    assert 0 < model.store.spent() <= 1.5
    # The next one might have been too dear, had it been as long as a reply may be.
    assert model.store.spent() + 0.4 > 1.5
    assert server.asked == round(model.store.spent() / COST)


def test_it_goes_on_with_more_money_and_asks_only_the_rest(server, samples, make_model) -> None:
    with pytest.raises(Problem):
        answer(make_model(budget_usd=1.5), samples)
    responses = answer(make_model(budget_usd=10.0), samples)
    assert set(responses["outcome"]) == {"answered"}
    assert server.asked == 20


def test_what_was_spent_before_counts(server, samples, make_model) -> None:
    answer(make_model(), samples[:10])
    with pytest.raises(Problem, match=r"2\.00 USD of the budget_usd of 2\.00 USD are spent"):
        answer(make_model(budget_usd=2.0), samples)
    assert server.asked == 10
    # What is there already can be had whatever is spent.
    answer(make_model(budget_usd=0.01), samples[:10])


def test_other_models_in_the_store_are_paid_from_the_same_money(samples, make_model) -> None:
    answer(make_model(), samples[:10])
    with pytest.raises(Problem, match="are spent"):
        answer(make_model(name="other", model="other", budget_usd=2.1), samples)


def test_jobs_side_by_side_keep_one_budget(server, samples, make_model) -> None:
    def run(model: RemoteModel) -> str:
        with pytest.raises(Problem) as caught:
            answer(model, samples)
        return str(caught.value)

    models = [make_model(name=name, model=name, budget_usd=3.0) for name in "abc"]
    with ThreadPoolExecutor(3) as jobs:
        said = list(jobs.map(run, models))
    assert all("are spent" in message for message in said)
    assert models[0].store.spent() == pytest.approx(server.asked * COST)
    assert 3.0 - 0.4 < models[0].store.spent() <= 3.0


def test_a_guess_that_was_too_low_is_corrected_by_experience(server, samples, make_model) -> None:
    server.usage = {"prompt_tokens": 5_000, "completion_tokens": 50}
    model = make_model(budget_usd=12.0, concurrency=1)
    with pytest.raises(Problem, match=r"may cost 5\.10 USD"):
        answer(model, samples)
    assert model.store.spent() == pytest.approx(10.2)


def test_money_that_is_only_held_back_is_waited_for(samples, make_model) -> None:
    """Four at a time may cost more than is left, though they do not."""
    model = make_model(budget_usd=20 * COST + 0.2)
    assert set(answer(model, samples)["outcome"]) == {"answered"}


def test_a_budget_without_a_price_cannot_be_kept(make_model) -> None:
    with pytest.raises(Problem, match="gpt has no price, so budget_usd cannot be kept"):
        make_model(price_out=None, budget_usd=1.0)
    make_model(price_in=0.0, price_out=0.0, budget_usd=1.0)
