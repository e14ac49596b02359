"""Scoring against what was planted: measured gaps, and what of them the pipeline found."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from contracts import as_table
from spuriverse.discovery.verification.truth import CLIP_COLUMNS, measure_clip
from spuriverse.discovery.verification.truth.shortcuts import (
    DISCOVERY_COLUMNS,
    PLANTED_SHORTCUT_COLUMNS,
    UNNAMED,
    measure_gaps,
    name_suspicions,
    score_discovery,
    tabulate_planted_shortcuts,
)
from spuriverse.questions import Question
from spuriverse.world import Optics, attributes_of, owners
from spuriverse.world.objects import OBJECTS

PLANTED, CONTROLS = attributes_of("planted"), attributes_of("controls")
FRAME = "border:black-frame"


class Recorder:
    """Stands in for a model: prefers the options that `likes` names, blind to the image or not."""

    name = "recorder"

    def __init__(self, likes) -> None:
        self.likes = likes
        self.questions: list[Question] = []
        self.images: list[bytes] = []

    def prompts(self, questions: list[Question]) -> list[str]:
        return [question.text for question in questions]

    def option_likelihood(
        self, images: Sequence[Image.Image], questions: Sequence[Question], prompts: Sequence[str]
    ) -> list[list[float]]:
        assert len(images) == len(questions) == len(prompts)
        self.questions += questions
        self.images += [image.tobytes() for image in images]
        return [
            [float(self.likes(image, option)) for option in question.options]
            for image, question in zip(images, questions, strict=True)
        ]


def measure(model: Recorder, pairs: int = 4, seed: int = 0) -> pd.DataFrame:
    return measure_gaps(model, pairs=pairs, optics=Optics(), seed=seed, batch_size=100)


def test_a_model_that_does_not_look_has_no_gap() -> None:
    model = Recorder(lambda image, option: sum(map(ord, option)))
    pairs = measure(model)
    as_table(pairs, "pairs")
    assert pairs["attribute"].value_counts().to_dict() == dict.fromkeys(PLANTED + CONTROLS, 4)
    assert (pairs["planted"] == pairs["attribute"].isin(PLANTED)).all()
    assert (pairs["core_correct"] == pairs["spurious_correct"]).all()
    assert pairs["core_correct"].nunique() == 2
    assert {question.text for question in model.questions} == {"What object is shown?"}


def test_the_owner_is_among_the_wrong_options() -> None:
    """A model that always takes the owner is always misled, and never by a control."""

    def likes(image: Image.Image, option: str) -> int:
        return dark_frame(image) and option == owners()[FRAME]

    pairs = measure(Recorder(likes), pairs=20)
    framed = pairs[pairs["attribute"] == FRAME]
    assert framed["misled"].all()
    assert not framed["spurious_correct"].any()
    assert owners()[FRAME] not in set(framed["right"])
    assert framed["core_correct"].any()
    assert not pairs.loc[~pairs["planted"], "misled"].any()


def dark_frame(image: Image.Image) -> bool:
    pixels = np.asarray(image)
    edges = np.concatenate([pixels[:3].ravel(), pixels[-3:].ravel()])
    return bool(edges.mean() < 20)


def test_every_model_sees_the_same_pairs_and_a_seed_settles_them() -> None:
    models = [Recorder(lambda image, option: len(option)) for _ in range(3)]
    for model, seed in zip(models, (0, 0, 1), strict=True):
        measure(model, pairs=1, seed=seed)
    assert models[0].images == models[1].images
    assert models[0].questions == models[1].questions
    assert not set(models[0].images) & set(models[2].images)


# --- what took hold ---------------------------------------------------------------------------


def make_pairs(gaps: dict[str, float], n: int = 20) -> pd.DataFrame:
    """All core answers right, and as many spurious ones wrong as the gap says."""
    rows = [
        {
            "attribute": attribute,
            "planted": attribute in PLANTED,
            "right": f"object-{number % 5}",
            "core_correct": True,
            "spurious_correct": number >= round(gap * n),
            "misled": False,
        }
        for attribute, gap in gaps.items()
        for number in range(n)
    ]
    return pd.DataFrame(rows)


def test_a_shortcut_takes_hold_if_the_control_model_does_not_share_it() -> None:
    biased = make_pairs({"scene:sea": 0.8, "prop:gem": 0.2, "size:wide": 0.8, "light:fog": 0.0})
    control = make_pairs({"scene:sea": 0.1, "prop:gem": 0.0, "size:wide": 0.5, "light:fog": 0.0})
    table = tabulate_planted_shortcuts({"biased-0": biased}, {"control-0": control})
    assert sorted(table.columns) == sorted(PLANTED_SHORTCUT_COLUMNS)
    rows = table.set_index(["kind", "attribute"])
    assert rows["gap"].to_dict() == pytest.approx(
        {
            ("scene", "sea"): 0.8,
            ("prop", "gem"): 0.2,
            ("size", "wide"): 0.8,
            ("light", "fog"): 0.0,
        }
    )
    assert rows.index[rows["took_hold"]].tolist() == [("scene", "sea")]
    assert rows.loc[("size", "wide"), "control_gap"] == pytest.approx(0.5)
    assert not rows.loc[("light", "fog"), "planted"]
    assert (rows["low"] <= rows["gap"]).all()
    assert (rows["gap"] <= rows["high"]).all()


def test_the_mean_of_several_control_models_counts() -> None:
    controls = {
        "control-0": make_pairs({"scene:sea": 0.2}),
        "control-1": make_pairs({"scene:sea": 0.0}),
    }
    table = tabulate_planted_shortcuts({"b": make_pairs({"scene:sea": 0.9})}, controls)
    assert table["control_gap"].tolist() == pytest.approx([0.1])
    assert table["took_hold"].tolist() == [True]


# --- what was found ---------------------------------------------------------------------------


def test_discovery_is_scored_against_measured_gaps_and_owners() -> None:
    strong = {"scene:sea": 0.9, "prop:gem": 0.5, "light:dusk": 0.4, "view:hall": 0.35}
    pairs = make_pairs({**strong, "border:black-frame": 0.1, "light:fog": 0.9})

    def found(*pairs: tuple[str, str]) -> pd.DataFrame:
        return pd.DataFrame(pairs, columns=["attribute", "wrong"])

    own = owners()
    another = next(name for name in OBJECTS if name != own["prop:gem"])
    stages = {
        "proposed": found(
            ("scene:sea", own["scene:sea"]),
            ("prop:gem", another),  # does not own it
            ("border:black-frame", own["border:black-frame"]),  # no gap
            ("light:fog", "star"),  # a control has no owner
        ),
        "candidates": found(*[("scene:sea", own["scene:sea"])] * 3),
        "verified": found(),
    }
    table = score_discovery(pairs, stages).set_index("stage")
    assert set(table.reset_index().columns) == set(DISCOVERY_COLUMNS)
    assert table["n_candidates"].tolist() == [4, 3, 0]
    assert table["precision"].tolist()[:2] == [0.25, 1.0]
    assert np.isnan(table.loc["verified", "precision"])
    assert table["recall"].tolist() == [0.25, 0.25, 0.0]
    assert table["attributes"].tolist() == [4, 1, 0]
    assert (table["true_attributes"] == 4).all()
    assert table.loc["proposed", "missed"] == "light 1 of 1, prop 1 of 1, view 1 of 1"
    # One attribute is too few for an interval; none of four found leaves the exact limit.
    assert np.isnan(table.loc["candidates", "precision_low"])
    assert table.loc["verified", "recall_high"] == pytest.approx(1 - 0.025 ** (1 / 4))
    assert table.loc["proposed", "precision_low"] < 0.25 < table.loc["proposed", "precision_high"]


def test_what_moves_is_right_whatever_it_is_called() -> None:
    own = owners()["scene:sea"]
    found = pd.DataFrame(
        {"attribute": ["scene:sea", "light:fog"], "wrong": own, "moves": [True, True]}
    )
    pairs = make_pairs({"scene:sea": 0.9, "prop:gem": 0.5, "light:fog": 0.0})
    row = score_discovery(pairs, {"fresh": found}, annotator="regions").iloc[0]
    assert row["annotator"] == "regions"
    assert (row["precision"], row["recall"]) == (1.0, 0.5)


def test_suspicions_are_called_by_what_their_pictures_have_in_common() -> None:
    attributes = [["scene:sea", "light:dusk"], ["scene:sea"], ["light:dusk"], [], []]
    samples = pd.DataFrame({"image": list("abcde"), "attributes": attributes})
    regions = pd.DataFrame(
        {
            "attribute": ["region:1", "region:1", "region:1", "region:2"],
            "image": ["a", "b", "c", "c"],
            "share": [1.0, 0.5, 0.1, 1.0],
        }
    )
    named = name_suspicions(samples, regions)
    assert named.to_dict() == {"region:1": "scene:sea", "region:2": "light:dusk"}
    bare = samples.assign(attributes=[[]] * 5)
    assert set(name_suspicions(bare, regions)) == {UNNAMED}


def test_without_any_gap_there_is_no_recall() -> None:
    stages = {"proposed": pd.DataFrame({"attribute": ["scene:sea"], "wrong": ["star"]})}
    row = score_discovery(make_pairs({"scene:sea": 0.0}), stages).iloc[0]
    assert row["precision"] == 0
    assert np.isnan(row["recall"])


def test_a_classifier_that_always_names_one_object_is_misled_by_that_object_s_attributes() -> None:
    names = list(OBJECTS)
    always = np.eye(len(names))[names.index("star")]
    table = measure_clip(
        lambda images: np.tile(always, (len(images), 1)),
        pairs=2,
        optics=Optics(),
        seed=0,
    ).set_index("scenes")
    assert list(table.reset_index()) == list(CLIP_COLUMNS)
    owner = owners()
    controls = len(attributes_of("controls"))
    assert table["n"].to_dict() == {
        "core": 2 * (len(owner) + controls),
        "spurious": 2 * len(owner),
        "control": 2 * controls,
        "aligned": 2 * len(owner),
    }
    stars = sum(name == "star" for name in owner.values()) / len(owner)
    assert table.loc["spurious", "misled"] == pytest.approx(stars)
    assert table.loc["aligned", "accuracy"] == pytest.approx(stars)
    assert table["misled"].isna().to_dict() == {
        "core": False,
        "spurious": False,
        "control": True,
        "aligned": True,
    }
