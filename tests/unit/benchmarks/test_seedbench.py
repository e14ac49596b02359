"""SEED-Bench gives the same samples from every form in which it is published."""

import base64
import csv
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pyarrow.parquet as pq
import pytest

from spuriverse.benchmarks import reader_of
from spuriverse.benchmarks.seedbench import read_rows
from spuriverse.problems import Problem
from spuriverse.tables import sample_id

Encode = Callable[..., bytes]

TYPES = {"Scene Understanding": 1, "Instances Counting": 5}
QUESTIONS = [
    ("101669", "How many towels are in the image?", ["One", "Two", "Three", "Four"], "A", 5),
    ("8278", "What type of beard is it? \u732b", ["Full", "Stubble", "Goatee", ""], "C", 1),
    ("19_0", "Is it day?", ["Yes", "None", "", ""], "B", 1),
]


def items() -> list[dict[str, Any]]:
    return [
        {
            "question_id": question_id,
            "question": question,
            **dict(zip(("choice_a", "choice_b", "choice_c", "choice_d"), choices, strict=True)),
            "answer": answer,
            "data_type": "Single Image" if number else "image",
            "data_id": [f"{number}_7"] if number else "task/1454426.jpg",
            "question_type_id": type_id,
        }
        for number, (question_id, question, choices, answer, type_id) in enumerate(QUESTIONS)
    ]


def write_json(folder: Path, *more: dict[str, Any], without: str = "") -> Path:
    questions = [*items(), *({**items()[0], **changes} for changes in more)]
    for item in questions:
        item.pop(without, None)
    path = folder / "SEED-Bench.json"
    path.write_text(json.dumps({"questions": questions, "question_type": TYPES}), encoding="utf-8")
    return path


def write_table(path: Path, encode: Encode | None) -> Path:
    """Write VLMEvalKit's TSV, with images, or a metadata CSV, without."""
    names = {number: name for name, number in TYPES.items()}
    columns = ["index", *(["image"] if encode else []), "question", *"ABCD", "answer", "category"]
    columns += [] if encode else ["prediction", "parsed", "spuriousAttr", "isSpurious", "isError"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, delimiter="\t" if encode else ",", restval="")
        writer.writeheader()
        for number, (index, question, choices, answer, type_id) in enumerate(QUESTIONS):
            cells = dict(zip("ABCD", choices, strict=True))
            cells |= {"index": index, "question": question, "answer": answer}
            if encode:
                image = base64.b64encode(encode()).decode() if number != 1 else QUESTIONS[2][0]
                cells["image"] = image
            writer.writerow(cells | {"category": names[type_id]})
    return path


def write_parquet(folder: Path, encode: Encode) -> Path:
    rows = [
        {**item, "data_id": "", "image": [{"bytes": encode(), "path": None}]} for item in items()
    ]
    video = {**rows[0], "question_id": "v1", "data_type": "video"}
    frames = {**rows[0], "question_id": "17_0", "image": rows[0]["image"] * 2}
    path = folder / "test-00000.parquet"
    pq.write_table(arrow.Table.from_pylist([*rows, video, frames]), path)
    return path


@pytest.mark.parametrize("benchmark", ["seedbench", "seedbench2"])
def test_every_form_gives_the_same_samples(
    collect, encode: Encode, tmp_path: Path, benchmark: str
) -> None:
    forms = [
        write_json(tmp_path),
        write_table(tmp_path / "bench.tsv", encode),
        write_table(tmp_path / "meta.csv", None),
        write_parquet(tmp_path, encode),
    ]
    read = reader_of(benchmark)
    tables = [collect(read(path), benchmark=benchmark).samples for path in forms]
    for samples in tables:
        assert list(samples["sample_id"]) == [
            sample_id(benchmark, index, question) for index, question, *_ in QUESTIONS
        ]
        for (_, _, choices, answer, _), sample in zip(QUESTIONS, samples.itertuples(), strict=True):
            assert sample.options == [choice for choice in choices if choice]
            assert sample.options[sample.answer] == choices["ABCD".index(answer)]
    for samples in tables[:3]:
        assert list(samples["category"]) == [
            "Instances Counting",
            "Scene Understanding",
            "Scene Understanding",
        ]
    assert list(tables[3]["category"]) == ["question type 5", "question type 1", "question type 1"]
    assert list(tables[0]["image"]) == ["task/1454426.jpg", "1_7", "2_7"]
    assert list(tables[1]["image"]) == [f"stored/{index}.jpg" for index, *_ in QUESTIONS]
    assert list(tables[2]["image"]) == [f"{index}.jpg" for index, *_ in QUESTIONS]


