"""The committed record of a run's tables, and another run beside it.

python -m spuriverse.workflow.reference record [results]
copies the tables with every digit into `docs/reference` and writes every number anew that a page
quotes from them; those of an overlay's run, `results/<name>`, get a folder of that name there;

python -m spuriverse.workflow.reference compare [results]
sets the tables of a run beside the record, row by row.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from spuriverse.problems import Problem
from spuriverse.tables import write_text
from spuriverse.workflow.quotes import read_quotes, rewrite_quotes

RECORD = Path("docs") / "reference"
MOST_BYTES = 300_000
"""A larger table stays out of the record: it is none that a page quotes."""
OF_THE_MACHINE = ("cost", "plan", "spending")
"""Tables that say what a run cost, and nothing of what it found."""
OF_OTHER_TARGETS = (
    "coverage",
    "calibration_simulated",
    "probes",
    "probe_ranks",
    "clip_defences",
)
"""Tables that a default run does not make: a run without them leaves them as they are."""
FOLDERS_OF_OTHER_TARGETS = ("open_questions",)
"""Folders of tables that are treated alike."""

SAME, WITHIN, BEYOND, MISSING = "same", "within", "beyond", "missing"
_TOLERANCE = 1e-5
_COUNTS = ("n", "questions", "attributes", "correlations", "pairs", "samples", "splits", "seeds")


@dataclass(frozen=True)
class Difference:
    """One number of a run that is not as in the record.

    Attributes:
        table: Name of the table.
        row: What tells the row from others.
        column: The column.
        recorded: What the record has, with its interval.
        found: What the run has.
        verdict: `WITHIN` the interval of the record, `BEYOND` it (or without one), or `MISSING`.
    """

    table: str
    row: str
    column: str
    recorded: str
    found: str
    verdict: str


def pages(root: Path = Path()) -> list[Path]:
    """Return the pages that may quote numbers."""
    return [root / "README.md", *sorted((root / "docs").rglob("*.md"))]


def folder_of(results: Path, record: Path = RECORD) -> Path:
    """Return where the record has the tables of a run: in a folder of its own if it has a name.

    Args:
        results: The run's folder, `results` or `results/<name>`.
        record: Folder of the whole record.
    """
    run = results.absolute()
    return record / run.name if run.parent.name == "results" else record


def record_tables(results: Path, folder: Path) -> list[str]:
    """Copy the tables of a finished run into the record, in place of what it held of other runs.

    Args:
        results: The run's folder.
        folder: Of the record; made if it is not there.

    Returns:
        The names of the tables.

    Raises:
        Problem: The run has no tables.
    """
    found = [
        path
        for path in _tables(results / "records")
        if path.stat().st_size <= MOST_BYTES and path.stem not in OF_THE_MACHINE
    ]
    if not found:
        raise Problem(f"There are no tables in {results / 'records'}; make the run first.")
    folder.mkdir(parents=True, exist_ok=True)
    of_run = {path.stem for path in found if path.parent.name not in FOLDERS_OF_OTHER_TARGETS}
    others = of_run - {*OF_OTHER_TARGETS}
    for old in folder.glob("*.csv") if others else ():
        if old.stem not in OF_OTHER_TARGETS:
            old.unlink()
    for path in found:
        to = folder / path.relative_to(results / "records")
        to.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, to)
    if others:
        _record_run(results / "records/provenance.json", folder / "run.csv")
    return [_name(path, results / "records") for path in found]


def _tables(folder: Path) -> list[Path]:
    """The tables of a run or of the record, those of other targets after them."""
    return [
        p for part in ("", *FOLDERS_OF_OTHER_TARGETS) for p in sorted((folder / part).glob("*.csv"))
    ]


def _name(path: Path, folder: Path) -> str:
    """What pages call a table: its path without the suffix."""
    return path.relative_to(folder).with_suffix("").as_posix()


def _record_run(provenance: Path, path: Path) -> None:
    """Say which commit and machine made the tables."""
    if not provenance.is_file():
        return
    known = json.loads(provenance.read_text(encoding="utf-8"))
    rows = {key: known.get(key) for key in ("written", "commit", "dirty", "protocol")}
    rows["processor"] = known.get("hardware", {}).get("processor")
    rows["torch"] = known.get("versions", {}).get("torch")
    text = pd.Series({key: str(value) for key, value in rows.items()}, name="value")
    write_text(path, text.rename_axis("key").to_csv(lineterminator="\n"))


def compare_run(results: Path, folder: Path) -> tuple[dict[str, Counter], list[Difference]]:
    """Set a run's tables beside the record, row by row.

    Args:
        results: The run's folder.
        folder: Of the record.

    Returns:
        For each table of the record the number of its rows by the worst that is to be said of one:
        `SAME`, `WITHIN`, `BEYOND` or `MISSING`; and every difference.

    Raises:
        Problem: There is no record, or the run has none of its tables.
    """
    simulated = {
        name for name in OF_OTHER_TARGETS if not (results / "records" / f"{name}.csv").is_file()
    }
    recorded = [p for p in _tables(folder) if p.stem not in {"run", *simulated}]
    # A run without the tables of another target is no worse for it.
    recorded = [
        p
        for p in recorded
        if p.parent.name not in FOLDERS_OF_OTHER_TARGETS
        or (results / "records" / p.relative_to(folder)).is_file()
    ]
    if not recorded:
        raise Problem(f"There is no record in {folder}; this commit holds none to compare with.")
    if not any((results / "records" / path.relative_to(folder)).is_file() for path in recorded):
        raise Problem(f"No table of the record is in {results / 'records'}; make the run first.")
    counts: dict[str, Counter] = {}
    differences: list[Difference] = []
    for path in recorded:
        name = _name(path, folder)
        counts[name] = Counter()
        theirs, mine = pd.read_csv(path), results / "records" / path.relative_to(folder)
        if not mine.is_file():
            counts[name][MISSING] = len(theirs)
            continue
        for row in compare_tables(name, theirs, pd.read_csv(mine)):
            order = (SAME, WITHIN, BEYOND, MISSING)
            counts[name][max((d.verdict for d in row), key=order.index, default=SAME)] += 1
            differences += row
    return counts, differences


def compare_tables(name: str, theirs: pd.DataFrame, mine: pd.DataFrame) -> list[list[Difference]]:
    """Return the differences of every row of the record.

    Args:
        name: Of the table.
        theirs: The record.
        mine: The run's table.
    """
    keys = _keys(theirs)
    indexed = [_numbered(table, [key for key in keys if key in table]) for table in (theirs, mine)]
    rows = []
    for key, row in indexed[0].iterrows():
        about = ", ".join(map(str, filter(None, key[:-1]))) if isinstance(key, tuple) else ""
        if key not in indexed[1].index:
            rows.append([Difference(name, about, "", "a row", "none", MISSING)])
            continue
        other = indexed[1].loc[key]
        rows.append(
            [
                difference
                for column in row.index
                if column in other and not column.endswith(("low", "high"))
                for difference in _differ(name, about, column, row, other[column])
            ]
        )
    return rows


def _differ(name: str, about: str, column: str, row: pd.Series, found: object) -> list[Difference]:
    value = row[column]
    if (pd.isna(value) and pd.isna(found)) or value == found:
        return []
    low, high = _limits(row, column)
    shown = f"{value}" if pd.isna(low) else f"{value} [{low}, {high}]"
    try:
        number, theirs = float(found), float(value)  # type: ignore[arg-type]
        if abs(number - theirs) <= _TOLERANCE * max(1.0, abs(theirs)):
            return []
        verdict = WITHIN if low <= number <= high else BEYOND
    except (TypeError, ValueError):
        verdict = BEYOND
    if column in _COUNTS:
        # How many questions there are follows from what a model learned.
        verdict = WITHIN
    return [Difference(name, about, column, shown, str(found), verdict)]


def _limits(row: pd.Series, column: str) -> tuple[float, float]:
    """The interval of a column: `<column>_low`, or plain `low` right after it."""
    names = list(row.index)
    for low, high in ((f"{column}_low", f"{column}_high"), ("low", "high")):
        beside = low != "low" or names[names.index(column) + 1 :][:1] == ["low"]
        if low in names and high in names and beside:
            return float(row[low]), float(row[high])
    return float("nan"), float("nan")


def _keys(table: pd.DataFrame) -> list[str]:
    """The columns that tell rows apart: those before the answers are counted, or all of text."""
    names = list(table.columns)
    if "n" in names:
        return [name for name in names[: names.index("n")] if name not in _COUNTS]
    return [name for name in names if table[name].dtype == object]


def _numbered(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The table by its keys, and by the place among rows with the same keys."""
    text = {key: table[key].map(lambda v: "" if pd.isna(v) else f"{v}") for key in keys}
    named = table.assign(**text)
    place = named.groupby(keys).cumcount() if keys else pd.Series(range(len(table)))
    return named.assign(_place=place.to_numpy()).set_index([*keys, "_place"])


