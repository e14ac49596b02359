"""One schema per table of the workflow; `spuriverse.tables.validation` checks frames by it.

Each column says three things once: its pandas type, its Parquet type and the values it takes.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandera.pandas as pa
import pyarrow as arrow

from spuriverse.problems import Problem
from spuriverse.tables.columns import (
    are_attributes,
    are_modules,
    are_options,
    are_scores,
    attribute_column,
    choice_column,
    count_column,
    list_column,
    name_column,
    number_column,
    open_attribute_column,
    text_column,
    typed_column,
)
from spuriverse.tables.composites import COMPOSITE, COMPOSITE_PART
from spuriverse.tables.explain import EXPLAIN
from spuriverse.tables.image_records import IMAGE_RECORD
from spuriverse.tables.mitigations import MITIGATIONS
from spuriverse.tables.open_questions import OPEN_QUESTIONS
from spuriverse.tables.regions import REGION
from spuriverse.tables.spubench import SPUBENCH
from spuriverse.tables.trials import PRESENCE, TRIAL


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
_ACCEPTED_IS_NAMED = pa.Check(
    lambda frame: (frame["status"] != "accepted") | (frame["attribute"] != ""),
    name="attribute",
    error="must read kind:value once the candidate is accepted",
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
    "sample_id": name_column(),
    "benchmark": name_column(),
    "image": name_column(),
    "question": name_column(),
    "options": list_column(
        arrow.string(),
        are_options,
        "must be a list of two or more texts, none empty, no two the same",
    ),
    "answer": count_column(),
    "category": text_column(),
    "attributes": list_column(
        arrow.string(), are_attributes, "must be a list of texts that read kind:value"
    ),
}

_ASKED = ("sample_id", "image", "question", "options", "answer")

_RESPONSE: Mapping[str, pa.Column] = {
    "model": name_column(),
    "strategy": name_column(),
    "protocol": name_column(),
    "reply": text_column(),
    "outcome": choice_column("answered", "abstained", "unparsed", "empty", "failed"),
    "choice": count_column(nullable=True),
    "option_scores": list_column(
        arrow.float64(), are_scores, "must be a list of numbers, none missing"
    ),
    "prompt_sha256": name_column(),
    "seconds": number_column(0, np.inf),
    "tokens": count_column(),
}

SCHEMAS: Mapping[str, pa.DataFrameSchema] = MappingProxyType(
    {
        "samples": _schema(_SAMPLE, ["sample_id"], _ANSWER_IS_AN_OPTION),
        "errors": _schema(
            {**_SAMPLE, "predicted": name_column()}, ["sample_id"], _ANSWER_IS_AN_OPTION
        ),
        "responses": _schema(
            {
                "sample_id": name_column(),
                **_RESPONSE,
            },
            ["sample_id", "model", "strategy"],
            _CHOICE_ONLY_WHEN_ANSWERED,
        ),
        "candidates": _schema(
            {
                "candidate_id": name_column(),
                "sample_id": name_column(),
                "predicted": name_column(),
                "attribute": open_attribute_column(),
                "kind": text_column(),
                "rationale": text_column(),
                "annotator": name_column(),
                "prompt_sha256": text_column(),
                "reply": text_column(),
                "spurious_description": text_column(),
                "core_description": text_column(),
                "status": choice_column("proposed", "accepted", "rejected"),
                "reviewer": text_column(),
                "note": text_column(),
            },
            ["candidate_id"],
            _KIND_BEGINS_ATTRIBUTE,
            _ACCEPTED_IS_NAMED,
        ),
        "verdicts": _schema(
            {
                "sample_id": name_column(),
                "annotator": name_column(),
                "verdict": choice_column("yes", "no", "failed"),
                "rationale": text_column(),
                "prompt_sha256": text_column(),
                "reply": text_column(),
            },
            ["sample_id"],
        ),
        "records": _schema(
            {
                "row": count_column(),
                "benchmark": name_column(),
                "sample_id": name_column(),
                "question": text_column(),
                "answer": text_column(),
                "reply": text_column(),
                "parsed": text_column(),
                "outcome": choice_column("answered", "abstained", "unparsed"),
                "predicted": text_column(),
                "verdict": text_column(),
                "repeated": typed_column("bool", arrow.bool_()),
            },
            ["benchmark", "row"],
        ),
        "refused": _schema(
            {
                "benchmark": name_column(),
                "row": count_column(),
                "image_id": text_column(),
                "question": text_column(),
                "reason": name_column(),
            },
            ["benchmark", "row"],
        ),
        "predictions": _schema(
            {
                "subset": name_column(),
                "cluster": name_column(),
                # Of the type; empty for non-spurious samples.
                "attribute": text_column(),
                **{key: _SAMPLE[key] for key in ("sample_id", "image", "question", "options")},
                "answer": count_column(),
                **_RESPONSE,
                "correct": typed_column("bool", arrow.bool_()),
            },
            ["subset", "sample_id", "model", "strategy"],
        ),
        "groups": _schema(
            {
                "candidate_id": name_column(),
                "group": choice_column("spurious", "core"),
                "part": choice_column("selection", "fresh"),
                "image": name_column(),
                "seed": count_column(),
                "description": text_column(),
                "generator": name_column(),
            },
            ["candidate_id", "group", "part", "seed"],
        ),
        "image_records": _schema(dict(IMAGE_RECORD), ["candidate_id", "group", "part", "seed"]),
        "verification": _schema(
            {
                "candidate_id": name_column(),
                "model": name_column(),
                "n_core": count_column(),
                "n_spurious": count_column(),
                # A group without a parsed reply has no accuracy, hence no gap.
                "acc_core": number_column(0, 1, nullable=True),
                "acc_spurious": number_column(0, 1, nullable=True),
                "gap": number_column(-1, 1, nullable=True),
                "gap_low": number_column(-1, 1, nullable=True),
                "gap_high": number_column(-1, 1, nullable=True),
                "test": choice_column("fisher", "exchange", "e-process"),
                "p_value": number_column(0, 1),
                "q_value": number_column(0, 1),
                "kept_paper": typed_column("bool", arrow.bool_()),
                "kept_corrected": typed_column("bool", arrow.bool_()),
                "kept": typed_column("bool", arrow.bool_()),
                "fresh_n": count_column(),
                "fresh_gap": number_column(-1, 1, nullable=True),
                "fresh_low": number_column(-1, 1, nullable=True),
                "fresh_high": number_column(-1, 1, nullable=True),
            },
            ["candidate_id", "model"],
        ),
        "evidence": _schema(
            {
                "candidate_id": name_column(),
                "model": name_column(),
                "batches": count_column(),
                "e_value": number_column(0, np.inf),
                "status": choice_column("open", "kept", "dropped"),
            },
            ["candidate_id", "model"],
        ),
        "types": _schema(
            {
                "type_id": name_column(),
                "sample_id": name_column(),
                "candidate_id": name_column(),
                "attribute": attribute_column(),
                "kind": name_column(),
                "predicted": name_column(),
            },
            ["type_id"],
            _KIND_BEGINS_ATTRIBUTE,
        ),
        "splits": _schema(
            {
                "seed": count_column(),
                "type_id": name_column(),
                "part": choice_column("train", "validation", "test"),
            },
            ["seed", "type_id"],
        ),
        "non_spurious": _schema(
            {
                "sample_id": name_column(),
                "subset": name_column(),
                "part": choice_column("train", "validation", "test", "unselected"),
            },
            ["sample_id"],
        ),
        "pairs": _schema(
            {
                "attribute": attribute_column(),
                "planted": typed_column("bool", arrow.bool_()),
                "right": name_column(),
                "core_correct": typed_column("bool", arrow.bool_()),
                "spurious_correct": typed_column("bool", arrow.bool_()),
                "misled": typed_column("bool", arrow.bool_()),
            },
            [],
        ),
        "calibration_candidates": _schema(
            {
                "candidate_id": name_column(),
                "attribute": attribute_column(),
                "planted": typed_column("bool", arrow.bool_()),
                "part": choice_column("selection", "fresh"),
                "number": count_column(),
                "core_correct": typed_column("bool", arrow.bool_()),
                "spurious_correct": typed_column("bool", arrow.bool_()),
            },
            ["candidate_id", "number"],
        ),
        "proposals": _schema(
            {
                "attribute": attribute_column(),
                "kind": name_column(),
                "wrong": name_column(),
                "n_present": count_column(),
                "n_absent": count_column(),
                "share_present": number_column(0, 1),
                "share_absent": number_column(0, 1),
                "effect": number_column(-1, 1),
                "p_value": number_column(0, 1),
                "q_value": number_column(0, 1),
            },
            ["attribute"],
            _KIND_BEGINS_ATTRIBUTE,
        ),
        "regions": _schema(dict(REGION), []),
        "composite_parts": _schema(dict(COMPOSITE_PART), ["part", "name"]),
        "composites": _schema(dict(COMPOSITE), ["sample_id"]),
        "trials": _schema(
            {**{key: _SAMPLE[key] for key in _ASKED}, **TRIAL}, ["sample_id"], _ANSWER_IS_AN_OPTION
        ),
        "presence": _schema(dict(PRESENCE), ["attribute", "image"]),
        "test_sets": _schema(
            {
                "subset": choice_column(
                    *("spurious", "core", "aligned", "aligned_without_cue", "ordinary")
                ),
                "candidate_id": text_column(),
                **{key: _SAMPLE[key] for key in ("sample_id", "image", "question", "options")},
                "answer": count_column(),
            },
            ["sample_id"],
            _ANSWER_IS_AN_OPTION,
        ),
        **{name: _schema(columns, unique) for name, (columns, unique) in MITIGATIONS.items()},
        "runs": _schema(
            {
                "run_id": name_column(),
                "study": name_column(),
                "base_model": name_column(),
                "regime": name_column(),
                "layers": name_column(),
                "proportion": number_column(0, 1),
                "types": count_column(),
                "held_out": text_column(),
                "seed": count_column(),
                "samples": count_column(),
                "steps": count_column(),
                "best_epoch": count_column(),
                "validation_loss": number_column(-np.inf, np.inf),
                "seconds": number_column(0, np.inf),
                "trained": count_column(),
                "modules": list_column(
                    arrow.string(), are_modules, "must be a list of names, none missing"
                ),
                "computed": text_column(),
                "adapter": name_column(),
            },
            ["run_id"],
        ),
        **{name: _schema(columns, unique) for name, (columns, unique) in SPUBENCH.items()},
        **{name: _schema(columns, unique) for name, (columns, unique) in EXPLAIN.items()},
        **{name: _schema(columns, unique) for name, (columns, unique) in OPEN_QUESTIONS.items()},
    }
)


def arrow_schema(name: str) -> arrow.Schema:
    """Return the Parquet column types of the table `name`.

    Raises:
        Problem: there is no such table.
    """
    columns = schema_of(name).columns
    return arrow.schema([(key, column.metadata["arrow"]) for key, column in columns.items()])


def schema_of(name: str) -> pa.DataFrameSchema:
    """Return the schema of the table `name`.

    Raises:
        Problem: there is no such table.
    """
    if name not in SCHEMAS:
        raise Problem(f"There is no table {name!r}; use one of {', '.join(SCHEMAS)}.")
    return SCHEMAS[name]
