"""Score the pipeline against what was planted: which shortcuts took hold, which were found.

This is the only part of the pipeline that looks at the ground truth of the embedded world, and
nothing that it makes is read by the stages it scores.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.models import LocalModel
from spuriverse.problems import Problem
from spuriverse.progress import progress
from spuriverse.questions import Question
from spuriverse.statistics import clustered_difference, clustered_share
from spuriverse.tables import SHOWN_SHARE
from spuriverse.world import (
    USUAL,
    Edition,
    Optics,
    ask,
    attributes_of,
    compose_scene,
    owners,
    render,
    split_attribute,
    tell,
)

TAKES_HOLD_GAP = 0.30
"""An attribute takes hold if its gap exceeds this for a biased model ..."""

HARDNESS_GAP = 0.15
"""... and stays below this for the control model: a hard question is not a shortcut."""


UNNAMED = "none:at-all"

PLANTED_SHORTCUT_COLUMNS = (
    "model",
    "kind",
    "attribute",
    "planted",
    "n",
    "gap",
    "low",
    "high",
    "control_gap",
    "took_hold",
)
DISCOVERY_COLUMNS = (
    *(
        "annotator",
        "stage",
        "n_candidates",
        "attributes",
        "precision",
        "precision_low",
        "precision_high",
    ),
    *("true_attributes", "recall", "recall_low", "recall_high", "missed"),
)


def measure_gaps(
    model: LocalModel,
    *,
    pairs: int,
    optics: Optics,
    seed: int,
    batch_size: int = 128,
    edition: Edition = USUAL,
    told: bool = False,
) -> pd.DataFrame:
    """Ask a model about minimal pairs, with and without each attribute.

    Args:
        model: Who is asked.
        pairs: Minimal pairs per attribute: an object that does not own the attribute, asked for
            the object; the owner, if there is one, is among the options.
        optics: As in the images the model was trained on.
        seed: Settles the scenes, which are the same for every model.
        edition: Of the world that the model was trained on. What predicts a colour or a number
            there is not asked about.
        told: The attribute is not in the image but in a sentence before the question, as
            `spuriverse.world.tell` says it.

    Returns:
        One row per pair: attribute, planted, right, core_correct, spurious_correct, misled (the
        owner was chosen on the spurious image).
    """
    rng = np.random.default_rng([seed, 5])
    owner = owners(edition)
    drawn = []
    planted = [a for a in edition.planted if a in owner]
    for attribute in (*planted, *attributes_of("controls")):
        names = [name for name in edition.objects if name != owner.get(attribute)]
        among = [owner[attribute]] if attribute in owner else []
        for _ in range(pairs):
            name = names[int(rng.integers(len(names)))]
            scene = compose_scene(rng, name, [attribute], n_dots=1)
            drawn.append((attribute, scene, ask(rng, scene, "object", among, edition)))
    rows = []
    starts = range(0, len(drawn), batch_size)
    for start in progress(starts, desc=f"pairs for {model.name}", total=len(starts), unit="batch"):
        batch = drawn[start : start + batch_size]
        bare = [(replace(scene, attributes=()), question) for _, scene, question in batch]
        shown = [(scene, question) for _, scene, question in batch]
        if told:
            shown = [
                (scene, _after(attribute, q))
                for (attribute, _, q), (scene, _) in zip(batch, bare, strict=True)
            ]
        spurious, core = _chosen(model, shown, optics), _chosen(model, bare, optics)
        for (attribute, scene, _), with_it, without in zip(batch, spurious, core, strict=True):
            rows.append(
                {
                    "attribute": attribute,
                    "planted": attribute in owner,
                    "right": scene.object,
                    "core_correct": without == scene.object,
                    "spurious_correct": with_it == scene.object,
                    "misled": with_it == owner.get(attribute),
                }
            )
    return pd.DataFrame(rows)


def tabulate_planted_shortcuts(
    biased: Mapping[str, pd.DataFrame], control: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """Decide for every biased model and attribute whether the shortcut took hold.

    Args:
        biased: Model -> its pairs, as `measure_gaps` returns them.
        control: The same for the control models; their mean gap counts.

    Returns:
        The columns of `PLANTED_SHORTCUT_COLUMNS`; n counts pairs, and the interval of the gap is
        over right answers.

    Raises:
        Problem: There is no biased or no control model.
    """
    if not biased or not control:
        raise Problem(
            "zoo.models needs a model of the biased and one of the decorrelated world, or nothing"
            " tells a shortcut from a hard question."
        )
    difference = [
        pairs.assign(gap=pairs["core_correct"].astype(float) - pairs["spurious_correct"])
        for pairs in control.values()
    ]
    control_gap = pd.concat(difference).groupby("attribute")["gap"].mean()
    rows = []
    for model, pairs in biased.items():
        for (attribute, planted), part in pairs.groupby(["attribute", "planted"], sort=True):
            right, answers = part["right"], (part["core_correct"], part["spurious_correct"])
            estimate = clustered_difference(answers[0], right, answers[1], right)
            kind, value = split_attribute(attribute)
            harmless = abs(control_gap[attribute]) < HARDNESS_GAP
            rows.append(
                {
                    "model": model,
                    "kind": kind,
                    "attribute": value,
                    "planted": planted,
                    "n": len(part),
                    "gap": estimate.value,
                    "low": estimate.low,
                    "high": estimate.high,
                    "control_gap": control_gap[attribute],
                    "took_hold": bool(estimate.value > TAKES_HOLD_GAP and harmless),
                }
            )
    return pd.DataFrame(rows)


def score_discovery(
    pairs: pd.DataFrame, stages: Mapping[str, pd.DataFrame], *, annotator: str = "statistics"
) -> pd.DataFrame:
    """Score what was found against the attributes whose measured gap exceeds 0.30.

    A row of a stage is right if its attribute has such a gap in the source model; where the stage
    names the wrong answer too, that must be the attribute's owner. Where the stage says of every
    row whether the answer moves, that alone makes it right: some of what moves a model was planted
    by nobody.

    Args:
        pairs: Of the source model, as `measure_gaps` returns them.
        stages: Name of a stage -> table with a column attribute, and maybe a column wrong or moves,
            in pipeline order.
        annotator: Who proposed the attributes.

    Returns:
        The columns of `DISCOVERY_COLUMNS`: precision is the share of the rows that are right,
        missing without rows, recall the share of the attributes with a gap that some right row
        names; missed says of which kinds the others are. Intervals are over attributes
        (`spuriverse.statistics.clustered_share`).
    """
    right = pairs["core_correct"].astype(float) - pairs["spurious_correct"]
    measured = right.groupby(pairs["attribute"]).mean()
    planted = owners()
    true = {a for a in measured.index if a in planted and measured[a] > TAKES_HOLD_GAP}
    rows = []
    for stage, table in stages.items():
        wrong = table["wrong"] if "wrong" in table else table["attribute"].map(planted)
        named = list(zip(table["attribute"], wrong, strict=True))
        owned = [attribute in true and planted[attribute] == w for attribute, w in named]
        hits = owned if "moves" not in table else [bool(moves) for moves in table["moves"]]
        found = {
            attribute
            for (attribute, _), hit, own in zip(named, hits, owned, strict=True)
            if hit and own
        }
        goal = sorted(true)
        rows.append(
            {
                "annotator": annotator,
                "stage": stage,
                "n_candidates": len(named),
                "attributes": table["attribute"].nunique(),
                **_share("precision", hits, table["attribute"].tolist()),
                "true_attributes": len(goal),
                **_share("recall", [attribute in found for attribute in goal], goal),
                "missed": _by_kind(goal, found),
            }
        )
    return pd.DataFrame(rows)


def _by_kind(goal: Sequence[str], found: Collection[str]) -> str:
    """How many attributes of each kind were not found, of how many: "border 2 of 7"."""
    kinds = [split_attribute(attribute)[0] for attribute in goal]
    missed = Counter(k for k, a in zip(kinds, goal, strict=True) if a not in found)
    return ", ".join(f"{kind} {missed[kind]} of {kinds.count(kind)}" for kind in sorted(missed))


def name_suspicions(samples: pd.DataFrame, regions: pd.DataFrame) -> pd.Series:
    """Return what the pictures of a suspicion have in common, which the annotator cannot see.

    Args:
        samples: `samples` whose images list their attributes.
        regions: A `regions` table over them.

    Returns:
        Suspicion -> the attribute that goes with it most closely over all pictures (the highest
        correlation of showing the one and the other), or "none:at-all" if no picture lists any.
    """
    pictures = samples.drop_duplicates("image").set_index("image")["attributes"]
    listed = pd.get_dummies(pictures.explode()).groupby(level=0, sort=False).max()
    listed = listed.reindex(pictures.index).fillna(False).astype(float)
    named = {}
    for suspicion, rows in regions[regions["share"] >= SHOWN_SHARE].groupby("attribute"):
        shows = pictures.index.isin(rows["image"]).astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            together = (listed.to_numpy() * shows[:, None]).mean(axis=0)
            apart = listed.to_numpy().mean(axis=0) * shows.mean()
            spread = listed.to_numpy().std(axis=0) * shows.std()
            related = np.nan_to_num((together - apart) / spread, nan=-1, posinf=-1, neginf=-1)
        best = int(np.argmax(related)) if len(related) else -1
        named[suspicion] = str(listed.columns[best]) if best >= 0 else UNNAMED
    return pd.Series(named, dtype=object)


def _share(name: str, right: list[bool], attributes: list[str]) -> dict[str, float]:
    """A share and its limits over attributes, as columns; all missing of nothing."""
    if not right:
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"), np.nan)
    found = clustered_share(right, attributes)
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def _after(attribute: str, question: Question) -> Question:
    """The question after a sentence that names the attribute."""
    return replace(question, text=f"{tell([attribute])} {question.text}")


def _chosen(model: LocalModel, asked, optics: Optics) -> list[str]:  # type: ignore[no-untyped-def]
    questions = [question for _, question in asked]
    images = [Image.fromarray(render(scene, optics)) for scene, _ in asked]
    prompts = model.prompts(questions)
    scores = model.option_likelihood(images, questions, prompts)
    return [q.options[int(np.argmax(s))] for q, s in zip(questions, scores, strict=True)]
