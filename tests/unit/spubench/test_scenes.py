"""The embedded source: one attribute per image, read back, and masks of where things are."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from contracts import as_table
from spuriverse.benchmarks import read_classes
from spuriverse.problems import Problem
from spuriverse.spubench import describe_scenes, render_class_images, save_regions
from spuriverse.spubench.scenes import TYPE_OF_KIND
from spuriverse.tables import SPURIOUS_TYPES
from spuriverse.world import OBJECTS, Optics
from spuriverse.world.kinds import KINDS


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("images")
    table = render_class_images(folder, images_per_class=6, optics=Optics(), seed=0)
    return as_table(table, "scenes")


def confusions(scenes: pd.DataFrame) -> pd.DataFrame:
    return scenes.assign(label=scenes["object"])[["image", "label"]]


def test_every_kind_of_the_world_has_one_of_the_nine_types() -> None:
    assert set(TYPE_OF_KIND) == set(KINDS)
    assert sorted(TYPE_OF_KIND.values()) == sorted(SPURIOUS_TYPES)


def test_the_images_are_class_folders_with_one_attribute_each(scenes: pd.DataFrame) -> None:
    folder = Path(scenes["image"][0]).parents[1]
    assert set(read_classes(folder).values()) == set(OBJECTS)
    assert (scenes["attributes"].str.len() == 1).all()
    assert [Path(image).parent.name for image in scenes["image"]] == scenes["object"].tolist()
    kinds = scenes["attributes"].str[0].str.partition(":")[0].value_counts()
    assert set(kinds.index) == set(KINDS)


def test_the_same_seed_draws_the_same_scenes(scenes: pd.DataFrame, tmp_path: Path) -> None:
    again = render_class_images(tmp_path, images_per_class=6, optics=Optics(), seed=0)
    pd.testing.assert_frame_equal(
        again.drop(columns="image"), scenes.drop(columns="image"), check_dtype=False
    )


def test_a_scene_is_read_back(scenes: pd.DataFrame) -> None:
    described = describe_scenes(confusions(scenes), scenes)
    kinds = scenes["attributes"].str[0].str.partition(":")[0]
    assert described["spurious_type"].tolist() == kinds.map(TYPE_OF_KIND).tolist()
    # Objects differ in their core attributes, and none names the object.
    cores = described["core"].groupby(scenes["object"].to_numpy()).unique()
    assert len({core[0] for core in cores}) == len(OBJECTS)
    assert all(name not in core[0].split() for name, core in cores.items())
    values = scenes["attributes"].str[0].str.partition(":")[2].str.replace("-", " ")
    assert all(value in text for value, text in zip(values, described["spurious"], strict=True))


def test_images_of_another_source_cannot_be_read(scenes: pd.DataFrame) -> None:
    other = pd.DataFrame({"image": ["my/cat/1.png"], "label": ["cat"]})
    with pytest.raises(Problem, match=r"set spubench\.annotator to lvlm"):
        describe_scenes(other, scenes)


def test_masks_have_the_size_of_the_image_and_show_where_things_are(scenes, tmp_path) -> None:
    images = [*scenes["image"], "my/cat/1.png"]
    regions = save_regions(images, scenes, tmp_path)
    assert regions.iloc[-1].isna().all()
    kinds = scenes["attributes"].str[0].str.partition(":")[0]
    for kind, row in zip(kinds, regions.itertuples(), strict=False):
        spurious, thing = (
            np.asarray(Image.open(tmp_path / name))
            for name in (row.region_spurious, row.region_object)
        )
        assert spurious.shape == thing.shape == (64, 64)
        assert set(np.unique(spurious)) | set(np.unique(thing)) == {0, 255}
        assert 0.02 < (thing > 0).mean() < 0.4
        overlap = ((spurious > 0) & (thing > 0)).sum() / (thing > 0).sum()
        if kind in ("border", "prop", "scene"):
            assert overlap < 0.05
        if kind == "paint":
            assert overlap > 0.5
