"""A folder per class as a source of questions: what is shown, with other classes as options."""

from pathlib import Path

import pytest
from PIL import Image

from spuriverse.benchmarks import ask_classes, collect_rows, is_class_folder
from spuriverse.problems import Problem

CLASSES = ("cat", "fire_truck", "hen", "owl", "tern")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "pictures"
    for name in CLASSES:
        (root / name).mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (4 + number, 4)).save(root / name / f"{number}.png")
    return root


def ask(folder: Path, options: int = 3):
    return list(ask_classes(folder, question="What is shown?", options=options))


def test_every_picture_is_asked_for_its_class(folder: Path) -> None:
    rows = ask(folder)
    assert len(rows) == 15
    for row in rows:
        assert row.options[row.answer] == Path(row.image).parent.name.replace("_", " ")
        assert len(set(row.options)) == 3
        assert not row.fault
    assert len({row.answer for row in rows}) == 3
    assert len({row.options for row in rows}) > 5


def test_all_classes_are_options_where_there_are_no_more(folder: Path) -> None:
    assert {len(row.options) for row in ask(folder, options=26)} == {len(CLASSES)}


def test_further_pictures_leave_the_other_questions_as_they_are(folder: Path) -> None:
    before = {row.image: row.options for row in ask(folder)}
    Image.new("RGB", (4, 4)).save(folder / "cat" / "00.png")
    after = {row.image: row.options for row in ask(folder)}
    assert before.items() <= after.items() and len(after) == 16


def test_the_questions_become_samples(folder: Path, tmp_path: Path) -> None:
    (folder / "hen" / "broken.png").write_bytes(b"no picture")
    kept = []
    collected = collect_rows(
        iter(ask(folder)),
        benchmark="mine",
        folder=tmp_path,
        stored_as=tmp_path,
        images=folder,
        refused_at_most=0.1,
        keep=kept.append,
    )
    assert collected.rows == 16 and len(collected.refused) == 1
    assert all(Path(image).is_file() for image in kept[0]["image"])


def test_one_class_is_too_few(tmp_path: Path) -> None:
    (tmp_path / "cat").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "cat" / "1.png")
    with pytest.raises(Problem, match="one class alone, cat"):
        ask(tmp_path)


def test_an_empty_class_names_its_folder(folder: Path) -> None:
    (folder / "yak").mkdir()
    with pytest.raises(Problem, match=r"yak has no image"):
        ask(folder)


def test_a_table_or_a_file_is_no_class_folder(folder: Path) -> None:
    assert is_class_folder(folder)
    (folder / "questions.csv").write_text("image,question,answer,A,B\n")
    assert not is_class_folder(folder)
    assert not is_class_folder(folder / "questions.csv")
    assert not is_class_folder(folder / "cat")
