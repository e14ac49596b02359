"""What is known of each suspicion: how often it shows, what edits do, and what to do next."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from spuriverse.discovery.suspicions.trials import FEWEST_PAIRS
from spuriverse.discovery.synthesis.suspected import read_suspected
from spuriverse.statistics import (
    Estimate,
    benjamini_hochberg,
    exact_paired_difference,
    independent_difference,
)
from spuriverse.tables import PathLike

MOVES = 0.3
"""Least rise of the wrong answer's share by which an edit is said to move the answer."""

_PAIRED = ("n", "rate", "control", "difference", "low", "high", "p", "q")
_NATURAL = ("n", "most", "least", "difference", "low", "high", "p", "q")

REGION, WHOLE, SURROUNDINGS = "region", "whole picture", "surroundings"

SHORTCUT_COLUMNS = (
    *("attribute", "name", "scope", "pasted", "wrong", "pictures"),
    *("n_with", "n_without", "rate_with", "rate_without", "difference", "low", "high", "p", "q"),
    *(f"paste_{key}" for key in _PAIRED),
    *(f"fresh_{key}" for key in ("n", "difference", "low", "high")),
    *(f"cover_{key}" for key in _PAIRED),
    *(f"natural_{key}" for key in _NATURAL),
    *("evidence", "next"),
)

_TEXTS = ("attribute", "name", "scope", "pasted", "wrong", "evidence", "next")

GRADES = {
    "pasting and covering": "strong: pasting the region makes the wrong answer, covering it unmakes"
    " it",
    "pasting": "strong: pasting the region makes the wrong answer more often than a placebo does",
    "covering": "fair: covering the region unmakes the wrong answer more often than covering a"
    " place beside it",
    "slight": "slight: edits move the answer, but by less than a third",
    "association": "weak: the region and the wrong answer occur together; no edit was tried",
    "not confirmed": "none: edits do not move the answer beyond their controls, or none could be"
    " tried of what may be chance",
}
"""Evidence -> what it says, the strongest first."""


_NAMELESS: Mapping[str, str] = MappingProxyType({})

PASTED = ("pasting and covering", "pasting")
"""Evidence of suspicions that pasting has verified."""


def weigh_suspicions(
    proposals: pd.DataFrame,
    regions: pd.DataFrame,
    trials: pd.DataFrame,
    responses: pd.DataFrame,
    natural: pd.DataFrame,
    *,
    false_discovery_rate: float,
    names: Mapping[str, str] = _NAMELESS,
) -> pd.DataFrame:
    """Put together what is known of each suspicion.

    Rates are of the wrong answer that the suspicion leads to. An edit's difference is that with the
    region beyond that with its control, where the region is pasted, and the reverse where it is
    covered, so that a suspicion that is right has positive ones. Tests of pairs are exact and
    one-sided, and each family of tests is adjusted by Benjamini and Hochberg over the suspicions.

    Args:
        proposals: A `proposals` table: tests on answers that chose nothing.
        regions: A `regions` table.
        trials: A `trials` table; without rows if no model could be asked.
        responses: `responses` to the trials.
        natural: As `compare_natural_pairs` returns it.
        false_discovery_rate: Level at which an edit counts.
        names: Suspicion -> its name.

    Returns:
        The columns of `SHORTCUT_COLUMNS`, a row per suspicion, the best supported first. What was
        not measured is missing.
    """
    table = _associations(proposals, regions)
    table["name"] = [names.get(attribute, "") for attribute in table["attribute"]]
    answered = _wrong_answers(trials, responses)
    for edit, part, prefix, sign in (
        ("paste", "selection", "paste", 1),
        ("paste", "fresh", "fresh", 1),
        ("cover", "selection", "cover", -1),
    ):
        of_edit = answered[(answered["edit"] == edit) & (answered["part"] == part)]
        table = table.merge(_compared(of_edit, prefix, sign), on="attribute", how="left")
    for prefix in ("paste", "cover"):
        p = table[f"{prefix}_p"].to_numpy(dtype=float)
        table[f"{prefix}_q"] = _adjusted(p)
    table = table.merge(natural, on="attribute", how="left")
    table["natural_q"] = _adjusted(table["natural_p"].to_numpy(dtype=float))
    table.loc[table["paste_n"].isna(), "pasted"] = ""
    table["evidence"] = [_grade(row, false_discovery_rate) for row in table.to_dict("records")]
    table["next"] = [_advice(row) for row in table.to_dict("records")]
    counts = [column for column in table if column.endswith("_n") or column == "pictures"]
    table[counts] = table[counts].fillna(0).astype("int64")
    rank = table["evidence"].map({grade: n for n, grade in enumerate(GRADES)})
    ordered = table.assign(rank=rank, size=table["paste_difference"].fillna(-2)).sort_values(
        ["rank", "size", "difference", "attribute"], ascending=[True, False, False, True]
    )
    return ordered[list(SHORTCUT_COLUMNS)].reset_index(drop=True)


