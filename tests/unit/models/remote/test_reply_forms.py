"""A remote model against the forms of replies and refusals that servers have."""

import json
import sqlite3

import pytest
from chat_server import ask, completion, refusal
from PIL import Image
from werkzeug import Response

from spuriverse.models.remote import (
    RequestFailed,
    image_part,
    user_message,
)
from spuriverse.models.remote.remote_model import SCHEMA_IN_WORDS
from spuriverse.problems import Problem

SCHEMA = {"title": "colour", "type": "object", "properties": {"colour": {"type": "string"}}}


# --- what a server does not take --------------------------------------------------------------


@pytest.mark.parametrize(
    "no",
    [
        refusal(400, "Unknown parameter", param="response_format"),
        refusal(400, "This model does not support response_format json_schema"),
        refusal(422, "Structured output is not supported"),
        Response('{"detail": "Unexpected fields: response_format"}', 422),
    ],
)
def test_a_server_without_schemas_is_told_in_words_from_then_on(
    server, make_model, caplog, no
) -> None:
    server.answers(no, completion("first"), completion("second"))
    model = make_model()
    assert [ask(model, text, json_schema=SCHEMA) for text in ("one", "two")] == ["first", "second"]
    assert ["response_format" in asked for asked in server.asked] == [True, False, False]
    for asked, text in zip(server.asked[1:], ("one", "two"), strict=True):
        words = SCHEMA_IN_WORDS + json.dumps(SCHEMA)
        assert asked["messages"] == [{"role": "user", "content": f"{text}\n\n{words}"}]
    said = [
        record
        for record in caplog.records
        if "does not take response_format" in record.msg % record.args
    ]
    assert len(said) == 1
    assert ask(make_model(), "one", json_schema=SCHEMA) == "first"
    assert len(server.asked) == 3


def test_the_words_stand_below_the_image(server, make_model, tmp_path) -> None:
    path = tmp_path / "image.png"
    Image.new("RGB", (4, 3)).save(path)
    server.answers(refusal(400, param="response_format"), completion("Red."))
    chat = [user_message("What colour?", image_part(path))]
    make_model().complete(chat, json_schema=SCHEMA)
    parts = server.asked[1]["messages"][0]["content"]
    assert [part["type"] for part in parts] == ["image_url", "text", "text"]
    assert len(chat[0]["content"]) == 2


def test_a_reasoning_model_is_asked_as_it_wants_to_be(server, make_model, caplog) -> None:
    server.answers(
        refusal(400, "Use 'max_completion_tokens' instead.", param="max_tokens"),
        refusal(400, "Only the default (1) value is supported.", param="temperature"),
        completion("Red."),
    )
    assert ask(make_model(max_tokens=9)) == "Red."
    assert server.asked[-1].keys() == {"model", "messages", "max_completion_tokens"}
    assert server.asked[-1]["max_completion_tokens"] == 9
    assert "does not take temperature" in caplog.text


def test_a_refusal_for_another_reason_fails_at_once(server, make_model) -> None:
    server.answers(refusal(400, "The image is too large", param="messages"))
    with pytest.raises(RequestFailed, match=r"400: .*The image is too large"):
        ask(make_model(), json_schema=SCHEMA)
    assert len(server.asked) == 1


def test_a_server_that_goes_on_refusing_is_not_asked_for_ever(server, make_model) -> None:
    server.answers(refusal(400, "no response_format", param="response_format"))
    with pytest.raises(RequestFailed, match="the server answered 400"):
        ask(make_model(), json_schema=SCHEMA)
    assert len(server.asked) == 3  # With response_format, with guided decoding, with neither.


# --- forms of replies and refusals that servers have -------------------------------------------

PARTS = [{"type": "thinking", "thinking": "Blue?"}, {"type": "text", "text": "Red"}, {"text": "."}]


