"""A remote model against a server that fails for the moment."""

import threading
import time
from email.utils import formatdate

import pytest
from chat_server import ask, completion, problem_of, refusal
from werkzeug import Request, Response

from spuriverse.models.remote import (
    RequestFailed,
    map_concurrently,
)
from spuriverse.problems import Problem

# --- servers that fail for the moment ---------------------------------------------------------


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_a_passing_failure_is_tried_again(server, make_model, status) -> None:
    server.answers(refusal(status), refusal(status), completion("Red."))
    assert ask(make_model()) == "Red."
    assert len(server.asked) == 3


def test_each_pause_is_about_twice_as_long(server, make_model, clock) -> None:
    server.answers(*[Response("", 500)] * 4, completion("Red."))
    ask(make_model(retries=4))
    assert 0.75 * 15 <= clock.now <= 15


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0.5"}, 0.5),
        ({"retry-after-ms": "40", "Retry-After": "7"}, 0.04),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0),
        ({"Retry-After": "-3"}, 0),
    ],
)
def test_a_server_is_left_alone_as_long_as_it_asks(
    server, make_model, clock, status, headers, seconds
) -> None:
    server.answers(Response("", status, headers=headers), completion("Red."))
    assert ask(make_model()) == "Red."
    assert clock.now == pytest.approx(seconds)


def test_a_date_says_how_long(server, make_model, clock) -> None:
    until = formatdate(time.time() + 100, usegmt=True)
    server.answers(Response("", 429, headers={"Retry-After": until}), completion("Red."))
    ask(make_model())
    assert 90 < clock.now <= 100


@pytest.mark.parametrize("nonsense", ["soon", "", "inf", "nan"])
def test_a_pause_that_is_none_is_chosen_here(server, make_model, clock, nonsense) -> None:
    server.answers(Response("", 429, headers={"Retry-After": nonsense}), completion("Red."))
    ask(make_model())
    assert 0.75 <= clock.now <= 1


def test_a_server_that_wants_a_long_rest_gets_it(server, make_model) -> None:
    server.answers(Response("", 429, headers={"Retry-After": "86400"}))
    assert "accepts no request to model gpt for 86400 s" in problem_of(make_model())
    assert len(server.asked) == 1


def test_a_pause_is_for_all_threads(server, make_model, clock) -> None:
    busy = Response("", 429, headers={"Retry-After": "30"})
    server.answers(busy, completion("Red."))
    model = make_model()
    map_concurrently(lambda text: ask(model, text), "ab", workers=1, desc="asking")
    assert clock.now == pytest.approx(30)


def test_no_more_requests_in_a_minute_than_allowed(server, make_model, clock) -> None:
    server.answers(refusal(500), completion("Red."))
    model = make_model(requests_per_minute=6)
    map_concurrently(lambda text: ask(model, text), "abcd", workers=1, desc="asking")
    # Five requests, the one that failed among them.
    assert clock.now == pytest.approx(40)


def test_what_is_kept_waits_for_nothing(server, make_model, clock) -> None:
    server.answers(completion("Red."))
    model = make_model(requests_per_minute=1)
    assert [ask(model) for _ in range(3)] == ["Red."] * 3
    assert clock.now == 0


def test_a_failure_is_kept_as_a_failure_and_its_request_sent_anew(server, make_model) -> None:
    server.answers(refusal(500, "first"), refusal(500, "second"), completion("Red."))
    model = make_model(retries=0)
    for reason in ("first", "second"):
        with pytest.raises(RequestFailed):
            ask(model)
        (kept,) = model.store.failures().values()
        assert reason in kept
    assert ask(model) == "Red."
    assert model.store.failures() == {}


def test_what_meets_every_request_is_no_failure_of_this_one(server, make_model) -> None:
    server.answers(refusal(401), completion("Red."))
    model = make_model()
    with pytest.raises(Problem):
        ask(model)
    assert model.store.failures() == {}
    # Nor does it keep others from asking.
    assert ask(make_model(sleep=lambda _: pytest.fail("It waits."))) == "Red."


@pytest.mark.parametrize("body", ["<html>Bad gateway</html>", '{"choices": []}', '{"choi'])
def test_what_is_no_reply_is_asked_for_again(server, make_model, body) -> None:
    server.answers(Response(body, content_type="application/json"), completion("Red."))
    assert ask(make_model()) == "Red."


def test_a_lasting_failure_concerns_this_request_and_is_not_kept(server, make_model) -> None:
    server.answers(
        *[Response("out of\nmemory", 500, headers={"retry-after-ms": "1"})] * 3, completion("Red.")
    )
    model = make_model()
    with pytest.raises(RequestFailed, match="the server answered 500: out of memory"):
        ask(model)
    assert ask(model) == "Red."
    assert len(server.asked) == 4


def test_a_reply_that_does_not_come_in_time(server, make_model) -> None:
    answer = threading.Event()

    def late(_: Request) -> Response:
        answer.wait(30)
        return completion("Red.")

    server.answers(late)
    try:
        with pytest.raises(RequestFailed, match=r"no reply within 0.2 s, 1 times"):
            ask(make_model(timeout=0.2, retries=0))
    finally:
        answer.set()


def cut_short(_: Request) -> Response:
    whole = completion("Red.")
    return Response(
        iter([whole.get_data()[:40]]),
        headers={"Content-Length": str(len(whole.get_data()))},
        content_type="application/json",
    )


def test_a_reply_that_is_cut_short(server, make_model) -> None:
    server.answers(cut_short)
    with pytest.raises(RequestFailed, match="the connection broke off"):
        ask(make_model(retries=0))


def test_a_reply_that_is_cut_short_is_asked_for_again(server, make_model) -> None:
    server.answers(cut_short, completion("Red."))
    assert ask(make_model(retries=1)) == "Red."


@pytest.mark.parametrize("content_type", ["application/json", "text/html"])
@pytest.mark.parametrize(
    "body",
    [
        "<html>It works!</html>",
        '{"choices": [{"mess',
        "{}",
        "null",
        "[1]",
        '{"choices": []}',
        '{"choices": {"message": 1}}',
        '{"choices": [{"message": null}]}',
        "",
    ],
)
def test_a_reply_of_another_form(server, make_model, body, content_type) -> None:
    server.answers(Response(body, content_type=content_type))
    with pytest.raises(RequestFailed, match="is not a valid chat completion"):
        ask(make_model())
