"""Every table has a schema, and each schema refuses what does not fit."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as arrow
import pytest
from example_rows import ROWS

from contracts import as_table
from spuriverse.problems import Problem
from spuriverse.tables import (
    KINDS,
    SCHEMAS,
    SPURIOUS_TYPES,
    arrow_schema,
    read_table,
    write_table,
)


def frame_of(name: str, **changes: Any) -> pd.DataFrame:
    return pd.DataFrame([ROWS[name] | changes])


def test_every_table_has_an_example() -> None:
    assert list(ROWS) == list(SCHEMAS)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_good_row_fits_and_keeps_the_order_of_the_schema(name: str) -> None:
    frame = frame_of(name)[list(reversed(ROWS[name]))]
    assert list(as_table(frame, name)) == list(ROWS[name]) == arrow_schema(name).names


@pytest.mark.parametrize("name", SCHEMAS)
def test_an_empty_table_fits_and_is_typed(name: str) -> None:
    empty = as_table(pd.DataFrame(columns=list(ROWS[name])), name)
    assert empty.empty
    assert (empty.dtypes == as_table(frame_of(name), name).dtypes).all()


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_missing_and_an_unknown_column_are_named(name: str) -> None:
    first = next(iter(ROWS[name]))
    with pytest.raises(Problem, match=f"'{first}' is missing and column 'flavour' is unknown"):
        as_table(frame_of(name).rename(columns={first: "flavour"}), name)


@pytest.mark.parametrize("name", [name for name in SCHEMAS if SCHEMAS[name].unique])
def test_a_repeated_key_is_refused(name: str) -> None:
    with pytest.raises(Problem, match=r"must not repeat \(row 0 is .*, row 1 is "):
        as_table(pd.concat([frame_of(name)] * 2), name)


@pytest.mark.parametrize(
    ("name", "column", "value", "rule"),
    [
        ("samples", "sample_id", "", "must not be empty"),
        ("samples", "sample_id", None, "must not be missing"),
        ("samples", "question", 3, "must be of type str"),
        ("samples", "options", ["cat"], "two or more texts"),
        ("samples", "options", ["cat", ""], "two or more texts"),
        ("samples", "options", ["cat", "cat"], "two or more texts"),
        ("samples", "options", ["cat", None], "two or more texts"),
        ("samples", "options", "cat, dog", "two or more texts"),
        ("samples", "answer", 2, "0-based index"),
        ("samples", "answer", -1, "must not be negative"),
        ("samples", "answer", 0.5, "must be of type int64"),
        ("samples", "answer", "B", "must be of type int64"),
        ("samples", "attributes", ["meadow"], "kind:value"),
        ("responses", "outcome", "wrong", "answered, abstained, unparsed, empty, failed"),
        ("responses", "choice", None, "must be given when"),
        ("responses", "outcome", "unparsed", "and only then"),
        ("responses", "choice", 0.5, "must be of type Int64"),
        ("responses", "option_scores", [0.1, float("nan")], "none missing"),
        ("responses", "option_scores", ["0.1"], "list of numbers"),
        ("responses", "seconds", -1.0, "at least 0"),
        ("responses", "seconds", float("inf"), "finite"),
        ("candidates", "attribute", "meadow", "kind:value"),
        ("candidates", "kind", "light", "before the colon"),
        ("candidates", "status", "maybe", "proposed, accepted, rejected"),
        ("groups", "group", "positive", "spurious, core"),
        ("groups", "part", "old", "selection, fresh"),
        ("verification", "q_value", 1.5, "between 0 and 1"),
        ("verification", "gap", -1.5, "between -1 and 1"),
        ("verification", "p_value", None, "must not be missing"),
        ("verification", "test", "t-test", "fisher, exchange, e-process"),
        ("evidence", "status", "done", "open, kept, dropped"),
        ("verification", "kept", "no", "must be of type bool"),
        ("splits", "part", "dev", "train, validation, test"),
        ("runs", "proportion", 20, "between 0 and 1"),
        ("runs", "validation_loss", float("inf"), "must be finite"),
        ("confusions", "above", ["desk", "desk"], "none twice"),
        ("attributes", "region_spurious", "", "must not be empty"),
        ("attributes", "spurious_types", [], "a list of types, none empty or twice"),
        ("attributes", "question_form", "colour", "one of object, feature"),
        ("options", "spurious_type", "scenery", "one of background, co-occurring-objects"),
        ("runs", "modules", [[""]], "must be a list of names"),
    ],
)
def test_a_value_that_breaks_a_rule_is_shown(name: str, column: str, value: Any, rule: str) -> None:
    with pytest.raises(Problem) as caught:
        as_table(frame_of(name, **{column: value}), name)
    message = str(caught.value)
    assert f"{name}.parquet does not fit the table '{name}': column " in message
    assert rule in message
    assert "(row 0 is " in message
    assert message.endswith("; correct the step that makes this table.")


def test_a_region_may_be_missing_in_every_row(tmp_path) -> None:
    path = tmp_path / "attributes.parquet"
    write_table(frame_of("attributes", region_spurious=None), path, "attributes")
    assert (
        read_table(path, "attributes")[["region_spurious", "region_object"]].isna().all(axis=None)
    )


def test_the_types_of_the_tables_are_the_kinds_that_an_annotator_chooses_from() -> None:
    assert SPURIOUS_TYPES == KINDS


def test_only_the_offending_rows_are_shown_and_at_most_three() -> None:
    seeds = [0.0, 1.5, 2.0, 3.5, 4.5, 5.5]
    frame = pd.DataFrame({"seed": seeds, "type_id": list("abcdef"), "part": "test"})
    with pytest.raises(Problem, match=r"\(row 1 is 1.5, row 3 is 3.5, row 4 is 4.5 and 1 more\)"):
        as_table(frame, "splits")


def test_lossless_conversions_are_made() -> None:
    rows = [ROWS["responses"] | {"sample_id": str(i)} for i in range(2)]
    rows[1] |= {"outcome": "failed", "choice": None, "option_scores": (), "seconds": 1}
    table = as_table(pd.DataFrame(rows), "responses")
    assert str(table["choice"].dtype) == "Int64"
    assert table["choice"].tolist() == [1, pd.NA]
    assert table["option_scores"].tolist() == [[-1.5, -0.2], []]
    assert table["seconds"].tolist() == [0.1, 1.0]


def test_arrays_become_lists_of_python_values() -> None:
    options = as_table(frame_of("samples", options=np.array(["cat", "dog"])), "samples")["options"][
        0
    ]
    assert options == ["cat", "dog"]
    assert {type(option) for option in options} == {str}


def test_the_stored_types_are_explicit() -> None:
    assert arrow_schema("samples").field("options").type == arrow.list_(arrow.string())
    assert arrow_schema("responses").field("choice").type == arrow.int64()


def test_an_unknown_table_lists_the_known_ones() -> None:
    with pytest.raises(Problem, match=r"no table 'sample'; use one of samples, errors, responses"):
        arrow_schema("sample")
