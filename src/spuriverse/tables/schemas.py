"""One schema per table of the workflow, and the check that a frame fits it.

Each column says three things once: its pandas type, its Parquet type and the values it takes.
"""

import reprlib
from collections.abc import Callable, Mapping
from numbers import Real
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow

from spuriverse.problems import Problem

SHOWN_ROWS = 3


def _column(
    dtype: str, stored: arrow.DataType, *checks: pa.Check, nullable: bool = False
) -> pa.Column:
    return pa.Column(
        str if dtype == "str" else dtype,
        list(checks),
        nullable=nullable,
        metadata={"pandas": dtype, "arrow": stored},
    )


def _text(*checks: pa.Check) -> pa.Column:
    return _column("str", arrow.string(), *checks)


def _name(*checks: pa.Check) -> pa.Column:
    not_empty = pa.Check(lambda values: values.str.strip() != "", error="must not be empty")
    return _text(not_empty, *checks)


def _one_of(*allowed: str) -> pa.Column:
    return _text(pa.Check.isin(allowed, error=f"must be one of {', '.join(allowed)}"))


def _attribute() -> pa.Column:
    return _text(pa.Check(_is_attribute, element_wise=True, error="must read kind:value"))


def _integer(*checks: pa.Check, nullable: bool = False) -> pa.Column:
    return _column("Int64" if nullable else "int64", arrow.int64(), *checks, nullable=nullable)


def _count(nullable: bool = False) -> pa.Column:
    return _integer(pa.Check.ge(0, error="must not be negative"), nullable=nullable)


def _number(low: float, high: float, nullable: bool = False) -> pa.Column:
    error = f"must be between {low:g} and {high:g}" if np.isfinite(high) else "must be finite"
    if np.isfinite(low) and not np.isfinite(high):
        error = f"must be finite and at least {low:g}"
    inside = pa.Check(lambda values: values.between(low, high) & np.isfinite(values), error=error)
    return _column("float64", arrow.float64(), inside, nullable=nullable)


def _list(stored: arrow.DataType, fits: Callable[[Any], bool], error: str) -> pa.Column:
    return _column("object", arrow.list_(stored), pa.Check(fits, element_wise=True, error=error))


def _is_attribute(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    kind, _, feature = value.partition(":")
    return bool(kind.strip() and feature.strip())


def _are_attributes(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_attribute, value))


def _are_options(value: Any) -> bool:
    if not isinstance(value, list) or not all(isinstance(option, str) for option in value):
        return False
    texts = [option.strip() for option in value]
    return len(texts) >= 2 and all(texts) and len(set(texts)) == len(texts)


def _are_scores(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(score, Real) and not isinstance(score, bool) and not np.isnan(float(score))
        for score in value
    )


def _schema(
    columns: Mapping[str, pa.Column], unique: list[str], *checks: pa.Check
) -> pa.DataFrameSchema:
    """A check across columns is named after the column to blame."""
    return pa.DataFrameSchema(
        dict(columns), checks=list(checks), strict=True, unique=unique or None
    )


_KIND_BEGINS_ATTRIBUTE = pa.Check(
    lambda frame: frame["attribute"].str.split(":").str[0] == frame["kind"],
    name="kind",
    error="must be the part of the attribute before the colon",
)
_ANSWER_IS_AN_OPTION = pa.Check(
    lambda frame: frame["answer"] < frame["options"].str.len(),
    name="answer",
    error="must be the 0-based index of one of the options",
)
_CHOICE_ONLY_WHEN_ANSWERED = pa.Check(
    lambda frame: frame["choice"].notna() == (frame["outcome"] == "answered"),
    name="choice",
    error="must be given when the outcome is answered, and only then",
)

_SAMPLE: Mapping[str, pa.Column] = {
    "sample_id": _name(),
    "benchmark": _name(),
    "image": _name(),
    "question": _name(),
    "options": _list(
        arrow.string(),
        _are_options,
        "must be a list of two or more texts, none empty, no two the same",
    ),
    "answer": _count(),
    "category": _text(),
    "attributes": _list(
        arrow.string(), _are_attributes, "must be a list of texts that read kind:value"
    ),
}

