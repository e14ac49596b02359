"""NaturalBench: four samples per pair, the same ones from every form in which it is published."""

import base64
import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.benchmarks.naturalbench import image_id_of, read_rows, split_options
from spuriverse.problems import Problem
from spuriverse.tables import sample_id

Encode = Callable[..., bytes]

# Type, the two questions, the options of each, and the answers to image 0 and 1 of each.
PAIRS: list[tuple[str, list[str], list[list[str]], list[str]]] = [
    ("yes_no", ["Is it up?", "Is it down?"], [["Yes", "No"]] * 2, ["AB", "BA"]),
    (
        "multiple_choice",
        ["Which way does it face?", "What is behind, e.g. B: or C?"],
        [["To the right", "To the left; B side"], ["A caf\u00e9, closed.", "\u732b"]],
        ["AB", "BA"],
    ),
]


def samples_of_pairs() -> Iterator[tuple[int, str, str, list[str], str]]:
    """Yield (index, type, question, options, right letter) in the order of the published index."""
    for pair, (sort, questions, options, answers) in enumerate(PAIRS):
        for sample in range(4):
            asked, image = divmod(sample, 2)
            yield 4 * pair + sample, sort, questions[asked], options[asked], answers[asked][image]


def written(sort: str, question: str, options: list[str]) -> str:
    """Return the question with its options, as the Hub has it."""
    if sort == "yes_no":
        return question
    return f"{question} Option: A: {options[0]}; B: {options[1]};"


def spoken(sort: str, letter: str) -> str:
    return {"A": "Yes", "B": "No"}[letter] if sort == "yes_no" else letter


def write_parquet(folder: Path, encode: Encode, *, sort_column: str = "Question_Type") -> Path:
    rows: list[dict[str, Any]] = []
    for pair, (sort, questions, options, answers) in enumerate(PAIRS):
        row: dict[str, Any] = {"Index": pair, sort_column: sort}
        for n in (0, 1):
            row[f"Image_{n}"] = {"bytes": encode(2 * pair + n), "path": None}
            row[f"Question_{n}"] = written(sort, questions[n], options[n])
            for image in (0, 1):
                row[f"Image_{image}_Question_{n}"] = spoken(sort, answers[n][image])
        rows.append(row)
    path = folder / "train-00000-of-00001.parquet"
    pq.write_table(arrow.Table.from_pylist(rows), path)
    return path


def write_tsv(folder: Path, encode: Encode) -> Path:
    path = folder / "NaturalBenchDataset.tsv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(["index", "image", "question", "answer", "type"])
        for index, sort, question, options, letter in samples_of_pairs():
            image = base64.b64encode(encode(index)).decode()
            text = written(sort, question, options)
            writer.writerow([index, image, text, spoken(sort, letter), sort])
    return path


def write_metadata(folder: Path) -> Path:
    path = folder / "naturalbench_meta.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        columns = "index,question,answer,type,image_path,A,B,C,D,prediction,parsed"
        writer.writerow([*columns.split(","), "spuriousAttr", "isSpurious", "isError"])
        for index, sort, question, options, letter in samples_of_pairs():
            image = f"/data/{index}.jpg"
            cells = [index, question, letter, sort, image, *options, "", "", "(A)", "A"]
            writer.writerow([*cells, "", "False", "False"])
    return path


def test_every_form_gives_the_same_samples(collect, encode: Encode, tmp_path: Path) -> None:
    forms = [
        write_metadata(tmp_path),
        write_tsv(tmp_path, encode),
        write_parquet(tmp_path, encode),
    ]
    tables = [collect(read_rows(path), benchmark="naturalbench").samples for path in forms]
    for samples in tables:
        for (index, sort, question, options, letter), sample in zip(
            samples_of_pairs(), samples.itertuples(), strict=True
        ):
            image_id = f"{index // 4}-{index % 2}"
            assert sample.sample_id == sample_id("naturalbench", image_id, question)
            assert (sample.question, sample.options) == (question, options)
            assert sample.answer == "AB".index(letter)
            assert sample.category == sort
    assert list(tables[0]["image"]) == [f"{index}.jpg" for index in range(8)]
    for samples in tables[1:]:
        names = [f"{index // 4}-{index % 2}" for index in range(8)]
        assert list(samples["image"]) == [f"stored/{name}.jpg" for name in names]


