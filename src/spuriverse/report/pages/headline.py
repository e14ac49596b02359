"""The few numbers that a run comes down to, read from its tables."""

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from spuriverse.statistics import Estimate, clustered_difference, clustered_share
from spuriverse.tables import read_table, read_tables

ARROW = "→"
FOUND = "shortcuts found"


@dataclass(frozen=True)
class Measured:
    """A number and its 95 % interval, which may be missing (both limits None)."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def interval(self) -> str:
        """The interval in brackets; empty if there is none."""
        if self.low is None or self.high is None:
            return ""
        return f"[{self.low:.2f}, {self.high:.2f}]"

    def __str__(self) -> str:
        return f"{self.value:.2f} {self.interval}".strip()


@dataclass(frozen=True)
class Tile:
    """One of the numbers at the top of the page.

    Attributes:
        label: What it is.
        value: The number, as it is shown.
        lines: Interval, and what it rests on.
    """

    label: str
    value: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Tradeoff:
    """What fine-tuning on the largest share of spurious samples changes.

    Attributes:
        model: The model that is fine-tuned.
        proportion: That share.
        robustness: Accuracy on held-out spurious groups, before and after.
        ordinary: Accuracy on ordinary questions, before and after.
        price: The former less the latter of the ordinary ones, over the images in common.
    """

    model: str
    proportion: float
    robustness: tuple[Measured, Measured]
    ordinary: tuple[Measured, Measured]
    price: Measured

    def in_short(self) -> str:
        """Say it in a line of a terminal."""
        (first, then), (before, after) = self.robustness, self.ordinary
        return (
            f"Robustness {first.value:.2f} -> {then.value:.2f},"
            f" ordinary {before.value:.2f} -> {after.value:.2f}"
        )

    def in_words(self) -> str:
        """Say it in a sentence or two, with what the intervals allow to be said."""
        (first, then), (before, after) = self.robustness, self.ordinary
        samples = (
            "spurious samples alone"
            if self.proportion == 1
            else f"samples of which {self.proportion:.0%} are spurious"
        )
        told = (
            f"Fine-tuned on {samples}, {self.model} answers {then} of the questions about held-out"
            f" shortcuts correctly, in place of {first}: {_compared(first, then)}. On ordinary"
            f" images it answers {after}, in place of {before}"
        )
        if self.price.low is None or self.price.high is None:
            return f"{told}."
        if self.price.low > 0:
            return f"{told}: a price of {self.price}."
        if self.price.high < 0:
            return f"{told}: no price, but a gain."
        return f"{told}: a price of {self.price}, which may be none."


def _compared(first: Measured, then: Measured) -> str:
    if None in (first.low, first.high, then.low, then.high):
        return "too few attributes for an interval"
    assert first.low is not None and first.high is not None
    assert then.low is not None and then.high is not None
    if then.low > first.high:
        return "more robust"
    if then.high < first.low:
        return "less robust"
    return "a difference that the intervals do not settle"


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV table, none if it is not there."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def measured(row: dict[str, str], value: str = "accuracy", limits: str = "") -> Measured:
    """Return a number of a table's row, with the interval in its columns `low` and `high`.

    Args:
        row: The row.
        value: The column of the number.
        limits: What the columns of the interval begin with, such as `precision_`.
    """
    low, high = row.get(f"{limits}low"), row.get(f"{limits}high")
    if not low or not high:
        return Measured(float(row[value]))
    return Measured(float(row[value]), float(low), float(high))


def as_measured(found: Estimate) -> Measured:
    """Return an estimate, without its interval if that is missing."""
    if math.isnan(found.low) or math.isnan(found.high):
        return Measured(found.value)
    return Measured(found.value, found.low, found.high)


def read_tradeoff(results: Path, model: str) -> Tradeoff | None:
    """Return what the table of the trade-off says, pooled over the splits.

    Args:
        results: The folder of results.
        model: The model that is fine-tuned.
    """
    rows = [row for row in read_rows(results / "records/tradeoff.csv") if row["seed"] == "all"]
    found = {(row["proportion"], row["subset"]): measured(row) for row in rows}
    proportions = sorted({p for p, _ in found} - {"base"}, key=float)
    wanted = [
        (proportion, subset)
        for subset in ("spurious_held_out", "ordinary")
        for proportion in ("base", *proportions[-1:])
    ]
    if not proportions or not all(key in found for key in wanted):
        return None
    robustness, ordinary = [found[key] for key in wanted[:2]], [found[key] for key in wanted[2:]]
    proportion = float(proportions[-1])
    price = _price(results, model, proportion)
    return Tradeoff(
        model,
        proportion,
        (robustness[0], robustness[1]),
        (ordinary[0], ordinary[1]),
        price or Measured(ordinary[0].value - ordinary[1].value),
    )


def _price(results: Path, model: str, proportion: float) -> Measured | None:
    """What ordinary questions cost, image by image, if the answers are still there."""
    folders = sorted((results / "finetuning/tradeoff" / model).glob("seed-*"))
    sets = results / "evaluation/test_sets.parquet"
    if not folders or not sets.is_file():
        return None
    asked = read_table(sets, "test_sets", ["subset", "sample_id", "image", "answer"])
    asked = asked[asked["subset"] == "ordinary"]
    names = ["sample_id", "model", "outcome", "choice"]
    given = read_tables([f / "responses.parquet" for f in folders], "responses", names)
    given = given[given["outcome"] != "failed"].merge(asked, on="sample_id")
    given["right"] = (given["choice"] == given["answer"]).fillna(False).astype(float)
    runs = read_tables([f / "runs.parquet" for f in folders], "runs", ["run_id", "proportion"])
    tuned = set(runs.loc[runs["proportion"] == proportion, "run_id"])
    before = given[given["model"] == model].drop_duplicates("sample_id")
    after = given[given["model"].isin(tuned)]
    if before.empty or after.empty:
        return None
    found = clustered_difference(before["right"], before["image"], after["right"], after["image"])
    return as_measured(found)


def found_tile(results: Path, *, published: bool = False) -> Tile | None:
    """Return how many shortcuts were found, if any step of it has run.

    Args:
        results: The folder of results.
        published: Whether the types were not found here but published.
    """
    types, candidates = results / "verification/types.parquet", _read_candidates(results)
    if not types.is_file():
        if candidates is None or published:
            return None
        return Tile("candidates", str(len(candidates)), ("none of them is verified yet",))
    table = read_table(types, "types", ["candidate_id", "attribute"])
    attributes = table["attribute"].nunique()
    lines = [f"on {attributes} attribute{'' if attributes == 1 else 's'}"]
    if published:
        return Tile("published types", str(len(table)), tuple(lines))
    if candidates is not None and len(candidates):
        kept = candidates["candidate_id"].isin(table["candidate_id"])
        share = clustered_share(kept.astype(float), candidates["attribute"])
        lines.append(f"{as_measured(share)} of {len(candidates)} candidates are confirmed")
    for row in read_rows(results / "records/discovery.csv"):
        ours = row["annotator"] == "statistics" and row["stage"] == "verified"
        if ours and row["precision"]:
            right = measured(row, "precision", "precision_")
            lines.append(f"{right} of those found are planted ones")
    return Tile(FOUND, str(len(table)), tuple(lines))


def _read_candidates(results: Path) -> pd.DataFrame | None:
    path = results / "curation/candidates.parquet"
    names = ["candidate_id", "attribute"]
    return read_table(path, "candidates", names) if path.is_file() else None


def tradeoff_tiles(tradeoff: Tradeoff) -> list[Tile]:
    """Return robustness before and after, and the price on ordinary questions."""
    (first, then), (before, after) = tradeoff.robustness, tradeoff.ordinary
    return [
        Tile(
            "robustness, before and after",
            f"{first.value:.2f} {ARROW} {then.value:.2f}",
            (_arrow_of(first, then), "questions about held-out shortcuts"),
        ),
        Tile(
            "ordinary price",
            f"{tradeoff.price.value:.2f}",
            (
                tradeoff.price.interval,
                f"accuracy {before.value:.2f} {ARROW} {after.value:.2f} on ordinary images",
            ),
        ),
    ]


def _arrow_of(first: Measured, then: Measured) -> str:
    return f"{first.interval} {ARROW} {then.interval}" if first.interval and then.interval else ""


def measured_tiles(results: Path) -> list[Tile]:
    """Return robustness and ordinary accuracy of the models where none was fine-tuned."""
    rows = read_rows(results / "records/main_results.csv")
    tiles = []
    for subset, label in (("spurious", "robustness"), ("non-spurious", "ordinary accuracy")):
        mine = [row for row in rows if row["subset"] == subset and row["accuracy"]]
        if not mine:
            continue
        numbers = [measured(row) for row in mine]
        low, high = min(n.value for n in numbers), max(n.value for n in numbers)
        if len(mine) == 1:
            value, lines = f"{low:.2f}", (numbers[0].interval, mine[0]["model"])
        elif f"{low:.2f}" == f"{high:.2f}":
            value, lines = f"{low:.2f}", ("", f"all {len(mine)} models, see below")
        else:
            value, lines = f"{low:.2f} to {high:.2f}", ("", f"{len(mine)} models, see below")
        tiles.append(Tile(label, value, lines))
    return tiles


def money_tile(rows: Iterable[dict[str, str]], paid_models: int) -> Tile | None:
    """Return what was paid.

    Args:
        rows: Of `tables/spending.csv`.
        paid_models: How many models behind a server the configuration asks.
    """
    if not paid_models:
        return Tile("spent", "0 USD", ("exact: no model behind a server is asked",))
    total = next((row for row in rows if row["model"] == "total"), None)
    if total is None:
        return None
    lines = [f"exact: {int(total['answered']):,} requests were answered"]
    if unpriced := int(total["unpriced"]):
        lines = [f"and {unpriced:,} replies of unknown price"]
    return Tile("spent", f"{float(total['usd'] or 0):.2f} USD", tuple(lines))