SCHEMAS: Mapping[str, pa.DataFrameSchema] = MappingProxyType(
    {
        "samples": _schema(_SAMPLE, ["sample_id"], _ANSWER_IS_AN_OPTION),
        "errors": _schema({**_SAMPLE, "chosen": _name()}, ["sample_id"], _ANSWER_IS_AN_OPTION),
        "responses": _schema(
            {
                "sample_id": _name(),
                "model": _name(),
                "strategy": _name(),
                "protocol": _name(),
                "reply": _text(),
                "outcome": _one_of("answered", "abstained", "unparsed", "failed"),
                "choice": _count(nullable=True),
                "option_scores": _list(
                    arrow.float64(), _are_scores, "must be a list of numbers, none missing"
                ),
                "prompt_sha256": _name(),
                "seconds": _number(0, np.inf),
                "tokens": _count(),
            },
            ["sample_id", "model", "strategy"],
            _CHOICE_ONLY_WHEN_ANSWERED,
        ),
        "candidates": _schema(
            {
                "candidate_id": _name(),
                "sample_id": _name(),
                "chosen": _name(),
                "attribute": _attribute(),
                "kind": _name(),
                "rationale": _text(),
                "status": _one_of("proposed", "accepted", "rejected"),
                "reviewer": _text(),
            },
            ["candidate_id"],
            _KIND_BEGINS_ATTRIBUTE,
        ),
        "groups": _schema(
            {
                "candidate_id": _name(),
                "group": _one_of("spurious", "core"),
                "part": _one_of("selection", "fresh"),
                "image": _name(),
                "seed": _count(),
                "description": _text(),
                "generator": _name(),
            },
            ["candidate_id", "group", "part", "seed"],
        ),
        "verification": _schema(
            {
                "candidate_id": _name(),
                "model": _name(),
                "n_core": _count(),
                "n_spurious": _count(),
                # A group without a parsed reply has no accuracy, hence no gap.
                "acc_core": _number(0, 1, nullable=True),
                "acc_spurious": _number(0, 1, nullable=True),
                "gap": _number(-1, 1, nullable=True),
                "p_value": _number(0, 1),
                "q_value": _number(0, 1),
                "kept": _column("bool", arrow.bool_()),
                "fresh_n": _count(),
                "fresh_gap": _number(-1, 1, nullable=True),
                "fresh_low": _number(-1, 1, nullable=True),
                "fresh_high": _number(-1, 1, nullable=True),
            },
            ["candidate_id", "model"],
        ),
        "types": _schema(
            {
                "type_id": _name(),
                "sample_id": _name(),
                "candidate_id": _name(),
                "attribute": _attribute(),
                "kind": _name(),
                "chosen": _name(),
            },
            ["type_id"],
            _KIND_BEGINS_ATTRIBUTE,
        ),
        "splits": _schema(
            {
                "seed": _count(),
                "type_id": _name(),
                "part": _one_of("train", "validation", "test"),
            },
            ["seed", "type_id"],
        ),
        "non_spurious": _schema(
            {
                "sample_id": _name(),
                "subset": _name(),
                "part": _one_of("train", "validation", "test"),
            },
            ["sample_id"],
        ),
        "pairs": _schema(
            {
                "attribute": _attribute(),
                "planted": _column("bool", arrow.bool_()),
                "right": _name(),
                "core_correct": _column("bool", arrow.bool_()),
                "spurious_correct": _column("bool", arrow.bool_()),
                "misled": _column("bool", arrow.bool_()),
            },
            [],
        ),
        "proposals": _schema(
            {
                "attribute": _attribute(),
                "kind": _name(),
                "wrong": _name(),
                "n_present": _count(),
                "n_absent": _count(),
                "share_present": _number(0, 1),
                "share_absent": _number(0, 1),
                "effect": _number(-1, 1),
                "p_value": _number(0, 1),
                "q_value": _number(0, 1),
            },
            ["attribute"],
            _KIND_BEGINS_ATTRIBUTE,
        ),
        "runs": _schema(
            {
                "run_id": _name(),
                "base_model": _name(),
                "regime": _name(),
                "proportion": _number(0, 1),
                "seed": _count(),
                "layers": _name(),
                "samples": _count(),
                "steps": _count(),
                "best_epoch": _count(),
                "validation_loss": _number(-np.inf, np.inf),
                "seconds": _number(0, np.inf),
            },
            ["run_id"],
        ),
    }
)


