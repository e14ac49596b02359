"""Every table has a schema, and each schema refuses what does not fit."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as arrow
import pytest

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

ROWS: dict[str, dict[str, Any]] = {
    "samples": {
        "sample_id": "world-0",
        "benchmark": "world",
        "image": "images/0.png",
        "question": "What is it?",
        "options": ["cat", "dog"],
        "answer": 1,
        "category": "",
        "attributes": ["scene:meadow"],
    },
    "errors": {
        "sample_id": "world-0",
        "benchmark": "world",
        "image": "images/0.png",
        "question": "What is it?",
        "options": ["cat", "dog"],
        "answer": 1,
        "category": "",
        "attributes": ["scene:meadow"],
        "predicted": "cat",
    },
    "responses": {
        "sample_id": "world-0",
        "model": "tiny",
        "strategy": "direct",
        "protocol": "corrected",
        "reply": "B",
        "outcome": "answered",
        "choice": 1,
        "option_scores": [-1.5, -0.2],
        "prompt_sha256": "ab",
        "seconds": 0.1,
        "tokens": 2,
    },
    "candidates": {
        "candidate_id": "c-0",
        "sample_id": "world-0",
        "predicted": "cat",
        "attribute": "scene:meadow",
        "kind": "scene",
        "rationale": "",
        "annotator": "statistics",
        "prompt_sha256": "",
        "reply": "",
        "spurious_description": "",
        "core_description": "",
        "status": "proposed",
        "reviewer": "",
        "note": "",
    },
    "verdicts": {
        "sample_id": "aokvqa-0",
        "annotator": "recorded",
        "verdict": "yes",
        "rationale": "Yes, the sea.",
        "prompt_sha256": "",
        "reply": "Yes, the sea.",
    },
    "records": {
        "row": 0,
        "benchmark": "aokvqa",
        "sample_id": "aokvqa-0",
        "question": "What is it?",
        "answer": "B",
        "reply": "(A) cat",
        "parsed": "A",
        "outcome": "answered",
        "predicted": "cat",
        "verdict": "Yes",
        "repeated": False,
    },
    "refused": {
        "benchmark": "aokvqa",
        "row": 0,
        "image_id": "139",
        "question": "What is it?",
        "reason": "it has 1 options, two are needed",
    },
    "predictions": {
        "subset": "anchor",
        "cluster": "t-0",
        "attribute": "scene:sea",
        "sample_id": "world-0",
        "image": "images/0.png",
        "question": "What is it?",
        "options": ["cat", "dog"],
        "answer": 1,
        "model": "tiny",
        "strategy": "direct",
        "protocol": "corrected",
        "reply": "B",
        "outcome": "answered",
        "choice": 1,
        "option_scores": [-1.5, -0.2],
        "prompt_sha256": "ab",
        "seconds": 0.1,
        "tokens": 2,
        "correct": True,
    },
    "groups": {
        "candidate_id": "c-0",
        "group": "core",
        "part": "fresh",
        "image": "images/1.png",
        "seed": 3,
        "description": "a dog",
        "generator": "world",
    },
    "image_records": {
        "candidate_id": "c-0",
        "group": "core",
        "part": "fresh",
        "backend": "diffusers",
        "checkpoint": "checkpoints/tiny",
        "revision": "",
        "prompt": "a dog",
        "negative_prompt": "",
        "seed": 3,
        "scheduler": "euler",
        "steps": 20,
        "guidance": 7.0,
        "width": 64,
        "height": None,
        "dtype": "float32",
        "strength": None,
        "source_sha256": "",
        "mask_sha256": "",
        "batch": "",
        "sha256": "ab",
        "outcome": "made",
        "reason": "",
        "gates": ["sharpness: passed"],
        "truth": "unknown",
        "kept": True,
    },
    "verification": {
        "candidate_id": "c-0",
        "model": "tiny",
        "n_core": 10,
        "n_spurious": 10,
        "acc_core": 0.9,
        "acc_spurious": 0.2,
        "gap": 0.7,
        "gap_low": 0.24,
        "gap_high": None,
        "test": "fisher",
        "p_value": 0.01,
        "q_value": 0.02,
        "kept_paper": True,
        "kept_corrected": True,
        "kept": True,
        "fresh_n": 0,
        "fresh_gap": None,
        "fresh_low": None,
        "fresh_high": None,
    },
    "evidence": {
        "candidate_id": "c-0",
        "model": "tiny",
        "batches": 3,
        "e_value": 41.5,
        "status": "kept",
    },
    "types": {
        "type_id": "t-0",
        "sample_id": "world-0",
        "candidate_id": "c-0",
        "attribute": "scene:meadow",
        "kind": "scene",
        "predicted": "cat",
    },
    "splits": {"seed": 0, "type_id": "t-0", "part": "train"},
    "non_spurious": {"sample_id": "world-0", "subset": "aligned", "part": "train"},
    "pairs": {
        "attribute": "scene:meadow",
        "planted": True,
        "right": "cat",
        "core_correct": True,
        "spurious_correct": False,
        "misled": True,
    },
    "calibration_candidates": {
        "candidate_id": "scene:sea-key",
        "attribute": "scene:sea",
        "planted": True,
        "part": "fresh",
        "number": 21,
        "core_correct": True,
        "spurious_correct": False,
    },
    "proposals": {
        "attribute": "scene:meadow",
        "kind": "scene",
        "wrong": "cat",
        "n_present": 20,
        "n_absent": 80,
        "share_present": 0.8,
        "share_absent": 0.1,
        "effect": 0.7,
        "p_value": 0.01,
        "q_value": 0.02,
    },
    "regions": {
        "attribute": "region:3",
        "wrong": "cat",
        "image": "images/1.png",
        "exemplar": 1,
        "share": 0.5,
        "size": 0.25,
        "distance": 1.5,
        "left": 0.0,
        "top": 0.25,
        "right": 0.25,
        "bottom": 0.5,
    },
    "trials": {
        "sample_id": "region:3/paste/1/region",
        "image": "shortcuts/images/region-3-paste-1-region.png",
        "question": "What is it?",
        "options": ["a cat", "a dog"],
        "answer": 1,
        "attribute": "region:3",
        "wrong": "a cat",
        "edit": "paste",
        "arm": "region",
        "part": "selection",
        "pair": 1,
        "carrier": "images/1.png",
        "given": "images/2.png",
    },
    "test_sets": {
        "subset": "aligned",
        "candidate_id": "c-0",
        "sample_id": "aligned-c-0-1",
        "image": "images/aligned-c-0-1.png",
        "question": "which object?",
        "options": ["cat", "dog"],
        "answer": 0,
    },
    "mitigation_points": {
        "base_model": "biased-0",
        "seed": 500,
        "fold": 3,
        "part": "test",
        "method": "kl_anchor",
        "setting": "weight=1",
        "knob": 1.5,
        "half": 1,
        "spurious": 0.6,
        "aligned": 0.9,
        "ordinary": 0.95,
        "core": None,
        "aligned_without_cue": None,
        "n_spurious": 200,
        "n_aligned": 100,
        "n_ordinary": 300,
        "steps": 120,
        "images": 640,
        "rows": 3840,
        "answer_passes": 1,
        "seconds": 21.5,
        "held_out": 8,
        "trained_on": 24,
    },
    "runs": {
        "run_id": "r-0",
        "study": "tradeoff",
        "base_model": "tiny",
        "regime": "mixed",
        "layers": "language",
        "proportion": 0.5,
        "types": 12,
        "held_out": "",
        "seed": 0,
        "samples": 40,
        "steps": 50,
        "best_epoch": 3,
        "validation_loss": 0.4,
        "seconds": 12.5,
        "trained": 1_000,
        "modules": ["model.language_model.layers.0.self_attn.q_proj"],
        "computed": "float32, 32 x 1 samples a step",
        "adapter": "adapters/0",
    },
    "scenes": {
        "image": "images/star/0.png",
        "object": "star",
        "colour": "red",
        "dots": ["left"],
        "attributes": ["scene:meadow"],
        "seed": 7,
    },
    "confusions": {
        "source": "objectnet",
        "image": "images/oven/1.png",
        "label": "oven",
        "predicted": "desk",
        "rank": 3,
        "above": ["desk", "chair"],
        "score": 0.2,
    },
    "unreadable": {
        "source": "objectnet",
        "image": "images/oven/2.png",
        "reason": "cannot identify image file",
    },
    "attributes": {
        "sample_id": "spubench-0",
        "label": "oven",
        "predicted": "desk",
        "core": "a door with a window",
        "spurious": "papers on top",
        "spurious_types": ["co-occurring-objects", "context"],
        "question_form": "object",
        "label_source": "class",
        "region_spurious": "regions/0.png",
        "region_object": None,
    },
    "options": {
        "sample_id": "spubench-0",
        "option": "desk",
        "role": "spurious",
        "spurious_type": "co-occurring-objects",
    },
    "likelihoods": {
        "sample_id": "spubench-0",
        "model": "tiny",
        "answer": "desk",
        "outcome": "fooled",
        "label_tokens": 1,
        "label_core": -0.5,
        "label_spurious": -2.5,
        "predicted_tokens": 0,
        "predicted_core": None,
        "predicted_spurious": None,
    },
    "heatmaps": {
        "sample_id": "spubench-0",
        "model": "tiny",
        "condition": "core",
        "method": "attention",
        "answer": "desk",
        "outcome": "fooled",
        "share_spurious": 0.5,
        "share_object": None,
        "iou_spurious": 0.5,
        "iou_object": None,
        "area_spurious": 0.5,
        "area_object": None,
        "effect_spurious": -1.5,
        "effect_object": None,
        "rank_correlation": -0.5,
        "on_image": 0.5,
        "on_attribute": 0.5,
        "tokens": ["what", "?"],
        "weights": [0.25, 0.25],
        "overlay": "heatmaps/tiny/spubench-0.png",
    },
    "interventions": {
        "sample_id": "spubench-0",
        "model": "tiny",
        "intervention": "covered",
        "outcome": "fooled",
        "label_before": -2.5,
        "label_after": -0.5,
        "answer_before": -0.2,
        "answer_after": -1.5,
    },
    "natural_images": {
        "sample_id": "natural-0",
        "attribute": "scene:sea",
        "predicted": "key",
        "shows": True,
        "image": "0.png",
        "question": "What object is shown?",
        "options": ["key", "cup"],
        "answer": 1,
    },
    "attribute_vectors": {"attribute": "scene:sea", "vector": [0.5, -1.0]},
    "two_samples": {
        "attribute": "scene:sea",
        "group": "core",
        "n_synthetic": 20,
        "n_natural": 24,
        "discrepancy": -0.01,
        "p_value": 0.4,
        "q_value": 0.6,
    },
}


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