def test_the_column_of_the_type_has_two_spellings(encode: Encode, tmp_path: Path) -> None:
    path = write_parquet(tmp_path, encode, sort_column="Question Type")
    assert [row.category for row in read_rows(path)] == ["yes_no"] * 4 + ["multiple_choice"] * 4
    path = write_parquet(tmp_path, encode, sort_column="Sort")
    with pytest.raises(Problem, match="has no column Question_Type; it has Index, Sort"):
        list(read_rows(path))


def test_options_that_are_not_in_the_text_are_told_with_the_row(
    collect, encode: Encode, tmp_path: Path
) -> None:
    whole = pq.read_table(write_parquet(tmp_path, encode)).to_pylist()
    whole[1]["Question_0"] = "Which way does it face? (A) right (B) left"
    path = tmp_path / "odd.parquet"
    pq.write_table(arrow.Table.from_pylist(whole), path)
    collected = collect(read_rows(path), most=0.25)
    assert list(collected.refused["row"]) == [4, 5]
    assert "does not end in 'Option: A: ...; B: ...;'" in collected.refused["reason"][0]
    with pytest.raises(Problem, match=r"2 of 8 rows.*row 4 \('Which way does it face"):
        collect(read_rows(path), most=0.1)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("To the right,To the left; B side", "Left,Left", "'Left' stands twice"),
        ("\n5,", "\nfive,", "its index 'five' is not a whole number from 0 up"),
        ("face?,A", "face?,C", "a letter without a text"),
        ("face?,A", "face?,E", "none of its 4 letters"),
    ],
)
def test_an_odd_row_of_the_metadata_is_refused(
    collect, tmp_path: Path, old: str, new: str, reason: str
) -> None:
    path = write_metadata(tmp_path)
    text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    collected = collect(read_rows(path), most=0.25)
    assert reason in collected.refused["reason"][0]


def test_an_unknown_type_is_refused(collect, encode: Encode, tmp_path: Path) -> None:
    path = write_tsv(tmp_path, encode)
    path.write_text(path.read_text(encoding="utf-8").replace("yes_no", "open"), encoding="utf-8")
    collected = collect(read_rows(path), most=0.5)
    assert "its type 'open' is neither" in collected.refused["reason"][0]


@pytest.mark.parametrize(
    ("index", "image_id"),
    [("0", "0-0"), ("1", "0-1"), ("2", "0-0"), ("7599", "1899-1"), ("-1", ""), ("\u0663", "")],
)
def test_the_image_id_of_an_index(index: str, image_id: str) -> None:
    assert image_id_of(index) == image_id


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("What? Option: A: x; B: y;", ("What?", ("x", "y"))),
        ("What?\nOptions:\nA: x\nB: y", ("What?", ("x", "y"))),
        ("What? Option:A:x;B:y", ("What?", ("x", "y"))),
        ("Which Option: ? Option: A: Yes, it is.; B: ;", ("Which Option: ?", ("Yes, it is.", ""))),
        ("What? A: x; B: y;", None),
        ("What? Option: B: y; A: x;", None),
        ("What? Option: A: x;", None),
        ("What? Option:", None),
    ],
)
def test_options_within_the_text(text: str, parts: tuple | None) -> None:
    assert split_options(text) == parts


words = st.text(st.characters(codec="utf-8", exclude_characters=";:"), min_size=1).map(
    lambda text: " ".join(text.split())
)


@settings(deadline=None, derandomize=True)
@given(words, words, words)
def test_what_is_written_is_what_is_split(question: str, first: str, second: str) -> None:
    text = f"{question} Option: A: {first}; B: {second};"
    assert split_options(text) == (question, (first, second))


@settings(deadline=None, derandomize=True)
@given(st.text("AB:;Option \n", max_size=60))
def test_no_text_is_too_odd(text: str) -> None:
    parts = split_options(text)
    assert parts is None or all(option in text for option in parts[1])
