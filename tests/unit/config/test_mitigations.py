"""A comparison of mitigations that could not be made is refused."""

import pytest

from spuriverse.config import parse_config
from spuriverse.problems import Problem


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"methods": {"kl_anchor": [{}]}}, "must hold mixing"),
        ({"methods": {"mixing": []}}, "needs at least one setting"),
        ({"scales": [1, 0.5]}, "scales must rise"),
        ({"proportions": [1, 0.5]}, "proportions must rise"),
        ({"validation_share": 0.5, "test_share": 0.5}, "must be below 1"),
        ({"base_models": ["nobody"]}, "zoo.models only has biased-0"),
        ({"seeds": [1]}, "seeds"),
    ],
)
def test_a_comparison_without_sense_is_refused(keys: dict, words: str) -> None:
    with pytest.raises(Problem, match=words):
        parse_config({"finetuning": {"mitigations": keys}})
