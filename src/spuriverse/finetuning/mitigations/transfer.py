"""Does the way out transfer: to a kind left out, from another model's types, to other questions?"""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from spuriverse.finetuning.mitigations.levels import ENVELOPE, SPLIT, add_losses
from spuriverse.finetuning.mitigations.part_accuracies import OWN_SUBSETS, QUESTION
from spuriverse.finetuning.mitigations.study import BASE
from spuriverse.finetuning.mitigations.way_out import choose_points, robustness_at_losses
from spuriverse.statistics import mean_over_splits

WAY_OUT_TRANSFER_COLUMNS = (
    *("base_model", "case", "of", "method", "setting", "measure", "at", "splits", "base"),
    *("value", "low", "high", "change", "change_low", "change_high"),
    *("baseline", "difference", "difference_low", "difference_high"),
)
WAY_OUT_TRANSFER_SHOWN = {
    "Base model": "{base_model}",
    "Case": "{case}: {of}",
    "Method": "{method}",
    "Measure": "{measure} {at:g}",
    "Splits": "{splits}",
    "Base": "{base:.3f}",
    "Value": "{value:.3f} ({low:.3f} to {high:.3f})",
    "Minus envelope": "{difference:.3f} ({difference_low:.3f} to {difference_high:.3f})",
}
OTHER_QUESTIONS = "another benchmark"
ROBUSTNESS, ACCURACY = "robustness at loss", "accuracy at loss"
_KEYS = ["base_model", "case", "of", "method", "setting", "measure", "at"]


def tabulate_transfer_of_way_out(
    points: pd.DataFrame, parts: pd.DataFrame, *, losses: Sequence[float]
) -> pd.DataFrame:
    """Tabulate every case of transfer against the envelope of mixing in the same case.

    Points are chosen on one half of the images at a loss of at most `at`, and measured on the
    other, as in `robustness_at_losses`.

    Args:
        points: `mitigation_points` of part "test" with the columns case and of.
        parts: The `mitigation_parts` of the same points with the same columns.
        losses: Most that may be lost.

    Returns:
        The columns of `WAY_OUT_TRANSFER_COLUMNS`. `value` is the robustness, and in the case
        `OTHER_QUESTIONS` the accuracy on the benchmark `of`, over all splits that ask it; `base`
        is the base model's, `change` the mean over splits of what was gained on it, `difference`
        that less the envelope's. A single split has no interval.
    """
    cases = points[["case", "of"]].drop_duplicates()
    found = []
    for case, of in cases.itertuples(index=False):
        here = points[(points["case"] == case) & (points["of"] == of)]
        there = parts[(parts["case"] == case) & (parts["of"] == of)]
        robust = robustness_at_losses(here, losses).merge(_start(here), on=list(SPLIT))
        found.append(robust.assign(case=case, of=of, measure=ROBUSTNESS))
        further = pd.DataFrame(_further(here, there, losses))
        if len(further):
            found.append(further.assign(case=OTHER_QUESTIONS, split=of, measure=ACCURACY))
    if not found:
        return pd.DataFrame(columns=list(WAY_OUT_TRANSFER_COLUMNS))
    measured = pd.concat(found, ignore_index=True)
    measured["split"] = measured.get("split", pd.Series(dtype=str)).fillna("")
    splits = points.drop_duplicates([*SPLIT, "case", "of"])
    ratio = float((splits["held_out"] / splits["trained_on"]).mean())
    split = ["base_model", "case", "of", "measure", "at", "seed", "fold", "split"]
    envelope = measured[measured["method"] == ENVELOPE].set_index(split)["value"]
    measured = measured.join(envelope.rename("baseline"), on=split)
    rows = [
        {**dict(zip(_KEYS, key, strict=True)), **_summary(rows, ratio)}
        for key, rows in measured.groupby(_KEYS, sort=True)
    ]
    return pd.DataFrame(rows, columns=list(WAY_OUT_TRANSFER_COLUMNS))


def _start(points: pd.DataFrame) -> pd.DataFrame:
    """The base model's robustness in every split, the mean of both halves."""
    base = points[points["method"] == BASE]
    return base.groupby(list(SPLIT))["spurious"].mean().rename("base").reset_index()


def _further(
    points: pd.DataFrame, parts: pd.DataFrame, losses: Sequence[float]
) -> Iterator[dict[str, Any]]:
    """The accuracy of every curve's chosen point on every other benchmark, split by split."""
    other = parts[(parts["grouping"] == QUESTION) & ~parts["subset"].isin(OWN_SUBSETS)]
    keys = ["base_model", "seed", "fold"]
    curve = ["method", "setting", "knob", "half"]
    for (*known, of), asked in other.groupby([*keys, "subset"], sort=True):
        accuracy = asked.set_index(curve)["correct"] / asked.set_index(curve)["n"]
        of_split = (points[keys] == known).all(axis=1)
        halves = dict(iter(add_losses(points[of_split]).groupby("half")))
        for at in losses:
            values: dict[tuple[str, str], list[tuple[float, float]]] = {}
            for half, here in halves.items():
                there = 1 - half
                base = float(accuracy[(BASE, "{}", 0.0, there)])
                for name, chosen in choose_points(here, at):
                    place = (chosen["method"], chosen["setting"], chosen["knob"], there)
                    value = base if chosen["knob"] < 0 else float(accuracy[place])
                    values.setdefault(name, []).append((value, base))
            for (method, setting), pairs in values.items():
                value, base = (sum(side) / len(pairs) for side in zip(*pairs, strict=True))
                named = {"of": of, "method": method, "setting": setting, "at": at}
                yield {**dict(zip(keys, known, strict=True)), **named, "value": value, "base": base}


def _summary(rows: pd.DataFrame, ratio: float) -> dict[str, Any]:
    named = {
        "": rows["value"],
        "change": rows["value"] - rows["base"],
        "difference": rows["value"] - rows["baseline"],
    }
    found = {name: mean_over_splits(values, test_to_train=ratio) for name, values in named.items()}
    limits = {
        f"{name}_{end}".strip("_"): getattr(estimate, end)
        for name, estimate in found.items()
        for end in ("low", "high")
    }
    return {
        "splits": len(rows),
        "base": float(rows["base"].mean()),
        "baseline": float(rows["baseline"].mean()),
        **{name or "value": estimate.value for name, estimate in found.items()},
        **limits,
    }
