"""What the configuration of synthesis refuses, in a sentence."""

from typing import Any

import pytest

from spuriverse.config import Config, parse_config
from spuriverse.problems import Problem

REMOTE = {"backend": "remote", "pairs": "independent", "remote": {"model": "ultra"}}
OPEN = {"backend": "diffusers", "diffusers": {"checkpoint": "some/model"}}


@pytest.mark.parametrize(
    ("synthesis", "said"),
    [
        ({"backend": "midjourney"}, "synthesis.backend is .*give one of world, diffusers, remote"),
        ({"images_per_group": 1}, "images_per_group is 1: give a whole number at least 2"),
        ({"backend": "diffusers"}, "needs diffusers.checkpoint"),
        (OPEN, "need diffusers.regions, the masks"),
        ({"backend": "remote", "pairs": "independent"}, "needs remote.model"),
        ({**REMOTE, "pairs": "minimal"}, "set pairs to independent"),
        ({"gates": {"attribute": "clip"}}, "needs gates.clip_checkpoint"),
        ({"gates": {"attribute": "lvlm", "attribute_model": "gpt"}}, "needs attribute_model"),
        ({"diffusers": {"width": 1000}}, "width is 1000"),
    ],
)
def test_what_cannot_work_is_refused(synthesis: dict[str, Any], said: str) -> None:
    with pytest.raises(Problem, match=said):
        parse_config({"synthesis": synthesis})


@pytest.mark.parametrize(
    "synthesis",
    [
        REMOTE,
        {**OPEN, "pairs": "independent"},
        {**OPEN, "diffusers": {"checkpoint": "some/model", "editing": "image_to_image"}},
        {**OPEN, "diffusers": {"checkpoint": "some/model", "regions": "masks"}},
        {"pairs": "independent", "gates": {"attribute": "none", "blank": None}},
    ],
)
def test_what_can_work_is_taken(synthesis: dict[str, Any]) -> None:
    parse_config({"synthesis": synthesis})


def test_candidates_of_other_benchmarks_are_depicted_by_other_backends() -> None:
    own = {"benchmarks": {"world": None, "own": {"mine": {"source": "mine.csv"}}}}
    assert Config().depicts_candidates
    assert not parse_config(own).depicts_candidates
    assert parse_config({**own, "synthesis": REMOTE}).depicts_candidates
    # The zoo, which verifies by default, knows the words of its world alone.
    assert parse_config({**own, "synthesis": REMOTE}).types_from == "nowhere"
