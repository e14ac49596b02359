"""Regions: a planted patch is found by pixels and answers alone, and noise is not."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planted import LEFT, PATCH, SIDE, TOP, WRONG, Planted, answered, plant

from contracts import as_table
from spuriverse.discovery.curation import Annotated, annotate_with_regions, measure_colours
from spuriverse.problems import Problem


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("pictures"))


def annotate(world: Planted, *, encoder=measure_colours, seed: int = 0, **changes) -> Annotated:
    settings = {
        "sizes": [0.25],
        "clusters": 12,
        "overlap": 0.3,
        "exemplars": 5,
        "false_discovery_rate": 0.05,
        "minimum_effect": 0.2,
        "anchors_per_attribute": 3,
        **changes,
    }
    return annotate_with_regions(
        world.samples, world.responses, world.errors, encoder, seed=seed, **settings
    )


@pytest.fixture(scope="module")
def found(planted: Planted) -> Annotated:
    return annotate(planted)


def with_choices(world: Planted, choices: Sequence[int]) -> Planted:
    responses, errors = answered(world.samples, list(choices))
    return replace(world, responses=responses, errors=errors)


def strongest(found: Annotated) -> pd.DataFrame:
    rows = found.regions
    return rows[rows["attribute"] == found.proposals["attribute"].iloc[0]]


# --- what is found ----------------------------------------------------------------------------


def test_the_planted_patch_is_found_with_its_wrong_answer(
    planted: Planted, found: Annotated
) -> None:
    assert found.proposals["wrong"].iloc[0] == WRONG
    assert found.proposals["effect"].iloc[0] > 0.5
    shown = set(strongest(found)["image"])
    assert len(shown & planted.patched) / len(shown | planted.patched) > 0.9


def test_regions_of_the_patch_are_where_it_was_planted(found: Annotated) -> None:
    exemplars = strongest(found).query("exemplar > 0")
    assert exemplars["exemplar"].nunique() == 5
    patch = [LEFT / SIDE, TOP / SIDE, (LEFT + PATCH) / SIDE, (TOP + PATCH) / SIDE]
    boxes = exemplars[["left", "top", "right", "bottom"]].to_numpy()
    overlaps = (boxes[:, 0] < patch[2]) & (boxes[:, 2] > patch[0])
    overlaps &= (boxes[:, 1] < patch[3]) & (boxes[:, 3] > patch[1])
    assert overlaps.all()


def test_the_tables_fit_their_schemas(found: Annotated) -> None:
    as_table(found.candidates, "candidates")
    as_table(found.proposals, "proposals")
    as_table(found.regions, "regions")


def test_candidates_name_the_region_and_its_annotator(planted: Planted, found: Annotated) -> None:
    assert set(found.candidates["annotator"]) == {"regions"}
    assert set(found.candidates["kind"]) == {"region"}
    anchors = planted.errors.set_index("sample_id").loc[found.candidates["sample_id"]]
    assert (anchors["predicted"].to_numpy() == found.candidates["predicted"].to_numpy()).all()


def test_every_suspicion_of_the_tests_has_its_regions(found: Annotated) -> None:
    assert set(found.regions["attribute"]) == set(found.proposals["attribute"])


def test_clusters_that_occur_together_are_one_suspicion(found: Annotated) -> None:
    """Regions half a patch apart, in both halves' clusters, all show the one patch."""
    assert (found.proposals["wrong"] == WRONG).sum() == 1


def test_the_order_of_pictures_does_not_matter(planted: Planted, found: Annotated) -> None:
    order = np.random.default_rng(1).permutation(len(planted.samples))
    errors = planted.errors.iloc[::-1].reset_index(drop=True)
    turned = replace(
        planted, samples=planted.samples.iloc[order].reset_index(drop=True), errors=errors
    )
    again = annotate(turned)
    pd.testing.assert_frame_equal(again.proposals, found.proposals)
    pd.testing.assert_frame_equal(again.candidates, found.candidates)
    pd.testing.assert_frame_equal(again.regions, found.regions)


def test_several_sizes_and_another_seed_find_it_too(planted: Planted) -> None:
    again = annotate(planted, seed=3, sizes=[0.25, 0.5])
    assert again.proposals["wrong"].iloc[0] == WRONG


