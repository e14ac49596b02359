"""Kept images are whole or absent, whatever happens to the process or the disk."""

import json
from pathlib import Path

import pytest

from spuriverse.discovery.synthesis.kept import KeptImages
from spuriverse.problems import Problem

KEY = "ab" * 32


def test_an_image_comes_back_with_its_record(tmp_path: Path, encode_noise) -> None:
    kept = KeptImages(tmp_path / "images")
    assert kept.get(KEY) is None
    content = encode_noise(0)
    kept.put(KEY, content, {"prompt": "ein Schlüssel", "seed": 7})
    found = KeptImages(tmp_path / "images").get(KEY)
    assert found is not None
    assert found.content == content
    assert (found.record["prompt"], found.record["seed"]) == ("ein Schlüssel", 7)


@pytest.mark.parametrize("damage", ["cut", "gone", "no record", "half a record"])
def test_what_is_not_whole_does_not_count(tmp_path: Path, encode_noise, damage: str) -> None:
    kept = KeptImages(tmp_path)
    kept.put(KEY, encode_noise(0), {})
    image, record = tmp_path / "ab" / f"{KEY}.png", tmp_path / "ab" / f"{KEY}.json"
    if damage == "cut":
        image.write_bytes(image.read_bytes()[:100])
    elif damage == "gone":
        image.unlink()
    elif damage == "no record":
        record.unlink()
    else:
        record.write_text(record.read_text()[:20])
    assert kept.get(KEY) is None
    kept.put(KEY, encode_noise(1), {})
    found = kept.get(KEY)
    assert found is not None
    assert found.content == encode_noise(1)


def test_a_full_disk_is_a_sentence_and_leaves_nothing_half_written(
    small_disk: Path, encode_noise
) -> None:
    kept = KeptImages(small_disk)
    kept.put("cd" * 32, encode_noise(1), {})
    with pytest.raises(Problem, match="the disk is full; free some space"):
        kept.put(KEY, encode_noise(0, 400, 400), {})
    names = sorted(path.name for path in small_disk.rglob("*") if path.is_file())
    assert names == [f"{'cd' * 32}.json", f"{'cd' * 32}.png"]
    assert kept.get(KEY) is None


def test_where_there_is_hardly_any_room_nothing_is_asked_for(small_disk: Path) -> None:
    with pytest.raises(Problem, match=r"Cannot keep images in .* because the disk is full"):
        KeptImages(small_disk / "images").require_room()


def test_the_record_can_be_read_by_people(tmp_path: Path, encode_noise) -> None:
    kept = KeptImages(tmp_path)
    sha256 = kept.put(KEY, encode_noise(0), {"prompt": "a key"})
    said = json.loads((tmp_path / "ab" / f"{KEY}.json").read_text())
    assert said == {"file": f"{KEY}.png", "sha256": sha256, "prompt": "a key"}
