"""Responses beside their questions, and where the attribute of a question leads."""

from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from spuriverse.evaluation import (
    browsed_samples,
    inspection,
    predictions_in_chunks,
    tabulate_predictions,
)
from spuriverse.report.pages import BROWSED_COLUMNS
from spuriverse.tables import SCHEMAS

EVIL = "<script>alert(1)</script> & \"quoted' \u202e"


@pytest.fixture
def asked(tmp_path: Path) -> pd.DataFrame:
    path = tmp_path / 'a "b".png'
    Image.new("RGB", (3, 2), (200, 10, 30)).save(path)
    return pd.DataFrame(
        {
            "sample_id": ["a", "b", "c"],
            "subset": ["anchor", "spurious", "ordinary"],
            "cluster": ["t", "t", "i"],
            "attribute": ["scene:sea", "scene:sea", ""],
            "image": [str(path), str(path), str(tmp_path / "absent.png")],
            "question": ["What is it?", EVIL, "?"],
            "options": [["ant", "bee"], [EVIL, "bee"], ["x", "y"]],
            "answer": [0, 1, 0],
        }
    )


def respond(model: str, strategy: str = "direct", **replies: int | str) -> pd.DataFrame:
    outcomes = [r if isinstance(r, str) else "answered" for r in replies.values()]
    choices = [None if isinstance(r, str) else r for r in replies.values()]
    return pd.DataFrame(
        {
            "sample_id": list(replies),
            "model": model,
            "strategy": strategy,
            "reply": EVIL,
            "outcome": outcomes,
            "choice": pd.array(choices, dtype="Int64"),
            "option_scores": [[-1.5, -0.25] for _ in replies],
            "seconds": 0.5,
            "tokens": 7,
        }
    )


def test_a_question_about_a_type_says_where_its_attribute_leads(asked: pd.DataFrame) -> None:
    types = pd.DataFrame([{"type_id": "t", "predicted": "bee"}])
    shown = browsed_samples(asked, types)
    assert shown["misleading"].tolist() == [[1], [1], []]
    assert shown["type"].tolist() == ["t", "t", ""]
    assert set(BROWSED_COLUMNS) == set(shown)


def test_predictions_stand_beside_their_questions(asked: pd.DataFrame) -> None:
    table = tabulate_predictions(asked, respond("one", b=1, a=1, c="unparsed"))
    assert table["sample_id"].tolist() == ["a", "b", "c"]
    assert table["correct"].tolist() == [False, True, False]
    assert {"image", "reply", "outcome", "option_scores", "tokens", "seconds"} <= set(table)
    assert set(table) <= set(SCHEMAS["predictions"].columns)
    assert "attribute" in table


def test_predictions_come_in_chunks(asked: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    responses = pd.concat([respond("one", b=1, a=1), respond("two", c=0, a=0)])
    monkeypatch.setattr(inspection, "CHUNK_ROWS", 2)
    chunks = list(predictions_in_chunks(asked, responses))
    assert len(chunks) > 1
    pd.testing.assert_frame_equal(
        pd.concat(chunks, ignore_index=True), tabulate_predictions(asked, responses)
    )
    assert list(predictions_in_chunks(asked.head(0), responses)) == []
