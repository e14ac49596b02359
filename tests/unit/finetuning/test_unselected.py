"""What fine-tuning is measured on: no answer of the source model has chosen it."""

from pathlib import Path

import pandas as pd
import pytest

from spuriverse.config import parse_config
from spuriverse.finetuning import (
    TEST_SET_COLUMNS,
    aligned_anchors,
    fresh_ordinary,
    render_test_sets,
    study_samples,
)
from spuriverse.tables import empty_table

ASKED = {"question": "What?", "options": ["x", "y"], "answer": 0}


def test_aligned_anchors_have_the_answer_that_the_attribute_leads_to() -> None:
    candidates = pd.DataFrame({"sample_id": ["s1"], "predicted": ["y"]})
    samples = pd.DataFrame(
        {"sample_id": ["s0", "s1"], "options": [["x", "y"], ["x", "y"]], "answer": [0, 0]}
    )
    assert aligned_anchors(candidates, samples)[["sample_id", "answer"]].values.tolist() == [
        ["s1", 1]
    ]


def test_ordinary_samples_show_no_attribute_that_leads_to_an_option() -> None:
    candidates = pd.DataFrame({"attribute": ["scene:a"], "predicted": ["y"]})
    drawn = pd.DataFrame(
        {
            "sample_id": ["plain", "leads", "elsewhere", "unknown"],
            "attributes": [[], ["scene:a"], ["scene:a"], ["prop:b"]],
            "options": [["x", "y"], ["x", "y"], ["one", "two"], ["x", "y"]],
        }
    )
    kept = fresh_ordinary(drawn, candidates)["sample_id"]
    assert kept.tolist() == ["plain", "elsewhere", "unknown"]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Two pairs of one candidate, and thirty images of a draw."""
    samples = pd.DataFrame(
        {
            "sample_id": ["s"],
            "image": ["s.png"],
            "question": ["What object is shown?"],
            "options": [["star", "ring", "moon", "fish"]],
            "answer": [0],
        }
    )
    candidates = pd.DataFrame(
        {
            "candidate_id": ["s-sea"],
            "sample_id": ["s"],
            "predicted": ["ring"],
            "attribute": ["scene:sea"],
        }
    )
    for key in ("kind", "rationale", "spurious_description", "core_description"):
        candidates[key] = "scene" if key == "kind" else ""
    return render_test_sets(
        candidates,
        candidates,
        samples,
        tmp_path_factory.mktemp("drawn"),
        backend=parse_config({}).test_backend(2),
        aligned=2,
        ordinary=30,
        stored_as=Path("elsewhere"),
    )


def test_aligned_images_have_twins_and_the_answer_that_the_cue_leads_to(
    rendered: pd.DataFrame,
) -> None:
    assert tuple(rendered.columns) == TEST_SET_COLUMNS
    counts = rendered["subset"].value_counts()
    assert counts["aligned"] == counts["aligned_without_cue"] == 2
    assert 0 < counts["ordinary"] <= 30
    made = rendered[rendered["candidate_id"] == "s-sea"]
    assert {row.options[row.answer] for row in made.itertuples()} == {"ring"}
    assert rendered["sample_id"].is_unique
    assert rendered["image"].str.startswith("elsewhere").all()


def question(name: str, subset: str, candidate: str = "") -> dict:
    return {"sample_id": name, "subset": subset, "candidate_id": candidate, "image": name} | ASKED


def test_a_study_asks_of_other_samples_only_those_that_no_answer_selected() -> None:
    types = pd.DataFrame(
        {
            "type_id": ["t"],
            "candidate_id": ["c"],
            "sample_id": ["s0"],
            "attribute": ["scene:sea"],
        }
    )
    samples = pd.DataFrame([{"sample_id": f"s{n}", "image": f"{n}.png"} | ASKED for n in range(5)])
    groups = pd.DataFrame(
        [question(f"g-{group}", "", "c") | {"group": group, "part": "fresh"} for group in ("core",)]
    )
    non_spurious = pd.DataFrame(
        {
            "sample_id": ["s1", "s2", "s3", "s4"],
            "subset": ["ordinary", "ordinary", "aligned", "easy_vqa"],
            "part": ["test", "unselected", "unselected", "unselected"],
        }
    )
    drawn = pd.DataFrame(
        [
            question("a", "aligned", "c"),
            question("w", "aligned_without_cue", "c"),
            question("of-another", "aligned", "d"),
            question("o", "ordinary"),
        ]
    )
    asked = study_samples(types, samples, groups, non_spurious, drawn)
    found = asked.set_index("sample_id")[["subset", "cluster"]]
    assert found.to_dict("index") == {
        "s0": {"subset": "anchor", "cluster": "t"},
        "g-core": {"subset": "core", "cluster": "t"},
        "s2": {"subset": "ordinary", "cluster": "2.png"},
        "s4": {"subset": "easy_vqa", "cluster": "4.png"},
        "a": {"subset": "aligned", "cluster": "t"},
        "w": {"subset": "aligned_without_cue", "cluster": "t"},
        "o": {"subset": "ordinary", "cluster": "o"},
    }
    alone = study_samples(types, samples, groups, non_spurious, empty_table("test_sets"))
    assert set(alone["sample_id"]) == {"s0", "g-core", "s2", "s4"}
