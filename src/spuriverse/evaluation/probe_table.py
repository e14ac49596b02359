"""The table of probes: every contrast with its interval and test, and how probes rank models."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.evaluation.probe import Ask, Contrast, Material, Probe, Quantity
from spuriverse.evaluation.probes import find_probes
from spuriverse.evaluation.sets import limit_samples, read_evaluation_samples
from spuriverse.evaluation.sticker_images import read_stickers
from spuriverse.evaluation.telling_apart import image_embedder
from spuriverse.models import (
    LocalModel,
    ModelSpec,
    Variant,
    ask_opened,
    ask_variants,
    open_here,
)
from spuriverse.statistics import (
    clustered_difference,
    clustered_share,
    holm,
    mcnemar_clustered,
)
from spuriverse.tables import read_table, read_tables
from spuriverse.world import draw_stickers

_TESTED = ("difference", "difference_low", "difference_high", "p_value")
PROBED_COLUMNS = (
    *("model", "probe", "condition", "against", "measure"),
    *("n", "value", "low", "high", "pairs", *_TESTED),
)
PROBE_COLUMNS = (*PROBED_COLUMNS, "p_adjusted", "rank_correlation")
PROBE_SHOWN = {
    "Model": "{model}",
    "Probe": "{probe}",
    "Condition": "{condition}",
    "Against": "{against}",
    "Measure": "{measure}",
    "n": "{n}",
    "Value": "{value:.3f} [{low:.3f}, {high:.3f}]",
    "Difference": "{difference:+.3f} [{difference_low:+.3f}, {difference_high:+.3f}]",
    "p": "{p_adjusted:.3f}",
    "Rank correlation with the bias of training": "{rank_correlation:.2f}",
}
RANK_COLUMNS = ("probe", "models", "rank_correlation", "ordered_pairs", "pairs")


def read_material(
    paths: Any, *, limit: int | None, seed: int, folder: Path, stickers: str | None
) -> Material:
    """Read what probes are made of, from a job's named input files.

    Args:
        paths: As in `read_evaluation_samples`, and test_sets: a list, empty or of the table of that
            name, whose aligned and ordinary samples take the place of the non-spurious set. That
            holds no errors of the source model, which would flatter it.
        limit: Most questions of every subset.
        seed: Of the draw of the questions, and of the probes.
        folder: Where changed images are written; must exist.
        stickers: Folder of a bank of stickers; None for the props of the embedded world.

    Raises:
        Problem: As in `read_evaluation_samples` and `read_stickers`.
    """
    samples = read_evaluation_samples(paths)
    if paths.test_sets:
        samples = _with_unselected(samples, paths)
    samples = limit_samples(samples.drop_duplicates("sample_id"), limit, seed)
    types = read_table(paths.types, "types").set_index("type_id")["predicted"]
    groups = read_table(paths.groups, "groups")
    keys = ["candidate_id", "part", "seed"]
    core = groups[groups["group"] == "core"].set_index(keys)["image"].rename("twin")
    twins = groups[groups["group"] == "spurious"].join(core, on=keys)
    of_image = twins.drop_duplicates("image").set_index("image")["twin"]
    is_group = samples["subset"].isin(("spurious", "core"))
    samples = samples.assign(
        cue=samples["cluster"].map(types).where(is_group),
        twin=samples["image"].map(of_image).where(samples["subset"] == "spurious"),
    )
    bank = read_stickers(stickers) if stickers else draw_stickers()
    return Material(samples, folder, seed, bank)


def probe_model(
    spec: ModelSpec,
    material: Material,
    names: Sequence[str] | None,
    *,
    strategy: str = "direct",
    threads: int = 1,
    address: str | None = None,
) -> pd.DataFrame:
    """Ask one model under the conditions of some probes.

    Args:
        spec: The model, and how it is asked.
        material: What the probes are made of.
        names: The probes; None for all.
        strategy: Prompting strategy.
        threads: Of the forward passes of a model that is loaded here.
        address: Where the server is, if the workflow started it.

    Returns:
        The columns of `PROBED_COLUMNS`, a row for each condition.

    Raises:
        Problem: A probe is unknown, or the model cannot be asked.
    """
    probes = find_probes(names)
    ask, material = _open(spec, material, strategy, threads, address)
    rows = [
        {"model": spec.name, "probe": probe.name, **probe_row(found)}
        for probe in probes
        for found in probe.measure(ask, material)
    ]
    return pd.DataFrame(rows, columns=list(PROBED_COLUMNS))


def probe_row(found: Contrast | Quantity) -> dict[str, Any]:
    """Return what a probe yielded as a row: as `contrast_row`, or the numbers of a quantity."""
    return contrast_row(found) if isinstance(found, Contrast) else asdict(found)


def contrast_row(contrast: Contrast) -> dict[str, Any]:
    """Estimate one contrast.

    Returns:
        condition, against, measure, n, value, low, high; pairs, difference with its limits and
        p_value, which are missing where there is nothing to compare with, and the test alone where
        the answers are not to the same questions. Intervals are at 95 % over units; the test is the
        exact paired one (`mcnemar_clustered`).
    """
    marks, others = contrast.marks, contrast.others
    row: dict[str, Any] = {
        name: getattr(contrast, name) for name in ("condition", "against", "measure")
    }
    row["n"] = len(marks)
    if marks.empty:
        return row
    share = clustered_share(marks["value"], marks["unit"])
    row |= {"value": share.value, "low": share.low, "high": share.high}
    if others is None or others.empty:
        return row
    first, second = marks, others
    if contrast.paired:
        both = marks.merge(others[["sample_id", "value"]], on="sample_id", suffixes=("", "_other"))
        if both.empty:
            return row
        first, second = both, both.assign(value=both["value_other"])
        row["pairs"] = len(both)
        row["p_value"] = mcnemar_clustered(both["value"], both["value_other"], both["unit"])
    found = clustered_difference(first["value"], first["unit"], second["value"], second["unit"])
    return row | dict(zip(_TESTED, (found.value, found.low, found.high), strict=False))


def tabulate_probes(
    parts: Iterable[pd.DataFrame], bias: Mapping[str, float], probes: Sequence[Probe]
) -> pd.DataFrame:
    """Put the rows of all models together.

    Args:
        parts: As `probe_model` returns them, one a model.
        bias: As in `rank_models`.
        probes: Those that were asked.

    Returns:
        The columns of `PROBE_COLUMNS`; p_adjusted corrects the tests of a probe by Holm's method,
        all models together. rank_correlation is that of `rank_models`, on the rows that a probe's
        score was taken from.
    """
    table = pd.concat(list(parts), ignore_index=True)
    table["p_adjusted"] = table.groupby("probe")["p_value"].transform(
        lambda values: holm(values.astype("float64"))
    )
    table = table.astype({"n": "Int64", "pairs": "Int64"})
    found = rank_models(table, bias, probes).set_index("probe")["rank_correlation"]
    scored = {place for probe in probes for place in _scored_rows(table, probe, bias).values()}
    known = table["probe"].map(found)
    table["rank_correlation"] = known.where(table.index.isin(scored)).astype("float64")
    return table[list(PROBE_COLUMNS)]


def rank_models(
    table: pd.DataFrame, bias: Mapping[str, float], probes: Sequence[Probe]
) -> pd.DataFrame:
    """Compare the order in which probes put models with how biased these were trained.

    Args:
        table: As `tabulate_probes` returns it.
        bias: Name of a model -> how biased its training was, from 0; only these are ranked.
        probes: Those with a score are.

    Returns:
        The columns of `RANK_COLUMNS`, a row per probe that scores two models or more: Kendall's
        tau-b of score and bias (missing where either is the same for all), and of the pairs of
        models with unlike bias, how many the score puts in that order.
    """
    rows = []
    for probe in probes:
        scores = _scores(table, probe, bias)
        if len(scores) < 2:
            continue
        names = list(scores)
        pairs = [(a, b) for a in names for b in names if bias[a] > bias[b]]
        ordered = sum(scores[a] > scores[b] for a, b in pairs)
        tau = _tau_b([scores[n] for n in names], [bias[n] for n in names])
        rows.append((probe.name, len(names), tau, ordered, len(pairs)))
    return pd.DataFrame(rows, columns=list(RANK_COLUMNS))


def _with_unselected(samples: pd.DataFrame, paths: Any) -> pd.DataFrame:
    fresh = read_tables(paths.test_sets, "test_sets")
    attributes = read_table(paths.candidates, "candidates").set_index("candidate_id")["attribute"]
    fresh = fresh[fresh["subset"].isin(("aligned", "ordinary"))]
    attribute = fresh["candidate_id"].map(attributes).fillna("")
    fresh = fresh.assign(attribute=attribute, cluster=fresh["image"])
    groups = samples[samples["subset"].isin(("anchor", "spurious", "core"))]
    return pd.concat([groups, fresh[list(samples.columns)]], ignore_index=True)


def _scores(table: pd.DataFrame, probe: Probe, bias: Mapping[str, float]) -> dict[str, float]:
    places = _scored_rows(table, probe, bias)
    return {model: probe.sign * table.at[place, "difference"] for model, place in places.items()}


def _scored_rows(table: pd.DataFrame, probe: Probe, bias: Mapping[str, float]) -> dict[str, int]:
    """Name of a model -> the row that holds its score."""
    found: dict[str, int] = {}
    if probe.score:
        rows = table[(table["probe"] == probe.name) & table["difference"].notna()]
        rows = rows[rows["model"].isin(list(bias)) & rows["condition"].str.startswith(probe.score)]
        for place, model in rows["model"].items():
            found.setdefault(model, int(place))
    return found


def _tau_b(first: Sequence[float], second: Sequence[float]) -> float:
    signs = [np.sign(np.subtract.outer(v, v))[np.triu_indices(len(v), 1)] for v in (first, second)]
    scale = np.sqrt(np.prod([np.abs(s).sum() for s in signs]))
    return float((signs[0] * signs[1]).sum() / scale) if scale else float("nan")


def _open(
    spec: ModelSpec, material: Material, strategy: str, threads: int, address: str | None
) -> tuple[Ask, Material]:
    """How the model is asked, and the material with what of the model itself can be looked at."""
    if spec.server is not None:
        return lambda samples: ask_variants(
            spec, [Variant(samples, strategy)], address=address
        ), material
    model = open_here(spec, threads=threads)
    seen = replace(
        material,
        model=model if isinstance(model, LocalModel) else None,
        embed=image_embedder(model),
    )
    return lambda samples: ask_opened(model, spec, [Variant(samples, strategy)]), seen
