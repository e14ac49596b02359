"""The card of a robust model: what it is, what it gained, what that cost, and how it is opened."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.tables import write_text

CARD_FILE = "README.md"
BEFORE, AFTER = "before", "after"
_ROBUSTNESS = "spurious_held_out"
_PRICED = ("aligned", "ordinary")
_SUBSETS = {
    "spurious_held_out": "spurious: the attribute leads to a wrong answer",
    "core_held_out": "the same without the attribute",
    "anchor_held_out": "anchors: the errors in which the types were found",
    "aligned": "aligned: the attribute leads to the right answer",
    "aligned_without_cue": "the same without the attribute",
    "cue_gain": "what the attribute adds to aligned accuracy",
    "ordinary": "ordinary: no attribute leads to an option",
}
_MARKDOWN = re.compile(r"[\\`*_\[\]<>|~#&$]")


@dataclass(frozen=True)
class RobustModelFacts:
    """What the card says beside the measurements.

    Attributes:
        base: Name of the base model.
        method: Name of the mitigation.
        setting: Its hyper-parameters.
        scale: Factor of the adapter.
        cost: As `PointModels.cost` returns it.
        trained: Attributes that were trained on.
        held_out: Attributes that it was measured on.
        stored_as: Where it lies, as the snippet names it.
    """

    base: str
    method: str
    setting: Mapping[str, float]
    scale: float
    cost: Mapping[str, Any]
    trained: Sequence[str]
    held_out: Sequence[str]
    stored_as: Path


def write_robust_card(folder: Path, measured: pd.DataFrame, facts: RobustModelFacts) -> None:
    """Write the card beside an adapter.

    Args:
        folder: Of the robust model; must exist.
        measured: The columns of `spuriverse.finetuning.TRADEOFF_COLUMNS`, whose `proportion` is
            before or after.
        facts: What else is said.
    """
    known = measured[measured["seed"] == "all"].set_index(["subset", "proportion"])
    parts = [
        f"# {_safe(facts.base)}, made robust",
        "An adapter of the base model and what is done when it is asked, made by"
        " `snakemake robust_model`.",
        f"```python\n{snippet(facts.stored_as)}\n```",
        "`load_robust_model` opens all of it; `base=` names the base model if it has moved. The"
        " model that it returns can be asked a whole table, as any other model:"
        " `answer_samples(model, samples)`.",
        "## What it was trained on",
        _training(facts),
        "## Before and after",
        f"On {_count(facts.held_out, 'attribute')} that no training image shows"
        f" ({_names(facts.held_out)}), with 95 % intervals over attributes, or over images for"
        " ordinary questions. Robustness is the first line.",
        _comparison(known),
        "## Price",
        _price(known, facts.cost),
        "## Limits",
        _LIMITS,
    ]
    write_text(folder / CARD_FILE, "\n\n".join(parts) + "\n")


def snippet(folder: Path) -> str:
    """Return the four lines that open a robust model and ask it about the picture `picture.png`."""
    return (
        "from PIL import Image\n"
        "from spuriverse.models import load_robust_model\n"
        f"model = load_robust_model({str(folder)!r})\n"
        'print(model.choose(Image.open("picture.png"), "What object is shown?", ["cup", "key"]))'
    )


_LIMITS = """- The intervals say what other attributes would give, drawn like these; of other base
  models, other questions and pictures of another kind they say nothing.
- It was measured on one split and one training. Another seed gives another model.
- Only cues of the kinds above were trained on. A shortcut that no minimal pair shows may be as
  strong as before.
- Robust is not right: where the base model cannot see the answer, this one cannot either."""


def _training(facts: RobustModelFacts) -> str:
    setting = ", ".join(f"{name} {value:g}" for name, value in facts.setting.items()) or "none"
    cost = facts.cost
    return (
        f"Method `{facts.method}` ({_safe(setting)}), scale {facts.scale:g}:"
        f" {cost['images']:,} distinct images, {cost['steps']:,} steps, {cost['rows']:,} images"
        f" through the model. {_count(facts.trained, 'attribute').capitalize()}:"
        f" {_names(facts.trained)}."
    )


def _comparison(known: pd.DataFrame) -> str:
    lines = ["| questions | n | before | after |", "|---|---|---|---|"]
    subsets = dict.fromkeys(known.index.get_level_values("subset"))
    for subset in [
        *(s for s in _SUBSETS if s in subsets),
        *(s for s in subsets if s not in _SUBSETS),
    ]:
        if (subset, BEFORE) not in known.index or (subset, AFTER) not in known.index:
            continue
        rows = [known.loc[(subset, when)] for when in (BEFORE, AFTER)]
        cells = " | ".join(_interval(row) for row in rows)
        lines.append(f"| {_SUBSETS.get(subset, subset)} | {int(rows[0]['n']):,} | {cells} |")
    return "\n".join(lines)


def _price(known: pd.DataFrame, cost: Mapping[str, Any]) -> str:
    lost = {
        subset: known.loc[(subset, BEFORE), "accuracy"] - known.loc[(subset, AFTER), "accuracy"]
        for subset in _PRICED
        if (subset, BEFORE) in known.index and (subset, AFTER) in known.index
    }
    said = "; ".join(
        f"{drop:+.3f} of the accuracy on {name} questions" for name, drop in lost.items()
    )
    drops = f"Lost: {said}." if said else "There were no aligned or ordinary questions to price it."
    passes = (
        "Two forward passes per question, one of them of the base model."
        if cost["answer_passes"] == 2
        else "One forward pass per question, as before."
    )
    return f"{drops} {passes}"


def _interval(row: pd.Series) -> str:
    if pd.isna(row["low"]):
        return f"{row['accuracy']:.3f}"
    return f"{row['accuracy']:.3f} ({row['low']:.3f} to {row['high']:.3f})"


def _count(values: Sequence[str], what: str) -> str:
    return f"{len(values)} {what}" + ("" if len(values) == 1 else "s")


def _names(values: Sequence[str]) -> str:
    return ", ".join(_safe(value) for value in values)


def _safe(text: str) -> str:
    """A name as it stands, whatever it holds; names come from data and from models."""
    return _MARKDOWN.sub(r"\\\g<0>", " ".join(str(text).split()))
