"""The prompt that states an attribute."""

import pytest

from spuriverse.problems import Problem
from spuriverse.questions import render_condition

SNAPSHOT = """Consider this attribute of the image: five points around a centre.
What object is shown?"""


def test_the_wording_is_pinned() -> None:
    """A changed prompt changes the results; see CONTRIBUTING.md."""
    assert render_condition("What object is shown?", "five points around a centre") == SNAPSHOT


def test_a_dollar_sign_and_line_ends_of_the_data_do_no_harm() -> None:
    text = render_condition("What costs $question?", "a\nprice  of $attribute")
    assert (
        text
        == "Consider this attribute of the image: a price of $attribute.\nWhat costs $question?"
    )


def test_an_empty_attribute_is_refused() -> None:
    with pytest.raises(Problem, match="empty attribute"):
        render_condition("What object is shown?", "  ")
