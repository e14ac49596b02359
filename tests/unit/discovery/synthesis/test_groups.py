"""Groups of images: minimal pairs with and without the attribute, asked the anchor's question."""

import hashlib
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from contracts import as_table
from spuriverse.discovery.synthesis import Groups, Seeds, plan_seeds, synthesise_groups
from spuriverse.discovery.synthesis.backends import Picture, Refusal, load_backend
from spuriverse.discovery.synthesis.backends.world import WorldRenderer
from spuriverse.discovery.synthesis.gates import PASSED
from spuriverse.discovery.verification import group_samples
from spuriverse.problems import Problem
from spuriverse.tables import atomic_path
from spuriverse.world import QUESTION_KINDS, Optics

PER_GROUP = 4


def make_anchor(name: str, sort: str, answer: str) -> dict:
    text, pool = QUESTION_KINDS[sort]
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
        "predicted": "ring",
    }


CANDIDATES = pd.DataFrame(
    [
        make_candidate("s-object", "border:black-frame"),
        make_candidate("s-colour", "prop:gem"),
        make_candidate("s-place", "border:teal-frame"),
        make_candidate("s-count", "prop:coin"),
    ]
)


def synthesise_all(folder: Path, candidates: pd.DataFrame, seed: int = 0, **more) -> Groups:
    folder.mkdir()
    settings = {
        "backend": WorldRenderer(Optics(), seed),
        "parts": plan_seeds(PER_GROUP, PER_GROUP, 2),
        "minimal": True,
    }
    return synthesise_groups(candidates, SAMPLES, folder, **{**settings, **more})


def synthesise(folder: Path, candidates: pd.DataFrame, seed: int = 0, **more) -> pd.DataFrame:
    return synthesise_all(folder, candidates, seed, **more).groups


class Gaps:
    """A gate that turns some images away."""

    name = "gaps"

    def __init__(self, wrong: set[tuple[str, int]]) -> None:
        self.wrong = wrong

    def judge(self, shown: list) -> list[str]:
        keys = [(one.description.group, one.description.seed) for one in shown]
        return ["wrong" if key in self.wrong else PASSED for key in keys]


class Words:
    """A backend whose answers are not all images."""

    name = "words"
    batch_size = 3

    def __init__(self, encode_noise) -> None:
        self.encode_noise = encode_noise

    def make(self, descriptions: list) -> list:
        return [self.answer(description) for description in descriptions]

    def answer(self, description) -> Picture | Refusal:
        if description.seed == 1:
            return Picture(b"<html>busy</html>", {})
        if description.seed == 2:
            return Refusal("filtered", "the content filter withheld the image", {})
        return Picture(self.encode_noise(description.seed), {"checkpoint": "words"})


