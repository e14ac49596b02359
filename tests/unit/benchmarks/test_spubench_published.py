"""The published questions: read under the usual keys, or under those that a user names."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from contracts import as_table
from spuriverse.benchmarks import read_questions
from spuriverse.problems import Problem
from spuriverse.spubench import read_published_questions

ITEM = {
    "question": "What object is shown?",
    "choices": ["an oven", "a desk", "a chair"],
    "answer": "B",
    "core_attribute": "four legs",
    "spurious_attribute": "a tiled wall",
    "type": "Background",
}


def write(folder: Path, content: Any, images: int = 2) -> Path:
    (folder / "data" / "images").mkdir(parents=True, exist_ok=True)
    for number in range(images):
        Image.new("RGB", (4, 4)).save(folder / "data" / "images" / f"{number:06d}.jpg")
    (folder / "annotation.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def read(folder: Path, **changed: Any):
    settings = {"keys": {}, "types": {}, "refused_at_most": 0.0, **changed}
    return read_published_questions(folder, **settings)


def test_the_questions_fit_the_tables_of_those_that_are_written_here(tmp_path: Path) -> None:
    other = {**ITEM, "predicted": "an oven", "label": "desk", "type": "Lighting and Shadows"}
    published = read(write(tmp_path, [ITEM, other]))
    samples = as_table(published.samples, "samples")
    attributes = as_table(published.attributes, "attributes")
    options = as_table(published.options, "options")
    assert samples["answer"].tolist() == [1, 1]
    assert samples["category"].tolist() == ["background", "lighting-and-shadows"]
    assert [Path(image).name for image in samples["image"]] == ["000000.jpg", "000001.jpg"]
    assert all(Path(image).is_file() for image in samples["image"])
    assert attributes["label"].tolist() == ["a desk", "desk"]
    assert attributes["predicted"].tolist() == ["", "an oven"]
    assert options["role"].tolist() == ["other", "right", "other", "spurious", "right", "other"]


@pytest.mark.parametrize(
    "content",
    [
        {"000000.jpg": ITEM, "000001.jpg": ITEM},
        {"data": [ITEM, ITEM]},
        {key: [value, value] for key, value in ITEM.items()},
    ],
)
def test_items_may_stand_in_a_mapping(tmp_path: Path, content: Any) -> None:
    assert [one.core for one in read_questions(write(tmp_path, content))] == ["four legs"] * 2


@pytest.mark.parametrize(
    ("choices", "answer"),
    [
        (["A. an oven", "B. a desk"], "B. a desk"),
        (["(A) an oven", "(B) a desk"], "b"),
        ({"B": "a desk", "A": "an oven"}, "a desk"),
        (["an oven", "a desk"], 1),
        (["an oven", "a desk"], "(B)"),
    ],
)
def test_options_and_answers_of_many_forms(tmp_path: Path, choices: Any, answer: Any) -> None:
    item = {**ITEM, "choices": choices, "answer": answer}
    row = next(read_questions(write(tmp_path, [item], 1))).row
    assert (row.options, row.answer) == (("an oven", "a desk"), 1)


def test_unconfirmed_keys_stop_the_run_and_show_what_was_found(tmp_path: Path) -> None:
    item = {key: value for key, value in ITEM.items() if key != "type"} | {"kind": "Background"}
    folder = write(tmp_path, [item, item])
    with pytest.raises(Problem) as caught:
        read(folder)
    message = str(caught.value)
    assert "no key that can be taken for type" in message
    assert "kind (Background)" in message
    assert "spubench.published.keys: {type: ...}" in message
    assert (
        read(folder, keys={"type": "kind"}).attributes["spurious_types"].tolist()
        == [["background"]] * 2
    )


def test_a_key_that_is_not_there_is_named_and_an_unknown_type_is_kept(tmp_path: Path) -> None:
    folder = write(tmp_path, [ITEM, {**ITEM, "type": "Weather"}])
    with pytest.raises(Problem, match=r"has no key 'kind', which spubench\.published\.keys names"):
        read(folder, keys={"type": "kind"})
    assert read(folder).attributes["spurious_types"].tolist()[1] == ["weather"]
    found = read(folder, types={"Weather": "lighting-and-shadows"}).attributes
    assert found["spurious_types"].tolist()[1] == ["lighting-and-shadows"]
    with pytest.raises(Problem, match="names the type 'sky', which is not one of"):
        read(folder, types={"Weather": "sky"})


def test_images_must_be_those_of_the_items(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="has 1 numbered images and 2 items"):
        read(write(tmp_path, [ITEM, ITEM], images=1))


def test_a_folder_without_an_annotation_and_one_without_items_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"no annotation\.json"):
        read(tmp_path)
    with pytest.raises(Problem, match="holds no list of items"):
        read(write(tmp_path, ["a", "b"]))


def test_a_question_without_an_attribute_is_refused_and_told(tmp_path: Path) -> None:
    folder = write(tmp_path, [ITEM, {**ITEM, "core_attribute": ""}])
    published = read(folder, refused_at_most=0.5)
    assert published.refused["reason"].tolist() == ["its core attribute is empty"]
    assert len(published.attributes) == 1


REAL = {
    "core_attributes": ["compact design", "branding"],
    "spurious_attributes": ["round shape", "marble-like background", "shiny surface"],
    "spurious_correlation_type": ["Shape", "Background"],
    "question": "Which feature best indicates the identity of the round object?",
    "choices": ["A. The branding on it", "B. The marble", "C. The shape", "D. The surface"],
    "answer": "A",
}


def write_named(folder: Path, items: list[dict[str, Any]], missing: tuple[int, ...] = ()) -> Path:
    items = [{**item, "image": f"{number:06d}.png"} for number, item in enumerate(items)]
    (folder / "data" / "images").mkdir(parents=True)
    for number, item in enumerate(items):
        if number not in missing:
            Image.new("RGB", (2, 2)).save(folder / "data" / "images" / item["image"])
    (folder / "annotation.json").write_text(json.dumps(items), encoding="utf-8")
    return folder


def test_items_in_the_published_form_are_read_without_settings(tmp_path: Path, caplog) -> None:
    caplog.set_level("INFO")
    other = {**REAL, "spurious_correlation_type": ["Background", "Motion Blur"], "answer": "C"}
    published = read(write_named(tmp_path, [REAL, other]))
    for name in ("samples", "attributes", "options"):
        as_table(getattr(published, name), name)
    first = published.attributes.iloc[0]
    assert first["spurious_types"] == ["shape", "background"]
    assert first["core"] == "compact design, branding"
    assert first["spurious"] == "round shape, marble-like background, shiny surface"
    assert (first["label"], first["label_source"]) == ("The branding on it", "right option")
    assert published.attributes["question_form"].tolist() == ["feature"] * 2
    assert published.attributes["spurious_types"].tolist()[1] == ["background", "motion-blur"]
    assert "1 labels are none of the 9 types and are kept as they are: motion-blur (1)" in (
        caplog.text
    )
    assert published.samples["answer"].tolist() == [0, 2]
    assert published.samples["options"].tolist()[0][0] == "The branding on it"
    assert published.options["role"].tolist()[:4] == ["right", "spurious", "spurious", "spurious"]


def test_one_missing_image_refuses_its_item_alone(tmp_path: Path) -> None:
    published = read(write_named(tmp_path, [REAL] * 3, missing=(1,)), refused_at_most=0.5)
    assert len(published.samples) == 2
    assert published.refused["row"].tolist() == [1]
    assert "there is no image" in published.refused["reason"].iloc[0]


ANNOTATION = Path(__file__).parents[4] / "shared" / "data" / "spubench_annotation.json"


@pytest.mark.skipif(not ANNOTATION.is_file(), reason="needs ../shared/data, the real annotation")
def test_the_published_annotation_is_read_whole(tmp_path: Path, caplog) -> None:
    caplog.set_level("INFO")
    items = json.loads(ANNOTATION.read_text(encoding="utf-8"))
    folder = write_named(tmp_path, items)
    assert json.loads((folder / "annotation.json").read_text(encoding="utf-8")) == items
    published = read(folder)
    as_table(published.attributes, "attributes")
    assert (len(published.samples), len(published.refused)) == (2400, 0)
    counts = published.attributes["spurious_types"].explode().value_counts().to_dict()
    nine = dict(
        zip(
            (
                *("background", "co-occurring-objects", "orientation", "shape"),
                *("texture-and-noise", "colorization", "lighting-and-shadows"),
                *("perspective-and-angle", "relative-size"),
            ),
            (1908, 903, 764, 401, 288, 248, 103, 100, 75),
            strict=True,
        )
    )
    assert {name: counts[name] for name in nine} == nine
    assert sum(counts.values()) - sum(nine.values()) == 10
    assert "10 labels are none of the 9 types" in caplog.text
    assert "context (3), material (2)" in caplog.text
    letters = published.samples["answer"].value_counts().to_dict()
    assert letters == {3: 622, 0: 610, 2: 601, 1: 567}
    assert set(published.attributes["question_form"]) == {"feature"}