def test_a_property_of_whole_pictures_is_found(planted: Planted, tmp_path: Path) -> None:
    """The encoder sees nothing; only the measures of whole pictures tell the patch."""

    def blind(images) -> np.ndarray:
        return np.random.default_rng(0).random((len(images), 4, 4, 3), dtype=np.float32)

    again = annotate(planted, encoder=blind, clusters=24)
    assert again.proposals["wrong"].iloc[0] == WRONG
    assert (strongest(again)["size"] == 1).all()


# --- the two halves ---------------------------------------------------------------------------


def test_what_shows_in_one_half_alone_is_not_found(planted: Planted) -> None:
    """Answers to one half's questions follow the patch, to the other's nothing."""
    from spuriverse.discovery.curation.regions import _split

    images = sorted(planted.samples["image"])
    for half in _split(images, 0):
        followed = set(half)
        rng = np.random.default_rng(9)
        choices = [
            choice if image in followed else int(rng.integers(4))
            for image, choice in zip(
                planted.samples["image"], planted.responses["choice"], strict=True
            )
        ]
        with pytest.raises(Problem, match="none shows on the other"):
            annotate(with_choices(planted, choices))


def test_counts_are_those_of_the_other_half(planted: Planted, found: Annotated) -> None:
    counts = found.proposals["n_present"] + found.proposals["n_absent"]
    offered = [
        WRONG in options and options[answer] != WRONG
        for options, answer in zip(
            planted.samples["options"], planted.samples["answer"], strict=True
        )
    ]
    assert abs(counts.iloc[0] - sum(offered) / 2) < 0.15 * sum(offered)


def test_chance_finds_nothing(planted: Planted) -> None:
    rng = np.random.default_rng(2)
    with pytest.raises(Problem, match="ask more questions"):
        annotate(with_choices(planted, rng.integers(4, size=len(planted.samples)).tolist()))


# --- bad input --------------------------------------------------------------------------------


def test_some_unreadable_pictures_are_left_out(
    planted: Planted, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    images = [str(broken), *planted.samples["image"].iloc[1:]]
    again = annotate(replace(planted, samples=planted.samples.assign(image=images)))
    assert again.proposals["wrong"].iloc[0] == WRONG
    assert "1 of 180 pictures are left out" in caplog.text


def test_no_readable_picture_is_one_sentence(planted: Planted) -> None:
    gone = planted.samples.assign(image=[f"gone/{n}.png" for n in range(len(planted.samples))])
    with pytest.raises(Problem, match="None of the 180 pictures can be read"):
        annotate(replace(planted, samples=gone))


def test_all_right_and_all_wrong_are_one_sentence_each(planted: Planted) -> None:
    right = planted.samples["answer"].tolist()
    with pytest.raises(Problem, match="All 180 questions were answered rightly"):
        annotate(with_choices(planted, right))
    with pytest.raises(Problem, match="None of 180 questions was answered rightly"):
        annotate(with_choices(planted, [(answer + 1) % 4 for answer in right]))


def test_fewer_than_fifty_questions_are_too_few(planted: Planted) -> None:
    few = replace(planted, samples=planted.samples.head(49))
    with pytest.raises(Problem, match="only 49 questions"):
        annotate(few)


def test_pictures_of_many_sizes(planted: Planted, tmp_path: Path) -> None:
    from PIL import Image

    images = []
    for number, path in enumerate(planted.samples["image"]):
        size = [(32, 32), (64, 48), (40, 90)][number % 3]
        images.append(str(tmp_path / f"{number}.png"))
        Image.open(path).resize(size, Image.Resampling.NEAREST).save(images[-1])
    again = dict(zip(planted.samples["image"], images, strict=True))
    errors = planted.errors.assign(image=planted.errors["image"].map(again))
    found = annotate(replace(planted, samples=planted.samples.assign(image=images), errors=errors))
    assert found.proposals["wrong"].iloc[0] == WRONG


def test_memory_holds_a_batch_at_a_time(planted: Planted) -> None:
    seen = []

    def counting(images) -> np.ndarray:
        seen.append(len(images))
        return measure_colours(images)

    annotate(planted, encoder=counting)
    assert max(seen) <= 64
