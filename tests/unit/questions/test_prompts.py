"""The rendered text of every strategy is pinned: a changed prompt changes the results."""

import string

import pytest

from spuriverse.problems import Problem
from spuriverse.questions import STRATEGIES, Question, Strategy, render_prompt

COLOUR = Question("What colour is the car?", ("red", "blue", "green", "white"), 0)
SNAPSHOTS = {
    "direct": (
        "What colour is the car?\n"
        "(A) red\n"
        "(B) blue\n"
        "(C) green\n"
        "(D) white\n"
        "Answer with the letter of the right option."
    ),
}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_text_is_pinned(strategy: str) -> None:
    assert render_prompt(COLOUR, strategy) == SNAPSHOTS[strategy]


def test_direct_is_the_default() -> None:
    assert render_prompt(COLOUR) == SNAPSHOTS["direct"]


def test_two_options_are_two_lines() -> None:
    assert render_prompt(Question("Is it day?", ("yes", "no"), 0)) == (
        "Is it day?\n(A) yes\n(B) no\nAnswer with the letter of the right option."
    )


def test_without_options_the_text_is_the_question() -> None:
    assert render_prompt(COLOUR, show_options=False) == "What colour is the car?"


@pytest.mark.parametrize("odd", ["costs $5?", "$question ${options}", "{0} {question}", "%s $$"])
def test_special_characters_are_kept(odd: str) -> None:
    prompt = render_prompt(Question(odd, (odd, "no"), 0))
    assert prompt.startswith(f"{odd}\n(A) {odd}\n(B) no\n")


def test_as_many_options_as_letters() -> None:
    options = tuple(f"option {number}" for number in range(27))
    assert "(Z) option 25\n" in render_prompt(Question("Which?", options[:26], 0))
    with pytest.raises(Problem, match="27 options but there are only 26 letters"):
        render_prompt(Question("Which?", options, 0))


@pytest.mark.parametrize("show_options", [True, False])
def test_an_unknown_strategy_names_the_closest_and_the_known(show_options: bool) -> None:
    with pytest.raises(Problem, match=r"'dircet' \(did you mean 'direct'\?\); use one of .*direct"):
        render_prompt(COLOUR, "dircet", show_options)


def test_a_strategy_like_no_other_gets_the_list_alone() -> None:
    with pytest.raises(Problem, match=r"strategy 'zzz'; use one of direct"):
        render_prompt(COLOUR, "zzz")


@pytest.mark.parametrize("template", ["$options", "$question $image", "$question costs $5"])
def test_a_template_that_cannot_be_filled_is_refused(template: str) -> None:
    with pytest.raises(Problem, match=r"'new' must use \$question"):
        Strategy("new", template)


def test_strategies_are_named_after_their_files() -> None:
    assert all(strategy.name == name for name, strategy in STRATEGIES.items())
    assert set("".join(STRATEGIES)) <= set(string.ascii_lowercase + "_")
