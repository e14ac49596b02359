"""Candidates of known truth: what they show, and what a model's answers to them hold."""

import numpy as np
import pytest

from contracts import as_table
from spuriverse.discovery.verification.truth import (
    ask_calibration_candidates,
    draw_calibration_candidates,
    render_calibration_candidates,
)
from spuriverse.models import load_model
from spuriverse.problems import Problem
from spuriverse.world import Optics, attributes_of, owners


def test_every_attribute_has_as_many_candidates_with_different_right_answers() -> None:
    candidates = draw_calibration_candidates(candidates=60, images=1, seed=0)
    for attributes, planted in (
        (attributes_of("planted"), True),
        (attributes_of("controls"), False),
    ):
        of_sort = [one for one in candidates if one.planted == planted]
        assert len(of_sort) >= 60
        assert {candidate.attribute for candidate in of_sort} == set(attributes)
    assert len({candidate.candidate_id for candidate in candidates}) == len(candidates)


def test_a_planted_attribute_leads_to_a_wrong_option_that_is_offered() -> None:
    owner = owners()
    for candidate in draw_calibration_candidates(candidates=60, images=1, seed=0):
        options = candidate.question.options
        right = options[candidate.question.answer]
        assert all(scene.object == right for scene in candidate.scenes)
        assert all(scene.attributes == (candidate.attribute,) for scene in candidate.scenes)
        assert right != owner.get(candidate.attribute)
        assert not candidate.planted or owner[candidate.attribute] in options


def test_half_of_the_pairs_tell_the_truth_and_differ_from_those_that_decide(tiny_folder) -> None:
    candidates = draw_calibration_candidates(candidates=1, images=2, seed=0)[::9]
    images = render_calibration_candidates(candidates, Optics())
    assert images.shape == (len(candidates), 4, 2, 64, 64, 3)
    assert (images[:, :, 0] != images[:, :, 1]).any(axis=(2, 3, 4)).all()
    table = ask_calibration_candidates(load_model(tiny_folder), candidates, images, batch_size=6)
    table = as_table(table, "calibration_candidates")
    parts = table.groupby("candidate_id")["part"].agg(list)
    assert all(part == ["selection"] * 2 + ["fresh"] * 2 for part in parts)
    whole = ask_calibration_candidates(load_model(tiny_folder), candidates, images, batch_size=256)
    assert np.mean(table["core_correct"] == whole["core_correct"]) == 1


def test_more_candidates_than_objects_are_refused() -> None:
    with pytest.raises(Problem, match=r"calibration.candidates asks for .* fewer"):
        draw_calibration_candidates(candidates=10_000, images=1, seed=0)
