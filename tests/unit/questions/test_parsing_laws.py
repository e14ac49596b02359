"""What holds for any reply and any options: the order of options and the wrapping do not matter."""

import json
import subprocess
import sys
import textwrap
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.questions import Answer, Outcome, parse_reply

laws = settings(deadline=None, derandomize=True, max_examples=400)

CYRILLIC = ["\u0412 лесу", "\u0421 собакой", "\u0410. Пушкин", "синий"]
KNOWN = [
    *("red", "dark red", "Red wine", "reddish", "yes", "no", "none of the above", "I don't know"),
    *("A-frame house", "I-beam", "a baby carriage", "the moon", "U.S.", "St. John's Bay", "1,000"),
    *(
        "2",
        "-2",
        "12",
        "2.5 m",
        "12:30",
        "+",
        "as a joke",
        "is lazy",
        "because of rain",
        "not moving",
    ),
    *("The man is walking his dog", "école", "ελιά", "蓝色", "כחול", *CYRILLIC),
]
WORD = st.text(st.characters(categories=["L"]), min_size=2, max_size=8)
RANDOM = st.lists(WORD, min_size=1, max_size=3).map(" ".join)


def spelling(option: str) -> str:
    """What the texts of two different options must differ in."""
    return "".join(option.casefold().split()).strip(".")


OFFERS = st.lists(st.sampled_from(KNOWN) | RANDOM, min_size=2, max_size=6, unique_by=spelling)

FORMS = [
    *("{letter}", "({letter})", "{letter}.", "{letter})", "[{letter}]", "Option {letter}"),
    *("({letter}) {text}", "{letter}. {text}", "{letter}: {text}", "{letter}) {text}", "{text}"),
]
WRAPPERS = [
    *("{}", "  {}\n", "**{}**", "*{}*", "__{}__", '"{}"', "'{}'", "\u201c{}\u201d", "`{}`", "{}."),
    *("The answer is {}", "The answer is {}.", "The correct answer is: {}", "**Answer:** {}"),
    *("\\boxed{{{}}}", "$\\boxed{{\\text{{{}}}}}$", "<answer>{}</answer>", "I choose {}."),
    *("The grass is high, as a rule.\n\nFinal answer: {}", "{}\n\nThe light is low here."),
]
BEFORE = ["", "<think>It may be (A), or red; I don't know.</think>\n", "It is (B).</think>"]
ECHOES = [
    "{}",
    "<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n{}<|im_end|>",
    "<s>[INST] {prompt} [/INST] {}</s>",
    "<|start_header_id|>user<|end_header_id|>\n\n{prompt}<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n{}<|eot_id|>",
    "USER: <image>\n{prompt} ASSISTANT: {}",
    "User: {prompt}\nAssistant: {}",
    "<start_of_turn>user\n{prompt}<end_of_turn>\n<start_of_turn>model\n{}<end_of_turn>",
    "system\nYou are a helpful assistant.\nuser\n{prompt}\nassistant\n{}",
]


def prompt_for(options: list[str]) -> str:
    lines = [f"({chr(ord('A') + index)}) {option}" for index, option in enumerate(options)]
    return "\n".join(["Which is it, red or blue?", *lines, "Answer with the letter."])


@st.composite
def wrapped(draw: st.DrawFn) -> tuple[str, list[str], str]:
    """A reply, its options in some order and the text that it chooses."""
    options = draw(OFFERS)
    chosen = draw(st.sampled_from(options))
    options = draw(st.permutations(options))
    letter = chr(ord("A") + options.index(chosen))
    reply = draw(st.sampled_from(FORMS)).format(letter=letter, text=chosen)
    reply = draw(st.sampled_from(BEFORE)) + draw(st.sampled_from(WRAPPERS)).format(reply)
    echo = draw(st.sampled_from(ECHOES))
    return echo.format(reply, prompt=prompt_for(options)), options, chosen


@laws
@given(wrapped())
def test_order_and_wrapping_never_change_the_chosen_text(case: tuple[str, list[str], str]) -> None:
    reply, options, chosen = case
    answer = parse_reply(reply, options)
    assert answer.choice is not None
    assert options[answer.choice] == chosen


@laws
@given(wrapped(), st.data())
def test_a_slot_that_is_empty_keeps_its_letter_and_is_never_chosen(
    case: tuple[str, list[str], str], data: st.DataObject
) -> None:
    reply, options, chosen = case
    emptied = data.draw(st.integers(0, len(options) - 1))
    answer = parse_reply(reply, [*options[:emptied], "", *options[emptied + 1 :]])
    assert answer.choice == (None if options[emptied] == chosen else options.index(chosen))


