"""The contact sheet of types: which are chosen, and what stands under each image."""

from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from spuriverse.problems import Problem
from spuriverse.report.figures import plot_types
from spuriverse.report.figures.types import choose_types

SOURCE = "biased-0"
OPTIONS = ["costs $5", "a <b> & $x^", "kettle"]


def types(kinds: str) -> pd.DataFrame:
    rows = [
        {
            "type_id": f"t{i}",
            "sample_id": f"s{i}",
            "candidate_id": f"t{i}",
            "attribute": f"{kind}:${i}$",
            "kind": kind,
            "predicted": OPTIONS[1],
        }
        for i, kind in enumerate(kinds)
    ]
    columns = ["type_id", "sample_id", "candidate_id", "attribute", "kind", "predicted"]
    return pd.DataFrame(rows, columns=columns)


def sheet(folder: Path, kinds: str, *, model: str = SOURCE):  # type: ignore[no-untyped-def]
    table = types(kinds)
    image = folder / "image.png"
    Image.new("RGB", (8, 8)).save(image)
    asked = [
        {
            "sample_id": f"{kind}-{subset}-{number}",
            "subset": subset,
            "cluster": kind,
            "image": str(image),
            "question": "What?",
            "options": OPTIONS,
            "answer": 0,
        }
        for kind in table["type_id"]
        for subset, count in (("anchor", 1), ("core", 5), ("spurious", 1))
        for number in range(count)
    ]
    choice = {"anchor": 1, "core": 0, "spurious": pd.NA}
    responses = [
        {
            "sample_id": row["sample_id"],
            "model": model,
            "outcome": "abstained" if row["subset"] == "spurious" else "answered",
            "choice": choice[str(row["subset"])],
        }
        for row in asked
    ]
    verification = pd.DataFrame(
        [(c, SOURCE, 0.7, 0.5) for c in table["candidate_id"]],
        columns=["candidate_id", "model", "gap", "fresh_gap"],
    )
    return plot_types(
        table,
        pd.DataFrame(asked),
        pd.DataFrame(responses).astype({"choice": "Int64"}),
        verification,
        source=SOURCE,
    )


def test_fewer_types_than_places_and_signs_in_texts(tmp_path: Path) -> None:
    figure = sheet(tmp_path, "aab")
    figure.savefig(tmp_path / "types.png")
    assert len(figure.subfigs) == 3
    texts = [text.get_text() for text in figure.subfigs[0].texts]
    assert texts == ["a:$0$", "gap 0.70, fresh 0.50", "right: costs $5 · leads to: a <b> & $x^"]


def test_every_image_has_its_answer_and_whether_it_is_right(tmp_path: Path) -> None:
    axes = sheet(tmp_path, "a").subfigs[0].axes
    assert [(one.get_title(), one.get_xlabel()) for one in axes if one.images] == [
        ("anchor", "a <b> & $x^ ✗"),
        ("core", "costs $5 ✓"),
        ("core", "costs $5 ✓"),
        ("spurious", "abstained ✗"),
    ]


def test_types_are_spread_over_kinds_and_attributes() -> None:
    table = types("aaaab")
    assert choose_types(table, 2)["type_id"].tolist() == ["t0", "t4"]
    same = table.assign(attribute=["a:x", "a:x", "a:y", "a:x", "b:z"])
    assert choose_types(same, 3)["attribute"].tolist() == ["a:x", "a:y", "b:z"]


def test_no_type_is_a_problem() -> None:
    none = pd.DataFrame()
    with pytest.raises(Problem, match="No candidate was verified"):
        plot_types(types(""), none, none, none, source=SOURCE)


def test_no_answer_of_the_source_model_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=SOURCE):
        sheet(tmp_path, "a", model="control-0")
