"""The tables of the fine-tuning study."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from spuriverse.evaluation import (
    ACCURACY,
    COUNTED,
    count_units,
    estimate_difference,
    estimate_share,
    mark_responses,
)
from spuriverse.finetuning.tradeoff import HELD_OUT
from spuriverse.statistics import Estimate
from spuriverse.tables import interval

BASE_REGIME = "base"
SETS = (
    "anchor_held_out",
    "spurious_held_out",
    "core_held_out",
    "non_spurious",
    "aligned",
    "aligned_without_cue",
    "ordinary",
)
"""The sets of the tables; the non-spurious set is whatever is of no type, so that ordinary samples
and those of other benchmarks are parts of it."""

_ESTIMATES = (
    "n",
    *COUNTED,
    "seeds",
    "accuracy",
    "low",
    "high",
    "change",
    "change_low",
    "change_high",
)
_RUN = ("base_model", "regime", "layers")
FINETUNING_COLUMNS = (*_RUN, "subset", "samples", *_ESTIMATES, "published", "published_source")
ABLATION_COLUMNS = ("base_model", "types", "seed", "subset", *_ESTIMATES)
HELD_OUT_COLUMNS = ("base_model", "held_out", "subset", "types", *_ESTIMATES)
TRANSFER_COLUMNS = ("found_on", "base_model", "subset", *_ESTIMATES)

_PUBLISHED_RUNS = {
    ("base", ""): "{model}",
    ("spurious_group", "both"): "{model} fine-tuned on spurious groups",
}
"""Which row of ours a published value stands beside: the paper's Table 4 trains both towers."""


