"""A comparison of mitigations that could not be made is refused."""

from pathlib import Path

import pytest
import yaml

from spuriverse.config import lay_over, parse_config
from spuriverse.problems import Problem

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"methods": {"kl_anchor": [{}]}}, "must hold mixing"),
        ({"methods": {"mixing": []}}, "needs at least one setting"),
        ({"scales": [1, 0.5]}, "scales must rise"),
        ({"proportions": [1, 0.5]}, "proportions must rise"),
        ({"validation_share": 1}, "must be below 1"),
        ({"levels": [0.4]}, "none of the proportions"),
        ({"folds": 1}, "folds"),
        ({"base_models": ["nobody"]}, "zoo.models only has biased-0"),
        ({"seeds": []}, "seeds"),
    ],
)
def test_a_comparison_without_sense_is_refused(keys: dict, words: str) -> None:
    with pytest.raises(Problem, match=words):
        parse_config({"finetuning": {"mitigations": keys}})


def test_a_method_is_added_or_left_out_by_its_name() -> None:
    defaults = yaml.safe_load((ROOT / "config.yaml").read_text())
    given = {
        "finetuning": {"mitigations": {"methods": {"group_dro": None, "mine": [{"weight": 3}]}}}
    }
    methods = parse_config(lay_over(defaults, given)).finetuning.mitigations.methods
    known = parse_config({}).finetuning.mitigations.methods
    assert {*methods} == {*known, "mine"} - {"group_dro"}
    assert methods["mine"] == [{"weight": 3}]
