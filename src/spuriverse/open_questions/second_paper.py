"""Robustness learnt on the first paper's types, measured by the second paper's means."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from spuriverse.finetuning import attached_adapter
from spuriverse.models import ModelSpec
from spuriverse.open_questions.answers import CHANGE, DIFFERENCE, SHARE, answer, as_table
from spuriverse.spubench.explain import (
    choose_samples,
    likelihood_advantage,
    map_saliency,
    measure_cgla,
    open_explained,
)
from spuriverse.statistics import (
    clustered_difference,
    clustered_mean,
    clustered_share,
)
from spuriverse.world import Words, add_words

TRAINED, UNTRAINED = "attributes trained on", "attributes not trained on"
_MAPS = {
    "share of the Grad-CAM map on the cue": ("grad_cam", "share_spurious"),
    "share of the attention on the cue": ("attention", "share_spurious"),
    "effect of covering the cue": ("grad_cam", "effect_spurious"),
}


def measure_adapters(
    spec: ModelSpec,
    runs: pd.DataFrame,
    samples: pd.DataFrame,
    attributes: pd.DataFrame,
    words: Path,
    *,
    mapped: int | None,
    cells: int,
    batch_size: int,
    seed: int,
    threads: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure likelihoods and heat maps of fine-tuned models as those of their base model.

    Args:
        spec: The base model.
        runs: A `runs` table: whose adapters are measured.
        samples: The `samples` of MM-SpuBench.
        attributes: Their `attributes`.
        words: File of the words that the base model has learned to read.
        mapped: As `samples` of the heat maps of the base model.
        cells: As for them.
        batch_size: Rows of a forward pass.
        seed: Settles which questions get maps, as for the base model.
        threads: Threads on the CPU.

    Returns:
        A `likelihoods` and a `heatmaps` table, whose model is the run.

    Raises:
        Problem: An adapter, image or mask is missing.
    """
    asked = choose_samples(samples, attributes)
    drawn = choose_samples(samples, attributes, mapped, seed)
    likelihoods, maps = [], []
    for run in runs.to_dict("records"):
        # Anew for every adapter: it belongs to the model before words were added.
        model = open_explained(spec, threads=threads)
        with attached_adapter(model, Path(run["adapter"])), TemporaryDirectory() as folder:
            add_words(model.model, model.processor, Words.load(words))
            named = {"model": run["run_id"]}
            likelihoods.append(measure_cgla(model, asked, batch_size).assign(**named))
            made = map_saliency(model, drawn, folder, batch_size=batch_size, most_cells=cells)
            # Nobody looks at these pictures; what was measured on them is kept.
            maps.append(made.assign(**named, overlay="-"))
    return pd.concat(likelihoods, ignore_index=True), pd.concat(maps, ignore_index=True)


def compare_with_base(
    likelihoods: pd.DataFrame,
    maps: pd.DataFrame,
    runs: pd.DataFrame,
    attributes: pd.DataFrame,
    trained: Mapping[int, set[str]],
    *,
    base_model: str,
) -> pd.DataFrame:
    """Set fine-tuned models beside their base model, question by question.

    Args:
        likelihoods: The `likelihoods` of base model and runs.
        maps: Their `heatmaps`.
        runs: The `runs`.
        attributes: The `attributes` of MM-SpuBench, with the column shown: the attribute of the
            image as types name it.
        trained: Split -> the attributes whose types were trained on.
        base_model: Name of the base model.

    Returns:
        Columns `ANSWER_COLUMNS`: per share of spurious samples in training the accuracy, the share
        of fooled answers, CGLA, and shares and effects of the maps, as change against the base
        model; accuracy also by type and by whether the attribute was trained on.
    """
    known = attributes[["sample_id", "spurious", "spurious_types", "shown"]]
    asked = likelihoods.merge(known, on="sample_id")
    asked["right"], asked["fooled"] = asked["outcome"] == "right", asked["outcome"] == "fooled"
    asked["cgla"] = likelihood_advantage(asked["label_core"], asked["label_spurious"])
    plain = maps[maps["condition"] == "plain"].merge(known, on="sample_id")
    rows: list[dict[str, Any]] = []
    for share, part in runs.sort_values("proportion").groupby("proportion"):
        condition = f"share {share:g}"
        pairs = _pairs(asked, part, base_model, ["sample_id"])
        pairs["seen"] = [
            shown in trained[int(split)]
            for shown, split in zip(pairs["shown"], pairs["split"], strict=True)
        ]
        rows += _of_answers(base_model, condition, pairs)
        rows.append(_change(base_model, condition, "CGLA", pairs, "cgla"))
        maps_of = _pairs(plain, part, base_model, ["sample_id", "method"])
        for measure, (method, column) in _MAPS.items():
            some = maps_of[maps_of["method"] == method].dropna(subset=[column, f"{column}_before"])
            if len(some):
                rows.append(_change(base_model, condition, measure, some, column))
    return as_table(rows)


def _pairs(
    table: pd.DataFrame, runs: pd.DataFrame, base_model: str, keys: list[str]
) -> pd.DataFrame:
    """Every row of a run beside the base model's, with its split."""
    before = table[table["model"] == base_model]
    split = dict(zip(runs["run_id"], runs["seed"], strict=True))
    after = table[table["model"].isin(split)].assign(split=lambda part: part["model"].map(split))
    return after.merge(before, on=keys, suffixes=("", "_before"))


def _of_answers(model: str, condition: str, pairs: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for name, column in (("before", "right_before"), ("after", "right")):
        found = clustered_share(pairs[column], pairs["spurious"])
        where = f"{condition} – {name}"
        rows.append(answer(model, where, "accuracy", SHARE, found, pairs["spurious"]))
    typed = pairs.explode("spurious_types")
    parts = {
        "accuracy": pairs,
        f"accuracy – {TRAINED}": pairs[pairs["seen"]],
        f"accuracy – {UNTRAINED}": pairs[~pairs["seen"]],
        **{f"accuracy – {name}": part for name, part in typed.groupby("spurious_types")},
    }
    for measure, part in parts.items():
        if len(part):
            rows.append(_difference(model, condition, measure, part, "right"))
    rows.append(_difference(model, condition, "fooled", pairs, "fooled"))
    return rows


def _difference(
    model: str, condition: str, measure: str, part: pd.DataFrame, column: str
) -> dict[str, Any]:
    units = part["spurious"]
    found = clustered_difference(part[column], units, part[f"{column}_before"], units)
    return answer(model, f"{condition} – change", measure, DIFFERENCE, found, units)


def _change(
    model: str,
    condition: str,
    measure: str,
    part: pd.DataFrame,
    column: str,
) -> dict[str, Any]:
    found = clustered_mean(part[column] - part[f"{column}_before"], part["spurious"])
    unit = DIFFERENCE if measure.startswith("share") else CHANGE
    return answer(model, f"{condition} – change", measure, unit, found, part["spurious"])
