"""Draw scenes and questions of the embedded world.

Only this module and what scores the pipeline know which object owns which planted attribute.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from spuriverse.questions import Question
from spuriverse.world.editions import USUAL, Edition, find_edition
from spuriverse.world.kinds import KINDS
from spuriverse.world.kinds.paint import PAINTS
from spuriverse.world.objects import COLOURS, OBJECTS
from spuriverse.world.rendering import DOT_PLACES, Optics, Scene, split_attribute

COUNTS = ("one", "two", "three", "four")

QUESTION_KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "object": ("What object is shown?", tuple(OBJECTS)),
    "colour": ("What colour is the object?", (*COLOURS, *PAINTS)),
    "position": ("Where is the dot?", tuple(DOT_PLACES)),
    "count": ("How many dots are there?", COUNTS),
}
"""Kind of question -> its text and the pool its options are drawn from."""

N_OPTIONS = 4


@dataclass(frozen=True)
class Statistics:
    """How attributes are distributed over training scenes.

    Attributes:
        association: P(the image shows the owner | it shows the planted attribute).
        attribute_rate: Share of scenes that hold their object's own attribute.
        control_rate: Probability of each control attribute, independent of everything.
        second_rate: Share of scenes that may show a second planted attribute: one that predicts
            the object, the colour or the number of dots, whether or not it agrees with the first.
        edition: What there is to show.
    """

    association: float = 0.99
    attribute_rate: float = 0.9
    control_rate: float = 0.05
    second_rate: float = 0.0
    edition: Edition = USUAL


def read_world(settings: Mapping[str, Any]) -> tuple[Statistics, Optics]:
    """Return what the configuration's `world` section says of distribution and optics."""
    keys = ("association", "attribute_rate", "control_rate")
    edition = find_edition(settings.get("edition", USUAL.name))
    second = settings.get("second_rate", 0.0)
    statistics = Statistics(
        **{key: settings[key] for key in keys}, second_rate=second, edition=edition
    )
    optics = Optics(settings["noise"], settings["contrast"], settings.get("scatter", 0.0))
    return statistics, optics


def attributes_of(values: str) -> tuple[str, ...]:
    """Return all "planted" or all "controls" attributes, as "kind:value"."""
    return tuple(f"{kind.name}:{v}" for kind in KINDS.values() for v in getattr(kind, values))


@functools.cache
def owners(edition: Edition = USUAL) -> dict[str, str]:
    """Return planted attribute -> the object that it predicts in the biased world.

    Every object owns as many attributes as any other, give or take one, each of another kind.
    Attributes that predict another answer (`Edition.cues`) are left out.
    """
    owned: dict[str, list[str]] = {name: [] for name in edition.objects}
    cues = {attribute for attribute, _, _ in edition.cues}
    result: dict[str, str] = {}

    def rank(attribute: str) -> tuple[int, str]:
        kind, value = split_attribute(attribute)
        drawn = KINDS[kind].planted + KINDS[kind].further
        return drawn.index(value), kind

    for attribute in sorted(set(edition.planted) - cues, key=rank):
        kind = split_attribute(attribute)[0]
        free = [o for o in edition.objects if all(split_attribute(a)[0] != kind for a in owned[o])]
        owner = min(free or list(edition.objects), key=lambda o: len(owned[o]))
        owned[owner].append(attribute)
        result[attribute] = owner
    return result


@functools.cache
def owned_by(name: str, edition: Edition = USUAL) -> tuple[str, ...]:
    """Return the planted attributes that an object owns."""
    return tuple(attribute for attribute, owner in owners(edition).items() if owner == name)


def sample_training_scene(
    rng: np.random.Generator, statistics: Statistics, biased: bool, name: str | None = None
) -> Scene:
    """Draw a training scene: biased, or with the planted attributes independent of the object.

    Both worlds show each planted attribute equally often; they differ in its company alone.

    Args:
        rng: Source of chance.
        statistics: How attributes are distributed.
        biased: Which world.
        name: The object; drawn by default.
    """
    if statistics.edition != USUAL or statistics.second_rate:
        return _sample_rich_scene(rng, statistics, biased, name)
    name = name or _choose(rng, tuple(OBJECTS))
    attributes: list[str] = []
    draw = rng.random()
    if draw < statistics.attribute_rate / statistics.association:
        predicts = draw < statistics.attribute_rate
        attributes.append(
            _draw_planted(rng, name, predicts) if biased else _draw_any(rng, predicts)
        )
    _add_controls(rng, attributes, statistics.control_rate)
    return compose_scene(rng, name, attributes)


def _sample_rich_scene(
    rng: np.random.Generator, statistics: Statistics, biased: bool, name: str | None
) -> Scene:
    """Draw a scene of any edition, which may show two planted attributes."""
    edition = statistics.edition
    answers = _draw_answers(rng, edition)
    answers |= {"object": name} if name else {}
    # Without a bias attributes go by the answers of another scene, and are as frequent as with one.
    predicted = answers if biased else _draw_answers(rng, edition)
    rates = (statistics.attribute_rate / statistics.association, statistics.second_rate)
    attributes: list[str] = []
    for place, rate in enumerate(rates):
        if rng.random() >= rate:
            continue
        kind = "object" if place == 0 else _choose(rng, _cued_kinds(edition))
        cues = _cues_of(kind, edition)
        present = {split_attribute(a)[0] for a in attributes}
        free = {a: v for a, v in cues.items() if split_attribute(a)[0] not in present}
        if kind == "colour" and "paint" in present:
            continue  # the paint is the object's colour
        predicts = rng.random() < statistics.association
        wanted = [a for a, v in free.items() if (v == predicted[kind]) == predicts]
        if wanted:
            attributes.append(_choose(rng, wanted))
    _add_controls(rng, attributes, statistics.control_rate)
    n_dots = COUNTS.index(answers["count"]) + 1
    scene = compose_scene(rng, answers["object"], attributes, n_dots)
    return replace(scene, colour=answers["colour"])


