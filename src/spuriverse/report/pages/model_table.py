"""Every model of a run in one table: accuracies by subset, and MM-SpuBench."""

from dataclasses import dataclass, field
from pathlib import Path

from spuriverse.report.pages.headline import Measured, measured, read_rows

_ALL = "all questions"


@dataclass(frozen=True)
class ModelTable:
    """What is known of the models.

    Attributes:
        columns: Headings of the numbers.
        rows: Model -> heading -> number.
    """

    columns: tuple[str, ...] = ()
    rows: dict[str, dict[str, Measured]] = field(default_factory=dict)


def tabulate_models(results: Path) -> ModelTable:
    """Return the accuracies of every evaluated model, each asked by the first strategy.

    Args:
        results: The folder of results.

    Returns:
        The subsets of the main table (of the table by subset where there is no main table), and
        MM-SpuBench; no columns if no model was evaluated.
    """
    main = read_rows(results / "records/main_results.csv")
    columns: list[str] = []
    rows: dict[str, dict[str, Measured]] = {}
    for row in main or read_rows(results / "records/evaluation.csv"):
        _enter(rows, columns, row["model"], row["subset"], row)
        if row.get("drop") and row["subset"] == "spurious":
            rows[row["model"]]["drop"] = measured(row, "drop", "drop_")
    if any("drop" in numbers for numbers in rows.values()):
        columns.append("drop")
    asked = read_rows(results / "records/spubench_accuracy.csv")
    first = asked[0]["strategy"] if asked else ""
    for row in asked:
        if row["spurious_type"] == _ALL and row["strategy"] == first:
            _enter(rows, columns, row["model"], "MM-SpuBench", row)
    return ModelTable(tuple(columns), rows)


def _enter(
    rows: dict[str, dict[str, Measured]],
    columns: list[str],
    model: str,
    column: str,
    row: dict[str, str],
) -> None:
    numbers = rows.setdefault(model, {})
    if row["accuracy"]:
        numbers[column] = measured(row)
    if column not in columns:
        columns.append(column)
