"""Which classes an option names: exactly first, then up to number, unless the user says it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spuriverse.models.class_names import ClassNames, drop_article, plain_name, singular_forms
from spuriverse.problems import Problem

LABELS = [
    "tabby, tabby cat",
    "sunglass",
    "sunglasses, dark glasses, shades",
    "crane",
    "crane",
    "Egyptian cat",
    "school bus",
    "T-shirt",
    "strawberries",
    "wolf",
    "knife",
    "fireman",
]
WORDS = st.text("abcdefghijklmnopqrtuvwxyz", min_size=4, max_size=9)


def find(option: str, **given: object) -> list[str]:
    names = ClassNames("resnet", LABELS, given)
    return [f"{i} {LABELS[i].partition(',')[0]}" for i in names.find(option)]


@pytest.mark.parametrize(
    ("option", "found"),
    [
        ("tabby", ["0 tabby"]),
        ("a Tabby Cat.", ["0 tabby"]),
        ("tabby, tabby cat", ["0 tabby"]),
        ("the Egyptian cats", ["5 Egyptian cat"]),
        ("cat", []),
        ("sunglass", ["1 sunglass"]),
        ("sunglasses", ["2 sunglasses"]),
        ("crane", ["3 crane", "4 crane"]),
        ("cranes", ["3 crane", "4 crane"]),
        ("school buses", ["6 school bus"]),
        ("School_Bus", ["6 school bus"]),
        ("t shirts", ["7 T-shirt"]),
        ("\u201cT\u2011shirt\u201d", []),
        ("strawberry", ["8 strawberries"]),
        ("wolves", ["9 wolf"]),
        ("a knives", ["10 knife"]),
        ("firemen", ["11 fireman"]),
        ("", []),
        ("...", []),
    ],
)
def test_worked_examples(option: str, found: list[str]) -> None:
    assert find(option) == found


def test_what_the_user_writes_comes_first() -> None:
    assert find("Crane", crane=4) == ["4 crane"]
    assert find("cats", cats=["tabby", "Egyptian Cat"]) == ["0 tabby", "5 Egyptian cat"]
    assert find("a cat", cat=["tabby cat", 5]) == ["0 tabby", "5 Egyptian cat"]


@pytest.mark.parametrize("wanted", ["lion", 12, -1, ["tabby", "lion"]])
def test_a_class_that_there_is_not_is_named(wanted: object) -> None:
    with pytest.raises(
        Problem, match=r"resnet says in classes that 'cat' is its class (lion|12|-1)"
    ):
        find("cat", cat=wanted)
    with pytest.raises(Problem, match="resnet names no class for 'cat'"):
        find("cat", cat=[])


@given(WORDS)
def test_case_article_and_regular_plural_do_not_matter(word: str) -> None:
    names = ClassNames("m", ["zebra finch", word], {})
    for text in (word, word.upper(), f"a {word}", f" the {word} .", f"{word}s"):
        assert 1 in names.find(text)


@given(st.text(max_size=30))
def test_a_plain_name_is_plain_and_one_of_its_forms(text: str) -> None:
    plain = plain_name(text)
    assert plain == plain.strip()
    assert plain in singular_forms(plain)
    assert drop_article(f"an {text}x") == drop_article(f"{' '.join(f'{text}x'.split())}") or (
        drop_article(f"{text}x") != " ".join(f"{text}x".split()).rstrip(".")
    )
