"""Ids depend on content alone."""

import hashlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.problems import Problem
from spuriverse.tables import content_sha256, sample_id

fields = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


def test_the_id_is_pinned() -> None:
    assert (
        sample_id("aokvqa", "000123", "What is it?")
        == "aokvqa-" + (hashlib.sha256(b"aokvqa\x00000123\x00What is it?").hexdigest()[:12])
    )


def test_two_questions_about_one_image_are_two_samples() -> None:
    assert sample_id("aokvqa", "1", "What is it?") != sample_id("aokvqa", "1", "Where is it?")


def test_composed_and_decomposed_characters_are_the_same_text() -> None:
    assert sample_id("b", "1", "caf\u00e9") == sample_id("b", "1", "cafe\u0301")


@settings(deadline=None, derandomize=True)
@given(fields, fields)
def test_moving_the_border_between_fields_changes_the_id(image: str, question: str) -> None:
    assert re.fullmatch(r"b-[0-9a-f]{12}", sample_id("b", image, question))
    assert sample_id("b", image + "x", question) != sample_id("b", image, "x" + question)


def test_a_field_with_the_separator_is_refused() -> None:
    with pytest.raises(Problem, match="NUL"):
        sample_id("b", "1\0", "What is it?")


def test_content_sha256_is_over_utf8() -> None:
    assert content_sha256("é") == hashlib.sha256(b"\xc3\xa9").hexdigest()
