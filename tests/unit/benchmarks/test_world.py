"""The embedded world as a benchmark: reproducible, and silent about what is planted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from contracts import as_table
from spuriverse.benchmarks.world import make_world_benchmark
from spuriverse.tables import SCHEMAS
from spuriverse.world import QUESTION_KINDS, Optics, Statistics, split_attribute

SETTINGS = {"kind_rate": 0.3, "statistics": Statistics(), "optics": Optics()}


def make(folder: Path, seed: int = 0, **changes) -> pd.DataFrame:
    folder.mkdir()
    numbers = {"independent": 30, "natural": 60, **changes}
    return make_world_benchmark(folder, seed=seed, **{**SETTINGS, **numbers})


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return make(tmp_path_factory.mktemp("world") / "images")


def test_the_table_is_a_samples_table_with_one_image_a_row(samples: pd.DataFrame) -> None:
    as_table(samples, "samples")
    assert samples["image"].is_unique
    for path in samples["image"]:
        with Image.open(path) as image:
            assert image.size == (64, 64)


def test_the_table_does_not_say_which_attributes_are_planted(samples: pd.DataFrame) -> None:
    assert set(samples.columns) == set(SCHEMAS["samples"].columns)
    categories = {"independent-object", *(f"natural-{sort}" for sort in QUESTION_KINDS)}
    assert set(samples["category"]) == categories
    for present in samples["attributes"]:
        for attribute in present:
            assert ":".join(split_attribute(attribute)) == attribute
    text = samples.astype(str).to_csv().lower()
    assert not [word for word in ("planted", "owner", "control", "biased") if word in text]


def test_half_of_the_natural_images_are_asked_for_the_object(tmp_path: Path) -> None:
    samples = make(tmp_path / "images", independent=0, natural=400)
    share = (samples["category"] == "natural-object").mean()
    assert share == pytest.approx(0.5, abs=5 * 0.025)


def test_questions_and_options_fit_the_category(samples: pd.DataFrame) -> None:
    for row in samples.itertuples():
        sort = row.category.partition("-")[2]
        text, pool = QUESTION_KINDS[sort]
        assert row.question == text
        assert len(row.options) == 4
        assert set(row.options) <= set(pool)
    assert samples["answer"].nunique() == 4


def test_the_seed_settles_table_and_images(tmp_path: Path) -> None:
    one, same, other = (
        make(tmp_path / name, seed, independent=4, natural=4)
        for name, seed in (("one", 5), ("same", 5), ("other", 6))
    )
    pd.testing.assert_frame_equal(one.drop(columns="image"), same.drop(columns="image"))
    for left, right in zip(one["image"], same["image"], strict=True):
        assert Path(left).read_bytes() == Path(right).read_bytes()
    assert not set(one["sample_id"]) & set(other["sample_id"])


def test_the_table_names_the_folder_where_the_images_will_be(tmp_path: Path) -> None:
    samples = make(tmp_path / "images", independent=2, natural=0, stored_as=Path("final/place"))
    assert {str(Path(image).parent) for image in samples["image"]} == {"final/place"}
    names = {path.name for path in (tmp_path / "images").iterdir()}
    assert names == {Path(image).name for image in samples["image"]}


def test_natural_images_show_the_shortcut_and_independent_ones_do_not(tmp_path: Path) -> None:
    """What a model could learn from each part, seen without looking at who owns what."""
    samples = make(tmp_path / "images", independent=250, natural=500)
    right = [o[a] for o, a in zip(samples["options"], samples["answer"], strict=True)]
    pairs = samples.assign(right=right).explode("attributes").dropna(subset="attributes")
    surprise = {}
    for category in ("independent-object", "natural-object"):
        part = pairs[pairs["category"] == category]
        shown = part.groupby("attributes")["right"].agg(
            lambda names: names.value_counts(normalize=True).max() if len(names) > 4 else np.nan
        )
        surprise[category] = shown.mean()
    assert surprise["natural-object"] > surprise["independent-object"] + 0.2
