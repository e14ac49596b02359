"""Asking several models the same questions."""

import pandas as pd
import pytest

from spuriverse.models import ask_models
from spuriverse.problems import Problem

ASKED = pd.DataFrame(
    {
        "sample_id": ["a"],
        "image": ["a.png"],
        "question": ["What is it?"],
        "options": [["cat", "dog"]],
        "answer": [0],
    }
)


def test_a_model_of_the_zoo_is_not_asked_by_another_ones_checkpoint() -> None:
    with pytest.raises(Problem, match=r"checkpoint of biased-0 is not among biased-1: "):
        ask_models(
            [{"backend": "zoo", "name": "biased-0", "batch_size": 8}],
            ASKED,
            folders=["results/models/biased-1"],
            strategy="direct",
            protocol="corrected",
            threads=1,
        )


def test_where_nothing_is_asked_no_model_is_loaded() -> None:
    responses = ask_models(
        [{"backend": "zoo", "name": "biased-0"}],
        ASKED.head(0),
        strategy="direct",
        protocol="corrected",
        threads=1,
    )
    assert responses.empty