def compare_runs(runs: pd.DataFrame, responses: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """Mark every response of every run, beside the base model's to the same question.

    Args:
        runs: A `runs` table.
        responses: Their `responses` and those of their base models, which may recur: the model of
            each is a run or a base model.
        asked: As `spuriverse.finetuning.study_samples` returns it.

    Returns:
        The columns of `runs`, subset, cluster, sample_id, correct, and `before`, whether the base
        model was right. A sample that is neither of a type nor of an anchor has two rows, one of
        the subset non_spurious.
    """
    key = ["sample_id", "subset", "cluster", "attribute"]
    of_run = responses["model"].isin(runs["run_id"])
    base = responses[~of_run].drop_duplicates(["model", "sample_id"])
    after = mark_responses(asked, responses[of_run]).rename(columns={"model": "run_id"})
    before = mark_responses(asked, base).rename(columns={"correct": "before"})
    joined = after.merge(runs.drop(columns="modules"), on="run_id", validate="m:1")
    joined = joined.merge(
        before.rename(columns={"model": "base_model"}), on=["base_model", *key], validate="m:1"
    )
    whole = joined[~joined["subset"].isin(HELD_OUT)].assign(subset="non_spurious")
    joined["subset"] = joined["subset"].replace(HELD_OUT)
    return pd.concat([joined, whole], ignore_index=True)


def finetuning_results(compared: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Estimate every regime on every set: the numbers behind the paper's Table 4.

    Mean over seeds with a 95 % interval over attributes (images where there is no type); the change
    against the base model is paired by question.

    Args:
        compared: As `compare_runs` returns it, of the study regimes.
        published: As `spuriverse.evaluation.read_published` returns it.

    Returns:
        The columns of `FINETUNING_COLUMNS`; the regime base is the model as it was.
    """
    first = compared.drop_duplicates(["base_model", "seed", "sample_id", "subset"])
    base = first.assign(regime=BASE_REGIME, layers="", samples=0, correct=first["before"])
    table = _estimate(pd.concat([base, compared]), [*_RUN, "subset"], more=("samples",))
    known = published[published["published"].notna()].set_index(["model", "subset"])
    beside = [_published(row, known) for row in table.to_dict("records")]
    table[["published", "published_source"]] = pd.DataFrame(beside, index=table.index)
    return _ordered(table, FINETUNING_COLUMNS, compared)


def ablation_results(compared: pd.DataFrame) -> pd.DataFrame:
    """Estimate the effect of the number of spurious types in training.

    Args:
        compared: As `compare_runs` returns it, of the study ablation.

    Returns:
        The columns of `ABLATION_COLUMNS`; a row of each seed and one of all (`all`). Splits
        may differ in how many types a share of them is: `types` is the mean over seeds.
    """
    # The same step of the ablation is the same rank on every split.
    rank = compared.groupby(["base_model", "seed"])["types"].rank("dense")
    steps = compared.assign(step=rank)
    mean = steps.drop_duplicates("run_id").groupby(["base_model", "step"])["types"].mean()
    steps["types"] = steps.set_index(["base_model", "step"]).index.map(mean.round(1))
    names = ["base_model", "types", "seed", "subset"]
    single = _estimate(steps.assign(run=steps["seed"].astype(str)), names)
    pooled = _estimate(steps, ["base_model", "types", "subset"])
    both = pd.concat([single.assign(seed=single["seed"].astype(str)), pooled.assign(seed="all")])
    return _ordered(both, ABLATION_COLUMNS, compared)


def held_out_results(compared: pd.DataFrame) -> pd.DataFrame:
    """Estimate what fine-tuning does to shortcuts that were held out, one group of them a row.

    Args:
        compared: As `compare_runs` returns it, with `held_out`: the kind or the benchmark.

    Returns:
        The columns of `HELD_OUT_COLUMNS`; `types` counts the held-out types a row rests on.
    """
    table = _estimate(compared, ["base_model", "held_out", "subset"], clusters=True)
    return _ordered(table.rename(columns={"clusters": "types"}), HELD_OUT_COLUMNS, compared)


def tag_held_out_types(compared: pd.DataFrame, types: pd.DataFrame) -> pd.DataFrame:
    """Keep the responses about held-out types, each with its kind, after training on others.

    Their kinds, and other types of their kinds, were in training: the comparison for what is left
    out as a whole kind.

    Args:
        compared: As `compare_runs` returns it, of the study regimes.
        types: A `types` table.

    Returns:
        The rows of the regime spurious_group, in both towers if that was trained, with `held_out`.
    """
    chosen = compared[compared["regime"] == "spurious_group"]
    if "both" in set(chosen["layers"]):
        chosen = chosen[chosen["layers"] == "both"]
    kind = chosen["cluster"].map(types.set_index("type_id")["kind"])
    return chosen.assign(held_out=kind)[kind.notna()]


def tag_other_benchmarks(compared: pd.DataFrame) -> pd.DataFrame:
    """Keep the responses about benchmarks of which nothing was in training.

    Args:
        compared: As `compare_runs` returns it, of the study regimes.

    Returns:
        The rows of the regime spurious_group about samples of benchmarks without types, with
        `held_out`: their benchmark.
    """
    known = {*SETS, *HELD_OUT.values()}
    chosen = compared[(compared["regime"] == "spurious_group") & ~compared["subset"].isin(known)]
    return chosen.assign(held_out=chosen["subset"])


def transfer_results(compared: pd.DataFrame) -> pd.DataFrame:
    """Estimate what fine-tuning on types does that were found on another model.

    Args:
        compared: As `compare_runs` returns it, with `found_on`.

    Returns:
        The columns of `TRANSFER_COLUMNS`.
    """
    table = _estimate(compared, ["found_on", "base_model", "subset"])
    return _ordered(table, TRANSFER_COLUMNS, compared)


def as_paper_table(table: pd.DataFrame) -> tuple[pd.DataFrame, Mapping[str, str]]:
    """Turn the table of regimes into the shape of the paper's Table 4: regime x set.

    Args:
        table: As `finetuning_results` returns it.

    Returns:
        A row for each base model, regime and layers, and what is shown of it: heading -> format.
    """
    sets = [name for name in SETS if name in set(table["subset"])]
    rows = []
    for key, part in table.groupby([*_RUN], sort=False):
        row: dict[str, Any] = dict(zip(_RUN, key, strict=True))
        row["samples"] = part["samples"].iloc[0]
        for cell in part.to_dict("records"):
            row |= {f"{cell['subset']}_{name}": cell[name] for name in ("accuracy", "low", "high")}
            if pd.notna(cell["published"]):
                row["published"] = cell["published"]
        rows.append(row)
    wide = pd.DataFrame(rows)
    wide["published"] = wide.get("published", pd.Series(index=wide.index, dtype="float64"))
    shown = {"model": "{base_model}", "trained on": "{regime}", "layers": "{layers}"}
    shown |= {"samples": "{samples:.0f}"}
    for name in sets:
        cell = interval(*(f"{name}_{value}" for value in ACCURACY))
        shown[name.replace("_held_out", ", held out").replace("_", "-")] = cell
    return wide, shown | {"published, anchors held out": "{published:.3f}"}


def _estimate(
    compared: pd.DataFrame,
    keys: list[str],
    *,
    more: Sequence[str] = (),
    clusters: bool = False,
) -> pd.DataFrame:
    rows = []
    for values, part in compared.groupby(keys, sort=True):
        value = estimate_share(part)
        change = estimate_difference(part, part, ("correct", "before"))
        row = dict(zip(keys, values, strict=True)) | {name: part[name].mean() for name in more}
        row |= {"n": value.n, **count_units(part), "seeds": part["seed"].nunique()}
        row |= _named(value, "accuracy", "") | _named(change, "change", "change_")
        rows.append(row | ({"clusters": part["cluster"].nunique()} if clusters else {}))
    return pd.DataFrame(rows).astype({"attributes": "Int64"})


def _named(estimate: Estimate, value: str, prefix: str) -> dict[str, float]:
    return {
        value: estimate.value,
        f"{prefix}low": estimate.low,
        f"{prefix}high": estimate.high,
    }


def _published(row: Mapping[Any, Any], known: pd.DataFrame) -> tuple[float | None, str]:
    name = _PUBLISHED_RUNS.get((row["regime"], row["layers"]), "").format(model=row["base_model"])
    if (name, row["subset"]) not in known.index:
        return None, ""
    found = known.loc[(name, row["subset"])]
    return found["published"], found["published_source"]


def _ordered(table: pd.DataFrame, columns: tuple[str, ...], compared: pd.DataFrame) -> pd.DataFrame:
    """Sort by the columns before the estimates: names as they came, sets as in `SETS`."""
    orders = {
        "subset": SETS,
        "regime": (BASE_REGIME, *dict.fromkeys(compared["regime"])),
        "layers": ("", *dict.fromkeys(compared["layers"])),
    }

    def rank(values: pd.Series) -> pd.Series:
        order = list(orders.get(str(values.name), ()))
        place = {name: f"{number:03}" for number, name in enumerate(order)}
        return values.map(lambda v: place.get(v, v)) if order else values

    keys = [name for name in columns[: columns.index("n")] if name not in ("samples",)]
    return table.sort_values(keys, key=rank, ignore_index=True)[list(columns)]
