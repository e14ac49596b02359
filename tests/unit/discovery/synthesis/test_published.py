"""Published types are taken over whole, or skipped with a warning."""

import logging
from pathlib import Path

import pandas as pd
import pytest

from contracts import as_table
from spuriverse.benchmarks import Row
from spuriverse.discovery.synthesis import adopt_types
from spuriverse.problems import Problem
from spuriverse.tables import sample_id


def anchor(image: str) -> Row:
    return Row(0, image, "What?", ("cat", "dog"), 0, f"{image}.jpg", benchmark="aokvqa")


def samples(*images: str) -> pd.DataFrame:
    return pd.DataFrame({"sample_id": [sample_id("aokvqa", image, "What?") for image in images]})


@pytest.fixture
def png(tmp_path: Path) -> bytes:
    from PIL import Image

    path = tmp_path / "x.png"
    Image.new("RGB", (4, 4), "red").save(path)
    return path.read_bytes()


def test_every_anchor_becomes_a_type_with_its_group(tmp_path: Path, png: bytes) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    published = [(anchor("1"), {1: png, 2: png}), (anchor("2"), {1: png})]
    adopted = adopt_types(published, samples("1", "2"), folder, stored_as=Path("groups/images"))
    as_table(adopted.candidates, "candidates")
    as_table(adopted.groups, "groups")
    types = as_table(adopted.types, "types")
    assert types["attribute"].nunique() == len(types) == 2
    assert adopted.groups.groupby("candidate_id").size().tolist() == [2, 1]
    stored = {Path(path).name for path in adopted.groups["image"]}
    assert stored == {path.name for path in folder.iterdir()}
    assert set(adopted.groups["part"]) == {"fresh"}


def test_what_is_refused_or_broken_is_passed_over(
    tmp_path: Path, png: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    published = [
        (anchor("refused"), {1: png}),
        (anchor("broken"), {1: png[:20], 2: b"<html>"}),
        (anchor("half"), {1: png, 2: png[:20]}),
    ]
    with caplog.at_level(logging.WARNING):
        adopted = adopt_types(
            published, samples("broken", "half"), tmp_path, stored_as=Path("images")
        )
    assert adopted.types["sample_id"].tolist() == samples("half")["sample_id"].tolist()
    assert len(adopted.groups) == 1
    assert "has no whole image" in caplog.text


def test_nothing_to_take_over_is_said(tmp_path: Path, png: bytes) -> None:
    with pytest.raises(Problem, match="No published type can be used"):
        adopt_types([(anchor("1"), {1: png})], samples(), tmp_path, stored_as=tmp_path)
