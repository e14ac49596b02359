"""Heat maps of a table of questions: measured, drawn, tabulated."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from contracts import as_table
from spuriverse.models import LocalModel
from spuriverse.problems import Problem
from spuriverse.questions import open_image
from spuriverse.report.figures import plot_heatmaps
from spuriverse.spubench.explain import (
    choose_samples,
    grad_cam,
    map_saliency,
    occlusion_effects,
    read_mask,
    tabulate_heatmaps,
    tabulate_occlusion,
)

Questions = tuple[pd.DataFrame, pd.DataFrame]


def test_every_sample_condition_and_method_is_measured(
    reader: LocalModel, questions: Questions, tmp_path: Path
) -> None:
    chosen = choose_samples(*questions)
    maps = map_saliency(reader, chosen, tmp_path, batch_size=12)
    as_table(maps, "heatmaps")
    assert len(maps) == len(chosen) * 3 * 2
    # The first sample has no masks; everything else of it is measured.
    first = maps["sample_id"] == "spubench-0"
    for measure in ("share", "iou", "area", "effect"):
        assert maps.loc[first, f"{measure}_spurious"].isna().all()
        assert maps.loc[~first, f"{measure}_object"].notna().all()
    assert maps.groupby("sample_id")["answer"].nunique().eq(1).all()
    assert maps.loc[maps["method"] == "attention", "on_image"].between(0.01, 0.99).all()
    for path in maps["overlay"].unique():
        with Image.open(path) as picture:
            assert picture.format == "PNG"
            assert picture.width > 7 * 128


def test_the_images_and_masks_of_few_samples_are_open(
    reader: LocalModel, questions: Questions, tmp_path: Path, most_open
) -> None:
    """A batch of one sample: its image, its two masks and the overlay that is drawn, twice."""
    map_saliency(reader, choose_samples(*questions), tmp_path, batch_size=3)
    assert 1 <= most_open() <= 8


def test_measures_are_those_of_the_map_on_the_pixels(
    reader: LocalModel, questions: Questions, tmp_path: Path
) -> None:
    """The world's images are seen whole, 16 pixels a patch."""
    chosen = choose_samples(*questions)
    maps = map_saliency(reader, chosen, tmp_path)
    row = chosen.iloc[3]
    found = maps[(maps["sample_id"] == row["sample_id"]) & (maps["method"] == "grad_cam")]
    plain = found[found["condition"] == "plain"].iloc[0]
    image, prompt = open_image(row["image"]), reader.wrap(row["question"])
    heat = grad_cam(reader, [image], [prompt], [plain["answer"]])[0]
    pixels = heat.repeat(16, 0).repeat(16, 1)
    mask = read_mask(row["region_spurious"], (64, 64))
    assert plain["share_spurious"] == pytest.approx(pixels[mask].sum() / pixels.sum(), abs=1e-3)
    assert plain["area_spurious"] == mask.mean()
    effect = occlusion_effects(reader, [image], [[mask]], [[prompt]], [plain["answer"]])
    assert plain["effect_spurious"] == pytest.approx(effect[0, 0, 0], abs=1e-3)


def test_a_mask_of_another_size_ends_the_mapping(
    reader: LocalModel, questions: Questions, tmp_path: Path
) -> None:
    Image.new("L", (32, 32), 255).save(tmp_path / "small.png")
    attributes = questions[1].assign(region_object=str(tmp_path / "small.png"))
    with pytest.raises(Problem, match="32 x 32 pixels and its image 64 x 64"):
        map_saliency(reader, choose_samples(questions[0], attributes), tmp_path)


def synthetic(number: int) -> Questions:
    """Maps in which the share on the spurious region, and no other measure, tells who is fooled."""
    rng = np.random.default_rng(0)
    fooled = np.arange(number) % 2 == 0
    maps = pd.DataFrame(
        {
            "sample_id": [f"s-{i}" for i in range(number)],
            "model": "m",
            "condition": "plain",
            "method": "grad_cam",
            "outcome": np.where(fooled, "fooled", "right"),
            "share_spurious": np.where(fooled, 0.6, 0.4) + rng.uniform(-0.05, 0.05, number),
            **{
                name: rng.random(number)
                for name in ("share_object", "iou_spurious", "iou_object", "effect_spurious")
            },
            "on_attribute": np.nan,
            "effect_object": rng.random(number),
            "rank_correlation": rng.uniform(0.2, 0.4, number),
        }
    )
    attributes = pd.DataFrame(
        {
            "sample_id": maps["sample_id"],
            "spurious": [f"attribute {i // 4}" for i in range(number)],
            "spurious_types": [["background"], ["shape"]] * (number // 4)
            + [["shape"]] * (number // 2),
        }
    )
    return maps, attributes


def test_a_measure_that_separates_has_an_area_of_one() -> None:
    maps, attributes = synthetic(80)
    table = tabulate_heatmaps(maps, attributes, seed=0, resamples=200).set_index("measure")
    assert table.loc["share_spurious", "auc"] == table.loc["share_spurious", "low"] == 1
    noise = table.loc["share_object"]
    assert noise["low"] < 0.5 < noise["high"]
    assert (table["n_fooled"] == 40).all()
    assert table.loc["effect_spurious", "method"] == "occlusion"
    assert "on_attribute" not in table.index


def test_maps_without_masks_or_without_a_fooled_answer_leave_blanks_and_can_be_drawn() -> None:
    maps, attributes = synthetic(80)
    columns = ["share_spurious", "share_object", "iou_spurious", "iou_object"]
    bare = maps.assign(**dict.fromkeys([*columns, "effect_spurious", "effect_object"], np.nan))
    for table in (
        tabulate_heatmaps(bare, attributes, seed=0, resamples=100),
        tabulate_heatmaps(maps.assign(outcome="other"), attributes, seed=0, resamples=100),
    ):
        assert len(table) == 6
        assert (table[["n_fooled", "n_right"]] == 0).all().all()
        assert table["auc"].isna().all()
        assert plot_heatmaps(table).axes


def test_an_area_of_a_few_answers_is_not_given() -> None:
    maps, attributes = synthetic(80)
    few = maps.assign(outcome=["fooled"] * 4 + ["right"] * 76)
    table = tabulate_heatmaps(few, attributes, seed=0, resamples=100)
    assert table[["auc", "low", "high", "auc_within_type"]].isna().all().all()
    assert (table["n_fooled"] == 4).all()


def test_the_mean_rank_correlation_leaves_out_flat_maps_and_counts_them() -> None:
    maps, attributes = synthetic(80)
    maps.loc[:9, "rank_correlation"] = np.nan
    (row,) = tabulate_occlusion(maps, attributes).to_dict("records")
    assert (row["n"], row["undefined"]) == (70, 10)
    assert row["rank_correlation"] == pytest.approx(maps["rank_correlation"].mean())
    assert row["low"] < row["rank_correlation"] < row["high"]
