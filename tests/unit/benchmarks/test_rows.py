"""What can be asked becomes a sample; what cannot is refused with its row and the reason."""

import logging
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.benchmarks import REPEATED, Row, collect_rows
from spuriverse.benchmarks import rows as rows_module
from spuriverse.benchmarks.rows import REFUSED_COLUMNS, read_files
from spuriverse.problems import Problem
from spuriverse.tables import sample_id

ROW = Row(0, "7", "What is it?", ("a cat", "a dog", "a cow"), 1, "7.jpg")


def numbered(*rows: Row) -> list[Row]:
    return [replace(row, number=number) for number, row in enumerate(rows)]


# --- samples ----------------------------------------------------------------------------------


def test_a_row_becomes_a_sample(collect) -> None:
    row = replace(ROW, category="animals", attributes=("scene:beach",))
    (sample,) = collect([row], benchmark="zoo").samples.to_dict("records")
    assert sample == {
        "sample_id": sample_id("zoo", "7", "What is it?"),
        "benchmark": "zoo",
        "image": "7.jpg",
        "question": "What is it?",
        "options": ["a cat", "a dog", "a cow"],
        "answer": 1,
        "category": "animals",
        "attributes": ["scene:beach"],
    }


def test_empty_options_keep_their_letters_and_are_not_offered(collect) -> None:
    row = replace(ROW, options=("a cat", "", "a dog", " "), answer=2)
    (sample,) = collect([row]).samples.to_dict("records")
    assert (sample["options"], sample["answer"]) == (["a cat", "a dog"], 1)


def test_white_space_and_the_composition_of_characters_do_not_change_the_id(collect) -> None:
    composed = replace(ROW, question="Un caf\u00e9 \u732b?", options=("\u3042", "\u00fc"))
    spaced = replace(composed, question=" Un cafe\u0301 \u732b?\n", image_id=" 7 ")
    (one,) = collect([composed]).samples.to_dict("records")
    (other,) = collect([spaced]).samples.to_dict("records")
    assert one["sample_id"] == other["sample_id"]
    assert one["options"] == ["\u3042", "\u00fc"]


def test_a_row_of_another_benchmark_has_the_id_it_has_there(collect) -> None:
    (sample,) = collect([replace(ROW, benchmark="zoo")], benchmark="mix").samples.to_dict("records")
    assert sample["benchmark"] == "zoo"
    assert sample["sample_id"] == sample_id("zoo", "7", "What is it?")


options = st.lists(st.sampled_from(["", "a", "b", "c", "d", "e"]), max_size=6)


@settings(deadline=None, derandomize=True)
@given(options, st.one_of(st.none(), st.integers(-2, 7)))
def test_the_answer_keeps_its_text_or_the_row_is_refused(texts: list[str], answer: int) -> None:
    row = replace(ROW, options=tuple(texts), answer=answer)
    offered = [text for text in texts if text]
    able = len(offered) > 1 and len(set(offered)) == len(offered)
    able &= answer is not None and 0 <= answer < len(texts) and texts[answer] != ""
    assert (row.fault == "") == able
    if not able:
        return
    chunks: list[pd.DataFrame] = []
    collect_rows(
        [row],
        benchmark="b",
        folder=Path(),
        stored_as=Path(),
        images=None,
        refused_at_most=0,
        keep=chunks.append,
    )
    (sample,) = chunks[0].to_dict("records")
    assert sample["options"] == offered
    assert sample["options"][sample["answer"]] == texts[answer]


