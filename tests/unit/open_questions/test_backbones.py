"""Zones of several models."""

import numpy as np
import pandas as pd
import pytest

from spuriverse.open_questions import class_questions, compare_zones, true_ranks
from spuriverse.report.figures import plot_open_question


def test_the_rank_is_that_of_the_object_in_the_image(asked) -> None:
    questions = class_questions(asked.scenes)
    scores = [
        [float(place == answer) * (number % 2) - place / 100 for place in range(25)]
        for number, answer in enumerate(questions["answer"])
    ]
    responses = questions[["sample_id"]].assign(outcome="answered", option_scores=scores)
    ranks = true_ranks(questions, responses)
    expected = [1 if i % 2 else answer + 1 for i, answer in enumerate(questions["answer"])]
    assert ranks.tolist() == expected
    responses.loc[0, "outcome"] = "failed"
    assert len(true_ranks(questions, responses)) == len(questions) - 1


def test_zones_are_compared_and_the_own_one_is_left_out() -> None:
    images = [f"{i}.png" for i in range(40)]
    ranks = {
        "a": pd.Series(np.where(np.arange(40) < 20, 3, 1), images),
        "b": pd.Series(np.where(np.arange(40) % 2 == 0, 3, 1), images),
    }
    attributes = {image: f"scene:s{i % 8}" for i, image in enumerate(images)}
    table = compare_zones(ranks, set(images[:10]), attributes, min_rank=2, max_rank=5)
    values = table.set_index(["model", "condition", "measure"])["value"]
    assert values["a", "all images", "images in its zone"] == 0.5
    assert values["a", "with b", "images of either zone in both"] == pytest.approx(10 / 30)
    assert values["tiny CLIP", "with a", "images of either zone in both"] == 0.5
    assert values["b", "zone of a", "accuracy"] == 0.5
    assert values["a", "zone of tiny CLIP less all images", "accuracy"] == -0.5
    assert not ((table["model"] == "a") & (table["condition"] == "zone of a")).any()


def test_more_models_than_colours_are_drawn_and_told_apart() -> None:
    names = [f"model-{n}" for n in range(9)]
    images = [f"i{n}" for n in range(40)]
    ranks = {n: pd.Series([1 + (i + len(n)) % 4 for i in range(40)], images) for n in names}
    shown = {image: f"scene:{i % 10}" for i, image in enumerate(images)}
    table = compare_zones(ranks, set(images[:9]), shown, min_rank=2, max_rank=3)
    figure = plot_open_question(table)
    marks = figure.legends[0].legend_handles
    looks = {(mark.get_marker(), mark.get_color()) for mark in marks}
    assert len(looks) == len(marks) == 10
