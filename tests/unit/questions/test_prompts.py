"""The rendered text of every strategy is pinned: a changed prompt changes the results."""

import string
from pathlib import Path

import pytest

from spuriverse.problems import Problem
from spuriverse.questions import (
    STRATEGIES,
    Question,
    Strategy,
    find_strategy,
    load_strategies,
    parse_reply,
    render_prompt,
)

COLOUR = Question("What colour is the car?", ("red", "blue", "green", "white"), 0)
ASKED = "What colour is the car?\n(A) red\n(B) blue\n(C) green\n(D) white\n"
SNAPSHOTS = {
    "chain_of_thought": ASKED
    + (
        "First say what you see in the picture that bears on the question, then reason step by step"
        ' about the options. End with a last line of its own that reads "Answer: (X)", with the'
        " letter of the right option in place of X."
    ),
    "direct": ASKED + "Answer with the letter of the right option.",
    "explain": ASKED
    + (
        "First name the feature of the thing that settles the question, and one feature of the"
        ' picture that could mislead. End with a last line of its own that reads "Answer: (X)",'
        " with the letter of the right option in place of X."
    ),
    "guiding": ASKED
    + (
        "Go by the thing itself: look for the parts and the outline that belong to it and to"
        " nothing else, and leave aside where it is, how it is lit, and what stands beside it.\n"
        "Answer with the letter of the right option."
    ),
    "no_bias": ASKED
    + (
        "Do not let what is usual decide. That two things are often seen together does not make"
        " one of them the answer here.\n"
        "Answer with the letter of the right option."
    ),
    "spurious_aware": ASKED
    + (
        "Beware of misleading clues: the background, the light, or other things that often appear"
        " together with an answer may be in the picture although that answer is wrong here. Judge"
        " by the thing that the question is about, as this picture shows it, and not by what"
        " usually goes with it.\n"
        "Answer with the letter of the right option."
    ),
}


def write_templates(folder: Path, **templates: str) -> Path:
    for name, text in templates.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def test_every_strategy_has_its_snapshot() -> None:
    assert list(STRATEGIES) == list(SNAPSHOTS)


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
    with pytest.raises(Problem, match=r"strategy 'zzz'; use one of chain_of_thought, direct"):
        render_prompt(COLOUR, "zzz")


@pytest.mark.parametrize("template", ["$options", "$question $image", "$question costs $5"])
def test_a_template_that_cannot_be_filled_is_refused(template: str) -> None:
    with pytest.raises(Problem, match=r"'new' must use \$question"):
        Strategy("new", template)


@pytest.mark.parametrize("name", ["direct+blind", "", "a b", "../direct"])
def test_a_name_that_would_pass_for_something_else_is_refused(name: str) -> None:
    with pytest.raises(Problem, match="letters, digits, hyphens and underscores"):
        Strategy(name, "$question")


@pytest.mark.parametrize(
    "reasoning",
    [
        "The street is wet. (A) would be usual here, but the paint is blue.",
        "Option A: the bonnet is not red.\nOption B: it is blue.",
        "1. (A) is wrong\n2. (C) and (D) do not fit",
    ],
)
def test_the_last_line_that_chain_of_thought_asks_for_is_understood(reasoning: str) -> None:
    assert '"Answer: (X)"' in render_prompt(COLOUR, "chain_of_thought")
    assert parse_reply(f"{reasoning}\n\nAnswer: (B)", COLOUR.options).choice == 1


# --- a folder of one's own --------------------------------------------------------------------


def test_a_folder_takes_the_place_of_ours_and_adds_to_them(tmp_path: Path) -> None:
    folder = write_templates(tmp_path, direct="Look! $question\n$options\n", terse="$question")
    (folder / "notes.md").write_text("$nothing")
    (folder / ".hidden.txt").write_text("$nothing")
    strategies = load_strategies(folder)
    assert list(strategies) == sorted([*STRATEGIES, "terse"])
    assert render_prompt(COLOUR, strategies=strategies) == f"Look! {ASKED}".removesuffix("\n")
    assert render_prompt(COLOUR, "terse", strategies=strategies) == COLOUR.text
    kept = "spurious_aware"
    assert render_prompt(COLOUR, kept, strategies=strategies) == SNAPSHOTS[kept]
    assert render_prompt(COLOUR) == SNAPSHOTS["direct"]


def test_without_a_folder_there_are_ours() -> None:
    assert load_strategies(None) == STRATEGIES


def test_line_ends_and_marks_of_an_editor_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "direct.txt").write_bytes(b"\xef\xbb\xbf$question\r\n$options\r\n")
    assert load_strategies(tmp_path)["direct"].template == "$question\n$options"


def test_an_unknown_strategy_lists_those_of_the_folder_too(tmp_path: Path) -> None:
    strategies = load_strategies(write_templates(tmp_path, terse="$question"))
    assert find_strategy("terse", strategies).template == "$question"
    with pytest.raises(Problem, match=r"did you mean 'terse'\?\); use one of .*direct.*terse"):
        find_strategy("tersee", strategies)
    with pytest.raises(Problem, match="no prompt strategy 'terse'"):
        find_strategy("terse")


def test_a_bad_template_of_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"'mine' must use \$question"):
        load_strategies(write_templates(tmp_path, mine="$question for $5"))


def test_a_template_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_bytes("$question für".encode("latin-1"))
    with pytest.raises(Problem, match=r"mine\.txt cannot be read .* UTF-8"):
        load_strategies(tmp_path)


def test_a_missing_or_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"no folder .*evaluation\.prompts"):
        load_strategies(tmp_path / "absent")
    with pytest.raises(Problem, match="holds no prompt template"):
        load_strategies(tmp_path)


def test_strategies_are_named_after_their_files() -> None:
    assert all(strategy.name == name for name, strategy in STRATEGIES.items())
    assert set("".join(STRATEGIES)) <= set(string.ascii_lowercase + "_")