def test_samples_are_given_a_chunk_at_a_time(
    collect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids are remembered beyond the chunk: a question that stands twice is found all the same."""
    names = ["1", "2", "3", "1", "4", "5"]
    source = numbered(*(replace(ROW, image_id=name) for name in names))
    whole = collect(source)
    monkeypatch.setattr("spuriverse.benchmarks.rows.CHUNK_ROWS", 2)
    chunks: list[pd.DataFrame] = []
    place = {"benchmark": "b", "folder": tmp_path, "stored_as": Path("stored"), "images": None}
    found = collect_rows(source, **place, refused_at_most=0, keep=chunks.append)
    assert [len(chunk) for chunk in chunks] == [2, 2, 1]
    pd.testing.assert_frame_equal(pd.concat(chunks, ignore_index=True), whole.samples)
    assert found.refused["row"].tolist() == whole.refused["row"].tolist() == [3]


# --- refused rows -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"question": " "}, "it has no question"),
        ({"options": ("a cat", "")}, "it has 1 options"),
        ({"options": ("a cat", "a dog", "a cat ")}, "'a cat' stands twice"),
        ({"answer": None}, "none of its 3 letters"),
        ({"answer": 3}, "none of its 3 letters"),
        ({"options": ("a cat", "", "a cow")}, "a letter without a text"),
        ({"image_id": ""}, "names no image"),
        ({"image": ""}, "names no image"),
        ({"image": "../7.jpg"}, "not a file within the folder"),
        ({"image": "/etc/7.jpg"}, "not a file within the folder"),
        ({"image": "a/7.jpg", "content": b""}, "not a file within the folder"),
        ({"question": "What\0?"}, "not valid Unicode"),
        ({"options": ("\ud800", "b"), "answer": 0}, "not valid Unicode"),
        ({"attributes": ("beach",)}, "'beach' does not read kind:value"),
        ({"trouble": "its index is no number"}, "its index is no number"),
        ({"place": "my.csv, line 9", "answer": None}, r"letters \(my\.csv, line 9\)"),
    ],
)
def test_a_row_that_cannot_be_asked_is_refused(collect, changes: dict, reason: str) -> None:
    collected = collect(numbered(ROW, replace(ROW, **changes)), most=0.5)
    assert len(collected.samples) == 1
    assert collected.rows == 2
    assert list(collected.refused.columns) == list(REFUSED_COLUMNS)
    (refused,) = collected.refused.to_dict("records")
    assert refused["row"] == 1
    assert refused["benchmark"] == "b"
    assert re.search(reason, refused["reason"])


def test_more_refused_rows_than_allowed_are_a_problem(collect) -> None:
    bad = replace(ROW, question="Which letter?", answer=9)
    rows = numbered(ROW, bad, replace(bad, image_id="8"))
    assert len(collect(rows, most=0.7).refused) == 2
    with pytest.raises(Problem, match=r"2 of 3 rows of b .* = 0\.5 .* row 1 \('Which letter\?'\)"):
        collect(rows, most=0.5)


def test_a_repeated_question_is_refused_but_not_counted(collect) -> None:
    collected = collect(numbered(ROW, replace(ROW, options=("x", "y"), answer=0)))
    (refused,) = collected.refused.to_dict("records")
    assert refused["reason"].startswith(REPEATED)
    assert list(collected.samples["options"]) == [["a cat", "a dog", "a cow"]]


def test_two_questions_about_one_image_are_two_samples(collect) -> None:
    rows = numbered(ROW, replace(ROW, question="Where is it?"))
    assert len(collect(rows).samples) == 2


def test_a_source_without_a_single_sample_is_a_problem(collect) -> None:
    with pytest.raises(Problem, match="source of b has no rows"):
        collect([])
    with pytest.raises(Problem, match="1 of 1 rows"):
        collect([replace(ROW, answer=None)], most=1.0)


def test_the_log_names_the_first_rows_that_are_left_out(
    collect, caplog: pytest.LogCaptureFixture
) -> None:
    bad = [replace(ROW, image_id=str(n), answer=None) for n in range(5)]
    with caplog.at_level(logging.INFO):
        collect(numbered(ROW, *bad, ROW), most=0.9)
    lines = [record.getMessage() for record in caplog.records]
    assert sum("is left out" in line for line in lines) == 3
    assert "6 of 7 rows are left out, 1 of them because" in lines[-1]


# --- images -----------------------------------------------------------------------------------


def test_images_of_the_source_are_written_as_they_are(collect, encode, tmp_path: Path) -> None:
    jpeg, png = encode(1), encode(2, "PNG")
    rows = numbered(
        replace(ROW, content=jpeg), replace(ROW, image_id="8", image="8.jpg", content=png)
    )
    collected = collect(rows)
    assert list(collected.samples["image"]) == ["stored/7.jpg", "stored/8.png"]
    assert (tmp_path / "made" / "7.jpg").read_bytes() == jpeg
    assert (tmp_path / "made" / "8.png").read_bytes() == png


def test_the_first_image_of_a_name_serves_later_rows(collect, encode, tmp_path: Path) -> None:
    first = encode(1, "PNG")
    again = replace(ROW, question="Where is it?")
    rows = numbered(
        replace(ROW, content=first),
        replace(again, content=encode(2)),
        replace(again, question="Who is it?"),
    )
    collected = collect(rows)
    assert list(collected.samples["image"]) == ["stored/7.png"] * 3
    assert (tmp_path / "made" / "7.png").read_bytes() == first


def test_an_unreadable_image_of_the_source_is_refused(collect, encode, tmp_path: Path) -> None:
    other = replace(ROW, image_id="8", image="8.jpg", content=encode()[:-40])
    collected = collect(numbered(replace(ROW, content=encode()), other), most=0.5)
    assert "'8.jpg' is unreadable or cut short" in collected.refused["reason"][0]
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["7.jpg"]


def test_a_row_that_is_refused_leaves_no_image(collect, encode, tmp_path: Path) -> None:
    other = replace(ROW, image_id="8", image="8.jpg", content=encode(), answer=None)
    collect(numbered(replace(ROW, content=encode()), other), most=0.5)
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["7.jpg"]


def test_a_missing_image_file_is_refused(collect, encode, tmp_path: Path) -> None:
    (tmp_path / "7.jpg").write_bytes(encode())
    rows = numbered(ROW, replace(ROW, image_id="8", image="8.jpg"))
    collected = collect(rows, images=tmp_path, most=0.5)
    assert list(collected.samples["image"]) == [str(tmp_path / "7.jpg")]
    assert collected.refused["reason"][0] == f"there is no image at {tmp_path / '8.jpg'}"


def test_an_image_file_that_cannot_be_used_is_refused_and_decoded_once(
    collect, encode, tmp_path: Path, monkeypatch
) -> None:
    (tmp_path / "7.jpg").write_bytes(encode())
    (tmp_path / "8.jpg").write_bytes(encode()[:-40])
    (tmp_path / "9.jpg").write_text("<!DOCTYPE html><title>404</title>")
    checked: list[str] = []
    check = rows_module.check_image
    monkeypatch.setattr(
        rows_module, "check_image", lambda path: checked.append(str(path)) or check(path)
    )
    rows = numbered(
        *(replace(ROW, image_id=n, image=f"{n}.jpg") for n in "789"),
        *(replace(ROW, image_id=n, image=f"{n}.jpg", question="Who is it?") for n in "789"),
    )
    collected = collect(rows, images=tmp_path, most=0.9)
    assert len(collected.samples) == 2
    assert collected.refused["row"].tolist() == [1, 2, 4, 5]
    reasons = collected.refused["reason"].tolist()
    assert str(tmp_path / "8.jpg") in reasons[0]
    assert "truncated" in reasons[0]
    assert "web page" in reasons[1]
    assert reasons[2:] == reasons[:2]
    assert len(checked) == 3


def test_an_absent_folder_of_images_is_a_problem(collect, tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"no folder of images at .*absent"):
        collect([ROW], images=tmp_path / "absent")


def test_without_a_folder_the_table_names_the_file(collect) -> None:
    assert list(collect([ROW]).samples["image"]) == ["7.jpg"]


# --- several files ----------------------------------------------------------------------------


def test_the_rows_of_several_files_are_numbered_through(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv"):
        (tmp_path / name).write_text(name)

    def read(path: Path):
        yield replace(ROW, number=0, category=path.name)
        yield replace(ROW, number=2, category=path.name)

    rows = list(read_files(tmp_path, {".csv": read}))
    assert [(row.number, row.category) for row in rows] == [
        (0, "a.csv"),
        (2, "a.csv"),
        (3, "b.csv"),
        (5, "b.csv"),
    ]