def test_questions_about_videos_and_several_images_are_passed_over_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_json(
        tmp_path,
        {"data_type": "video", "data_id": "94328.webm"},
        {"data_type": "Interleaved Image", "data_id": ["1.jpg", "2.jpg"]},
        {"data_type": "image", "data_id": ["1.jpg", "2.jpg"]},
        {"question_id": "last"},
    )
    with caplog.at_level(logging.INFO):
        rows = list(read_rows(path))
    assert [row.number for row in rows] == [0, 1, 2, 6]
    assert "3 questions are not about one image and are skipped" in caplog.text


def test_a_parquet_file_passes_them_over_too(
    encode: Encode, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert len(list(read_rows(write_parquet(tmp_path, encode)))) == 3
    assert "2 questions are not about one image" in caplog.text


def test_a_letter_outside_the_options_and_a_missing_image_are_refused(
    collect, encode: Encode, tmp_path: Path
) -> None:
    images = tmp_path / "images"
    (images / "task").mkdir(parents=True)
    (images / "task" / "1454426.jpg").write_bytes(encode())
    path = write_json(tmp_path, {"question_id": "x", "answer": "E"})
    collected = collect(read_rows(path), images=images, most=0.8)
    assert len(collected.samples) == 1
    assert list(collected.refused["reason"]) == [
        f"there is no image at {images / '1_7'}",
        f"there is no image at {images / '2_7'}",
        "its answer is none of its 4 letters",
    ]


def test_a_question_without_its_keys_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"question 0, has no choice_c; it has answer, choice_a"):
        list(read_rows(write_json(tmp_path, without="choice_c")))
    (tmp_path / "SEED-Bench.json").write_text("[]")
    with pytest.raises(Problem, match="no list 'questions'"):
        list(read_rows(tmp_path / "SEED-Bench.json"))


def test_a_metadata_file_without_its_category_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "meta.csv"
    path.write_text("index,question,answer,A,B,C,D\n")
    with pytest.raises(Problem, match=r"no column category; it has index, question"):
        list(read_rows(path))


def test_an_index_that_is_no_file_name_is_refused(collect, encode: Encode, tmp_path: Path) -> None:
    path = write_table(tmp_path / "bench.tsv", encode)
    path.write_text(path.read_text().replace("101669", "../101669"))
    collected = collect(read_rows(path), most=0.5)
    assert "'../101669.jpg' is not a file within" in collected.refused["reason"][0]


def test_options_that_the_published_file_has_lost_are_counted_by_name(
    tmp_path: Path, caplog
) -> None:
    lines = (
        "index,question,answer,A,B,C,D,category,prediction",
        "7_1,Which?,A,None,one,two,three,x,A",
        "7_2,Which one?,B,one,,two,three,x,A",
        "7_3,How many?,A,one,,,two,x,A",
    )
    path = tmp_path / "seedbench_meta.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = list(reader_of("seedbench")(path))
    assert rows[0].options[0] == "None"
    assert [bool(row.fault) for row in rows] == [False, True, False]
    assert "3 options of 2 questions are blank, 1 of them the right one" in caplog.text
    assert "reads None upstream; the first are 7_2, 7_3" in caplog.text
