"""Open answers in the embedded world: the likeliest of all that there are, not of four options."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.evaluation import mark_responses
from spuriverse.finetuning import attached_adapter, held_out_responses, held_out_samples
from spuriverse.models import ModelSpec, Variant, ask_opened, open_checkpoint
from spuriverse.open_questions.answers import DIFFERENCE, SHARE, answer, as_table
from spuriverse.statistics import clustered_difference, clustered_mean, clustered_share
from spuriverse.world import QUESTION_KINDS

CHOICE, OPEN = "multiple choice", "open"
_SUBSETS = ("core", "spurious")
"""The non-spurious set is left out: its source model is right there by construction, where it
chose among four options. The trade-off has ordinary samples that were drawn anew."""
_TRADEOFF = ("spurious_held_out", "aligned", "ordinary")


def with_all_answers(samples: pd.DataFrame) -> pd.DataFrame:
    """Put every answer there is to a question of the embedded world in place of its options.

    Args:
        samples: Columns question, options and answer, among others.

    Returns:
        The same rows; options are all objects, colours, places or numbers, in one order. Questions
        of other sources keep theirs.
    """
    pools = {text: list(pool) for text, pool in QUESTION_KINDS.values()}
    asked = zip(samples["question"], samples["options"], strict=True)
    options = [pools.get(text, list(offered)) for text, offered in asked]
    right = [o[a] for o, a in zip(samples["options"], samples["answer"], strict=True)]
    answers = [texts.index(text) for texts, text in zip(options, right, strict=True)]
    return samples.assign(options=options, answer=answers)


def ask_adapters_openly(
    spec: ModelSpec,
    asked: pd.DataFrame,
    splits: pd.DataFrame,
    runs: pd.DataFrame,
    *,
    seed: int,
    threads: int,
) -> pd.DataFrame:
    """Ask the base model and every fine-tuned one of a split without options.

    Args:
        spec: The base model, and how it is asked.
        asked: As `spuriverse.finetuning.study_samples` returns it.
        splits: A `splits` table.
        runs: The `runs` of the split.
        seed: Which split.
        threads: Threads on the CPU.

    Returns:
        A `responses` table; the model of a response is the base model or the run.

    Raises:
        Problem: An adapter is missing.
    """
    held_out = held_out_samples(asked, splits, seed).drop_duplicates("sample_id")
    variants = [Variant(with_all_answers(held_out))]
    base = open_checkpoint(spec, threads=threads)
    parts = [ask_opened(base, spec, variants)]
    for run in runs.to_dict("records"):
        with attached_adapter(base, Path(run["adapter"])) as tuned:
            parts.append(ask_opened(tuned, spec, variants).assign(model=run["run_id"]))
    return pd.concat(parts, ignore_index=True)


def compare_protocols(
    asked: pd.DataFrame,
    responses: Mapping[str, pd.DataFrame],
    *,
    threshold: float,
) -> pd.DataFrame:
    """Set open answers beside multiple choice, question by question.

    Args:
        asked: As `spuriverse.evaluation.evaluation_samples` returns it.
        responses: Protocol (`CHOICE`, `OPEN`) -> the `responses` of any number of models.
        threshold: Gap above which a type counts as one.

    Returns:
        Columns `ANSWER_COLUMNS`: accuracies, gaps and the share of types above the threshold by
        either protocol (condition), and open less multiple choice.
    """
    wide = with_all_answers(asked)
    marked = {
        CHOICE: mark_responses(asked, responses[CHOICE]),
        OPEN: mark_responses(wide, responses[OPEN]),
    }
    rows: list[dict[str, Any]] = []
    for model in dict.fromkeys(responses[OPEN]["model"]):
        mine = {name: part[part["model"] == model] for name, part in marked.items()}
        for subset in _SUBSETS:
            parts = {name: part[part["subset"] == subset] for name, part in mine.items()}
            if not any(part.empty for part in parts.values()):
                rows += _accuracies(str(model), subset, parts)
        rows += _gaps(str(model), mine, threshold)
    return as_table(rows)


def _units(part: pd.DataFrame) -> pd.Series:
    return part["attribute"].where(part["attribute"] != "", part["cluster"])


def _accuracies(
    model: str, subset: str, parts: Mapping[str, pd.DataFrame], condition: str = ""
) -> list[dict[str, Any]]:
    """Accuracy by either protocol, and open less multiple choice."""
    measure, before = (
        f"accuracy, {subset}".replace(", ", " – "),
        f"{condition} – " * bool(condition),
    )
    rows = []
    for name, part in parts.items():
        found = clustered_share(part["correct"], _units(part))
        rows.append(answer(model, f"{before}{name}", measure, SHARE, found, _units(part)))
    first, second = parts[OPEN], parts[CHOICE]
    found = clustered_difference(first["correct"], _units(first), second["correct"], _units(second))
    where = f"{before}{OPEN} less {CHOICE}"
    rows.append(answer(model, where, measure, DIFFERENCE, found, _units(first)))
    return rows


def _gaps(model: str, mine: Mapping[str, pd.DataFrame], threshold: float) -> list[dict[str, Any]]:
    by_type = pd.DataFrame({name: _gap_of_types(part) for name, part in mine.items()}).dropna()
    units = by_type.index.get_level_values("attribute")
    rows = []
    for name in mine:
        found = clustered_mean(by_type[name], units)
        above = clustered_share(by_type[name] > threshold, units)
        rows += [
            answer(model, name, "gap", DIFFERENCE, found, units),
            answer(model, name, "types above the threshold", SHARE, above, units),
        ]
    apart = clustered_mean(by_type[OPEN] - by_type[CHOICE], units)
    rows.append(answer(model, f"{OPEN} less {CHOICE}", "gap", DIFFERENCE, apart, units))
    return rows


def _gap_of_types(marked: pd.DataFrame) -> pd.Series:
    groups = marked[marked["subset"].isin(["core", "spurious"])]
    shares = groups.groupby(["attribute", "cluster", "subset"])["correct"].mean().unstack()
    return shares["core"] - shares["spurious"]


def compare_tradeoffs(
    asked: pd.DataFrame,
    responses: Mapping[str, pd.DataFrame],
    runs: pd.DataFrame,
    splits: pd.DataFrame,
    types: pd.DataFrame,
    *,
    base_model: str,
) -> pd.DataFrame:
    """Set the trade-off by open answers beside that by multiple choice.

    Args:
        asked: As `spuriverse.finetuning.study_samples` returns it.
        responses: Protocol -> the `responses` of base model and runs.
        runs: The `runs` of the trade-off.
        splits: A `splits` table.
        types: A `types` table.
        base_model: Name of the base model.

    Returns:
        Columns `ANSWER_COLUMNS`: accuracies by share of spurious samples and protocol (condition).
    """
    named = {"before fine-tuning": {seed: base_model for seed in sorted(set(runs["seed"]))}}
    for run in runs.sort_values("proportion").to_dict("records"):
        condition = f"share {run['proportion']:g}"
        named.setdefault(condition, {})[int(run["seed"])] = run["run_id"]
    questions = {CHOICE: asked, OPEN: with_all_answers(asked)}
    rows: list[dict[str, Any]] = []
    for condition, models in named.items():
        answers = {
            name: _held_out(questions[name], replies, models, splits, types)
            for name, replies in responses.items()
        }
        for subset in _TRADEOFF:
            parts = {name: part[part["subset"] == subset] for name, part in answers.items()}
            if not any(part.empty for part in parts.values()):
                rows += _accuracies(base_model, subset.replace("_", " "), parts, condition)
    return as_table(rows)


def _held_out(
    asked: pd.DataFrame,
    replies: pd.DataFrame,
    models: Mapping[int, str],
    splits: pd.DataFrame,
    types: pd.DataFrame,
) -> pd.DataFrame:
    parts: Sequence[pd.DataFrame] = [
        held_out_responses(
            asked,
            replies[replies["model"] == model].drop_duplicates("sample_id"),
            splits,
            types,
            seed,
        )
        for seed, model in models.items()
    ]
    joined = pd.concat(parts, ignore_index=True)
    return joined.assign(attribute=joined["attribute"].replace({np.nan: ""}))