@pytest.mark.parametrize(
    "content", [PARTS, ["Red", "."], [{"type": "output_text", "text": "Red."}]]
)
def test_a_content_in_parts_is_the_text_of_its_parts(server, make_model, content) -> None:
    server.answers(completion(content))
    assert ask(make_model()) == "Red."
    assert len(server.asked) == 1


def message(**fields: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "message": {"role": "assistant", **fields}}]}


CALL = {"name": "answer", "arguments": '{"answer": "B"}'}
PART = {"type": "output_text", "text": "B"}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (message(content={"type": "text", "text": "B"}), "B"),
        (message(content=[{"type": "text", "text": {"value": "B"}}]), "B"),
        (message(content={"answer": "B"}), '{"answer": "B"}'),
        (message(content=3), "3"),
        (
            message(content=None, tool_calls=[{"type": "function", "function": CALL}]),
            CALL["arguments"],
        ),
        (message(content="", function_call=CALL), CALL["arguments"]),
        (message(content=None, parsed={"answer": "B"}), '{"answer": "B"}'),
        ({"choices": [{"message": "B"}]}, "B"),
        ({"choices": [{"text": "B", "finish_reason": "stop"}]}, "B"),
        ({"object": "response", "output": [{"type": "message", "content": [PART]}]}, "B"),
        ({"type": "message", "content": [{"type": "text", "text": "B"}]}, "B"),
        ({"message": {"role": "assistant", "content": "B"}, "done": True}, "B"),
    ],
)
def test_a_reply_in_another_place_is_read_and_not_paid_for_twice(
    server, make_model, body, text
) -> None:
    server.answers(Response(json.dumps(body), content_type="application/json"))
    assert ask(make_model()) == text
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "thought",
    [
        {"reasoning_content": "Hm."},
        {"reasoning": "Hm."},
        {"reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]},
        {"content": [{"type": "thinking", "thinking": "Hm."}]},
    ],
)
def test_thoughts_in_any_place_are_no_reply(server, make_model, thought) -> None:
    server.answers(Response(json.dumps(message(**thought)), content_type="application/json"))
    reply = make_model().reply([user_message("What colour?")])
    assert (reply.text, reply.finish_reason) == ("", "empty")
    assert len(server.asked) == 1


def inside(**error: object) -> Response:
    return Response(json.dumps({"error": error}), content_type="application/json")


@pytest.mark.parametrize(
    ("body", "said", "tries"),
    [
        (inside(message="image too large", code=400), "answered 400: .*image too large", 1),
        (inside(message="overloaded", code=503), "answered 503: .*overloaded", 3),
        (inside(message="slow down", code="429"), "answered 429: .*slow down", 3),
        (inside(message="upstream broke"), "answered 500: .*upstream broke", 3),
    ],
)
def test_an_error_with_status_200_is_that_error(server, make_model, body, said, tries) -> None:
    server.answers(body)
    with pytest.raises(RequestFailed, match=said):
        ask(make_model())
    assert len(server.asked) == tries


def test_an_error_with_status_200_that_passes_is_asked_again(server, make_model) -> None:
    server.answers(inside(message="overloaded", code=529), completion("Red."))
    assert ask(make_model()) == "Red."


def test_a_key_refused_with_status_200_meets_every_request(server, make_model) -> None:
    server.answers(inside(message="bad key", code=401))
    with pytest.raises(Problem, match="refuses requests") as caught:
        ask(make_model())
    assert not isinstance(caught.value, RequestFailed)


REFUSALS_OF_TEMPERATURE = [
    refusal(400, "litellm.UnsupportedParamsError: openai does not support parameters:"
            " ['temperature'], for model=big. To drop these, set drop_params=True"),
    Response('{"type": "error", "error": {"type": "invalid_request_error",'
             ' "message": "temperature: Extra inputs are not permitted"}}', 400),
    Response('{"type": "error", "error": {"type": "invalid_request_error",'
             ' "message": "`temperature` is deprecated for this model."}}', 400),
    Response('{"detail": [{"loc": ["body", "temperature"], "msg": "extra fields not permitted"}]}',
             422),
    Response('{"message": "Unknown field: temperature"}', 400),
    Response("temperature is not supported", 400),
]  # fmt: skip


