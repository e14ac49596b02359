"""What each reply chooses; a wrong entry here is a wrong result in every figure."""

from collections.abc import Sequence

import pytest

from spuriverse.questions import Answer, Outcome, parse_reply
from spuriverse.tables import SCHEMAS

COLOURS = ("red", "blue", "dark green", "white")

ANSWERED: list[tuple[str, str]] = [
    ("B", "blue"),
    ("b", "blue"),
    ("b.", "blue"),
    (" B \n", "blue"),
    ("A", "red"),
    ("a", "red"),
    ("a)", "red"),
    ("(B)", "blue"),
    ("[B]", "blue"),
    ("( b )", "blue"),
    ("(B) blue", "blue"),
    ("B. blue", "blue"),
    ("B: blue", "blue"),
    ("B) blue.", "blue"),
    ("B blue", "blue"),
    ("B - blue", "blue"),
    ("(A) red", "red"),
    ("**B**", "blue"),
    ("**(B) blue**", "blue"),
    ("__B__", "blue"),
    ("`B`", "blue"),
    ('"B"', "blue"),
    ("#### B", "blue"),
    ("- B", "blue"),
    ("'B'", "blue"),
    ("**Answer**\n\nB", "blue"),
    ("Answer:\nB", "blue"),
    ("(B) because (A) is wrong", "blue"),
    ("The answer is option (B), not option (A).", "blue"),
    ("A is incorrect, B is incorrect, C is correct", "dark green"),
    ("\\boxed{B}", "blue"),
    ("$\\boxed{\\text{B}}$", "blue"),
    ("The colour follows from the light: \\boxed{(B) blue}", "blue"),
    ("\\boxed{blue}", "blue"),
    ("<answer>B</answer>", "blue"),
    ("Answer: B", "blue"),
    ("Answer:B", "blue"),
    ("Answer - B", "blue"),
    ("Answer B", "blue"),
    ("answer: b", "blue"),
    ("**Answer:** (B)", "blue"),
    ("Option B", "blue"),
    ("Option A", "red"),
    ("The answer is (B).", "blue"),
    ("The answer is B because the sky is clear.", "blue"),
    ("The answer is A because the sky is red.", "red"),
    ("The answer is: A", "red"),
    ("The correct answer is option C.", "dark green"),
    ("The best choice would be D, as the walls are white.", "white"),
    ("The correct option is (D) white", "white"),
    ("The answer to this question is B.", "blue"),
    ("The answer is blue.", "blue"),
    ("The answer is dark green, because of the trees.", "dark green"),
    ("blue", "blue"),
    ("Blue.", "blue"),
    ("  dark  GREEN ", "dark green"),
    ("A blue", "blue"),
    ("It is blue.", "blue"),
    ("The car is blue.", "blue"),
    ("The answer is A. Wait, the answer is B.", "blue"),
    ("It's white", "white"),
    ("I choose B", "blue"),
    ("I would go with (C).", "dark green"),
    ("I'd pick A.", "red"),
    ("I think it's red.", "red"),
    ("I think it's B", "blue"),
    ("B is correct.", "blue"),
    ("A is the right answer.", "red"),
    ("B\n\nThe car looks blue in this light.", "blue"),
    ("B. The car in the picture is parked on a lawn", "blue"),
    ("It looks like (B).", "blue"),
    ("It cannot be seen well, but not (A), so (B)", "blue"),
    ("Not A. Therefore, (C).", "dark green"),
    ("The car stands in a meadow.\nIt has a blue roof.\nAnswer: B", "blue"),
    ("(A) red would be too bright. (C) is the trees.\n\nFinal answer: (B) blue", "blue"),
    ("At first the answer is A.\nFinal Answer: C", "dark green"),
    ("The options are (A) red, (B) blue.\nThe answer is (B).", "blue"),
    ("Looking at the roof.\nSo, B.", "blue"),
    ("<think>Maybe the answer is A.</think>\nB", "blue"),
    ("I'm not sure, but the answer is B.", "blue"),
    ("\uff22", "blue"),
    ("\uff08\uff22\uff09", "blue"),
    ("\uff22\uff0e blue", "blue"),
    ("\u24b7", "blue"),
    ("The answer is \u201cB\u201d.", "blue"),
]
UNPARSED: list[str] = [
    "",
    "   \n",
    "...",
    "42",
    "A car",
    "A car is parked on a meadow.",
    "a red car next to a blue one",
    "The answer is a car.",
    "I see a car.",
    "I",
    "Because",
    "A or B",
    "A, B",
    "A and B",
    "Both (A) and (B)",
    "(A) or (C)",
    "A/B",
    "Answer: A or B",
    "Answer: A, B",
    "The answer is A. The answer is B.",
    "The answer is A.\nThe answer is B.",
    "Answer: red, blue",
    "red and blue",
    "(B) red",
    "Answer: (B) red",
    "(A) is wrong. (B) fits. (C) fits as well.",
    "(A) red\n(B) blue\n(C) dark green\n(D) white",
    "E",
    "(E)",
    "Answer: F",
    "(E) red",
    "The answer is not (B).",
    "It is not red.",
    "I don't think it is red.",
    "The answer is",
    "purple",
    "A: it seems to be a car",
    "Vitamin C",
    "The U.S. flag",
    "The answer is B-movie style.",
    "Option B is wrong.",
    "The answer is neither A nor B.",
    "The answer is a red car",
    "The car is not blue.",
    "Image A shows a car",
    "Ambulance",
    "reddish",
]
ABSTAINED: list[str] = [
    "I don't know",
    "I do not know.",
    "I don\u2019t know.",
    "I'm sorry, I can't help with that.",
    "I\u2019m sorry, but I can\u2019t assist with this request.",
    "I cannot determine the colour.",
    "I can not tell.",
    "The colour cannot be determined from the image.",
    "It is impossible to tell.",
    "I am not sure.",
    "Unsure",
    "I'm unable to view images.",
    "I can't really tell whether it is (A) or (B).",
    "I'm not sure whether the answer is A or B.",
    "As an AI language model, I have no eyes.",
    "There is not enough information in the image.",
    "None of the above.",
    "I apologize, the image is blank.",
    "I'm sorry, I can't help you choose option B.",
    "Unknown.",
    "I cannot choose B",
    "As a language model, I have no eyes.",
    "N/A",
    "I decline to answer.",
]


