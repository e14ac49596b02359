"""Trials: which pictures are edited where, and what serves as control."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from planted import RED, WRONG, Planted
from tried_suspicions import EXTENT, Tried, patch_regions, try_all

from contracts import as_table
from spuriverse.discovery.suspicions import (
    list_tried,
)


def test_trials_fit_their_schema_and_come_in_pairs(tried: Tried) -> None:
    as_table(tried.trials, "trials")
    pairs = tried.trials.groupby(["attribute", "edit", "pair"])
    assert (pairs["arm"].nunique() == 2).all()
    assert (pairs["carrier"].nunique() == 1).all()


def test_carriers_are_answered_rightly_without_the_region_and_serve_once(tried: Tried) -> None:
    first = tried.trials[tried.trials["attribute"] == tried.found.proposals["attribute"].iloc[0]]
    pasted = first[(first["edit"] == "paste") & (first["arm"] == "region")]
    assert len(pasted) == EXTENT.pictures + EXTENT.fresh
    assert pasted["carrier"].is_unique
    assert not set(pasted["carrier"]) & tried.planted.patched
    errors = set(tried.planted.errors["image"])
    assert not set(pasted["carrier"]) & errors
    assert all(WRONG in options for options in pasted["options"])
    covered = first[first["edit"] == "cover"]
    assert set(covered["carrier"]) <= errors


def test_the_order_of_rows_does_not_matter(tried: Tried, tmp_path: Path) -> None:
    turned = replace(
        tried.planted,
        samples=tried.planted.samples.iloc[::-1],
        responses=tried.planted.responses.iloc[::-1],
    )
    attributes = list_tried(tried.found.proposals, 3)
    again = try_all(turned, tried.found.regions.iloc[::-1], attributes, tmp_path)
    keys = ["sample_id", "carrier", "given"]
    pd.testing.assert_frame_equal(again[keys], tried.trials[keys])


def test_a_region_of_a_large_picture_fits_into_a_small_one(tried: Tried, tmp_path: Path) -> None:
    """Places are shares of the sides, so that no region is larger than its carrier."""
    planted = tried.planted
    images = {}
    for number, path in enumerate(planted.samples["image"]):
        side = 6 if path not in planted.patched else 90
        images[path] = str(tmp_path / f"{number}.png")
        Image.open(path).resize((side, side + number % 3), Image.Resampling.NEAREST).save(
            images[path]
        )
    small = Planted(
        planted.samples.assign(image=planted.samples["image"].map(images)),
        planted.responses,
        planted.errors.assign(image=planted.errors["image"].map(images)),
        frozenset(images[path] for path in planted.patched),
    )
    trials = try_all(small, patch_regions(small), ["region:1"], tmp_path)
    pasted = trials[(trials["edit"] == "paste") & (trials["arm"] == "region")]
    assert len(pasted) == 18
    for trial in pasted.itertuples():
        edited = Image.open(trial.image)
        assert edited.size == Image.open(trial.carrier).size
        assert (np.abs(np.asarray(edited).astype(int) - RED).max(axis=-1) < 60).any()


def test_whole_pictures_and_regions_that_nothing_can_carry_are_not_tried(
    tried: Tried, tmp_path: Path
) -> None:
    for regions in (
        patch_regions(tried.planted, box=(0.0, 0.0, 1.0, 1.0)),
        patch_regions(tried.planted, wrong="nothing that is offered"),
    ):
        trials = try_all(tried.planted, regions, ["region:1"], tmp_path)
        as_table(trials, "trials")
        assert trials.empty


def test_a_picture_that_has_gone_costs_its_pair_and_no_more(
    tried: Tried, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    regions = patch_regions(tried.planted)
    whole = try_all(tried.planted, regions, ["region:1"], tmp_path)
    gone = whole.loc[whole["edit"] == "paste", "carrier"].iloc[0]
    images = tried.planted.samples["image"].replace(gone, str(tmp_path / "gone.png"))
    less = replace(tried.planted, samples=tried.planted.samples.assign(image=images))
    trials = try_all(less, regions, ["region:1"], tmp_path)
    assert 0 < len(trials) < len(whole)
    assert "gone.png" in caplog.text