def arrow_schema(name: str) -> arrow.Schema:
    """Return the Parquet column types of the table `name`.

    Raises:
        Problem: there is no such table.
    """
    columns = _schema_of(name).columns
    return arrow.schema([(key, column.metadata["arrow"]) for key, column in columns.items()])


def validate_table(frame: pd.DataFrame, name: str, source: str, remedy: str) -> pd.DataFrame:
    """Return `frame` in the exact form of the table `name`, or say why it does not fit.

    Args:
        frame: one row per record. Lists may be lists, tuples or arrays.
        name: a key of `SCHEMAS`.
        source: where the frame comes from or goes to, for the message.
        remedy: what the user can do about a misfit, for the message.

    Returns:
        A copy with the columns in the order of the schema, rows numbered from 0, and each column
        in its declared type. Only lossless conversions are made: 1 becomes 1.0 and 2.0 becomes 2.

    Raises:
        Problem: no such table, a missing, unknown or repeated column, or values that do not fit.
    """
    schema = _schema_of(name)
    where = f"{source} does not fit the table {name!r}"
    if fault := _column_fault(list(map(str, frame.columns)), list(schema.columns)):
        raise Problem(f"{where}: {fault}; {remedy}.")
    dtypes = {key: column.metadata["pandas"] for key, column in schema.columns.items()}
    rows = frame.reset_index(drop=True)
    table = pd.DataFrame({key: _lossless(rows[key], dtype) for key, dtype in dtypes.items()})
    try:
        return schema.validate(table, lazy=True)
    except pa.errors.SchemaErrors as errors:
        fault = _value_fault(table, dtypes, errors.schema_errors[0])
        raise Problem(f"{where}: {fault}; {remedy}.") from None


def _schema_of(name: str) -> pa.DataFrameSchema:
    if name not in SCHEMAS:
        raise Problem(f"There is no table {name!r}; use one of {', '.join(SCHEMAS)}.")
    return SCHEMAS[name]


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


def _value_fault(table: pd.DataFrame, dtypes: dict[str, str], error: Any) -> str:
    """Name the column, the rule it breaks and the first rows that break it."""
    cases = error.failure_cases
    columns = _blamed_columns(error)
    rows = (
        sorted(set(cases["index"].dropna()))
        if isinstance(cases, pd.DataFrame)
        else _rows_of_wrong_type(table[columns[0]], dtypes[columns[0]])
    )
    shown = ", ".join(f"row {row} is {_shown(table, columns, row)}" for row in rows[:SHOWN_ROWS])
    more = f" and {len(rows) - SHOWN_ROWS} more" if len(rows) > SHOWN_ROWS else ""
    label = " + ".join(map(repr, columns))
    return f"column {label} {_rule(error, dtypes[columns[0]])} ({shown}{more})"


def _blamed_columns(error: Any) -> list[str]:
    if error.reason_code is pa.errors.SchemaErrorReason.DUPLICATES:
        return list(error.schema.unique)
    return [error.schema.name or error.check.name]


def _rule(error: Any, dtype: str) -> str:
    reasons = pa.errors.SchemaErrorReason
    if error.reason_code is reasons.DUPLICATES:
        return "must not repeat"
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
