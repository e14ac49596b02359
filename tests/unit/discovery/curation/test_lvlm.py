"""The vision-language annotator: four steps an error, and bounded repairs."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from annotating import (
    GOOD,
    STEPS,
    ScriptedModel,
    bad_at,
    make_errors,
    reply_well,
    text_of,
)
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from contracts import as_table
from spuriverse.discovery.curation import annotate_with_lvlm
from spuriverse.models.remote import RemoteModel, RequestFailed
from spuriverse.problems import Problem

# --- the four steps ---------------------------------------------------------------------------


def test_a_yes_leads_to_candidates(image: str) -> None:
    model = ScriptedModel(reply_well)
    candidates, verdicts = annotate_with_lvlm(make_errors(image, 2), model)
    candidates = as_table(candidates, "candidates")
    as_table(verdicts, "verdicts")
    assert candidates["candidate_id"].tolist() == ["s-0-1", "s-0-2", "s-1-1", "s-1-2"]
    first, second = candidates.head(2).to_dict("records")
    assert (first["attribute"], first["kind"]) == ("background:green meadow", "background")
    assert second["attribute"] == "co-occurring-objects:wire fence"
    assert first["rationale"] == "Cows graze on meadows."
    assert first["spurious_description"] == "A horse on a green meadow."
    assert first["core_description"] == "A horse on a beach."
    assert json.loads(first["reply"]) == list(GOOD.values())
    assert set(candidates["status"]) == {"proposed"}
    assert set(candidates["annotator"]) == {"scripted"}
    assert set(candidates["predicted"]) == {"cow"}
    assert set(candidates["reviewer"]) == set(candidates["note"]) == {""}
    assert verdicts["verdict"].tolist() == ["yes", "yes"]
    assert set(verdicts["rationale"]) == {"the green meadow speaks for a cow."}
    assert set(verdicts["reply"]) == {GOOD["verdict"]}


def test_a_no_is_the_end_of_it(image: str) -> None:
    model = ScriptedModel(lambda *_: "No. The horse is hardly visible.")
    candidates, verdicts = annotate_with_lvlm(make_errors(image), model)
    assert candidates.empty
    assert verdicts["verdict"].tolist() == ["no"]
    assert verdicts["rationale"].tolist() == ["The horse is hardly visible."]
    assert [step for step, _, _ in model.chats] == ["verdict"]


def test_the_steps_are_one_greedy_chat_about_one_image(image: str) -> None:
    model = ScriptedModel(reply_well)
    annotate_with_lvlm(make_errors(image), model)
    assert [step for step, _, _ in model.chats] == list(STEPS)
    assert {temperature for _, _, temperature in model.chats} == {0}
    _, last, _ = model.chats[-1]
    assert [message["role"] for message in last] == ["user", "assistant"] * 3 + ["user"]
    assert last[0]["content"][0]["image_url"]["url"].startswith("data:image/png;base64,")
    assert [text_of(message) for message in last[1::2]] == list(GOOD.values())[:3]


def test_one_attribute_is_enough_if_one_is_asked_for(image: str) -> None:
    one = {
        step: json.dumps({step: json.loads(GOOD[step])[step][:1]}) if step != "verdict" else "Yes"
        for step in STEPS
    }
    model = ScriptedModel(lambda step, *_: one[step])
    candidates, _ = annotate_with_lvlm(make_errors(image), model, attributes=1)
    assert candidates["candidate_id"].tolist() == ["s-0-1"]


def test_without_errors_the_tables_are_empty(image: str) -> None:
    candidates, verdicts = annotate_with_lvlm(make_errors(image, 0), ScriptedModel(reply_well))
    assert as_table(candidates, "candidates").empty
    assert as_table(verdicts, "verdicts").empty


def test_the_order_is_that_of_the_errors(image: str) -> None:
    errors = make_errors(image, 20)
    errors["question"] = [f"Question {number}?" for number in range(20)]
    first_is_late = threading.Event()

    def script(step: str, again: int, messages: list[dict[str, Any]]) -> str:
        prompt = text_of(messages[0])
        if "Question 0?" in prompt:
            first_is_late.wait(30)
        if "Question 19?" in prompt:
            first_is_late.set()
        return GOOD[step]

    candidates, verdicts = annotate_with_lvlm(errors, ScriptedModel(script))
    assert verdicts["sample_id"].tolist() == errors["sample_id"].tolist()
    assert candidates["sample_id"].tolist() == [s for s in errors["sample_id"] for _ in (1, 2)]


def test_a_missing_image_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="There is no image at"):
        annotate_with_lvlm(make_errors(str(tmp_path / "no.png")), ScriptedModel(reply_well))


# --- replies that are not valid ---------------------------------------------------------------

UNFIT = {
    "verdict": ["Perhaps.", "", "The answer is Yes.", "Yesterday it was green."],
    "attributes": [
        "green meadow and wire fence",
        "",
        '{"attributes": [{"attribute": "green meadow", "expl',
        '{"attributes": []}',
        '{"attributes": [{"attribute": "a meadow", "explanation": "It is."}]}',
        '{"attributes": ["a meadow", "a fence"]}',
        GOOD["attributes"].replace("wire fence", " "),
        GOOD["attributes"].replace("wire fence", ": ."),
        GOOD["attributes"].replace("wire fence", "Green Meadow"),
        GOOD["attributes"].replace("wire fence", "fence " * 30),
        GOOD["attributes"].replace('"explanation"', '"because"'),
        GOOD["attributes"].replace('{"attributes"', '{"note": "", "attributes"'),
        json.dumps(json.loads(GOOD["attributes"])["attributes"]),
    ],
    "kinds": [
        '{"kinds": ["background"]}',
        '{"kinds": ["background", "objects"]}',
        '{"kinds": "background"}',
        '{"kinds": ["background", "shape", "shape"]}',
    ],
    "descriptions": [
        GOOD["descriptions"].replace("A horse on a beach.", ""),
        GOOD["descriptions"].replace("A horse on a beach.", "A horse on a green meadow."),
        '{"descriptions": {"spurious": "a", "core": "b"}}',
        "null",
    ],
}


@pytest.mark.parametrize(("step", "bad"), [(s, bad) for s, all_ in UNFIT.items() for bad in all_])
def test_an_unfit_reply_is_sent_back_with_what_is_wrong(image: str, step: str, bad: str) -> None:
    model = ScriptedModel(bad_at(step, bad))
    candidates, verdicts = annotate_with_lvlm(make_errors(image), model)
    assert verdicts["verdict"].tolist() == ["yes"]
    assert len(candidates) == 2
    assert bad in json.loads(candidates["reply"][0])
    asked = [chat for asked_step, chat, _ in model.chats if asked_step == step]
    assert len(asked) == 2
    *before, said, complaint = asked[1]
    assert before == asked[0]
    assert said == {"role": "assistant", "content": bad or "(nothing)"}
    assert complaint["role"] == "user"
    assert complaint["content"].startswith("Your last reply cannot be used: ")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("repairs", [0, 1, 3])
def test_what_never_becomes_valid_has_failed(image: str, step, repairs, caplog) -> None:
    model = ScriptedModel(bad_at(step, *(f"nonsense {number}" for number in range(99))))
    candidates, verdicts = annotate_with_lvlm(make_errors(image), model, repairs=repairs)
    as_table(verdicts, "verdicts")
    assert candidates.empty
    assert verdicts["verdict"].tolist() == ["failed"]
    assert verdicts["reply"].tolist() == [f"nonsense {repairs}"]
    assert f"no valid reply after {repairs} repairs" in verdicts["rationale"][0]
    assert [asked for asked, _, _ in model.chats].count(step) == repairs + 1
    assert "s-0: no valid reply" in caplog.text
    assert "1 of 1 errors have no verdict of scripted" in caplog.text


def test_the_others_go_on(image: str, caplog) -> None:
    caplog.set_level(logging.INFO)
    errors = make_errors(image, 3)
    errors["question"] = ["fine?", "broken?", "lost?"]

    def script(step: str, again: int, messages: list[dict[str, Any]]) -> str:
        prompt = text_of(messages[0])
        if "lost?" in prompt and step == "kinds":
            raise RequestFailed("the server answered 500: out of memory")
        return "nonsense" if "broken?" in prompt else GOOD[step]

    candidates, verdicts = annotate_with_lvlm(errors, ScriptedModel(script))
    assert verdicts["verdict"].tolist() == ["yes", "failed", "failed"]
    assert verdicts["rationale"][2] == "the server answered 500: out of memory"
    assert verdicts["reply"][2] == GOOD["attributes"]
    assert set(candidates["sample_id"]) == {"s-0"}
    assert "3 errors, 1 caused by a spurious correlation, 2 failed" in caplog.text


def test_if_every_request_fails_the_run_has_failed(image: str) -> None:
    def script(*_: Any) -> str:
        raise RequestFailed("the server answered 500: out of memory")

    with pytest.raises(Problem, match="All 2 requests to model scripted failed, the first because"):
        annotate_with_lvlm(make_errors(image, 2), ScriptedModel(script))


# --- with a server ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1", threaded=True) as http:
        yield http


def serve(server: HTTPServer, script: Callable[[str, str], Response]) -> list[str]:
    """Answer by step and question, and note which step was asked."""
    asked: list[str] = []
    server.clear()

    def handle(request: Request) -> Response:
        body = request.get_json()
        form = body.get("response_format")
        step = form["json_schema"]["name"].lower() if form else "verdict"
        asked.append(step)
        return script(step, text_of(body["messages"][0]))

    server.expect_request("/v1/chat/completions", method="POST").respond_with_handler(handle)
    return asked


def completion(text: str) -> Response:
    message = {"role": "assistant", "content": text}
    body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    return Response(json.dumps(body), content_type="application/json")


def remote(server: HTTPServer, tmp_path: Path, **changes: Any) -> RemoteModel:
    how = {"retries": 0, "concurrency": 2, **changes}
    return RemoteModel(
        "gpt",
        model="big",
        base_url=server.url_for("/v1"),
        api_key_env=None,
        store=tmp_path / "replies.sqlite",
        **how,
    )


def test_a_second_run_asks_only_what_failed(image: str, server, tmp_path) -> None:
    errors = make_errors(image, 4)
    errors["question"] = [f"Question {number}?" for number in range(4)]
    down = threading.Event()
    down.set()

    def script(step: str, prompt: str) -> Response:
        if "Question 2?" in prompt and step == "kinds" and down.is_set():
            return Response("{}", 503)
        return completion(GOOD[step])

    asked = serve(server, script)
    _, verdicts = annotate_with_lvlm(errors, remote(server, tmp_path))
    assert verdicts["verdict"].tolist() == ["yes", "yes", "failed", "yes"]
    assert "the server answered 503" in verdicts["rationale"][2]
    assert len(asked) == 15
    down.clear()
    asked.clear()
    candidates, verdicts = annotate_with_lvlm(errors, remote(server, tmp_path))
    assert verdicts["verdict"].tolist() == ["yes"] * 4
    assert len(candidates) == 8
    assert asked == ["kinds", "descriptions"]


def test_a_refused_key_stops_the_run_and_keeps_what_arrived(image, server, tmp_path) -> None:
    errors = make_errors(image, 9)
    errors["question"] = [f"Question {number}?" for number in range(9)]

    def script(step: str, prompt: str) -> Response:
        return Response("{}", 401) if "Question 1?" in prompt else completion(GOOD[step])

    asked = serve(server, script)
    with pytest.raises(Problem, match="refuses requests for model gpt"):
        annotate_with_lvlm(errors, remote(server, tmp_path, concurrency=1))
    assert asked == [*STEPS, "verdict"]
    asked.clear()
    annotate_with_lvlm(errors.head(1), remote(server, tmp_path))
    assert asked == []
