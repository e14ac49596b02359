"""Which backgrounds pull which answers: cut-outs on backgrounds against the same on grey.

Every cut-out lies on every background of a kind, and at the same place on a grey of its own. So a
kind is compared with grey over two crossed samples: its backgrounds and the cut-outs.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spuriverse.problems import Problem
from spuriverse.statistics import (
    benjamini_hochberg,
    crossed_difference,
    crossed_share,
    largest_flipped,
)

_MEASURED = ("difference", "low", "high", "p_backgrounds", "p_cutouts", "q_cutouts", "q")

BACKGROUND_COLUMNS = (
    *("model", "background", "backgrounds", "cutouts", "n"),
    *("right", "right_low", "right_high", "right_on_grey", *_MEASURED),
)
"""Columns of the table of accuracy by kind of background."""

PULL_COLUMNS = (
    *("model", "background", "answer", "backgrounds", "cutouts", "n"),
    *("given", "given_on_grey", "share", "share_on_grey", *_MEASURED),
)
"""Columns of the table of answers that a kind of background pulls."""

_WRONG = "wrong"


def join_composites(
    samples: pd.DataFrame, design: pd.DataFrame, responses: pd.DataFrame
) -> pd.DataFrame:
    """Return what every model answered to every composite.

    Args:
        samples: The benchmark's `samples`.
        design: Its `composites` table.
        responses: The `responses` of the models to it.

    Returns:
        The columns of the design, and model, options, right (the answer) and answer (what the
        model chose; missing if it did not answer).

    Raises:
        Problem: No composite was answered.
    """
    table = samples[["sample_id", "image", "options", "answer"]].merge(design, on="sample_id")
    table = table.rename(columns={"answer": "place"})
    found = responses[["sample_id", "model", "choice"]].merge(table, on="sample_id")
    chosen = [
        None if pd.isna(choice) else options[int(choice)]
        for choice, options in zip(found["choice"], found["options"], strict=True)
    ]
    if not any(answer is not None for answer in chosen):
        raise Problem(
            "No composite was answered; the column reply of the models' responses says why."
        )
    right = [o[place] for o, place in zip(found["options"], found["place"], strict=True)]
    found = found.drop(columns=["choice", "place"]).assign(right=right)
    return found.assign(answer=pd.array(chosen, dtype="string"))


def tabulate_backgrounds(answers: pd.DataFrame, *, plain: str, seed: int) -> pd.DataFrame:
    """Tabulate how much accuracy each kind of background costs.

    Args:
        answers: As `join_composites` returns them.
        plain: The kind with which the others are compared.
        seed: Of the tests.

    Returns:
        Columns `BACKGROUND_COLUMNS`, a row per model and kind, the costliest first. difference is
        the accuracy on grey less that on the kind; the q-values are of one model's kinds.
    """
    rows = [row for row in _compared(answers, plain, seed) if row["answer"] == _WRONG]
    table = pd.DataFrame(rows)
    table["right"] = 1 - table["share"]
    table["right_on_grey"] = 1 - table["share_on_grey"]
    table["right_low"], table["right_high"] = 1 - table["share_high"], 1 - table["share_low"]
    ordered = table.sort_values(["model", "difference"], ascending=[True, False], kind="stable")
    return ordered[list(BACKGROUND_COLUMNS)].reset_index(drop=True)


def tabulate_pulls(answers: pd.DataFrame, *, plain: str, seed: int) -> pd.DataFrame:
    """Tabulate which wrong answers are given more often on a kind of background than on grey.

    Args:
        answers: As `join_composites` returns them.
        plain: The kind with which the others are compared.
        seed: Of the tests.

    Returns:
        Columns `PULL_COLUMNS`, a row per model, kind and answer that is given more often on the
        kind, the surest first. Shares are among composites that offer the answer wrongly. p-values
        are adjusted for the choice of an answer within its kind (`largest_flipped`), q-values for
        the choice of a kind within its model (Benjamini and Hochberg; within a chosen kind after
        Benjamini and Bogomolov 2014, Journal of the Royal Statistical Society B 76(1)).
    """
    rows = [row for row in _compared(answers, plain, seed) if row["answer"] != _WRONG]
    table = pd.DataFrame(rows, columns=[*PULL_COLUMNS, "share_low", "share_high"])
    table = table[table["difference"] > 0]
    order = ["model", "q", "q_cutouts", "difference"]
    ordered = table.sort_values(order, ascending=[True, True, True, False], kind="stable")
    return ordered[list(PULL_COLUMNS)].reset_index(drop=True)


def _compared(answers: pd.DataFrame, plain: str, seed: int) -> Iterator[dict[str, Any]]:
    """Yield a row per model, kind and answer; the answer `_WRONG` stands for any wrong one."""
    for model, asked in answers.groupby("model", sort=True):
        rows = []
        for kind in sorted(set(asked["background"]) - {plain}):
            rows += _compare(asked, str(kind), plain, seed)
        any_wrong = [row for row in rows if row["answer"] == _WRONG]
        single = [row for row in rows if row["answer"] != _WRONG]
        for family in (any_wrong, single):
            _adjust(family, [row["background"] for row in any_wrong])
        yield from ({"model": model, **row} for row in (*any_wrong, *single))


def _compare(asked: pd.DataFrame, kind: str, plain: str, seed: int) -> list[dict[str, Any]]:
    on, off = (asked[asked["background"] == name] for name in (kind, plain))
    keys = ["cutout", "slot"]
    pairs = on.merge(off[[*keys, "answer"]], on=keys, suffixes=("", "_plain"))
    pairs = pairs[pairs["answer"].notna() & pairs["answer_plain"].notna()]
    if pairs.empty:
        return []
    given = sorted(set(pairs.loc[pairs["answer"] != pairs["right"], "answer"]))
    measured = {_WRONG: _sides(pairs, None)} | {name: _sides(pairs, name) for name in given}
    rows = [_row(pairs, kind, name, sides) for name, sides in measured.items()]
    for unit, column in (("backgrounds", "photograph"), ("cutouts", "cutout")):
        codes = pd.factorize(pairs[column])[0]
        tables = {name: _by_unit(codes, sides) for name, sides in measured.items()}
        p = list(largest_flipped(tables.pop(_WRONG)[:, None], seed=seed))
        if tables:
            p += list(largest_flipped(np.column_stack(list(tables.values())), seed=seed))
        for row, each in zip(rows, p, strict=True):
            row[f"p_{unit}"] = float(each)
    return rows


def _sides(pairs: pd.DataFrame, answer: str | None) -> pd.DataFrame:
    """Whether each pair gives an answer (or any wrong one) on the kind and on grey, if it can."""
    if answer is None:
        able = np.ones(len(pairs), dtype=bool)
        on, off = pairs["answer"] != pairs["right"], pairs["answer_plain"] != pairs["right"]
    else:
        able = (pairs["right"] != answer).to_numpy() & np.array(
            [answer in options for options in pairs["options"]]
        )
        on, off = pairs["answer"] == answer, pairs["answer_plain"] == answer
    return pd.DataFrame(
        {"able": able, "on": able & on.to_numpy(), "off": able & off.to_numpy()}, index=pairs.index
    )


def _by_unit(codes: NDArray[np.intp], sides: pd.DataFrame) -> NDArray[np.float64]:
    differences = sides["on"].to_numpy(dtype=float) - sides["off"].to_numpy(dtype=float)
    return np.asarray(np.bincount(codes, weights=differences), dtype=np.float64)


def _row(pairs: pd.DataFrame, kind: str, answer: str, sides: pd.DataFrame) -> dict[str, Any]:
    able = sides["able"].to_numpy()
    where = pairs[able]
    crossed = (where["slot"], where["cutout"])
    on, off = sides.loc[able, "on"], sides.loc[able, "off"]
    share, difference = crossed_share(on, *crossed), crossed_difference(on, off, *crossed)
    return {
        "background": kind,
        "answer": answer,
        "backgrounds": where["photograph"].nunique(),
        "cutouts": where["cutout"].nunique(),
        "n": len(where),
        "given": int(sides["on"].sum()),
        "given_on_grey": int(sides["off"].sum()),
        "share": share.value,
        "share_low": share.low,
        "share_high": share.high,
        "share_on_grey": float(off.mean()),
        "difference": difference.value,
        "low": difference.low,
        "high": difference.high,
    }


def _adjust(rows: list[dict[str, Any]], kinds: Sequence[str]) -> None:
    """Set the q-values: an answer competes with the likeliest answer of every other kind."""
    for q, ps in (("q_cutouts", ("p_cutouts",)), ("q", ("p_cutouts", "p_backgrounds"))):
        p = [max(row[name] for name in ps) for row in rows]
        least = dict.fromkeys(kinds, 1.0)
        for row, each in zip(rows, p, strict=True):
            least[row["background"]] = min(least[row["background"]], each)
        for row, each in zip(rows, p, strict=True):
            row[q] = _q_of(least, row["background"], each)


def _q_of(least: Mapping[str, float], kind: str, p: float) -> float:
    kinds = list(least)
    family = [p if name == kind else least[name] for name in kinds]
    return float(benjamini_hochberg(family)[kinds.index(kind)])
