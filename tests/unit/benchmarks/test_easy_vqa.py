"""easy-VQA as a benchmark and as companion data: the package's own questions and images."""

from pathlib import Path

import pandas as pd
import pytest

from contracts import as_table
from spuriverse.benchmarks import easy_vqa
from spuriverse.benchmarks.easy_vqa import (
    ANSWERS,
    category_of,
    make_easy_vqa_benchmark,
    read_companion,
    read_questions,
    sort_of_answer,
)
from spuriverse.problems import Problem

pytest.importorskip("easy_vqa")


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return make_easy_vqa_benchmark(tmp_path_factory.mktemp("easy"), questions=300, seed=0)


def test_the_table_is_a_samples_table(samples: pd.DataFrame) -> None:
    as_table(samples, "samples")
    assert len(samples) == 300
    assert all(Path(image).is_file() for image in samples["image"])
    assert not any(samples["attributes"])


def test_the_answers_are_the_package_s(samples: pd.DataFrame) -> None:
    known = {(question, image): answer for question, answer, image in read_questions("test")}
    for row in samples.itertuples():
        image = int(Path(row.image).stem)
        assert row.options[row.answer] == known[row.question, image]


def test_there_are_as_many_options_as_there_can_be(samples: pd.DataFrame) -> None:
    expected = {"yes-no": 2, "shape": 3, "colour": 4}
    sorts = samples["category"].map(lambda name: "yes-no" if name.startswith("yes-no") else name)
    assert set(sorts) == set(expected)
    for options, sort in zip(samples["options"], sorts, strict=True):
        assert len(options) == expected[sort]
        assert set(options) <= set(ANSWERS[sort])


def test_the_right_answer_is_in_every_place(samples: pd.DataFrame) -> None:
    assert set(samples.loc[samples["category"] == "colour", "answer"]) == {0, 1, 2, 3}


def test_the_seed_settles_the_draw(samples: pd.DataFrame, tmp_path: Path) -> None:
    where = samples["image"].map(lambda path: Path(path).parent).iloc[0]
    same = make_easy_vqa_benchmark(tmp_path, questions=300, seed=0, stored_as=where)
    other = make_easy_vqa_benchmark(tmp_path, questions=300, seed=1, stored_as=where)
    pd.testing.assert_frame_equal(samples, same)
    assert set(samples["sample_id"]) != set(other["sample_id"])


def test_asking_for_more_than_there_are_gives_every_question_once(tmp_path: Path) -> None:
    samples = make_easy_vqa_benchmark(tmp_path, questions=10**6, seed=0)
    assert len(samples) == len(set(read_questions("test")))
    assert samples["sample_id"].is_unique


@pytest.mark.parametrize(
    ("question", "answer", "category"),
    [
        ("what shape is in the image?", "circle", "shape"),
        ("what color is the shape?", "teal", "colour"),
        ("is there a triangle?", "no", "yes-no-shape"),
        ("is there not a triangle?", "yes", "yes-no-shape-negated"),
        ("is a blue shape present?", "yes", "yes-no-colour"),
        ("is no blue shape present?", "no", "yes-no-colour-negated"),
    ],
)
def test_categories(question: str, answer: str, category: str) -> None:
    assert category_of(question, answer) == category


def test_an_unknown_answer_is_a_problem() -> None:
    assert sort_of_answer("teal") == "colour"
    with pytest.raises(Problem, match="no answer 'mauve'"):
        sort_of_answer("mauve")


def test_an_absent_package_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(easy_vqa, "files", absent)
    with pytest.raises(Problem, match="pip install 'easy-vqa'"):
        read_questions("test")


def test_the_companion_holds_the_training_part() -> None:
    companion = read_companion(batch_size=8, questions_per_image=2, weight=0.5)
    questions = read_questions("train")
    assert companion.images.shape == (len(companion.questions), 64, 64, 3)
    assert sum(map(len, companion.questions)) == len(questions)
    assert companion.texts == {text for q, a, _ in questions for text in (q, a)}
    assert (companion.batch_size, companion.questions_per_image, companion.weight) == (8, 2, 0.5)