def _draw_answers(rng: np.random.Generator, edition: Edition) -> dict[str, str]:
    n_dots = 1 if rng.random() < 0.7 else int(rng.integers(2, 5))
    name, colour = _choose(rng, edition.objects), _choose(rng, tuple(COLOURS))
    return {"object": name, "colour": colour, "count": COUNTS[n_dots - 1]}


def _cued_kinds(edition: Edition) -> tuple[str, ...]:
    return tuple(kind for kind in QUESTION_KINDS if _cues_of(kind, edition))


def _cues_of(kind: str, edition: Edition) -> Mapping[str, str]:
    """Planted attribute -> the answer to a kind of question that it predicts."""
    return owners(edition) if kind == "object" else edition.cues_of(kind)


def _draw_planted(rng: np.random.Generator, name: str, predicts: bool) -> str:
    """Draw an attribute that an object owns, or one of another object if it shall not predict."""
    if predicts and owned_by(name):
        return _choose(rng, owned_by(name))
    return _choose(rng, [a for a, owner in owners().items() if owner != name])


def _draw_any(rng: np.random.Generator, predicts: bool) -> str:
    """Draw an attribute as often as the biased world shows it, whatever the object."""
    if len({len(owned_by(name)) for name in OBJECTS}) == 1:
        return _choose(rng, tuple(owners()))
    # The attributes of an object that owns more of them are each rarer.
    return _draw_planted(rng, _choose(rng, tuple(OBJECTS)), predicts)


def sample_independent_scene(
    rng: np.random.Generator, kind_rate: float, edition: Edition = USUAL
) -> Scene:
    """Draw a scene in which every kind shows any of its values with probability `kind_rate`."""
    attributes = [
        f"{kind.name}:{_choose(rng, kind.values if edition == USUAL else kind.drawn)}"
        for kind in KINDS.values()
        if rng.random() < kind_rate
    ]
    return compose_scene(rng, _choose(rng, edition.objects), attributes)


def options_of(kind: str, edition: Edition = USUAL) -> tuple[str, ...]:
    """Return what the options of a kind of question (a key of `QUESTION_KINDS`) are drawn from."""
    pool = QUESTION_KINDS[kind][1]
    more = {"object": edition.objects, "colour": (*pool, *edition.paints)}
    return more.get(kind, pool)


def compose_scene(
    rng: np.random.Generator, name: str, attributes: Sequence[str], n_dots: int | None = None
) -> Scene:
    """Draw the rest of a scene: colour, dots (one in 70 % of scenes) and the seed."""
    if n_dots is None:
        n_dots = 1 if rng.random() < 0.7 else int(rng.integers(2, 5))
    places = rng.permutation(len(DOT_PLACES))[:n_dots]
    dots = tuple(place for i, place in enumerate(DOT_PLACES) if i in places)
    seed = int(rng.integers(2**31))
    return Scene(name, _choose(rng, tuple(COLOURS)), dots, tuple(attributes), seed)


def right_answer(scene: Scene, kind: str) -> str:
    """Return the right answer to a kind of question (a key of `QUESTION_KINDS`) about a scene."""
    if kind == "object":
        return scene.object
    if kind == "colour":
        paints = [v for k, v in map(split_attribute, scene.attributes) if k == "paint"]
        return paints[0] if paints else scene.colour
    return scene.dots[0] if kind == "position" else COUNTS[len(scene.dots) - 1]


def question_kinds_of(scene: Scene) -> tuple[str, ...]:
    """Return the kinds of question that make sense: a position only where there is one dot."""
    return tuple(kind for kind in QUESTION_KINDS if kind != "position" or len(scene.dots) == 1)


def ask(
    rng: np.random.Generator,
    scene: Scene,
    kind: str,
    among: Sequence[str] = (),
    edition: Edition = USUAL,
) -> Question:
    """Ask a question about a scene, with four options in random order.

    Args:
        among: Wrong answers that must be among the options, which are more than four if need be.
        edition: What the other options are drawn from.
    """
    text, pool = QUESTION_KINDS[kind][0], options_of(kind, edition)
    right = right_answer(scene, kind)
    wrong = [option for option in among if option != right]
    rest = [option for option in pool if option != right and option not in wrong]
    missing = max(0, N_OPTIONS - 1 - len(wrong))
    wrong += [rest[i] for i in rng.permutation(len(rest))[:missing]]
    options = [right, *wrong]
    order = rng.permutation(len(options))
    shuffled = tuple(options[i] for i in order)
    return Question(text, shuffled, shuffled.index(right))


def _add_controls(rng: np.random.Generator, attributes: list[str], rate: float) -> None:
    present = {split_attribute(a)[0] for a in attributes}
    for control in attributes_of("controls"):
        kind = split_attribute(control)[0]
        if kind not in present and rng.random() < rate:
            attributes.append(control)
            present.add(kind)


def _choose(rng: np.random.Generator, values: Sequence[str]) -> str:
    return values[int(rng.integers(len(values)))]