def _associations(proposals: pd.DataFrame, regions: pd.DataFrame) -> pd.DataFrame:
    shown = regions.groupby("attribute").agg(pictures=("image", "nunique"), size=("size", "min"))
    suspected = read_suspected(regions)
    rows = []
    for row in proposals.itertuples():
        known = shown.loc[row.attribute]
        present = _share(row.n_present, row.share_present)
        absent = _share(row.n_absent, row.share_absent)
        found = independent_difference(present, absent)
        rows.append(
            {
                "attribute": row.attribute,
                "name": "",
                "scope": WHOLE if known["size"] == 1 else REGION,
                "pasted": REGION if suspected[row.attribute].central else SURROUNDINGS,
                "wrong": row.wrong,
                "pictures": int(known["pictures"]),
                "n_with": row.n_present,
                "n_without": row.n_absent,
                "rate_with": row.share_present,
                "rate_without": row.share_absent,
                "difference": found.value,
                "low": found.low,
                "high": found.high,
                "p": row.p_value,
                "q": row.q_value,
            }
        )
    return pd.DataFrame(rows, columns=list(SHORTCUT_COLUMNS[:15]))


def _share(n: int, share: float) -> Estimate:
    """A share with the limits of Wilson (1927, J. Am. Stat. Assoc. 22)."""
    from scipy.stats import binomtest

    limits = binomtest(round(n * share), n).proportion_ci(method="wilson")
    return Estimate(n, share, float(limits.low), float(limits.high))


def _wrong_answers(trials: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """The trials that were answered, with whether the wrong answer was given."""
    choice = responses.set_index("sample_id")["choice"].reindex(trials["sample_id"])
    numbers = choice.to_numpy(dtype=float, na_value=np.nan)
    given = [
        not np.isnan(number) and options[int(number)] == wrong
        for number, options, wrong in zip(numbers, trials["options"], trials["wrong"], strict=True)
    ]
    return trials.assign(given=given)[~np.isnan(numbers)]


def _compared(trials: pd.DataFrame, prefix: str, sign: int) -> pd.DataFrame:
    """The pairs of each suspicion: how often the wrong answer is given in one arm alone."""
    keys = ["attribute", "pair"]
    arms = {arm: trials[trials["arm"] == arm].set_index(keys)["given"] for arm in _ARMS}
    pairs = pd.concat(arms, axis=1).dropna().astype(bool)
    rows = []
    for attribute, both in pairs.groupby(level="attribute"):
        region, control = both["region"], both["control"]
        only = [int((region & ~control).sum()), int((control & ~region).sum())][::sign]
        n = len(both)
        low, high = exact_paired_difference(only[0], only[1], n)
        rows.append(
            {
                "attribute": attribute,
                f"{prefix}_n": n,
                f"{prefix}_rate": region.mean(),
                f"{prefix}_control": control.mean(),
                f"{prefix}_difference": (only[0] - only[1]) / n,
                f"{prefix}_low": low,
                f"{prefix}_high": high,
                f"{prefix}_p": _mcnemar(*only),
            }
        )
    names = [f"{prefix}_{key}" for key in _PAIRED if key != "q"]
    return pd.DataFrame(rows, columns=["attribute", *names])


def _mcnemar(only_first: int, only_second: int) -> float:
    """Whether the first succeeds more often: McNemar's exact test (1947, Psychometrika 12(2))."""
    from scipy.stats import binom

    return float(binom.sf(only_first - 1, only_first + only_second, 0.5))


_ARMS = ("region", "control")


def _adjusted(p: np.ndarray) -> np.ndarray:
    tested = ~np.isnan(p)
    q = np.full(len(p), np.nan)
    q[tested] = benjamini_hochberg(p[tested])
    return q


def _grade(row: dict[str, float], level: float) -> str:
    moved = {edit: row[f"{edit}_q"] <= level for edit in ("paste", "cover")}
    much = {edit: moved[edit] and row[f"{edit}_difference"] > MOVES for edit in moved}
    if much["paste"] and moved["cover"]:
        return "pasting and covering"
    if much["paste"]:
        return "pasting"
    if much["cover"]:
        return "covering"
    if any(moved.values()):
        return "slight"
    tried = [edit for edit in moved if row[f"{edit}_n"] >= FEWEST_PAIRS]
    return "not confirmed" if tried or row["q"] > level else "association"


def _advice(row: dict[str, str]) -> str:
    wrong = row["wrong"]
    if row["evidence"] in PASTED:
        return (
            f"Look at the regions and name them; then accept the candidate in review, and collect"
            f" pictures that show this without '{wrong}' to test or train on."
        )
    if row["evidence"] == "covering":
        return (
            "Look whether the region is the object asked about; if it is not, collect pictures"
            " with and without it."
        )
    if row["evidence"] == "slight":
        return "Try it on more pictures (shortcuts.pictures) before it is believed."
    if row["evidence"] == "not confirmed":
        return "Leave it: something that occurs together with the region may be to blame."
    if row["scope"] == WHOLE:
        return (
            "Whole pictures can be neither pasted nor covered: take or make pictures in another"
            " light or view, and ask again."
        )
    return (
        f"Ask more questions that offer '{wrong}' wrongly, so that pictures without the region can"
        " carry it."
    )


def read_shortcuts(path: PathLike) -> pd.DataFrame:
    """Return the table of shortcuts from its file; an answer such as "None" stays a text."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    numbers = [column for column in table if column not in _TEXTS]
    return table.assign(**{c: pd.to_numeric(table[c], errors="coerce") for c in numbers})


def list_tried(proposals: pd.DataFrame, most: int) -> Sequence[str]:
    """Return the suspicions that are tried, the surest first, at most so many."""
    ordered = proposals.sort_values(
        ["q_value", "effect", "attribute"], ascending=[True, False, True]
    )
    return ordered["attribute"].head(most).tolist()
