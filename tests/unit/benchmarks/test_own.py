"""Questions of one's own: JSONL and CSV say the same, and errors name the file and the line."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from spuriverse.benchmarks import reader_of
from spuriverse.benchmarks.own import read_rows
from spuriverse.problems import Problem
from spuriverse.tables import sample_id

QUESTIONS: list[dict[str, Any]] = [
    {
        "id": "q1",
        "image": "zoo/1.png",
        "question": "What is it?",
        "options": ["a cat", "a dog", "None"],
        "answer": "b",
        "category": "animals",
        "attributes": ["scene:beach", "light:dusk"],
    },
    {
        "id": "q2",
        "image": "./zoo/1.png",
        "question": "\u00bfDe qu\u00e9 color es?",
        "options": ["\u732b", "rojo"],
        "answer": "rojo",
        "category": "",
        "attributes": [],
    },
]


def write_jsonl(folder: Path, *items: dict[str, Any]) -> Path:
    path = folder / "mine.jsonl"
    lines = [json.dumps(item, ensure_ascii=False) for item in items or QUESTIONS]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def write_csv(folder: Path, *lines: str) -> Path:
    path = folder / "mine.csv"
    text = "\n".join(
        lines
        or (
            "id,image,question,A,B,C,answer,category,attributes",
            "q1,zoo/1.png,What is it?,a cat,a dog,None,b,animals,scene:beach|light:dusk",
            "q2,./zoo/1.png,\u00bfDe qu\u00e9 color es?,\u732b,rojo,,rojo,,",
        )
    )
    path.write_text(text, encoding="utf-8-sig")
    return path


@pytest.fixture
def images(tmp_path: Path, encode) -> Path:
    folder = tmp_path / "images"
    (folder / "zoo").mkdir(parents=True)
    (folder / "zoo" / "1.png").write_bytes(encode(form="PNG"))
    return folder


def test_both_forms_give_the_same_samples(collect, images: Path, tmp_path: Path) -> None:
    read = reader_of("own")
    tables = [
        collect(read(path), benchmark="my_set", images=images).samples
        for path in (write_jsonl(tmp_path), write_csv(tmp_path))
    ]
    for samples in tables:
        assert samples.to_dict("records") == [
            {
                "sample_id": sample_id("my_set", "zoo/1.png", item["question"]),
                "benchmark": "my_set",
                "image": str(images / "zoo" / "1.png"),
                "question": item["question"],
                "options": item["options"],
                "answer": 1,
                "category": item["category"],
                "attributes": item["attributes"],
            }
            for item in QUESTIONS
        ]


def test_the_answer_is_a_letter_before_it_is_a_text(collect, tmp_path: Path) -> None:
    item = {"image": "1.png", "question": "Which?", "options": ["B", "A"]}
    item["answer"] = "A"
    (sample,) = collect(read_rows(write_jsonl(tmp_path, item))).samples.to_dict("records")
    assert sample["answer"] == 0
    item |= {"options": ["x", "D"], "answer": "D"}
    (sample,) = collect(read_rows(write_jsonl(tmp_path, item))).samples.to_dict("records")
    assert sample["answer"] == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"answer": "D"}, "none of its 3 letters"),
        ({"answer": "a lion"}, "none of its 3 letters"),
        ({"options": ["a cat"], "answer": "A"}, "it has 1 options"),
        ({"image": ""}, "it names no image"),
        ({"image": "../secret.png"}, "not a file within the folder"),
        ({"image": "zoo/2.png"}, "there is no image at"),
        ({"attributes": ["beach"]}, "'beach' does not read kind:value"),
        ({"question": ["What?"]}, "it has no question"),
    ],
)
def test_an_odd_line_is_refused_with_its_place(
    collect, images: Path, tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    path = write_jsonl(tmp_path, QUESTIONS[1], {**QUESTIONS[0], **changes})
    collected = collect(read_rows(path), images=images, most=0.5)
    (refused,) = collected.refused["reason"]
    assert reason in refused
    assert refused.endswith(f"({path}, line 2)")


def test_an_odd_row_of_a_csv_is_refused_with_its_place(collect, tmp_path: Path) -> None:
    path = write_csv(tmp_path, "image,question,answer,A,B", "1.png,What?,A,x,y", "2.png,What?,A,,y")
    with pytest.raises(Problem, match=r"1 options.*mine\.csv, line 3"):
        collect(read_rows(path))


def test_a_line_without_a_field_is_a_problem(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path, QUESTIONS[0], {"image": "1.png", "question": "What?"})
    with pytest.raises(Problem, match=r"mine\.jsonl, line 2, has no answer, options; it has image"):
        list(read_rows(path))
    path = write_jsonl(tmp_path, {**QUESTIONS[0], "options": "a|b"})
    with pytest.raises(Problem, match=r"line 1: options is no list"):
        list(read_rows(path))


def test_a_csv_without_a_column_is_a_problem(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "picture,question,answer,A,B", "1.png,What?,A,x,y")
    with pytest.raises(Problem, match=r"mine\.csv has no column image; it has picture, question"):
        list(read_rows(path))


def test_options_are_the_letters_from_a_on(collect, tmp_path: Path) -> None:
    path = write_csv(tmp_path, "image,question,answer,A,B,C,E", "1.png,What?,C,x,y,z,w")
    (sample,) = collect(read_rows(path)).samples.to_dict("records")
    assert sample["options"] == ["x", "y", "z"]


def test_what_is_not_used_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    path = write_jsonl(tmp_path, {**QUESTIONS[0], "catgory": "x", "hint": "y"})
    list(read_rows(path))
    assert "catgory, hint is not used" in caplog.text
    caplog.clear()
    list(read_rows(write_jsonl(tmp_path)))
    list(read_rows(write_csv(tmp_path)))
    assert caplog.text == ""
