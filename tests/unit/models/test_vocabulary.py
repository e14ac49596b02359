"""The tokens of options and letters are those with which a reply would go on."""

from typing import Any

import pytest

from spuriverse.models.vocabulary import Vocabulary
from spuriverse.problems import Problem
from spuriverse.questions import Question


def make_tokenizer(*merged: str) -> Any:
    """A byte-level tokenizer whose only tokens beside bytes are pairs of characters `merged`."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    pairs = [tuple(pair.replace(" ", "Ġ").replace("\n", "Ċ")) for pair in merged]
    tokens = [*alphabet, *("".join(pair) for pair in pairs), "</s>"]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    backend = Tokenizer(models.BPE(vocabulary, [(a, b) for a, b in pairs]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="</s>")


def letters_after(tokenizer: Any, text: str, count: int) -> list[list[str]]:
    last = tokenizer(text).input_ids[-1]
    ids = Vocabulary("tiny", tokenizer).letters(last, count)
    return [[tokenizer.decode([token]) for token in tokens] for tokens in ids]


def option_after(tokenizer: Any, text: str, option: str) -> list[str]:
    last = tokenizer(text).input_ids[-1]
    question = Question("What?", (option, "other"), 0)
    ids = Vocabulary("tiny", tokenizer).options(last, [question])[0][0]
    return [tokenizer.decode([token]) for token in ids]


# --- letters ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("merged", "spellings"),
    [
        ([], ["{}"]),
        ([" A", " B", " C"], ["{}", " {}"]),
        (["(A", "(B", "(C"], ["{}", "({}"]),
        ([" A", " B", " C", "(A", "(B", "(C"], ["{}", " {}", "({}"]),
        ([" A", " B"], ["{}"]),
        (["(C"], ["{}"]),
    ],
)
def test_a_spelling_counts_if_every_letter_has_it(merged: list[str], spellings: list[str]) -> None:
    found = letters_after(make_tokenizer(*merged), ":", 3)
    assert found == [[form.format(letter) for form in spellings] for letter in "ABC"]


def test_only_the_letters_of_the_question_need_the_spelling() -> None:
    tokenizer = make_tokenizer(" A", " B")
    assert letters_after(tokenizer, ":", 2) == [["A", " A"], ["B", " B"]]
    assert letters_after(tokenizer, ":", 3) == [["A"], ["B"], ["C"]]


def test_a_letter_that_would_merge_with_the_prompt_is_written_apart() -> None:
    assert letters_after(make_tokenizer("\nA"), "answer\n", 2) == [["A"], ["B"]]


def test_letters_without_tokens_of_their_own_are_a_problem() -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.WordLevel({"<unk>": 0, "a": 1, ":": 2}, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="<unk>")
    with pytest.raises(
        Problem, match=r"no single tokens for the letters from A to D; choose .*\.$"
    ):
        Vocabulary("tiny", tokenizer).letters(2, 4)


# --- options ----------------------------------------------------------------------------------


def test_an_option_is_written_with_a_space_unless_the_prompt_ends_with_one() -> None:
    tokenizer = make_tokenizer(" r", "re")
    assert option_after(tokenizer, "Answer:", "red") == [" r", "e", "d"]
    assert option_after(tokenizer, "assistant\n", "red") == ["re", "d"]
    assert option_after(tokenizer, "Answer: ", "red") == ["re", "d"]


def test_an_option_that_would_merge_with_the_prompt_is_written_apart() -> None:
    assert option_after(make_tokenizer("\nr", "re"), "assistant\n", "red") == ["re", "d"]
