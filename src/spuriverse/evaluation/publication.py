"""The verified types as a data set that others can open: Parquet with images, a card, Croissant.

The layout is that of a repository on the Hugging Face Hub: `load_dataset(folder, "anchors")` reads
it from a disk as it would from there.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as arrow
import pyarrow.parquet as parquet

from spuriverse.evaluation.croissant import describe_in_croissant
from spuriverse.evaluation.dataset_card import Card, write_card
from spuriverse.problems import Problem
from spuriverse.tables import PathLike, atomic_path, file_sha256

ROWS_PER_GROUP = 100
"""Rows whose images are in memory at once."""

QUESTION = ("image", "question", "options", "answer")
TABLES = {
    "anchors": "A question per type that a model got wrong, with its image.",
    "groups": "The same questions about images made with the attribute and without.",
    "verdicts": "How each verification model did on both groups of a type.",
    "splits": "Which part each type belongs to, for several seeds.",
}
"""Name of a table -> what a row of it is."""

_TEXT, _WHOLE, _NUMBER, _TRUTH = arrow.string(), arrow.int64(), arrow.float64(), arrow.bool_()
_IMAGE = arrow.struct([("bytes", arrow.binary()), ("path", arrow.string())])
_ASKED = {"image": _IMAGE, "question": _TEXT, "options": arrow.list_(_TEXT), "answer": _WHOLE}
COLUMNS: dict[str, dict[str, arrow.DataType]] = {
    "anchors": {
        **{name: _TEXT for name in ("type_id", "attribute", "kind")},
        **_ASKED,
        **{name: _TEXT for name in ("predicted", "benchmark", "sample_id")},
    },
    "groups": {
        **{name: _TEXT for name in ("type_id", "group", "part")},
        **_ASKED,
        "seed": _WHOLE,
        **{name: _TEXT for name in ("description", "generator")},
    },
    "verdicts": {
        **{name: _TEXT for name in ("type_id", "model")},
        **{name: _WHOLE for name in ("n_core", "n_spurious")},
        **{name: _NUMBER for name in ("acc_core", "acc_spurious", "gap", "gap_low", "gap_high")},
        "test": _TEXT,
        **{name: _NUMBER for name in ("p_value", "q_value")},
        "kept": _TRUTH,
        "fresh_n": _WHOLE,
        **{name: _NUMBER for name in ("fresh_gap", "fresh_low", "fresh_high")},
    },
    "splits": {"type_id": _TEXT, "seed": _WHOLE, "part": _TEXT},
}
"""Name of a table -> its columns."""

_FEATURES = {_TEXT: "string", _WHOLE: "int64", _NUMBER: "float64", _TRUTH: "bool"}


@dataclass(frozen=True)
class Found:
    """What the workflow has found.

    Attributes:
        types: A `types` table.
        samples: A `samples` table with the types' samples.
        groups: A `groups` table with the types' images.
        splits: A `splits` table.
        verification: A `verification` table; None if the types were published by others.
    """

    types: pd.DataFrame
    samples: pd.DataFrame
    groups: pd.DataFrame
    splits: pd.DataFrame
    verification: pd.DataFrame | None = None


def export_dataset(found: Found, folder: PathLike, card: Card) -> None:
    """Write the verified types as a folder that `datasets.load_dataset` opens.

    Args:
        found: The tables of the workflow; images are read from the paths that they name.
        folder: Where to write; what is there is replaced as a whole.
        card: What `README.md` and the metadata say beside the tables.

    Raises:
        Problem: There is no type, or an image is missing; then nothing is written.
    """
    if found.types.empty:
        raise Problem(
            "No type was verified, so there is nothing to publish: see what each candidate lacked"
            " in tables/curation_funnel.csv and sheets/index.html."
        )
    tables = _select(found)
    with atomic_path(folder) as temporary:
        (temporary / "data").mkdir(parents=True)
        for name, frame in tables.items():
            _write(frame, name, temporary / "data" / f"{name}.parquet")
        sums = {name: file_sha256(temporary / "data" / f"{name}.parquet") for name in tables}
        described = describe_in_croissant(card, TABLES, COLUMNS, sums)
        text = json.dumps(described, indent=2, ensure_ascii=False)
        (temporary / "croissant.json").write_text(f"{text}\n", encoding="utf-8")
        page = write_card(card, TABLES, tables)
        (temporary / "README.md").write_text(page, encoding="utf-8")


def _select(found: Found) -> dict[str, pd.DataFrame]:
    """The rows of every table that are about a type, in one order."""
    types = found.types.sort_values("type_id")
    of_candidate = types[["type_id", "candidate_id", "sample_id"]]
    questions = found.samples[["sample_id", "benchmark", *QUESTION]]
    anchors = types.merge(questions, on="sample_id", how="left", validate="many_to_one")
    if lacking := anchors.loc[anchors["question"].isna(), "type_id"].tolist():
        raise Problem(
            f"The samples lack the anchors of {len(lacking)} types, first of {lacking[0]}: make the"
            " benchmarks and the types by one configuration."
        )
    asked = questions.drop(columns=["benchmark", "image"])
    groups = (
        found.groups.merge(of_candidate, on="candidate_id")
        .merge(asked, on="sample_id", validate="many_to_one")
        .sort_values(["type_id", "group", "part", "seed"])
    )
    verdicts = (
        found.verification.merge(of_candidate, on="candidate_id").sort_values(["type_id", "model"])
        if found.verification is not None
        else pd.DataFrame(columns=list(COLUMNS["verdicts"]))
    )
    splits = found.splits.sort_values(["seed", "type_id"])
    tables = {"anchors": anchors, "groups": groups, "verdicts": verdicts, "splits": splits}
    return {name: frame[list(COLUMNS[name])] for name, frame in tables.items()}


def _write(frame: pd.DataFrame, name: str, path: Path) -> None:
    schema = arrow.schema(COLUMNS[name].items()).with_metadata({"huggingface": _features(name)})
    with parquet.ParquetWriter(path, schema) as writer:
        for rows in _in_parts(frame):
            columns = {
                column: [_cell(value, kind) for value in rows[column]]
                for column, kind in COLUMNS[name].items()
            }
            writer.write_table(arrow.table(columns, schema=schema))


def _in_parts(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for first in range(0, len(frame), ROWS_PER_GROUP):
        yield frame.iloc[first : first + ROWS_PER_GROUP]


def _cell(value: Any, kind: arrow.DataType) -> Any:
    if kind == _IMAGE:
        return _image(Path(value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return None if not hasattr(value, "__len__") and pd.isna(value) else value


def _image(path: Path) -> dict[str, Any]:
    try:
        return {"bytes": path.read_bytes(), "path": path.name}
    except OSError as error:
        raise Problem(
            f"The image {path} cannot be read ({error.strerror}): run the workflow again from the"
            " same folder, which makes what is missing."
        ) from error


def _features(name: str) -> str:
    """The columns as `datasets` notes them in the metadata of a Parquet file."""
    features: dict[str, Any] = {}
    for column, kind in COLUMNS[name].items():
        if kind == _IMAGE:
            features[column] = {"_type": "Image"}
        elif arrow.types.is_list(kind):
            features[column] = {
                "feature": {"dtype": _FEATURES[kind.value_type], "_type": "Value"},
                "_type": "List",
            }
        else:
            features[column] = {"dtype": _FEATURES[kind], "_type": "Value"}
    return json.dumps({"info": {"features": features}})
