"""A-OKVQA gives the same samples from every form in which it is published."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pyarrow.parquet as pq
import pytest

from spuriverse.benchmarks.aokvqa import coco_number, read_rows
from spuriverse.problems import Problem
from spuriverse.tables import sample_id

RECORDED = Path(__file__).parents[4] / "shared" / "data" / "aokvqa_train_meta.csv"

QUESTIONS = [
    (
        299207,
        "What is the man by the bags awaiting?",
        ["skateboarder", "train", "delivery", "cab"],
        3,
    ),
    (299207, "What is in the bags?", ["none", "NA", "clothes", "food"], 0),
    (9, "\u00bfQu\u00e9 letra es?", ["\u00f1", "", "c", "m"], 2),
]


def write_json(folder: Path, **changes: Any) -> Path:
    items = [
        {
            "split": "train",
            "image_id": image_id,
            "question_id": f"q{number}",
            "question": question,
            "choices": choices,
            "correct_choice_idx": right,
            "direct_answers": ["cab"] * 10,
        }
        for number, (image_id, question, choices, right) in enumerate(QUESTIONS)
    ]
    path = folder / "aokvqa_v1p0_train.json"
    path.write_text(json.dumps([{**items[0], **changes}, *items[1:]]), encoding="utf-8")
    return path


def write_metadata(folder: Path, **changes: str) -> Path:
    path = folder / "aokvqa_meta.csv"
    columns = (
        "index,question,answer,A,B,C,D,split,prediction,parsed,spuriousAttr,isSpurious,isError"
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns.split(","))
        writer.writeheader()
        for image_id, question, choices, right in QUESTIONS:
            cells = dict(zip("ABCD", choices, strict=True))
            answer = "ABCD"[right]
            cells |= {"index": str(image_id), "question": question, "answer": answer, **changes}
            writer.writerow({**dict.fromkeys(columns.split(","), ""), **cells})
    return path


def write_parquet(folder: Path, encode: Callable[..., bytes], *, named: str | None) -> Path:
    """Write the Hub's form; the COCO id is in a column, in the image's path, or nowhere."""
    items = [
        {
            "image": {
                "bytes": encode(number),
                "path": f"{image_id:012d}.jpg" if named == "path" else None,
            },
            "question_id": f"q{number}",
            "question": question,
            "choices": choices,
            "correct_choice_idx": right,
            **({"image_id": image_id} if named == "column" else {}),
        }
        for number, (image_id, question, choices, right) in enumerate(QUESTIONS)
    ]
    path = folder / "train-00000-of-00001.parquet"
    pq.write_table(arrow.Table.from_pylist(items), path)
    return path


def test_every_form_gives_the_same_samples(collect, encode, tmp_path: Path) -> None:
    forms = [
        write_json(tmp_path),
        write_metadata(tmp_path),
        write_parquet(tmp_path, encode, named="column"),
    ]
    tables = [collect(read_rows(path), benchmark="aokvqa").samples for path in forms]
    tables.append(
        collect(
            read_rows(write_parquet(tmp_path, encode, named="path")), benchmark="aokvqa"
        ).samples
    )
    for samples in tables:
        assert list(samples["sample_id"]) == [
            sample_id("aokvqa", str(image_id), question) for image_id, question, _, _ in QUESTIONS
        ]
        for (_, question, choices, right), sample in zip(
            QUESTIONS, samples.itertuples(), strict=True
        ):
            assert sample.question == question
            assert sample.options == [choice for choice in choices if choice]
            assert sample.options[sample.answer] == choices[right]
    assert list(tables[0]["image"]) == list(tables[1]["image"])
    assert tables[0]["image"][0] == "000000299207.jpg"
    assert tables[2]["image"][0] == "stored/000000299207.jpg"


def test_images_are_coco_files(collect, encode, tmp_path: Path) -> None:
    (tmp_path / "coco").mkdir()
    (tmp_path / "coco" / "000000299207.jpg").write_bytes(encode())
    rows = read_rows(write_json(tmp_path))
    collected = collect(rows, images=tmp_path / "coco", most=0.4)
    assert len(collected.samples) == 2
    assert "000000000009.jpg" in collected.refused["reason"][0]


def test_a_parquet_file_without_coco_ids_is_a_problem(encode, tmp_path: Path) -> None:
    path = write_parquet(tmp_path, encode, named=None)
    with pytest.raises(Problem, match=r"no column image_id.* it has image, question_id, question,"):
        list(read_rows(path))


@pytest.mark.parametrize("form", ["json", "csv"])
def test_ids_of_the_hub_follow_from_another_form_of_the_source(
    collect, encode, tmp_path: Path, form: str
) -> None:
    partner = write_json(tmp_path) if form == "json" else write_metadata(tmp_path)
    path = write_parquet(tmp_path, encode, named=None)
    samples = collect(read_rows(path, {"aokvqa": partner}), benchmark="aokvqa").samples
    expected = collect(read_rows(partner), benchmark="aokvqa").samples
    for column in ("sample_id", "question", "options", "answer"):
        assert samples[column].tolist() == expected[column].tolist()
    assert samples["image"][0] == "stored/000000299207.jpg"


def test_a_row_without_a_partner_and_one_with_two_are_refused(
    collect, encode, tmp_path: Path
) -> None:
    partner = write_metadata(tmp_path)
    lines = partner.read_text(encoding="utf-8").splitlines()
    # The question about the bags for another photograph too, and the last one not at all.
    lines = [*lines[:3], lines[2].replace("299207", "12")]
    partner.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = write_parquet(tmp_path, encode, named=None)
    found = collect(read_rows(path, {"aokvqa": partner}), benchmark="aokvqa", most=0.7)
    assert len(found.samples) == 1
    assert found.refused["reason"].tolist() == [
        "aokvqa_meta.csv has its question and options for 2 images",
        "aokvqa_meta.csv has no such question with these options",
    ]


def test_a_split_without_answers_is_a_problem(tmp_path: Path) -> None:
    items = json.loads(write_json(tmp_path).read_text())
    del items[1]["correct_choice_idx"]
    path = tmp_path / "test.json"
    path.write_text(json.dumps(items))
    with pytest.raises(Problem, match=r"item 1, has no correct_choice_idx; it has choices.*test"):
        list(read_rows(path))
    path.write_text('{"questions": []}')
    with pytest.raises(Problem, match="is not a list of questions"):
        list(read_rows(path))


@pytest.mark.parametrize(
    "changes", [{"correct_choice_idx": 4}, {"correct_choice_idx": None}, {"choices": "cab"}]
)
def test_an_odd_item_is_refused(collect, tmp_path: Path, changes: dict[str, Any]) -> None:
    collected = collect(read_rows(write_json(tmp_path, **changes)), most=0.4)
    assert list(collected.refused["row"]) == [0]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"answer": "E"}, "none of its 4 letters"),
        ({"answer": "cab"}, "none of its 4 letters"),
        ({"index": "COCO_9"}, "image id 'COCO_9' is no COCO number"),
        ({"B": "skateboarder", "A": "skateboarder"}, "stands twice"),
    ],
)
def test_an_odd_cell_is_refused(
    collect, tmp_path: Path, changes: dict[str, str], reason: str
) -> None:
    with pytest.raises(Problem, match=f"3 of 3 rows.*{reason}"):
        collect(read_rows(write_metadata(tmp_path, **changes)), most=0.5)


def test_letters_may_be_small(collect, tmp_path: Path) -> None:
    samples = collect(read_rows(write_metadata(tmp_path, answer="c"))).samples
    assert [sample.options[sample.answer] for sample in samples.itertuples()] == [
        "delivery",
        "clothes",
        "c",
    ]


@pytest.mark.parametrize(
    ("value", "number"),
    [(9, "9"), ("000000000009", "9"), (9.0, "9"), ("x", ""), (-1, ""), ("1" * 13, ""), (None, "")],
)
def test_coco_numbers(value: object, number: str) -> None:
    assert coco_number(value) == number


def test_the_published_metadata_file(collect) -> None:
    if not RECORDED.is_file():
        pytest.skip(f"The published metadata file is not at {RECORDED}.")
    collected = collect(read_rows(RECORDED), benchmark="aokvqa", most=0.01)
    assert collected.rows == 17_056
    assert len(collected.samples) == 17_020
    reasons = collected.refused["reason"]
    assert reasons.str.contains("it repeats").sum() == 5
    assert reasons.str.contains("stands twice").sum() == 30
    assert reasons.str.contains("a letter without a text").sum() == 1