@laws
@given(OFFERS, st.data())
def test_a_letter_with_the_text_of_another_option_chooses_nothing(
    options: list[str], data: st.DataObject
) -> None:
    first, second = data.draw(st.permutations(range(len(options))))[:2]
    form = data.draw(st.sampled_from(["({}) {}", "{}) {}", "{}: {}", "Answer: ({}) {}"]))
    reply = form.format(chr(ord("A") + first), options[second])
    assert parse_reply(reply, options).choice is None


LIKE_LETTERS = [
    "or B",
    "and A",
    "or a",
    "A",
    "B",
    "the B",
    "not A",
    "red",
    "the red",
    "none of these",
]
MARKED = ["red: or B", "it is (B)", "</think>red", "ASSISTANT: red", "red </s> blue", "B.", "**"]


@laws
@given(
    st.lists(st.sampled_from(LIKE_LETTERS + MARKED), min_size=1, max_size=5),
    st.integers(0, 5),
    st.data(),
)
def test_the_commonest_form_is_read_as_all_others_are(
    options: list[str], letter: int, data: st.DataObject
) -> None:
    """A blank before it sends a reply the long way; option texts may look like letters."""
    text = data.draw(st.integers(0, len(options) - 1) | st.just(min(letter, len(options) - 1)))
    reply = f"({chr(ord('A') + letter)}) {options[text]}"
    answer = parse_reply(reply, options)
    assert answer == parse_reply(f" {reply}", options)
    if letter == text and options[text] in LIKE_LETTERS:
        assert answer == Answer(Outcome.ANSWERED, letter)


PIECES = [
    *(
        "A",
        "(B)",
        "b.",
        "red",
        "answer",
        "is",
        ":",
        "\n",
        "not",
        "(",
        ")",
        "{",
        "\\boxed{",
        "<answer>",
    ),
    *("<think>", "</think>", "[/INST]", "ASSISTANT:", "<|im_end|>", "I don't know", "\u0412", "Ⓑ"),
]


@laws
@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES)).map(" ".join), OFFERS | st.just([]))
def test_any_reply_has_an_outcome(reply: str, options: list[str]) -> None:
    answer = parse_reply(reply, options)
    assert answer.choice is None or 0 <= answer.choice < len(options)
    assert answer.outcome is not Outcome.FAILED


RUNS = ["_", "a_", " ", "\n", "(", "{", ">", ".", ", ", "- ", "\u0315\u0300", "\u200b", "x \n"]
REPETITIONS = [
    *("answer ", "I think ", "(A) ", "A, ", "not A ", "red, ", "yes. ", "because ", "can't "),
    *(
        "<answer>",
        "\\boxed{",
        "\\text{",
        "<think>",
        "</think>",
        "ASSISTANT:",
        "<|im_end|>",
        "user\n",
    ),
]
READ_WITHIN_A_BOUND = """
    import json, resource, sys
    from spuriverse.questions import parse_reply
    resource.setrlimit(resource.RLIMIT_CPU, (40, 40))
    for reply in json.loads(sys.stdin.read()):
        parse_reply(reply, ("red", "blue", "dark green"))
"""


def test_a_runaway_reply_is_read_in_linear_time() -> None:
    """The work is a tenth of the bound; one quadratic pattern would take several times as much."""
    pytest.importorskip("resource")
    replies = [f"x{unit * (300_000 // len(unit))}x" for unit in RUNS]
    replies += [f"x {unit * (70_000 // len(unit))}x" for unit in REPETITIONS]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(READ_WITHIN_A_BOUND)],
        input=json.dumps(replies),
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr


def test_a_reply_of_hundreds_of_pages_is_read_by_its_beginning_and_its_end() -> None:
    step = "The bill is hooked, so (A) is not it; I think of (C), but no.\n"
    reply = f"Answer: (A)\nWait, no.\n{step * 3_500}\nAnswer: (B)"
    assert len(reply) > 200_000
    begun = time.process_time()
    assert parse_reply(reply, ("a duck", "a gull", "a boat")) == Answer(Outcome.ANSWERED, 1)
    assert parse_reply(f"B\n\n{step * 3_500}", ("a duck", "a gull", "a boat")).choice == 1
    assert time.process_time() - begun < 4