@pytest.fixture(scope="module")
def groups(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return synthesise(tmp_path_factory.mktemp("groups") / "images", CANDIDATES)


def read(path: str) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def test_both_groups_are_there_for_the_decision_and_for_a_fresh_look(groups) -> None:
    as_table(groups, "groups")
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
    for left, right in zip(groups["image"], other["image"], strict=True):
        assert Path(left).read_bytes() != Path(right).read_bytes()


def test_a_candidate_s_images_do_not_depend_on_other_candidates(groups, tmp_path: Path) -> None:
    alone = synthesise(tmp_path / "alone", CANDIDATES.tail(1))
    among = groups[groups["candidate_id"] == alone["candidate_id"].iloc[0]]
    pd.testing.assert_frame_equal(
        alone.drop(columns="image"), among.drop(columns="image").reset_index(drop=True)
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


def test_what_fails_is_made_anew_with_the_next_seed_as_a_pair(tmp_path: Path) -> None:
    made = synthesise_all(
        tmp_path / "images", CANDIDATES.head(1), gates=[Gaps({("core", 2), ("spurious", 9)})]
    )
    as_table(made.groups, "groups")
    records = as_table(made.records, "image_records")
    selection = made.groups[made.groups["part"] == "selection"]
    for _, rows in selection.groupby("group"):
        assert rows["seed"].tolist() == [1, 3, 4, 10]
    turned = records[(records["seed"].isin([2, 9])) & ~records["kept"]]
    assert sorted(turned["reason"]) == ["", "", "gaps: wrong", "gaps: wrong"]
    names = {path.name for path in (tmp_path / "images").iterdir()}
    assert names == {Path(image).name for image in made.groups["image"]}


def test_of_independent_images_only_the_one_that_failed_is_made_anew(tmp_path: Path) -> None:
    renderer = WorldRenderer(Optics(), 0, minimal=False)
    made = synthesise_all(
        tmp_path / "images",
        CANDIDATES.head(1),
        gates=[Gaps({("core", 2)})],
        minimal=False,
        backend=renderer,
    ).groups
    selection = made[made["part"] == "selection"]
    seeds = {group: rows["seed"].tolist() for group, rows in selection.groupby("group")}
    assert seeds == {"core": [1, 3, 4, 9], "spurious": [1, 2, 3, 4]}
    core, spurious = (made[(made["group"] == g) & (made["seed"] == 1)]["image"] for g in seeds)
    assert (read(core.iloc[0])[25:39] != read(spurious.iloc[0])[25:39]).mean() > 0.5


def test_what_remains_short_is_said_and_not_padded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = {("core", seed) for seed in (1, 2, 3, 9, 10)}
    with caplog.at_level(logging.WARNING):
        made = synthesise_all(tmp_path / "images", CANDIDATES.head(1), gates=[Gaps(wrong)])
    sizes = made.groups.groupby(["part", "group"]).size()
    assert sizes["selection"].tolist() == [1, 1]
    assert sizes["fresh"].tolist() == [PER_GROUP, PER_GROUP]
    assert "6 images short of part selection: gaps: wrong" in caplog.text


def test_the_parts_share_no_seed_not_even_a_spare_one() -> None:
    parts = plan_seeds(4, 3, 5)
    seeds = [seed for part in parts.values() for seed in (*part.wanted, *part.spare)]
    assert sorted(seeds) == list(range(1, 4 + 3 + 10 + 1))
    assert [len(part.wanted) for part in parts.values()] == [4, 3]
    assert list(plan_seeds(2, 0, 0)) == ["selection"]


def test_every_image_has_a_record_with_its_digest(tmp_path: Path) -> None:
    made = synthesise_all(tmp_path / "images", CANDIDATES.head(2))
    records = as_table(made.records, "image_records")
    assert len(records) == len(made.groups) == records["sha256"].nunique()
    files = made.groups.merge(records, on=["candidate_id", "group", "part", "seed"])
    for row in files.itertuples():
        assert hashlib.sha256(Path(row.image).read_bytes()).hexdigest() == row.sha256
    assert set(records["truth"]) == {"present", "absent"}
    assert ((records["truth"] == "present") == (records["group"] == "spurious")).all()


def test_what_is_no_image_is_not_kept_and_a_filter_is_an_outcome(
    tmp_path: Path, encode_noise
) -> None:
    made = synthesise_all(
        tmp_path / "images",
        CANDIDATES.head(1),
        backend=Words(encode_noise),
        parts={"selection": Seeds(range(1, 5), [5])},
        minimal=False,
    )
    records = as_table(made.records, "image_records")
    said = records.set_index(["group", "seed"]).loc["core"]
    assert said["outcome"].to_dict() == {
        1: "failed",
        2: "filtered",
        3: "made",
        4: "made",
        5: "made",
    }
    assert said["reason"][1] == "the reply is not an image"
    assert len(made.groups) == 6


def test_without_a_candidate_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="No candidate was accepted"):
        synthesise(tmp_path / "images", CANDIDATES.head(0))


def test_a_candidate_that_cannot_be_depicted_is_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Silver is only painted: no scene without paint has it."""
    silver = make_anchor("s-silver", "colour", "silver")
    samples = pd.concat([SAMPLES, pd.DataFrame([silver])], ignore_index=True)
    (tmp_path / "images").mkdir()
    with caplog.at_level(logging.WARNING):
        groups = synthesise_groups(
            pd.DataFrame([make_candidate("s-silver", "prop:gem"), *CANDIDATES.to_dict("records")]),
            samples,
            tmp_path / "images",
            backend=WorldRenderer(Optics(), 0),
            parts=plan_seeds(PER_GROUP, PER_GROUP, 2),
            minimal=True,
        ).groups
    assert set(groups["candidate_id"]) == set(CANDIDATES["candidate_id"])
    assert any(
        "prop_gem_s-silver" in line and "no colour 'silver'" in line for line in caplog.messages
    )


def test_if_nothing_can_be_depicted_the_reason_is_said(tmp_path: Path) -> None:
    unknown = pd.DataFrame([make_candidate("s-object", "scene:parking lot")])
    with pytest.raises(Problem, match=r"None of the 1 candidates .* no attribute 'scene:parking"):
        synthesise(tmp_path / "images", unknown)


def test_an_unknown_backend_is_refused_with_those_there_are() -> None:
    with pytest.raises(Problem, match="no image backend 'midjourney'; use one of world, diffusers"):
        load_backend({"backend": "midjourney"})


def test_a_full_disk_is_a_sentence_and_leaves_no_group(small_disk: Path) -> None:
    with (
        pytest.raises(Problem, match="because the disk is full"),
        atomic_path(small_disk / "images") as folder,
    ):
        synthesise(folder, CANDIDATES)
    assert list(small_disk.iterdir()) == []