@pytest.mark.parametrize(("reply", "chosen"), ANSWERED)
def test_answered(reply: str, chosen: str) -> None:
    assert parse_reply(reply, COLOURS) == Answer(Outcome.ANSWERED, COLOURS.index(chosen))


@pytest.mark.parametrize("reply", UNPARSED)
def test_unparsed(reply: str) -> None:
    assert parse_reply(reply, COLOURS) == Answer(Outcome.UNPARSED)


@pytest.mark.parametrize("reply", ABSTAINED)
def test_abstained(reply: str) -> None:
    assert parse_reply(reply, COLOURS) == Answer(Outcome.ABSTAINED)


@pytest.mark.parametrize(
    ("reply", "options", "answer"),
    [
        ("2", ("1", "2", "3"), Answer(Outcome.ANSWERED, 1)),
        ("12", ("1", "2", "3"), Answer(Outcome.UNPARSED)),
        ("I don't know", ("yes", "I don't know"), Answer(Outcome.ANSWERED, 1)),
        ("None of the above", ("yes", "none of the above"), Answer(Outcome.ANSWERED, 1)),
        ("The answer is U.S.", ("U.S.", "U.K."), Answer(Outcome.ANSWERED, 0)),
        ("X", ("A", "X"), Answer(Outcome.ANSWERED, 1)),
        ("B", ("B", "A"), Answer(Outcome.UNPARSED)),
        ("(B)", ("B", "A"), Answer(Outcome.ANSWERED, 1)),
        ("red", ("Red", "red."), Answer(Outcome.UNPARSED)),
        ("the dog", ("a dog", "a cat"), Answer(Outcome.ANSWERED, 0)),
        ("A cat", ("a dog", "a cat"), Answer(Outcome.ANSWERED, 1)),
        ("yes, it is", ("yes", "no"), Answer(Outcome.ANSWERED, 0)),
        ("C", ("yes", "no"), Answer(Outcome.UNPARSED)),
        ("(Z)", tuple(f"option {n}" for n in range(26)), Answer(Outcome.ANSWERED, 25)),
    ],
)
def test_unusual_options(reply: str, options: Sequence[str], answer: Answer) -> None:
    assert parse_reply(reply, options) == answer


@pytest.mark.parametrize("wrong", [(Outcome.ANSWERED, None), (Outcome.ABSTAINED, 0)])
def test_an_answer_has_a_choice_exactly_when_answered(wrong: tuple[Outcome, int | None]) -> None:
    with pytest.raises(ValueError, match="does not go with"):
        Answer(*wrong)


def test_the_outcomes_are_those_of_the_responses_table() -> None:
    (check,) = SCHEMAS["responses"].columns["outcome"].checks
    assert set(check.statistics["allowed_values"]) == set(Outcome)