@pytest.mark.parametrize("no", REFUSALS_OF_TEMPERATURE)
def test_a_refused_parameter_is_dropped_in_every_form_of_refusal(
    server, make_model, caplog, no
) -> None:
    server.answers(no, completion("Red."))
    model = make_model()
    assert [ask(model, text) for text in "ab"] == ["Red."] * 2
    assert ["temperature" in asked for asked in server.asked] == [True, False, False]
    assert caplog.text.count("does not take temperature") == 1


def test_what_a_server_refuses_is_remembered_by_the_next_run(server, make_model) -> None:
    server.answers(
        refusal(400, "Unsupported parameter: temperature"),
        refusal(400, "response_format is not supported"),
        refusal(400, "Unrecognized request argument supplied: structured_outputs"),
        completion("Red."),
    )
    assert [ask(make_model(), text, json_schema=SCHEMA) for text in "ab"] == ["Red."] * 2
    assert len(server.asked) == 5
    assert server.asked[-1].keys() == {"model", "messages", "max_tokens"}
    ask(make_model(model="another"), "a", json_schema=SCHEMA)
    assert "temperature" in server.asked[-1]


def test_what_a_server_refused_long_ago_is_tried_again(server, make_model, tmp_path) -> None:
    server.answers(refusal(400, "Unsupported parameter: temperature"), completion("Red."))
    model = make_model()
    ask(model)
    with sqlite3.connect(model.store.path) as database:
        database.execute("UPDATE refused_parameters SET refused = '2020-01-01T00:00:00+00:00'")
    ask(make_model(), "another")
    assert ["temperature" in asked for asked in server.asked] == [True, False, True]


def test_the_extra_body_is_sent_and_dropped_where_refused(server, make_model, caplog) -> None:
    server.answers(refusal(400, "Unrecognized request argument: enable_thinking"), completion("R"))
    model = make_model(extra_body={"enable_thinking": False, "top_k": 1})
    assert ask(model) == "R"
    first, second = server.asked
    assert (first["enable_thinking"], first["top_k"]) == (False, 1)
    assert "enable_thinking" not in second
    assert second["top_k"] == 1
    assert "does not take enable_thinking; from now on it is not sent it" in caplog.text


def test_another_extra_body_is_another_request(server, make_model) -> None:
    server.answers(completion("Red."))
    ask(make_model())
    ask(make_model(extra_body={"enable_thinking": False}))
    assert len(server.asked) == 2


def test_max_completion_tokens_take_the_place_of_max_tokens(server, make_model) -> None:
    server.answers(completion("Red."))
    ask(make_model(max_completion_tokens=77))
    ask(make_model(extra_body={"max_completion_tokens": 78}))
    assert [one.get("max_completion_tokens") for one in server.asked] == [77, 78]
    assert not any("max_tokens" in one for one in server.asked)


def test_a_large_error_is_cut_and_its_image_not_spelled_out(server, make_model, caplog) -> None:
    url = "data:image/png;base64," + "A" * 4_000_000
    server.answers(refusal(422, f"cannot read {url} {'x' * 10_000}"))
    model = make_model()
    with pytest.raises(RequestFailed, match=r"cannot read \[image\]") as caught:
        ask(model)
    (kept,) = model.store.failures().values()
    assert max(len(str(caught.value)), len(kept), len(caplog.text)) < 1_000


def test_what_is_forgotten_is_asked_anew(server, make_model) -> None:
    server.answers(completion("Hm."), completion("Red."))
    model = make_model()
    chat = [user_message("What colour?")]
    assert model.complete(chat) == "Hm."
    model.forget(chat, "invalid")
    assert len(model.store.failures()) == 1
    assert make_model().complete(chat) == "Red."
    assert model.store.failures() == {}
