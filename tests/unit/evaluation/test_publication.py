"""Verified types as a data set: what `datasets` opens is what was found."""

import hashlib
import json
import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pandas as pd
import pyarrow.parquet as parquet
import pytest
import yaml
from PIL import Image

from spuriverse.evaluation import Card, Found, export_dataset
from spuriverse.problems import Problem
from spuriverse.tables import SCHEMAS

CARD = Card(
    name="mine",
    source_model="gpt <img src=x>",
    benchmarks=("zoo",),
    verified_by=("looker",),
    threshold=0.3,
    version="0.1",
)
TABLES = ("anchors", "groups", "verdicts", "splits")


def rows_of(name: str, rows: list[dict]) -> pd.DataFrame:
    """A table of the workflow with what a test does not care about left at a harmless value."""
    harmless = {
        "test": "fisher",
        "acc_core": None,
        "acc_spurious": None,
        **dict.fromkeys(
            ("gap", "gap_low", "gap_high", "fresh_gap", "fresh_low", "fresh_high"), 0.5
        ),
        **dict.fromkeys(("n_core", "n_spurious", "fresh_n", "seed", "answer"), 0),
        **dict.fromkeys(("kept_paper", "kept_corrected", "kept"), True),
        **dict.fromkeys(("p_value", "q_value"), 0.01),
        "options": ["a cat", "a dog"],
        "attributes": [],
    }
    columns = list(SCHEMAS[name].columns)
    filled = [{c: row.get(c, harmless.get(c, "x")) for c in columns} for row in rows]
    return pd.DataFrame(filled, columns=columns)


@pytest.fixture
def found(tmp_path: Path) -> Found:
    """Two candidates of which one is a type, each with an image of its own."""
    for name in ("anchor", "with", "without"):
        Image.new("RGB", (5, 4), (len(name), 0, 0)).save(tmp_path / f"{name}.png")
    path = {name: str(tmp_path / f"{name}.png") for name in ("anchor", "with", "without")}
    samples = [
        {"sample_id": f"s-{n}", "image": path["anchor"], "question": f"{n}?", "answer": 1}
        for n in (1, 2)
    ]
    groups = [
        {"candidate_id": c, "group": g, "part": "fresh", "seed": 3, "image": path[image]}
        for c in ("c-1", "c-2")
        for g, image in (("spurious", "with"), ("core", "without"))
    ]
    verdicts = [{"candidate_id": c, "model": "looker", "kept": c == "c-1"} for c in ("c-1", "c-2")]
    a_type = {"type_id": "t-1", "sample_id": "s-1", "candidate_id": "c-1", "kind": "ground"}
    return Found(
        types=rows_of("types", [{**a_type, "attribute": "ground:sand | *dry*"}]),
        samples=rows_of("samples", samples),
        groups=rows_of("groups", groups),
        splits=rows_of("splits", [{"seed": 7, "type_id": "t-1", "part": "test"}]),
        verification=rows_of("verification", verdicts),
    )


def test_the_library_of_the_hub_opens_it(
    found: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets = pytest.importorskip("datasets", reason="the library datasets is not installed")
    export_dataset(found, tmp_path / "dataset", CARD)
    opened = {
        name: datasets.load_dataset(
            str(tmp_path / "dataset"), name, split="test", cache_dir=str(tmp_path / "cache")
        )
        for name in TABLES
    }
    assert {name: len(rows) for name, rows in opened.items()} == {
        "anchors": 1,
        "groups": 2,
        "verdicts": 1,
        "splits": 1,
    }
    anchor = opened["anchors"][0]
    assert anchor["image"].size == (5, 4) and anchor["image"].getpixel((0, 0)) == (6, 0, 0)
    assert anchor["options"] == ["a cat", "a dog"] and anchor["answer"] == 1
    shown = {row["group"]: row["image"].getpixel((0, 0)) for row in opened["groups"]}
    assert shown == {"spurious": (4, 0, 0), "core": (7, 0, 0)}
    assert {row["question"] for row in opened["groups"]} == {"1?"}
    assert opened["verdicts"][0]["kept"] and opened["verdicts"][0]["acc_core"] is None
    assert opened["splits"][0] == {"type_id": "t-1", "seed": 7, "part": "test"}


def test_images_are_in_the_files_as_they_are(found: Found, tmp_path: Path) -> None:
    export_dataset(found, tmp_path / "dataset", CARD)
    table = parquet.read_table(tmp_path / "dataset" / "data" / "anchors.parquet")
    image = table["image"][0].as_py()
    assert image["bytes"] == (tmp_path / "anchor.png").read_bytes()
    assert Image.open(BytesIO(image["bytes"])).size == (5, 4)
    assert image["path"] == "anchor.png"
    assert b'"Image"' in table.schema.metadata[b"huggingface"]


def test_the_metadata_names_every_file_and_column(found: Found, tmp_path: Path) -> None:
    export_dataset(found, tmp_path / "dataset", CARD)
    described = json.loads((tmp_path / "dataset" / "croissant.json").read_text())
    assert described["conformsTo"].endswith("croissant/1.0")
    assert "license" not in described
    for file in described["distribution"]:
        content = (tmp_path / "dataset" / file["contentUrl"]).read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
    for records in described["recordSet"]:
        table = parquet.read_table(tmp_path / "dataset" / "data" / f"{records['name']}.parquet")
        named = [field["source"]["extract"]["column"] for field in records["field"]]
        assert named == table.column_names


def test_the_card_says_what_is_in_it_and_shows_texts_of_others_as_text(
    found: Found, tmp_path: Path
) -> None:
    export_dataset(found, tmp_path / "dataset", CARD)
    _, header, page = (tmp_path / "dataset" / "README.md").read_text().split("---\n", 2)
    read = yaml.safe_load(header)
    assert [config["config_name"] for config in read["configs"]] == list(TABLES)
    assert read["license"] == "unknown"
    assert "under the licences of these" in page
    assert "<img" not in re.sub(r"\\<", "", page)
    ours = replace(CARD, benchmarks=("world",))
    export_dataset(found, tmp_path / "dataset", ours)
    assert "\nlicense: mit\n" in (tmp_path / "dataset" / "README.md").read_text()


def test_types_that_others_published_come_without_verdicts(found: Found, tmp_path: Path) -> None:
    export_dataset(replace(found, verification=None), tmp_path / "dataset", CARD)
    assert parquet.read_table(tmp_path / "dataset" / "data" / "verdicts.parquet").num_rows == 0


@pytest.mark.parametrize("lacks", ["type", "image", "sample"])
def test_what_cannot_be_published_leaves_nothing(found: Found, tmp_path: Path, lacks: str) -> None:
    if lacks == "type":
        found = replace(found, types=found.types.iloc[:0])
    elif lacks == "image":
        (tmp_path / "with.png").unlink()
    else:
        found = replace(found, samples=found.samples.iloc[1:])
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset" / "old").touch()
    with pytest.raises(Problem, match=r"No type was verified|with\.png cannot|lack the anchors"):
        export_dataset(found, tmp_path / "dataset", CARD)
    assert [path.name for path in (tmp_path / "dataset").iterdir()] == ["old"]