def _say(counts: dict[str, Counter], differences: list[Difference]) -> None:
    for found in differences:
        if found.verdict != WITHIN:
            print(
                f"{found.table}: {found.row}: {found.column} is {found.found}, recorded"
                f" {found.recorded}"
            )
    for table, of in counts.items():
        said = ", ".join(f"{of[word]} {word}" for word in (SAME, WITHIN, BEYOND, MISSING))
        print(f"{table}.csv: {sum(of.values())} rows: {said}")
    print(
        "within: another number, in the interval of the record; beyond: outside of it, or without"
        " one to be in."
    )


def _record(results: Path, record: Path) -> None:
    """Record a run and write every quote anew; if a quote cannot be written, change nothing."""
    folder = folder_of(results, record)
    with tempfile.TemporaryDirectory() as scratch:
        tried = Path(scratch) / "record"
        shutil.copytree(record, tried) if record.is_dir() else tried.mkdir()
        names = record_tables(results, folder_of(results, tried))
        written = rewrite_pages(pages(), tried)
        record_tables(results, folder)
    for page, text in written.items():
        write_text(page, text)
    print(f"{len(names)} tables recorded in {folder}; numbers written anew in:")
    print("\n".join(map(str, written)) or "no page")
    unmade = {q.table for page in pages() for q in read_quotes(page, record)} - _names(record)
    if unmade:
        print(f"Quoted, and not in the record: {', '.join(sorted(unmade))}; run what makes them.")


