"""The questions of MM-SpuBench for the sample browser."""

import pandas as pd

from spuriverse.report.pages import BROWSED_COLUMNS
from spuriverse.spubench import browsed_questions


def test_a_question_names_its_types_and_the_misleading_options() -> None:
    samples = pd.DataFrame(
        [{"sample_id": "a", "image": "a.png", "question": "?", "options": list("xyz"), "answer": 2}]
    )
    attributes = pd.DataFrame(
        [{"sample_id": "a", "spurious": "sea", "spurious_types": ["shape", "background"]}]
    )
    options = pd.DataFrame(
        [
            {"sample_id": "a", "option": "x", "role": "spurious"},
            {"sample_id": "a", "option": "y", "role": "other"},
            {"sample_id": "a", "option": "z", "role": "right"},
            {"sample_id": "b", "option": "y", "role": "spurious"},
        ]
    )
    (row,) = browsed_questions(samples, attributes, options).to_dict("records")
    assert row["attribute"] == "shape + background"
    assert (row["type"], row["misleading"], row["subset"]) == ("sea", [0], "MM-SpuBench")
    assert set(row) == set(BROWSED_COLUMNS)
