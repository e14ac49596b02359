"""The strong edition of the world: what there is and what predicts what; the usual one stays."""

import hashlib
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from spuriverse.problems import Problem
from spuriverse.world import (
    OBJECTS,
    STRONG,
    USUAL,
    Optics,
    Scene,
    Statistics,
    ask,
    find_edition,
    options_of,
    owners,
    question_kinds_of,
    read_world,
    render,
    sample_independent_scene,
    sample_training_scene,
    scene_for_answer,
    split_attribute,
)
from spuriverse.world.objects import object_mask

laws = settings(deadline=None, derandomize=True, max_examples=25)
QUIET = Optics(noise=0)
COUNTS = ("one", "two", "three", "four")


def rich(association: float = 0.95, second_rate: float = 0.5) -> Statistics:
    return Statistics(association=association, second_rate=second_rate, edition=STRONG)


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    rng = np.random.default_rng(0)
    return [sample_training_scene(rng, rich(), True) for _ in range(5000)]


def test_the_usual_world_keeps_its_bytes() -> None:
    """Scenes, questions and pixels, drawn before there was another edition."""
    digest, rng = hashlib.sha256(), np.random.default_rng(7)
    for n in range(60):
        drawn = [
            sample_training_scene(rng, Statistics(), n % 2 == 0),
            sample_independent_scene(rng, 0.3),
            scene_for_answer(rng, "What object is shown?", "cup", ["light:dusk"]),
        ]
        for scene in drawn:
            kinds = question_kinds_of(scene)
            question = ask(rng, scene, kinds[n % len(kinds)])
            digest.update(repr((scene, question)).encode())
            digest.update(render(scene, Optics()).tobytes())
    assert digest.hexdigest()[:16] == "b46ca4af2ccfc278"


def test_the_strong_world_has_what_the_protocol_asks_for() -> None:
    assert len(STRONG.planted) >= 100
    assert len(STRONG.planted) == len(set(STRONG.planted))
    assert len(STRONG.objects) >= 40
    assert set(USUAL.planted) < set(STRONG.planted)
    assert {kind for _, kind, _ in STRONG.cues} == {"colour", "count"}
    owned = Counter(owners(STRONG).values())
    assert set(owned) == set(STRONG.objects)
    assert max(owned.values()) - min(owned.values()) <= 1
    assert not set(owners(STRONG)) & {attribute for attribute, _, _ in STRONG.cues}


def test_every_planted_attribute_is_drawn(scenes: list[Scene]) -> None:
    shown = {attribute for scene in scenes for attribute in scene.attributes}
    assert set(STRONG.planted) <= shown


@pytest.mark.parametrize("attribute", sorted(set(STRONG.planted) - set(USUAL.planted)))
def test_a_further_attribute_is_seen(attribute: str) -> None:
    bare, with_it = (Scene("cup", "red", ("left",), a, 5) for a in ((), (attribute,)))
    change = np.abs(render(with_it, QUIET).astype(int) - render(bare, QUIET).astype(int))
    assert (change.max(axis=2) >= 24).sum() >= 60


def test_an_attribute_predicts_its_answer_as_often_as_it_shall(scenes: list[Scene]) -> None:
    right: dict[str, list[bool]] = {"object": [], "colour": [], "count": []}
    for scene in scenes:
        found = {
            "object": (owners(STRONG), scene.object),
            "colour": (STRONG.cues_of("colour"), scene.colour),
            "count": (STRONG.cues_of("count"), COUNTS[len(scene.dots) - 1]),
        }
        for kind, (cues, answer) in found.items():
            right[kind] += [cues[a] == answer for a in scene.attributes if a in cues]
    for kind, hits in right.items():
        assert np.mean(hits) == pytest.approx(0.95, abs=3 * (0.05 / len(hits)) ** 0.5), kind


def test_two_cues_agree_in_some_images_and_conflict_in_others(scenes: list[Scene]) -> None:
    own = owners(STRONG)
    pairs = [found for s in scenes if len(found := [own[a] for a in s.attributes if a in own]) == 2]
    assert any(a == b for a, b in pairs)
    assert any(a != b for a, b in pairs)


def test_without_a_bias_an_attribute_tells_nothing() -> None:
    rng = np.random.default_rng(1)
    drawn = [sample_training_scene(rng, rich(), False) for _ in range(4000)]
    own = owners(STRONG)
    hits = [own[a] == scene.object for scene in drawn for a in scene.attributes if a in own]
    assert np.mean(hits) == pytest.approx(1 / len(STRONG.objects), abs=0.01)


@laws
@given(st.integers(0, 2**31 - 1), st.booleans())
def test_a_scene_has_one_attribute_of_a_kind_and_can_be_drawn_and_asked(seed: int, biased) -> None:
    rng = np.random.default_rng(seed)
    scene = sample_training_scene(rng, rich(), biased)
    kinds = [split_attribute(attribute)[0] for attribute in scene.attributes]
    assert len(kinds) == len(set(kinds))
    assert render(scene, Optics(scatter=1.0)).shape == (64, 64, 3)
    for kind in question_kinds_of(scene):
        question = ask(rng, scene, kind, edition=STRONG)
        assert set(question.options) <= set(options_of(kind, STRONG))


@pytest.mark.parametrize(
    "attribute", ["prop:gem", "prop:navy-disc", "border:mint-frame", "scene:reef", "texture:rings"]
)
def test_scatter_moves_what_stays_in_place_without_it(attribute: str) -> None:
    def places(optics: Optics) -> set[bytes]:
        found = set()
        for seed in range(8):
            bare, shown = (Scene("cup", "red", ("left",), a, seed) for a in ((), (attribute,)))
            change = render(shown, optics).astype(int) - render(bare, optics).astype(int)
            found.add((np.abs(change).max(axis=2) > 40).tobytes())
        return found

    # A frame has seven widths at most.
    assert len(places(Optics(noise=0, scatter=1.0))) >= 4


def test_no_two_objects_are_alike_when_turned() -> None:
    masks = {
        name: [
            np.asarray(object_mask(name).rotate(angle).resize((32, 32), Image.Resampling.BOX)) > 127
            for angle in range(0, 360, 45)
        ]
        for name in STRONG.objects
    }
    for place, first in enumerate(STRONG.objects):
        for second in STRONG.objects[place + 1 :]:
            for turned in masks[second]:
                both, either = masks[first][0] & turned, masks[first][0] | turned
                assert both.sum() / max(1, either.sum()) < 0.93, (first, second)


def test_the_configuration_names_the_edition() -> None:
    known = {"association": 0.9, "attribute_rate": 0.8, "control_rate": 0.1}
    optics = {"noise": 3.0, "contrast": 0.5}
    statistics, seen = read_world({**known, **optics, "edition": "strong", "scatter": 0.5})
    assert (statistics.edition, seen.scatter) == (STRONG, 0.5)
    assert read_world({**known, **optics})[0].edition == USUAL
    assert tuple(OBJECTS) == USUAL.objects
    with pytest.raises(Problem, match="no edition 'huge'"):
        find_edition("huge")
