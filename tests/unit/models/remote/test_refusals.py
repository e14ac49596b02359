"""A remote model against a server that refuses: filters, keys, quotas, parameters."""

import json
import logging
import socket

import pytest
from chat_server import ask, completion, problem_of, refusal
from werkzeug import Response

from spuriverse.models.remote import (
    RequestFailed,
    user_message,
)
from spuriverse.problems import Problem

SECRET = "sk-a-very-secret-key-0123456789"


# --- content filters --------------------------------------------------------------------------

AZURE = refusal(
    400, "filtered", code="content_filter", innererror={"code": "ResponsibleAIPolicyViolation"}
)
DASHSCOPE = refusal(400, "inappropriate", code="data_inspection_failed")
WRAPPED = refusal(400, "<400> InternalError.Algo.DataInspectionFailed: no", code="400")


def ended(reason: str, text: object = None) -> Response:
    body = json.loads(completion(text).get_data())
    body["choices"][0]["finish_reason"] = reason
    return Response(json.dumps(body), content_type="application/json")


@pytest.mark.parametrize(
    "no", [AZURE, DASHSCOPE, WRAPPED, ended("content_filter"), ended("SAFETY"), ended("refusal")]
)
def test_what_the_filter_withholds_is_an_outcome_and_kept(server, make_model, no) -> None:
    server.answers(no)
    model = make_model()
    for _ in range(2):
        reply = model.reply([user_message("What colour?")])
        assert (reply.text, reply.finish_reason) == ("", "content_filter")
    with pytest.raises(RequestFailed, match="the content filter of the server withheld"):
        ask(model)
    assert len(server.asked) == 1


def test_what_the_filter_lets_through_is_kept(server, make_model) -> None:
    server.answers(ended("content_filter", "The colour is"))
    assert ask(make_model()) == "The colour is"


def test_a_choice_without_a_message_is_no_reply_unless_it_was_withheld(server, make_model) -> None:
    body = '{"choices": [{"finish_reason": "PROHIBITED_CONTENT"}]}'
    server.answers(Response(body, content_type="application/json"))
    assert make_model().reply([user_message("?")]).finish_reason == "content_filter"


# --- what meets every request -----------------------------------------------------------------


@pytest.mark.parametrize("value", [None, "", "  "])
def test_without_a_key_nothing_is_sent(server, make_model, monkeypatch, value) -> None:
    monkeypatch.delenv("A_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("A_KEY", value)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    server.answers(completion("Red."))
    assert "the environment variable A_KEY is not set" in problem_of(
        make_model(api_key_env="A_KEY")
    )
    assert server.asked == []


@pytest.mark.parametrize("value", ["kéy", "two\nlines"])
def test_a_key_that_cannot_be_one(make_model, monkeypatch, value) -> None:
    monkeypatch.setenv("A_KEY", value)
    message = problem_of(make_model(api_key_env="A_KEY"))
    assert "A_KEY holds characters that no key has" in message
    assert value not in message


def test_a_server_without_a_key_is_not_sent_one(server, make_model, monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    server.answers(completion("Red."))
    ask(make_model(api_key_env=None))
    assert SECRET not in str(server.headers)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_named_by_its_variable(server, make_model, monkeypatch, status) -> None:
    monkeypatch.setenv("A_KEY", SECRET)
    server.answers(refusal(status, f"Incorrect API key provided: {SECRET[:9]}***"))
    message = problem_of(make_model(api_key_env="A_KEY"))
    assert f"refuses the key in A_KEY for model gpt (status {status})" in message
    assert SECRET[:9] not in message
    assert len(server.asked) == 1


def test_an_unknown_model(server, make_model) -> None:
    server.answers(refusal(404, "no such model"))
    assert "has no model big (status 404)" in problem_of(make_model())


def test_a_used_up_quota(server, make_model) -> None:
    server.answers(refusal(429, "You exceeded your quota", code="insufficient_quota"))
    assert "The quota of model gpt" in problem_of(make_model())
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_what_is_wrong_is_not_tried_again_even_if_the_server_says_so(
    server, make_model, status
) -> None:
    server.answers(Response("", status, headers={"x-should-retry": "true"}))
    with pytest.raises(Problem):
        ask(make_model())
    assert len(server.asked) == 1


def test_a_dead_server_is_named(make_model) -> None:
    with socket.socket() as taken:
        # Bound but not listening: nobody else gets the port, and nobody answers on it.
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        assert f"at {url} cannot be reached" in problem_of(make_model(base_url=url, retries=0))


@pytest.mark.parametrize(
    "address", ["https://user:{}@example.org/v1", "https://example.org/v1?api_key={}"]
)
def test_a_key_in_the_address_is_refused(make_model, address) -> None:
    with pytest.raises(Problem, match="holds a user name or a password") as caught:
        make_model(base_url=address.format(SECRET))
    assert SECRET not in str(caught.value)


def test_the_key_is_nowhere_but_in_the_header(
    server, make_model, monkeypatch, caplog, tmp_path
) -> None:
    monkeypatch.setenv("A_KEY", SECRET)
    caplog.set_level(logging.DEBUG)
    server.answers(completion("Red."), refusal(400, f"bad request with {SECRET}, sorry"))
    model = make_model(api_key_env="A_KEY")
    ask(model)
    with pytest.raises(RequestFailed, match=r"bad request with \*\*\*, sorry") as caught:
        ask(model, "another")
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"Red." in kept
    for text in (caplog.text, str(caught.value), repr(vars(model))):
        assert SECRET not in text
    assert SECRET.encode() not in kept


@pytest.mark.parametrize("status", [400, 422, 500])
def test_part_of_the_key_is_not_shown_either(server, make_model, monkeypatch, status) -> None:
    monkeypatch.setenv("A_KEY", SECRET)
    server.answers(refusal(status, f"key {SECRET[:12]}*** is out of order"))
    with pytest.raises(RequestFailed, match=r"key \*\*\* is out of order") as caught:
        ask(make_model(api_key_env="A_KEY", retries=0))
    assert SECRET[:12] not in str(caught.value)


def test_a_reply_with_the_key_is_kept_without(server, make_model, monkeypatch) -> None:
    monkeypatch.setenv("A_KEY", SECRET)
    server.answers(completion(f"You sent {SECRET}."))
    assert ask(make_model(api_key_env="A_KEY")) == "You sent ***."


def test_a_dummy_key_changes_no_reply(server, make_model, monkeypatch) -> None:
    monkeypatch.setenv("A_KEY", "EMPTY")
    server.answers(completion("The box is EMPTY."))
    assert ask(make_model(api_key_env="A_KEY")) == "The box is EMPTY."
