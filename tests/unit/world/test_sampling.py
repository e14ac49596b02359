"""Scenes are distributed as the statistics say, and questions have the right answers."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.problems import Problem
from spuriverse.world import (
    QUESTION_KINDS,
    Scene,
    Statistics,
    ask,
    attributes_of,
    compose_scene,
    owners,
    question_kind,
    question_kinds_of,
    read_world,
    sample_independent_scene,
    sample_training_scene,
    scene_for_answer,
    split_attribute,
)
from spuriverse.world.kinds import KINDS
from spuriverse.world.kinds.paint import PAINTS
from spuriverse.world.objects import COLOURS, OBJECTS
from spuriverse.world.sampling import owned_by, right_answer

laws = settings(deadline=None, derandomize=True, max_examples=100)
SEEDS = st.integers(0, 2**32 - 1)
PLANTED, CONTROLS = attributes_of("planted"), attributes_of("controls")
N = 12_000


def draw_scene(seed: int) -> Scene:
    return sample_independent_scene(np.random.default_rng(seed), kind_rate=0.4)


def draw_training(statistics: Statistics, biased: bool, seed: int = 0) -> list[Scene]:
    rng = np.random.default_rng([seed, biased])
    return [sample_training_scene(rng, statistics, biased) for _ in range(N)]


def spread(share: float, n: int) -> float:
    """Five standard deviations of a share."""
    return 5 * (share * (1 - share) / n) ** 0.5


def frequency(attribute: str, predicting: float, shown: float) -> float:
    """Share of scenes with a planted attribute, by how many the objects own."""
    owned = {name: len(owned_by(name)) for name in OBJECTS}
    owner = owners()[attribute]
    strange = sum(1 / (len(PLANTED) - n) for name, n in owned.items() if name != owner)
    return (predicting / owned[owner] + (shown - predicting) * strange) / len(OBJECTS)


# --- who owns what ----------------------------------------------------------------------------


def test_every_planted_attribute_has_one_owner() -> None:
    assert set(owners()) == set(PLANTED)
    assert set(owners().values()) <= set(OBJECTS)


def test_objects_own_equally_many_attributes_of_different_kinds() -> None:
    counts = [len(owned_by(name)) for name in OBJECTS]
    assert sum(counts) == len(PLANTED)
    assert max(counts) - min(counts) <= 1
    for name in OBJECTS:
        kinds = [split_attribute(attribute)[0] for attribute in owned_by(name)]
        assert len(set(kinds)) == len(kinds)


# --- distributions ----------------------------------------------------------------------------


@pytest.mark.parametrize(("association", "rate"), [(0.99, 0.8), (0.8, 0.6), (0.5, 0.3)])
def test_a_planted_attribute_predicts_its_owner(association: float, rate: float) -> None:
    scenes = draw_training(Statistics(association, rate, 0.05), biased=True)
    shown = [(s.object, a) for s in scenes for a in s.attributes if a in owners()]
    own = sum(owners()[attribute] == name for name, attribute in shown)
    assert own / N == pytest.approx(rate, abs=spread(rate, N))
    share = own / len(shown)
    assert share == pytest.approx(association, abs=spread(association, len(shown)))


@pytest.mark.parametrize("biased", [True, False])
def test_planted_attributes_are_equally_frequent_in_both_worlds(biased: bool) -> None:
    statistics = Statistics(0.9, 0.72, 0.05)
    scenes = draw_training(statistics, biased)
    counts = Counter(a for scene in scenes for a in scene.attributes if a in owners())
    for attribute in PLANTED:
        share = frequency(attribute, 0.72, 0.72 / 0.9)
        assert counts[attribute] / N == pytest.approx(share, abs=spread(share, N))
    objects = Counter(scene.object for scene in scenes)
    for name in OBJECTS:
        each = 1 / len(OBJECTS)
        assert objects[name] / N == pytest.approx(each, abs=spread(each, N))


def test_in_the_decorrelated_world_an_attribute_tells_nothing_of_the_object() -> None:
    scenes = draw_training(Statistics(), biased=False)
    own = [owners()[a] == s.object for s in scenes for a in s.attributes if a in owners()]
    chance = 1 / len(OBJECTS)
    assert np.mean(own) == pytest.approx(chance, abs=spread(chance, len(own)))


@pytest.mark.parametrize("biased", [True, False])
def test_controls_are_independent_of_the_object(biased: bool) -> None:
    scenes = draw_training(Statistics(control_rate=0.1), biased)
    with_control = Counter(s.object for s in scenes if set(s.attributes) & set(CONTROLS))
    n = sum(with_control.values())
    assert n > 0
    for name in OBJECTS:
        share = 1 / len(OBJECTS)
        assert with_control[name] / n == pytest.approx(share, abs=spread(share, n))


def test_in_independent_scenes_attributes_are_independent_of_the_object() -> None:
    rng = np.random.default_rng(1)
    scenes = [sample_independent_scene(rng, 0.5) for _ in range(4_000)]
    own = [owners()[a] == s.object for s in scenes for a in s.attributes if a in owners()]
    chance = 1 / len(OBJECTS)
    assert np.mean(own) == pytest.approx(chance, abs=spread(chance, len(own)))
    kinds = Counter(split_attribute(a)[0] for scene in scenes for a in scene.attributes)
    for count in kinds.values():
        assert count / len(scenes) == pytest.approx(0.5, abs=spread(0.5, len(scenes)))


@pytest.mark.parametrize(("kind_rate", "expected"), [(0, 0), (1, len(KINDS))])
def test_the_rate_of_kinds_has_limits(kind_rate: float, expected: int) -> None:
    scene = sample_independent_scene(np.random.default_rng(0), kind_rate)
    assert len(scene.attributes) == expected


@given(SEEDS, st.booleans())
@laws
def test_a_scene_has_one_attribute_of_a_kind(seed: int, biased: bool) -> None:
    rng = np.random.default_rng(seed)
    busy = Statistics(control_rate=0.9)
    for scene in (sample_training_scene(rng, busy, biased), sample_independent_scene(rng, 0.9)):
        kinds = [split_attribute(attribute)[0] for attribute in scene.attributes]
        assert len(set(kinds)) == len(kinds)
        assert 1 <= len(scene.dots) <= 4


@given(SEEDS)
@laws
def test_the_same_generator_gives_the_same_scene(seed: int) -> None:
    one, other = (np.random.default_rng(seed) for _ in range(2))
    drawn = [sample_training_scene(rng, Statistics(), True) for rng in (one, other)]
    assert drawn[0] == drawn[1]


def test_the_configuration_settles_the_world() -> None:
    settings = {
        "association": 0.7,
        "attribute_rate": 0.6,
        "control_rate": 0.1,
        "noise": 3.0,
        "contrast": 0.5,
    }
    statistics, optics = read_world(settings)
    assert statistics == Statistics(association=0.7, attribute_rate=0.6, control_rate=0.1)
    assert (optics.noise, optics.contrast) == (3.0, 0.5)


# --- questions --------------------------------------------------------------------------------


@given(SEEDS)
@laws
def test_attributes_do_not_change_which_object_is_right(seed: int) -> None:
    scene = draw_scene(seed)
    bare = replace(scene, attributes=())
    assert right_answer(scene, "object") == right_answer(bare, "object") == scene.object


@given(SEEDS)
@laws
def test_the_answers_describe_the_scene(seed: int) -> None:
    scene = draw_scene(seed)
    paints = [a.removeprefix("paint:") for a in scene.attributes if a.startswith("paint:")]
    assert right_answer(scene, "colour") == (paints[0] if paints else scene.colour)
    assert right_answer(scene, "count") == ["one", "two", "three", "four"][len(scene.dots) - 1]
    assert ("position" in question_kinds_of(scene)) == (len(scene.dots) == 1)


@given(SEEDS, st.data())
@laws
def test_a_question_has_four_options_and_the_right_answer(seed: int, data: st.DataObject) -> None:
    scene = draw_scene(seed)
    kind = data.draw(st.sampled_from(question_kinds_of(scene)))
    pool = QUESTION_KINDS[kind][1]
    among = data.draw(st.lists(st.sampled_from(pool), max_size=3, unique=True))
    question = ask(np.random.default_rng(seed), scene, kind, among)
    assert question.text == QUESTION_KINDS[kind][0]
    assert len(set(question.options)) == 4
    assert set(question.options) <= set(pool)
    assert set(among) <= set(question.options)
    assert question.correct == right_answer(scene, kind)


def test_the_right_answer_is_in_every_place_equally_often() -> None:
    rng = np.random.default_rng(0)
    scene = draw_scene(4)
    asked = [ask(rng, scene, "object", ["ring"]) for _ in range(2_000)]
    assert {question.correct for question in asked} == {scene.object}
    for place in range(4):
        share = np.mean([question.answer == place for question in asked])
        assert share == pytest.approx(0.25, abs=spread(0.25, len(asked)))


# --- scenes to order --------------------------------------------------------------------------


@given(SEEDS, st.sampled_from(PLANTED + CONTROLS), st.data())
@laws
def test_a_scene_to_order_has_the_answer(seed: int, attribute: str, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(list(QUESTION_KINDS)))
    answer = data.draw(
        st.sampled_from(list(COLOURS) if kind == "colour" else QUESTION_KINDS[kind][1])
    )
    attributes = [] if kind == "colour" and attribute.startswith("paint:") else [attribute]
    scene = scene_for_answer(
        np.random.default_rng(seed), QUESTION_KINDS[kind][0], answer, attributes
    )
    assert right_answer(scene, kind) == answer
    assert scene.attributes == tuple(attributes)
    assert kind in question_kinds_of(scene)


def test_a_paint_that_changes_the_answer_is_a_problem() -> None:
    rng = np.random.default_rng(0)
    text, paint = QUESTION_KINDS["colour"][0], f"paint:{next(iter(PAINTS))}"
    with pytest.raises(Problem, match="'red' cannot be the right answer"):
        scene_for_answer(rng, text, "red", [paint])


@pytest.mark.parametrize(
    ("text", "answer", "message"),
    [
        ("Is it raining?", "yes", "cannot depict 'Is it raining\\?'"),
        (QUESTION_KINDS["object"][0], "teapot", "no object 'teapot'"),
        *((QUESTION_KINDS["colour"][0], paint, f"no colour '{paint}'") for paint in PAINTS),
    ],
)
def test_what_cannot_be_depicted_is_a_problem(text: str, answer: str, message: str) -> None:
    with pytest.raises(Problem, match=message):
        scene_for_answer(np.random.default_rng(0), text, answer)


def test_every_question_has_its_sort() -> None:
    assert [question_kind(text) for text, _ in QUESTION_KINDS.values()] == list(QUESTION_KINDS)


@given(SEEDS, st.integers(1, 4))
@laws
def test_a_composed_scene_has_as_many_dots_as_asked_for(seed: int, n_dots: int) -> None:
    scene = compose_scene(np.random.default_rng(seed), "ring", ["prop:gem"], n_dots)
    assert (scene.object, scene.attributes) == ("ring", ("prop:gem",))
    assert len(set(scene.dots)) == n_dots
