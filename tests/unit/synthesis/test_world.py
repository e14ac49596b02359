"""Groups of images: minimal pairs with and without the attribute, asked the anchor's question."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from spuriverse.synthesis import synthesise_groups
from spuriverse.tables import validate_table
from spuriverse.verification import group_samples
from spuriverse.world import SORTS, Optics

PER_GROUP = 4


def make_anchor(name: str, sort: str, answer: str) -> dict:
    text, pool = SORTS[sort]
    options = [answer, *[option for option in pool if option != answer][:3]]
    return {"sample_id": name, "question": text, "options": options, "answer": 0}


SAMPLES = pd.DataFrame(
    [
        make_anchor("s-object", "object", "key"),
        make_anchor("s-colour", "colour", "red"),
        make_anchor("s-place", "position", "top"),
        make_anchor("s-count", "count", "three"),
    ]
)


def make_candidate(sample: str, attribute: str) -> dict:
    return {
        "candidate_id": f"{attribute}_{sample}".replace(":", "_"),
        "sample_id": sample,
        "attribute": attribute,
        "kind": attribute.partition(":")[0],
        "chosen": "ring",
    }


CANDIDATES = pd.DataFrame(
    [
        make_candidate("s-object", "border:black-frame"),
        make_candidate("s-colour", "prop:gem"),
        make_candidate("s-place", "border:teal-frame"),
        make_candidate("s-count", "prop:coin"),
    ]
)


def synthesise(folder: Path, candidates: pd.DataFrame, seed: int = 0, **more) -> pd.DataFrame:
    folder.mkdir()
    return synthesise_groups(
        candidates,
        SAMPLES,
        folder,
        images_per_group=PER_GROUP,
        optics=Optics(),
        seed=seed,
        **more,
    )


@pytest.fixture(scope="module")
def groups(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return synthesise(tmp_path_factory.mktemp("groups") / "images", CANDIDATES)


def read(path: str) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def test_both_groups_are_there_for_the_decision_and_for_a_fresh_look(groups) -> None:
    validate_table(groups, "groups", "", "")
    sizes = groups.groupby(["candidate_id", "group", "part"]).size()
    assert len(sizes) == 4 * len(CANDIDATES)
    assert set(sizes) == {PER_GROUP}
    assert groups["image"].is_unique


def test_no_image_is_in_both_parts(groups) -> None:
    for _, rows in groups.groupby(["candidate_id", "group"]):
        parts = [set(rows.loc[rows["part"] == part, "seed"]) for part in ("selection", "fresh")]
        assert not parts[0] & parts[1]


def test_a_pair_differs_in_the_attribute_alone(groups) -> None:
    pairs = groups.pivot(index=["candidate_id", "part", "seed"], columns="group", values="image")
    assert not pairs.isna().any(axis=None)
    for pair in pairs.itertuples():
        core, spurious = read(pair.core), read(pair.spurious)
        assert (core != spurious).any()
        # Borders and props stay out of the middle.
        np.testing.assert_array_equal(core[25:39, 25:39], spurious[25:39, 25:39])


def test_the_description_says_what_the_group_shows(groups) -> None:
    for row in groups.merge(CANDIDATES, on="candidate_id").itertuples():
        assert (row.attribute in row.description) == (row.group == "spurious")


def test_the_group_images_get_the_anchor_s_question(groups) -> None:
    asked = group_samples(CANDIDATES, SAMPLES, groups)
    assert len(asked) == len(groups)
    assert asked["sample_id"].is_unique
    anchors = SAMPLES.set_index("sample_id")
    anchor_of = CANDIDATES.set_index("candidate_id")["sample_id"]
    for row in asked.itertuples():
        anchor = anchors.loc[anchor_of[row.candidate_id]]
        assert (row.question, row.options) == (anchor["question"], anchor["options"])
        assert row.answer == anchor["answer"]


def test_the_seed_settles_the_images(groups, tmp_path: Path) -> None:
    same = synthesise(tmp_path / "same", CANDIDATES)
    other = synthesise(tmp_path / "other", CANDIDATES, seed=1)
    pd.testing.assert_frame_equal(groups.drop(columns="image"), same.drop(columns="image"))
    for left, right in zip(groups["image"], same["image"], strict=True):
        assert Path(left).read_bytes() == Path(right).read_bytes()
    assert not set(groups["seed"]) & set(other["seed"])


def test_a_candidate_s_images_do_not_depend_on_other_candidates(groups, tmp_path: Path) -> None:
    alone = synthesise(tmp_path / "alone", CANDIDATES.tail(1))
    among = groups[groups["candidate_id"] == alone["candidate_id"].iloc[0]]
    pd.testing.assert_frame_equal(
        alone.drop(columns="image"), among.drop(columns="image").reset_index(drop=True)
    )


def test_an_image_depends_on_its_number_alone(groups, tmp_path: Path) -> None:
    """Batches show what one large group would have shown, and what is fresh stays fresh."""
    numbers = {"selection": range(2, 4), "fresh": range(5, 7)}
    batch = synthesise(tmp_path / "batch", CANDIDATES, numbers=numbers)
    assert len(batch) == len(CANDIDATES) * 2 * 4
    keys = ["candidate_id", "group", "seed"]
    both = batch.merge(groups, on=keys, suffixes=("", "_whole"))
    assert len(both) == len(batch)
    assert (both["part"] == both["part_whole"]).all()
    assert all(
        Path(mine).read_bytes() == Path(other).read_bytes()
        for mine, other in zip(both["image"], both["image_whole"], strict=True)
    )


def test_a_candidate_that_would_change_its_own_answer_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    impossible = make_candidate("s-colour", "paint:cyan")
    candidates = pd.DataFrame([impossible, make_candidate("s-object", "paint:cyan")])
    with caplog.at_level(logging.WARNING):
        groups = synthesise(tmp_path / "images", candidates)
    assert set(groups["candidate_id"]) == {"paint_cyan_s-object"}
    assert len(list((tmp_path / "images").iterdir())) == len(groups)
    assert impossible["candidate_id"] in caplog.text


@pytest.mark.parametrize("attribute", ["background:tall grass", "scene:parking lot"])
def test_an_attribute_that_the_world_has_not_is_left_out_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, attribute: str
) -> None:
    """A reviewer or a language model may name whatever it sees."""
    unknown = make_candidate("s-object", attribute)
    candidates = pd.DataFrame([unknown, make_candidate("s-object", "paint:cyan")])
    with caplog.at_level(logging.WARNING):
        groups = synthesise(tmp_path / "images", candidates)
    assert set(groups["candidate_id"]) == {"paint_cyan_s-object"}
    assert attribute in caplog.text


def test_the_table_names_the_folder_where_the_images_will_be(tmp_path: Path) -> None:
    groups = synthesise(tmp_path / "images", CANDIDATES.head(1), stored_as=Path("final"))
    assert {str(Path(image).parent) for image in groups["image"]} == {"final"}
    names = {path.name for path in (tmp_path / "images").iterdir()}
    assert names == {Path(image).name for image in groups["image"]}
