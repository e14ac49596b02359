"""The artefact: anchors have the ids of their benchmarks, and unknown columns are named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pyarrow.parquet as pq
import pytest

from spuriverse.benchmarks import read_groups, reader_of
from spuriverse.benchmarks.spuriverse_hub import read_rows
from spuriverse.problems import Problem
from spuriverse.tables import sample_id

Encode = Callable[..., bytes]

# What the artefact says, and the benchmark and image id that are meant.
ANCHORS = [
    ("aokvqa", "299207", "aokvqa", "299207"),
    ("seedbench_img", "101669", "seedbench", "101669"),
    ("SEED-Bench-2", "19_0", "seedbench2", "19_0"),
    ("naturalbench", "7599", "naturalbench", "1899-1"),
]
OPTIONS = ["Yes", "No"]


def write(folder: Path, encode: Encode, fields: dict[str, Any], anchors=ANCHORS) -> Path:
    rows = [
        {
            "image_id": image_id,
            "benchmark": benchmark,
            "image": {"bytes": encode(), "path": None},
            **fields,
            "spurious_group_1": {"bytes": b"x", "path": None},
        }
        for benchmark, image_id, *_ in anchors
    ]
    path = folder / "train-00000-of-00001.parquet"
    pq.write_table(arrow.Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize(
    "fields",
    [
        {"question": "Is it?", "options": OPTIONS, "answer": "B"},
        {"question": "Is it?", "options": json.dumps(OPTIONS), "answer": "(b)"},
        {"question": "Is it?", "options": {"B": "No", "A": "Yes"}, "correct_answer": "No"},
        {"question": "Is it?", "choices": OPTIONS, "correct_choice_idx": 1},
        {"Question": "Is it?", "A": "Yes", "B": "No", "C": "nan", "D": "nan", "answer": "B"},
    ],
)
def test_anchors_have_the_ids_of_their_benchmarks(
    collect, encode: Encode, tmp_path: Path, fields: dict[str, Any]
) -> None:
    path = write(tmp_path, encode, fields)
    samples = collect(reader_of("spuriverse")(path), benchmark="spuriverse").samples
    for (_, _, benchmark, image_id), sample in zip(ANCHORS, samples.itertuples(), strict=True):
        assert sample.benchmark == benchmark
        assert sample.sample_id == sample_id(benchmark, image_id, "Is it?")
        assert (sample.options, sample.answer) == (OPTIONS, 1)
        assert sample.image == f"stored/{benchmark}-{image_id}.jpg"


def test_columns_of_other_names_are_named_and_can_be_given(
    collect, encode: Encode, tmp_path: Path
) -> None:
    path = write(tmp_path, encode, {"q": "Is it?", "a": "Yes", "b": "No", "right": "A"})
    with pytest.raises(Problem, match=r"taken for the question; it has .*q, a, b, right.*columns:"):
        list(read_rows(path))
    columns = {"question": "q", "options": "a, b", "answer": "right"}
    assert set(collect(read_rows(path, columns)).samples["answer"]) == {0}
    with pytest.raises(Problem, match="has no column c; it has image_id"):
        list(read_rows(path, {**columns, "answer": "c"}))
    with pytest.raises(Problem, match="key quest, which is not one of question, options, answer"):
        list(read_rows(path, {"quest": "q"}))


def test_a_file_without_anchors_is_a_problem(tmp_path: Path) -> None:
    pq.write_table(arrow.table({"question": ["Is it?"]}), tmp_path / "a.parquet")
    with pytest.raises(Problem, match="has no column image_id, benchmark, image; it has question"):
        list(read_rows(tmp_path / "a.parquet"))


@pytest.mark.parametrize(
    ("anchor", "fields", "reason"),
    [
        (("vqa", "7"), {}, "its benchmark 'vqa' is none of aokvqa, naturalbench, seedbench"),
        (("aokvqa", "x7"), {}, "its image id 'x7' is none of aokvqa"),
        (("aokvqa", "7"), {"options": "Yes or no"}, "its options is not a list of options"),
        (("aokvqa", "7"), {"answer": "C"}, "none of its 2 letters"),
        (("seedbench", "../7"), {}, "is not a file within the folder"),
    ],
)
def test_an_odd_anchor_is_refused(
    collect, encode: Encode, tmp_path: Path, anchor: tuple, fields: dict[str, Any], reason: str
) -> None:
    whole = {"question": "Is it?", "options": OPTIONS, "answer": "B", **fields}
    path = write(tmp_path, encode, whole, [anchor])
    with pytest.raises(Problem, match=reason):
        collect(read_rows(path))


def test_numbers_as_ids_are_read(collect, encode: Encode, tmp_path: Path) -> None:
    fields = {"question": "Is it?", "options": OPTIONS, "answer": "B"}
    path = write(tmp_path, encode, fields, [("aokvqa", 7.0), ("aokvqa", 9.0)])
    assert list(collect(read_rows(path)).samples["sample_id"]) == [
        sample_id("aokvqa", number, "Is it?") for number in ("7", "9")
    ]


def test_every_anchor_comes_with_the_images_of_its_group(encode: Encode, tmp_path: Path) -> None:
    second = {"spurious_group_2": {"bytes": b"y", "path": None}, "spurious_group_10": None}
    fields = {"question": "Is it?", "options": OPTIONS, "answer": "A", **second}
    found = list(read_groups(write(tmp_path, encode, fields)))
    assert [row.benchmark for row, _ in found] == [benchmark for _, _, benchmark, _ in ANCHORS]
    assert [images for _, images in found] == [{1: b"x", 2: b"y"}] * len(ANCHORS)


def test_a_file_without_groups_is_refused(encode: Encode, tmp_path: Path) -> None:
    path = write(tmp_path, encode, {"question": "Is it?", "options": OPTIONS, "answer": "A"})
    table = pq.read_table(path)
    pq.write_table(table.drop_columns(["spurious_group_1"]), path)
    with pytest.raises(Problem, match="no column spurious_group_1"):
        list(read_groups(path))


META = "index,question,answer,A,B,C,D,prediction,parsed,spuriousAttr\n"


def write_metadata(folder: Path) -> dict[str, Path]:
    """Metadata of three benchmarks; of the two questions about image 299207 one is flagged."""
    texts = {
        "aokvqa": "299207,Other?,A,x,y,,,B,B,No.\n299207,Is it?,B,Yes,No,,,A,A,Yes. It is.\n",
        "seedbench": "101669,Is it?,B,Yes,No,,,A,A,Yes\n",
        "naturalbench": "7597,Was it?,A,Yes,No,,,A,A,\n7599,Is it?,B,Yes,No,,,A,A,Yes\n",
    }
    more = {"seedbench": "category", "naturalbench": "type"}
    found = {}
    for name, text in texts.items():
        folder_of = folder / name
        folder_of.mkdir()
        path = folder_of / f"{name}_meta.csv"
        column, value = more.get(name, "split"), "yes_no" if name == "naturalbench" else "x"
        lines = (META + text).splitlines()
        rows = [f"{lines[0]},{column}", *(f"{line},{value}" for line in lines[1:])]
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
        # What a job gets is a file, or the folder of a fetched source.
        found[name] = path if name == "aokvqa" else folder_of
    return found


def test_an_artefact_without_questions_takes_them_from_the_metadata(
    collect, encode: Encode, tmp_path: Path
) -> None:
    path = write(tmp_path, encode, {})
    metadata = write_metadata(tmp_path)
    whole = tmp_path / "whole"
    whole.mkdir()
    fields = {"question": "Is it?", "options": OPTIONS, "answer": "B"}
    expected = collect(read_rows(write(whole, encode, fields))).samples
    found = collect(read_rows(path, metadata=metadata), most=0.25)
    assert found.refused["reason"].tolist() == [
        "there is no metadata of seedbench2, in which its question stands"
    ]
    wanted = expected[expected["benchmark"] != "seedbench2"]
    for column in ("sample_id", "question", "options", "answer", "image"):
        assert found.samples[column].tolist() == wanted[column].tolist()
    groups = list(read_groups(path, metadata=metadata))
    assert [row.question for row, _ in groups] == ["Is it?", "Is it?", "", "Is it?"]


def test_an_anchor_without_a_partner_is_named(collect, encode: Encode, tmp_path: Path) -> None:
    metadata = write_metadata(tmp_path)
    path = write(tmp_path, encode, {}, [("seedbench", "101669"), ("aokvqa", "17")])
    refused = collect(read_rows(path, metadata=metadata), most=0.5).refused
    assert refused["reason"].tolist() == ["the metadata of aokvqa has no image 17"]
    assert refused["image_id"].tolist() == ["17"]


def test_two_questions_of_an_image_that_nothing_tells_apart_are_refused(
    collect, encode: Encode, tmp_path: Path
) -> None:
    metadata = write_metadata(tmp_path)
    text = metadata["aokvqa"].read_text(encoding="utf-8").replace("Yes. It is.", "No.")
    metadata["aokvqa"].write_text(text, encoding="utf-8")
    path = write(tmp_path, encode, {}, [("seedbench", "101669"), ("aokvqa", "299207")])
    (reason,) = collect(read_rows(path, metadata=metadata), most=0.5).refused["reason"]
    assert "has 2 questions about image 299207 and does not tell which is meant" in reason


def test_without_questions_and_metadata_the_message_names_both_ways(
    encode: Encode, tmp_path: Path
) -> None:
    with pytest.raises(Problem, match=r"taken for the question.*benchmarks\.spuriverse\.metadata"):
        list(read_rows(write(tmp_path, encode, {})))
