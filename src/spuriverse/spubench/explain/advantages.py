"""CGLA and failure signatures of every model and type of spurious correlation."""

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.spubench.explain.cgla import SIGNATURES, likelihood_advantage, signature
from spuriverse.statistics import Estimate, clustered_mean, clustered_share

ALL = "all"
"""What the column `spurious_type` says of all types together."""

_SHARES = ("below_zero", "accuracy")
_ESTIMATES = ("cgla", "per_token", *_SHARES)
CGLA_COLUMNS = [
    "model",
    "spurious_type",
    "n",
    *(f"{name}{end}" for name in _ESTIMATES for end in ("", "_low", "_high")),
    "signature",
    "certain",
]
CGLA_SHOWN = {
    "model": "{model}",
    "type": "{spurious_type}",
    "n": "{n}",
    "CGLA": "{cgla:.2f} [{cgla_low:.2f}, {cgla_high:.2f}]",
    "per token": "{per_token:.2f} [{per_token_low:.2f}, {per_token_high:.2f}]",
    "below zero": "{below_zero:.3f} [{below_zero_low:.3f}, {below_zero_high:.3f}]",
    "accuracy": "{accuracy:.3f} [{accuracy_low:.3f}, {accuracy_high:.3f}]",
    "signature": "{signature}",
}
SIGNATURE_COLUMNS = ["model", "signature", "types", "n", "share", "low", "high"]

SIGNATURE_SHOWN = {
    "model": "{model}",
    "signature": "{signature}",
    "types": "{types}",
    "n": "{n}",
    "share of samples": "{share:.3f} [{low:.3f}, {high:.3f}]",
}


def join_advantages(likelihoods: pd.DataFrame, attributes: pd.DataFrame) -> pd.DataFrame:
    """Put CGLA beside whether the model answers right.

    Args:
        likelihoods: A `likelihoods` table of any number of models.
        attributes: The `attributes` of their samples.

    Returns:
        One row per sample and model: model, spurious_types, cluster (the spurious attribute), cgla,
        per_token, below_zero (1.0 or 0.0) and accuracy (1.0 or 0.0).

    Raises:
        Problem: A sample has no attributes.
    """
    joined = likelihoods.merge(attributes, on="sample_id", how="left")
    lost = joined.loc[joined["spurious"].isna(), "sample_id"]
    if len(lost):
        raise Problem(
            f"{len(lost)} samples have a likelihood and no attributes, such as {lost.iloc[0]}; make"
            " questions and likelihoods from one run."
        )
    core, spurious = joined["label_core"], joined["label_spurious"]
    raw = likelihood_advantage(core, spurious)
    return pd.DataFrame(
        {
            "model": joined["model"],
            "spurious_types": joined["spurious_types"],
            "cluster": joined["spurious"],
            "cgla": raw,
            "per_token": likelihood_advantage(core, spurious, joined["label_tokens"]),
            "below_zero": (raw < 0).astype(float),
            "accuracy": (joined["outcome"] == "right").astype(float),
        }
    )


def tabulate_cgla(
    advantages: pd.DataFrame,
    *,
    accuracy_threshold: float = 0.5,
    cgla_threshold: float = 0.0,
) -> pd.DataFrame:
    """Estimate CGLA of every model, for each type and for all.

    Args:
        advantages: As `join_advantages` returns it.
        accuracy_threshold: Accuracy is high from here on.
        cgla_threshold: CGLA is high above this.

    Returns:
        Columns `CGLA_COLUMNS`. The signature is that of the two estimates; it is certain if
        neither interval holds its threshold.
    """
    rows = []
    for model, own in advantages.groupby("model", sort=False):
        # A question of two types counts for both, and once in all.
        typed = own.explode("spurious_types", ignore_index=True)
        parts = [(ALL, own), *typed.groupby("spurious_types", sort=True)]
        for name, part in parts:
            found = {
                key: (clustered_share if key in _SHARES else clustered_mean)(
                    part[key], part["cluster"]
                )
                for key in _ESTIMATES
            }
            limits = ((found["accuracy"], accuracy_threshold), (found["cgla"], cgla_threshold))
            rows.append(
                {
                    "model": model,
                    "spurious_type": name,
                    "n": len(part),
                    **{k: v for key, one in found.items() for k, v in _cells(key, one).items()},
                    "signature": signature(
                        found["accuracy"].value,
                        found["cgla"].value,
                        accuracy_threshold,
                        cgla_threshold,
                    ),
                    # Without an interval nothing is certain.
                    "certain": all(limit < one.low or one.high < limit for one, limit in limits),
                }
            )
    return pd.DataFrame(rows, columns=CGLA_COLUMNS)


def tabulate_signatures(advantages: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Count the four signatures of every model, over types and over samples.

    Args:
        advantages: As `join_advantages` returns it.
        table: As `tabulate_cgla` returns it.

    Returns:
        Columns `SIGNATURE_COLUMNS`: types is the number of types with the signature, share that of
        samples with it (answered right or not, CGLA above zero or not), of n, with its interval
        over spurious attributes.
    """
    rows = []
    for model, own in advantages.groupby("model", sort=False):
        types = table[(table["model"] == model) & (table["spurious_type"] != ALL)]["signature"]
        named = np.array(
            [SIGNATURES[a > 0.5, c > 0] for a, c in zip(own["accuracy"], own["cgla"], strict=True)]
        )
        for name in SIGNATURES.values():
            share = clustered_share(named == name, own["cluster"])
            rows.append(
                {
                    "model": model,
                    "signature": name,
                    "types": int((types == name).sum()),
                    "n": share.n,
                    "share": share.value,
                    "low": share.low,
                    "high": share.high,
                }
            )
    return pd.DataFrame(rows, columns=SIGNATURE_COLUMNS)


def note_on_labels(attributes: pd.DataFrame) -> str:
    """Say what CGLA takes for the label where the source of the questions names no class.

    Args:
        attributes: An `attributes` table.

    Returns:
        A sentence; empty if every question has its class.
    """
    without = int((attributes["label_source"] != "class").sum())
    if not without:
        return ""
    return (
        f"For {without:,} of {len(attributes):,} questions the source names no class of the object:"
        " the text of the right option stands for the label. It repeats words of the core"
        " attribute, which favours the core prompt, so that such a CGLA compares models and types"
        " and its sign alone says nothing."
    )


def _cells(name: str, estimate: Estimate) -> dict[str, float]:
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
