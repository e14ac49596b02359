"""The page of one sample: complete, safe, and about the right one."""

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from spuriverse.evaluation import (
    hardest_sample,
    inspection,
    predictions_in_chunks,
    tabulate_predictions,
)
from spuriverse.problems import Problem
from spuriverse.report.pages import render_sample
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


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text: list[str] = []
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    return tags


def test_the_page_shows_everything_about_the_sample(asked: pd.DataFrame) -> None:
    responses = pd.concat(
        [
            respond("first", a=0, b=0),
            respond("second", a=1, b=0),
            respond("second", "direct+shuffle-1", a="unparsed"),
        ]
    )
    page = read(render_sample(asked, responses, "a"))
    text = "\n".join(page.text)
    assert "What is it?" in text and "anchor (t)" in text
    assert re.search(r"\(A\) ant\s+✓ right", text)
    for shown in ("first", "second", "direct+shuffle-1", "unparsed", "(A) ant ✓", "(B) bee ✗"):
        assert shown in page.text
    assert "(B) bee: -0.250" in page.text and "7" in page.text and "0.5" in page.text
    assert page.found.count("tr") == 4


def test_the_image_is_in_the_page(asked: pd.DataFrame) -> None:
    page = read(render_sample(asked, respond("first", a=0), "a"))
    assert len(page.sources) == 1
    head, _, data = page.sources[0].partition(",")
    assert head == "data:image/png;base64"
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    assert image.shape == (2, 3, 3) and image[0, 0].tolist() == [200, 10, 30]


def test_texts_of_data_and_models_are_escaped(asked: pd.DataFrame) -> None:
    text = render_sample(asked, respond(EVIL, EVIL, b=0), "b")
    page = read(text)
    assert "script" not in page.found and "<script" not in text
    assert page.text.count(EVIL) >= 3
    assert "default-src 'none'" in text


def test_the_same_sample_gives_the_same_page(asked: pd.DataFrame) -> None:
    responses = respond("first", a=0)
    assert render_sample(asked, responses, "a") == render_sample(asked, responses, "a")


def test_an_unknown_sample_and_a_missing_image_are_refused(asked: pd.DataFrame) -> None:
    renamed = asked.assign(sample_id=["world-1234", "b", "c"])
    with pytest.raises(Problem, match=r"no sample 'world-1235' .*did you mean 'world-1234'"):
        render_sample(renamed, respond("first"), "world-1235")
    with pytest.raises(Problem, match="no image"):
        render_sample(asked, respond("first"), "c")


def test_the_hardest_sample_is_the_one_most_models_got_wrong(asked: pd.DataFrame) -> None:
    responses = pd.concat(
        [
            respond("one", a=0, b="abstained", c="failed"),
            respond("two", a=1, b=0, c="failed"),
            # Variants of a model do not make it several.
            respond("two", "direct+shuffle-1", a=1),
            respond("two", "direct+shuffle-2", a=1),
        ]
    )
    assert hardest_sample(asked, responses) == "b"
    assert hardest_sample(asked, respond("one", c=0, b=1, a=0)) == "a"
    with pytest.raises(Problem, match="evaluate the models first"):
        hardest_sample(asked, respond("one", a="failed"))


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