def rewrite_pages(found: list[Path], folder: Path) -> dict[Path, str]:
    """Return the pages whose quotes differ from the record, with their new text.

    Args:
        found: The pages.
        folder: Of the record.

    Raises:
        Problem: Some quotes mean no one row; each is named.
    """
    written, wrong = {}, []
    for page in found:
        try:
            text = rewrite_quotes(page, folder)
        except Problem as problem:
            wrong.append(str(problem))
        else:
            if text != page.read_text(encoding="utf-8"):
                written[page] = text
    if wrong:
        raise Problem("\n".join(wrong))
    return written


def _names(folder: Path) -> set[str]:
    return {_name(path, folder) for path in folder.rglob("*.csv")}


def main() -> None:
    """Record a run, or compare one with the record."""
    parser = argparse.ArgumentParser(prog="python -m spuriverse.workflow.reference")
    parser.add_argument("task", choices=("record", "compare"))
    parser.add_argument("results", nargs="?", default="results", type=Path)
    parser.add_argument("--reference", default=RECORD, type=Path)
    asked = parser.parse_args()
    try:
        if asked.task == "compare":
            own = folder_of(asked.results, asked.reference)
            _say(*compare_run(asked.results, own if own.is_dir() else asked.reference))
            return
        _record(asked.results, asked.reference)
    except Problem as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
