"""The confusion zone: ranks, what is kept, what is skipped, and how much is held at a time."""

import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from contracts import as_table
from spuriverse.benchmarks import read_classes
from spuriverse.problems import Problem
from spuriverse.spubench import collect_confusions, confusion
from spuriverse.spubench.confusion import rank_class

CLASSES = ("cat", "dog", "fox", "hen")


class Brightness:
    """Prefers the classes in an order that the first pixel's red value sets."""

    classes = CLASSES

    def scores(self, images: list[Image.Image]) -> np.ndarray:
        shift = [image.getpixel((0, 0))[0] for image in images]
        return np.array([[((i - s) % 4) / 10 for i in range(4)] for s in shift])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four classes with four images each; image number n is all of the red value n."""
    for name in CLASSES:
        (tmp_path / "images" / name).mkdir(parents=True)
        for number in range(4):
            image = Image.new("RGB", (4, 4), (number, 0, 0))
            image.save(tmp_path / "images" / name / f"{number}.png")
    return tmp_path / "images"


def collect(folder: Path, **changes):
    options = {"source": "mine", "min_rank": 2, "max_rank": 3, "batch_size": 3, **changes}
    return collect_confusions(folder, read_classes(folder), Brightness(), **options)


def test_only_ranks_from_k_to_l_are_kept_with_the_classes_above(folder: Path) -> None:
    found = collect(folder)
    assert found.ranks == {1: 4, 2: 4, 3: 4, 4: 4}
    table = as_table(found.table, "confusions")
    assert sorted(table["rank"].unique()) == [2, 3]
    assert len(table) == 8
    # Red value 0 ranks hen, fox, dog, cat.
    dog = table[(table["label"] == "dog") & table["image"].str.endswith("0.png")].iloc[0]
    assert (dog["rank"], dog["above"], dog["predicted"]) == (3, ["hen", "fox"], "hen")
    assert (table["rank"] == table["above"].str.len() + 1).all()
    zone = found.zone_table("mine", 2, 3)
    assert zone["kept"].tolist() == [False, True, True, False]
    assert zone["images"].unique().tolist() == [16]


@settings(deadline=None, derandomize=True)
@given(st.lists(st.integers(-3, 3), min_size=2, max_size=8), st.data())
def test_the_rank_counts_the_classes_that_the_right_one_does_not_beat(scores, data) -> None:
    right = data.draw(st.integers(0, len(scores) - 1))
    rank, above = rank_class(np.array(scores, dtype=float), right)
    others = [i for i in range(len(scores)) if i != right and scores[i] >= scores[right]]
    assert rank == len(others) + 1
    assert sorted(above) == others
    assert [scores[i] for i in above] == sorted((scores[i] for i in above), reverse=True)


def test_an_unreadable_image_is_named_skipped_and_counted(folder: Path, caplog) -> None:
    broken = folder / "dog" / "9.jpg"
    broken.write_bytes(b"\xff\xd8\xff no image")
    found = collect(folder)
    assert sum(found.ranks.values()) == 16
    table = as_table(found.unreadable_table, "unreadable")
    assert table["image"].tolist() == [str(broken)]
    assert str(broken) in caplog.text
    assert "1 of 17 images are skipped" in caplog.text


def test_a_source_of_unreadable_images_is_refused(tmp_path: Path) -> None:
    for name in CLASSES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").write_bytes(b"")
    with pytest.raises(Problem, match="None of the 4 images of the source mine can be opened"):
        collect(tmp_path)


def test_a_class_folder_without_an_image_is_named(folder: Path) -> None:
    (folder / "emu").mkdir()
    (folder / "emu" / "notes.txt").write_text("no image")
    with pytest.raises(Problem, match=r"The class folder .*emu has no image"):
        collect(folder)


def test_fewer_classes_than_l_are_refused(folder: Path) -> None:
    with pytest.raises(Problem, match="has only 4 classes, fewer than max_rank = 5"):
        collect(folder, max_rank=5)


def test_an_empty_zone_says_where_the_images_are(folder: Path, monkeypatch) -> None:
    one = np.tile(np.arange(4) / 10, (16, 1))
    monkeypatch.setattr(Brightness, "scores", lambda self, images: one[: len(images)] * 0)
    with pytest.raises(Problem, match=r"ranked from 2 to 3 \(most have rank 4\)"):
        collect(folder)


def test_no_more_than_two_batches_are_held_whatever_the_size(folder: Path, monkeypatch) -> None:
    """Counts images that are alive while the classifier works."""
    opened: list[weakref.ref] = []
    most = []
    opener = confusion.open_image

    def open_image(path, **options):
        image = opener(path, **options)
        opened.append(weakref.ref(image))
        return image

    class Watching(Brightness):
        def scores(self, images):
            most.append(sum(image() is not None for image in opened))
            return super().scores(images)

    monkeypatch.setattr(confusion, "open_image", open_image)
    classes = read_classes(folder)
    collect_confusions(
        folder, classes, Watching(), source="mine", min_rank=1, max_rank=4, batch_size=2
    )
    assert len(most) == 8
    # The batch at hand, the next one, and the one after it, which is being opened.
    assert max(most) <= 6


def test_two_classes_of_one_name_are_refused(folder: Path, tmp_path: Path) -> None:
    names = tmp_path / "names.json"
    names.write_text('{"cat": "pet", "dog": "pet"}')
    with pytest.raises(Problem, match=r"cat and dog .* are both called 'pet'"):
        read_classes(folder, names)
    names.write_text('{"cat": "house cat"}')
    assert list(read_classes(folder, names).values()) == ["house cat", "dog", "fox", "hen"]


def test_a_folder_without_classes_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="has no sub-folder"):
        read_classes(tmp_path)
    with pytest.raises(Problem, match="There is no folder of images"):
        read_classes(tmp_path / "none")


# --- photographs, and what lies beside them -----------------------------------------------------


def test_every_suffix_that_is_decoded_is_read_and_others_are_counted(folder: Path, caplog) -> None:
    for suffix, form in ((".TIFF", "TIFF"), (".jfif", "JPEG"), (".avif", "AVIF"), (".ppm", "PPM")):
        Image.new("RGB", (4, 4)).save(folder / "cat" / f"more{suffix}", format=form)
    (folder / "cat" / "a.heic").write_bytes(b"x")
    for name in ("a.txt", "b.txt"):
        (folder / "dog" / name).write_text("a note")
    found = collect(folder)
    assert sum(found.ranks.values()) == 20
    assert "3 files are skipped" in caplog.text
    assert "(.txt 2, .heic 1)" in caplog.text


def test_a_photograph_is_ranked_upright(folder: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    image = Image.new("RGB", (64, 64), (3, 0, 0))
    image.paste((0, 0, 0), (0, 0, 32, 32))
    image.save(folder / "cat" / "9.png", exif=exif)
    found = collect(folder, min_rank=1, max_rank=4).table
    row = found[found["image"].str.endswith("9.png")].iloc[0]
    # Upright, the first pixel's red value is 3, which ranks the cat above all.
    assert row["above"] == classes_above_the_cat(3)


def classes_above_the_cat(shift: int) -> list[str]:
    """Return the classes above cat, the best first."""
    scores = {name: (i - shift) % 4 for i, name in enumerate(CLASSES)}
    above = [name for name in CLASSES if scores[name] > scores["cat"]]
    return sorted(above, key=lambda name: -scores[name])


PEAK = """
import resource, sys
from pathlib import Path
import numpy as np
from spuriverse.benchmarks import read_classes
from spuriverse.spubench import collect_confusions


class Blank:
    classes = ("a", "b", "c")
    side = 224

    def scores(self, images):
        assert all(min(image.size) == 224 for image in images)
        return np.tile([0.1, 0.2, 0.3], (len(images), 1))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    classes = read_classes(folder)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    collect_confusions(
        folder, classes, Blank(), source="mine", min_rank=1, max_rank=3, batch_size=16
    )
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_memory_is_bounded_by_the_batch_at_the_size_of_the_model(tmp_path: Path) -> None:
    """Of 48 photographs of 12 megapixels, 36 MB each once decoded, few are held at full size."""
    photograph = Image.effect_noise((1000, 750), 60).resize((4000, 3000)).convert("RGB")
    for name in "abc":
        (tmp_path / "images" / name).mkdir(parents=True)
    first = tmp_path / "images" / "a" / "00.jpg"
    photograph.save(first, quality=80)
    for number in range(1, 48):
        (tmp_path / "images" / "abc"[number % 3] / f"{number:02}.jpg").hardlink_to(first)
    script = tmp_path / "peak.py"
    script.write_text(PEAK)
    done = subprocess.run(
        [sys.executable, script, tmp_path / "images"], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 120  # MB; three batches at full size are 1,700
