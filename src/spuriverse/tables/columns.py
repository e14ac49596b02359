"""The kinds of columns that tables have: pandas type, Parquet type and the values they take."""

import math
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
import pandera.pandas as pa
import pyarrow as arrow


def typed_column(
    dtype: str, stored: arrow.DataType, *checks: pa.Check, nullable: bool = False
) -> pa.Column:
    return pa.Column(
        str if dtype == "str" else dtype,
        list(checks),
        nullable=nullable,
        metadata={"pandas": dtype, "arrow": stored},
    )


def text_column(*checks: pa.Check) -> pa.Column:
    return typed_column("str", arrow.string(), *checks)


def name_column(*checks: pa.Check) -> pa.Column:
    not_empty = pa.Check(lambda values: values.str.strip() != "", error="must not be empty")
    return text_column(not_empty, *checks)


def choice_column(*allowed: str) -> pa.Column:
    return text_column(pa.Check.isin(allowed, error=f"must be one of {', '.join(allowed)}"))


def attribute_column() -> pa.Column:
    return text_column(pa.Check(is_attribute, element_wise=True, error="must read kind:value"))


def open_attribute_column() -> pa.Column:
    fits = pa.Check(
        lambda value: value == "" or is_attribute(value),
        element_wise=True,
        error="must read kind:value or be empty",
    )
    return text_column(fits)


def integer_column(*checks: pa.Check, nullable: bool = False) -> pa.Column:
    return typed_column("Int64" if nullable else "int64", arrow.int64(), *checks, nullable=nullable)


def count_column(nullable: bool = False) -> pa.Column:
    return integer_column(pa.Check.ge(0, error="must not be negative"), nullable=nullable)


def number_column(low: float, high: float, nullable: bool = False) -> pa.Column:
    error = f"must be between {low:g} and {high:g}" if np.isfinite(high) else "must be finite"
    if np.isfinite(low) and not np.isfinite(high):
        error = f"must be finite and at least {low:g}"
    inside = pa.Check(lambda values: values.between(low, high) & np.isfinite(values), error=error)
    return typed_column("float64", arrow.float64(), inside, nullable=nullable)


def list_column(stored: arrow.DataType, fits: Callable[[Any], bool], error: str) -> pa.Column:
    return typed_column(
        "object", arrow.list_(stored), pa.Check(fits, element_wise=True, error=error)
    )


def is_attribute(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    kind, _, feature = value.partition(":")
    return bool(kind.strip() and feature.strip())


def are_attributes(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_attribute, value))


def are_options(value: Any) -> bool:
    if not isinstance(value, list) or not all(isinstance(option, str) for option in value):
        return False
    texts = [option.strip() for option in value]
    return len(texts) >= 2 and all(texts) and len(set(texts)) == len(texts)


def are_modules(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) and name for name in value)


def are_scores(value: Any) -> bool:
    # What is read from a file is float; the general rule is ten times slower.
    if not isinstance(value, list):
        return False
    if set(map(type, value)) <= {float}:
        return not any(map(math.isnan, value))
    return all(
        isinstance(score, Real) and not isinstance(score, bool) and not np.isnan(float(score))
        for score in value
    )
