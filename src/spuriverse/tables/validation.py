"""The check that the rows of a table fit its schema."""

import reprlib
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from spuriverse.problems import Problem
from spuriverse.tables.schemas import schema_of

SHOWN_ROWS = 3


class ChunkValidator:
    """Checks a table that comes in chunks; of those before, the key columns alone are held.

    Args:
        name: a key of `SCHEMAS`.
        source: where the table comes from or goes to, for the message.
        remedy: what the user can do about a misfit, for the message.
        columns: the columns that are there, if they are not all. Rules across columns, and that
            keys must not repeat, then go by what was checked when the whole table was written.

    Raises:
        Problem: there is no such table, or no such column.
    """

    def __init__(
        self, name: str, source: str, remedy: str, columns: Sequence[str] | None = None
    ) -> None:
        self._schema = _schema_of_rows(name, None if columns is None else tuple(columns))
        self._keys = [] if columns is not None else list(schema_of(name).unique or [])
        self._dtypes = {k: c.metadata["pandas"] for k, c in self._schema.columns.items()}
        self._where, self._remedy = f"{source} does not fit the table {name!r}", remedy
        self._seen: list[pd.DataFrame] = []
        self._rows = 0

    def validate(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the next chunk in its exact form.

        Args:
            frame: one row per record. Lists may be lists, tuples or arrays.

        Returns:
            A copy with the columns in the order of the schema, rows numbered from 0, and each
            column in its declared type. Only lossless conversions are made: 1 becomes 1.0 and 2.0
            becomes 2.

        Raises:
            Problem: a missing, unknown or repeated column, or values that do not fit.
        """
        if fault := _column_fault(list(map(str, frame.columns)), list(self._dtypes)):
            raise self._problem(fault)
        rows = frame.reset_index(drop=True)
        table = pd.DataFrame({k: _lossless(rows[k], dtype) for k, dtype in self._dtypes.items()})
        try:
            table = self._schema.validate(table, lazy=True)
        except pa.errors.SchemaErrors as errors:
            fault = _value_fault(table, self._dtypes, errors.schema_errors[0], self._rows)
            raise self._problem(fault) from None
        if self._keys:
            self._seen.append(table[self._keys])
        self._rows += len(table)
        return table

    def finish(self) -> None:
        """Check what takes all chunks.

        Raises:
            Problem: a key repeats.
        """
        if not self._seen:
            return
        keys = pd.concat(self._seen, ignore_index=True)
        repeated = np.flatnonzero(keys.duplicated(keep=False))
        if repeated.size:
            raise self._problem(_described(keys, self._keys, "must not repeat", repeated.tolist()))

    def _problem(self, fault: str) -> Problem:
        return Problem(f"{self._where}: {fault}; {self._remedy}.")


@cache
def _schema_of_rows(name: str, columns: tuple[str, ...] | None) -> pa.DataFrameSchema:
    """The schema without its keys, which are checked once all rows are there."""
    schema = schema_of(name)
    if columns is None:
        return pa.DataFrameSchema(dict(schema.columns), checks=list(schema.checks), strict=True)
    if unknown := [column for column in columns if column not in schema.columns]:
        raise Problem(
            f"The table {name!r} has no column {unknown[0]!r}; use one of"
            f" {', '.join(schema.columns)}."
        )
    return pa.DataFrameSchema({column: schema.columns[column] for column in columns}, strict=True)


def _column_fault(given: list[str], wanted: list[str]) -> str:
    faults = {
        "is missing": [key for key in wanted if key not in given],
        "is unknown": [key for key in given if key not in wanted],
        "occurs twice": sorted({key for key in given if given.count(key) > 1}),
    }
    return " and ".join(f"column {key!r} {fault}" for fault, keys in faults.items() for key in keys)


def _lossless(values: pd.Series, dtype: str) -> pd.Series:
    """Convert to `dtype` where nothing is lost; otherwise leave the values for the schema."""
    if values.empty:
        return values.astype(dtype)
    if dtype == "object":
        return pd.Series([_as_list(value) for value in values], dtype=object)
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    try:
        if dtype == "str" and pd.api.types.infer_dtype(values.astype(object)) == "string":
            return values.astype(dtype)
        if dtype == "str" and values.isna().all():
            return values.astype(dtype)
        if dtype in ("int64", "Int64") and (numeric or values.isna().all()):
            # The nullable type refuses 1.5, which int64 would cut to 1.
            return values.astype("Int64").astype(dtype)
        if dtype == "float64" and (numeric or values.isna().all()):
            return values.astype(dtype)
    except (TypeError, ValueError):
        pass
    return values


def _as_list(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return list(value) if isinstance(value, tuple) else value


def _value_fault(table: pd.DataFrame, dtypes: dict[str, str], error: Any, before: int) -> str:
    """Name the column, the rule it breaks and the first rows that break it."""
    cases = error.failure_cases
    # A check across columns is named after the column to blame.
    column = error.schema.name or error.check.name
    rows = (
        sorted(set(cases["index"].dropna()))
        if isinstance(cases, pd.DataFrame)
        else _rows_of_wrong_type(table[column], dtypes[column])
    )
    return _described(table, [column], _rule(error, dtypes[column]), rows, before)


def _described(
    table: pd.DataFrame, columns: list[str], rule: str, rows: Sequence[int], before: int = 0
) -> str:
    """Put the rule and the rows that break it into words; `before` rows came earlier."""
    shown = ", ".join(
        f"row {before + row} is {_shown(table, columns, row)}" for row in rows[:SHOWN_ROWS]
    )
    more = f" and {len(rows) - SHOWN_ROWS} more" if len(rows) > SHOWN_ROWS else ""
    return f"column {' + '.join(map(repr, columns))} {rule} ({shown}{more})"


def _rule(error: Any, dtype: str) -> str:
    reasons = pa.errors.SchemaErrorReason
    if error.reason_code is reasons.SERIES_CONTAINS_NULLS:
        return "must not be missing"
    return (
        f"must be of type {dtype}"
        if error.reason_code is reasons.WRONG_DATATYPE
        else str(error.check.error)
    )


def _rows_of_wrong_type(values: pd.Series, dtype: str) -> list[int]:
    alone = (_lossless(pd.Series([value]), dtype) for value in values)
    return [row for row, value in enumerate(alone) if value.dtype != dtype]


def _shown(table: pd.DataFrame, columns: list[str], row: int) -> str:
    return " + ".join(reprlib.repr(table[column].astype(object).iloc[row]) for column in columns)
