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


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            '{"image": "1.png", "question": "What?"}',
            "it has no answer, options; it has image, question",
        ),
        (
            json.dumps({**QUESTIONS[0], "options": "a|b"}),
            "options is not a list; write it as [...]",
        ),
        ('{"image": "1.png", ', "it is not complete JSON"),
        ('["1.png", "What?"]', "it is not a JSON object"),
    ],
)
def test_one_line_that_cannot_be_read_is_refused_and_the_others_are_kept(
    collect, images: Path, tmp_path: Path, line: str, reason: str
) -> None:
    path = write_jsonl(tmp_path, *QUESTIONS)
    path.write_text(f"{line}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    collected = collect(read_rows(path), images=images, most=0.5)
    (refused,) = collected.refused["reason"]
    assert refused.startswith(reason)
    assert refused.endswith(f"({path}, line 1)")
    with pytest.raises(Problem, match="line 1"):
        collect(read_rows(path), images=images, most=0.1)


def test_a_row_with_a_comma_too_many_is_refused_and_the_others_are_kept(
    collect, images: Path, tmp_path: Path
) -> None:
    rows = ["zoo/1.png,What, now?,x,y,A", "zoo/1.png,What is it?,x,y,A"]
    path = write_csv(tmp_path, "image,question,A,B,answer", *rows)
    collected = collect(read_rows(path), images=images, most=0.5)
    (refused,) = collected.refused["reason"]
    assert refused == f"it has 6 cells, but the header has 5 columns ({path}, line 2)"


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


WORDS = ["None", "NA", "null", "nan", "1.0", "True"]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_words_that_programs_take_for_nothing_are_options(
    collect, images: Path, tmp_path: Path, form: str
) -> None:
    if form == "csv":
        path = write_csv(
            tmp_path, "image,question,A,B,C,D,E,F,answer", f"zoo/1.png,Which?,{','.join(WORDS)},D"
        )
    else:
        item = {"image": "zoo/1.png", "question": "Which?", "options": WORDS, "answer": "nan"}
        path = write_jsonl(tmp_path, item)
    (sample,) = collect(read_rows(path), images=images).samples.itertuples()
    assert sample.options == WORDS
    assert sample.answer == 3


@pytest.mark.parametrize("answer", ["B", "b", "(B)", "B. a dog", "a dog"])
def test_letters_that_all_options_carry_are_taken_off(
    collect, images: Path, tmp_path: Path, caplog, answer: str
) -> None:
    caplog.set_level(logging.INFO)
    lettered = {
        "image": "zoo/1.png",
        "question": "What is it?",
        "options": ["A. a cat", "B. a dog"],
        "answer": answer,
    }
    # Only some carry letters, or they carry others': these are words.
    plain = {**lettered, "question": "Who?", "options": ["A. Lincoln", "Dr. No"], "answer": "A"}
    other = {**lettered, "question": "Who is it?", "options": ["B. Obama", "A. Lincoln"]}
    path = write_jsonl(tmp_path, lettered, plain, {**other, "answer": "A"})
    samples = collect(read_rows(path), images=images).samples
    assert samples["options"].tolist() == [
        ["a cat", "a dog"],
        ["A. Lincoln", "Dr. No"],
        ["B. Obama", "A. Lincoln"],
    ]
    assert samples["answer"].tolist() == [1, 0, 0]
    assert "the options of 1 rows carry their letters, which are taken off" in caplog.text


@pytest.mark.parametrize("form", ["{}) {}", "({}) {}", "[{}] {}", "{}: {}", "{} - {}", "{}.{}"])
def test_letters_in_other_marks_are_letters_too(
    collect, images: Path, tmp_path: Path, form: str
) -> None:
    options = [form.format(letter, text) for letter, text in zip("AB", ("cat", "dog"), strict=True)]
    row = {"image": "zoo/1.png", "question": "What?", "options": options, "answer": options[1]}
    samples = collect(read_rows(write_jsonl(tmp_path, row)), images=images).samples
    assert samples["options"].tolist() == [["cat", "dog"]]
    assert samples["answer"].tolist() == [1]


def test_the_same_words_with_other_options_or_another_answer_are_another_question(
    collect, images: Path, tmp_path: Path
) -> None:
    first = {
        "image": "zoo/1.png",
        "question": "What is it?",
        "options": ["a cat", "a dog"],
        "answer": "A",
    }
    shuffled = {**first, "options": ["a dog", "a cat"], "answer": "B"}
    options = {**first, "options": ["a cat", "a fox"]}
    answer = {**first, "answer": "B"}
    path = write_jsonl(tmp_path, first, options, answer, shuffled, options)
    found = collect(read_rows(path), images=images)
    assert len(set(found.samples["sample_id"])) == len(found.samples) == 3
    assert found.samples["sample_id"][0] == sample_id("b", "zoo/1.png", "What is it?")
    assert found.refused["row"].tolist() == [3, 4]
    assert found.refused["reason"].str.startswith("it repeats").all()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"options": [f"no. {n}" for n in range(27)]}, "it has 27 options, and the letters end"),
        ({"question": "<image>\nWhat is it?"}, "it has the mark '<image>'"),
        ({"question": "<|image_pad|> What is it?"}, "it has the mark '<|image_pad|>'"),
        ({"question": "<|vision_start|> What is it?"}, "it has the mark '<|vision_start|>'"),
        ({"question": "<start_of_image> What is it?"}, "it has the mark '<start_of_image>'"),
        ({"question": "[IMG] What is it?"}, "it has the mark '[IMG]'"),
        ({"question": "What is in <image 1>?"}, "it has the mark '<image 1>'"),
        ({"question": "<image-placeholder>What?"}, "it has the mark '<image-placeholder>'"),
        ({"options": ["a cat", "<image>"]}, "it has the mark '<image>'"),
    ],
)
def test_what_no_model_can_be_asked_is_refused_by_name_and_row(
    collect, images: Path, tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    good = {
        "image": "zoo/1.png",
        "question": "What is it?",
        "options": ["a cat", "a dog"],
        "answer": "A",
    }
    path = write_jsonl(tmp_path, good, {**good, "question": "And?", **change})
    found = collect(read_rows(path), images=images, most=0.5)
    assert len(found.samples) == 1
    assert reason in found.refused["reason"][0] and "line 2" in found.refused["reason"][0]
