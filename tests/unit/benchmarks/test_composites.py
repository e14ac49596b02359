"""Composites: every cut-out on every background and on grey, at the same place."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cut_outs import CLASSES, save_cutout, save_folders, save_ground
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from contracts import as_table
from spuriverse.benchmarks import (
    DRAWN,
    PLAIN,
    Composing,
    Cutout,
    Folders,
    Placement,
    check_parts,
    find_parts,
    lay,
    make_composites_benchmark,
    read_cutout,
)
from spuriverse.benchmarks.composites import Composites
from spuriverse.problems import Problem

SIDE = 48


def composing(**changes: object) -> Composing:
    settings = {
        "question": "What is shown?",
        "options": 26,
        "distractors": ["crane"],
        "side": SIDE,
        "sizes": (0.4, 0.6),
        "cutouts_per_class": 2,
        "backgrounds_per_kind": 3,
        "seed": 0,
    }
    return Composing(**(settings | changes))  # type: ignore[arg-type]


def parts_in(folder: Path, **changes: object) -> pd.DataFrame:
    cutouts, backgrounds = folder / "cutouts", folder / "backgrounds"
    named = {"cutouts": str(cutouts), "backgrounds": str(backgrounds)} | changes
    return find_parts(Folders(**named), refused_at_most=0.0)  # type: ignore[arg-type]


def made_of(folder: Path, into: Path, **changes: object) -> Composites:
    into.mkdir()
    return make_composites_benchmark(into, parts_in(folder), composing(**changes))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    save_folders(folder)
    return folder


@pytest.fixture(scope="module")
def made(folders: Path, tmp_path_factory: pytest.TempPathFactory) -> Composites:
    return made_of(folders, tmp_path_factory.mktemp("made") / "images")


# --- the benchmark ----------------------------------------------------------------------------


def test_the_tables_are_tables(made: Composites, folders: Path) -> None:
    as_table(made.samples, "samples")
    as_table(made.design, "composites")
    as_table(parts_in(folders), "composite_parts")
    assert list(made.samples["sample_id"]) == list(made.design["sample_id"])


def test_every_cut_out_lies_on_every_background_and_as_often_on_grey(made: Composites) -> None:
    counts = made.design.groupby(["cutout", "background"])["slot"].agg(list)
    assert len(counts) == 6 * 3
    assert all(sorted(slots) == [0, 1, 2] for slots in counts)
    kinds = made.samples["attributes"].map(lambda attributes: attributes[0])
    assert set(kinds) == {f"background:{kind}" for kind in (PLAIN, "sea", "wood")}


def test_pictures_of_a_cut_out_and_slot_differ_in_the_background_alone(made: Composites) -> None:
    both = made.samples.merge(made.design, on="sample_id")
    for _, pair in both.groupby(["cutout", "slot"]):
        assert len(pair[["size", "left", "top"]].drop_duplicates()) == 1
        assert pair["options"].map(tuple).nunique() == 1
        assert pair["background"].nunique() == 3
    assert both["size"].between(0.4, 0.6).all()
    assert both["left"].nunique() == 6 * 3


def test_the_right_class_is_offered_among_the_others(made: Composites) -> None:
    right = [o[a] for o, a in zip(made.samples["options"], made.samples["answer"], strict=True)]
    assert right == list(made.design["class"])
    assert all(set(options) == {*CLASSES, "crane"} for options in made.samples["options"])


def test_no_more_options_are_offered_than_asked_for(folders: Path, tmp_path: Path) -> None:
    few = made_of(folders, tmp_path / "images", options=2).samples
    assert set(few["options"].map(len)) == {2}


def test_the_seed_settles_everything(folders: Path, tmp_path: Path, made: Composites) -> None:
    same = made_of(folders, tmp_path / "same")
    other = made_of(folders, tmp_path / "other", seed=1)
    pd.testing.assert_frame_equal(same.design, made.design)
    for first, second in zip(same.samples["image"], made.samples["image"], strict=True):
        assert Path(first).read_bytes() == Path(second).read_bytes()
    assert not same.design["left"].equals(other.design["left"])


def test_a_further_cut_out_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    save_folders(tmp_path, per_class=1)
    before = made_of(tmp_path, tmp_path / "before", cutouts_per_class=9)
    save_cutout(tmp_path / "cutouts" / "wolf" / "z.png")
    after = made_of(tmp_path, tmp_path / "after", cutouts_per_class=9)
    kept = after.design[after.design["cutout"] != "wolf/z.png"]
    pd.testing.assert_frame_equal(before.design, kept.reset_index(drop=True))


def test_a_file_per_class_is_named_as_its_class(tmp_path: Path) -> None:
    for name in ("killer_whale", "tabby"):
        save_cutout(tmp_path / "cutouts" / f"{name}.png")
    found = find_parts(
        Folders(str(tmp_path / "cutouts"), drawn=["stripes"], drawn_per_kind=2), refused_at_most=0
    )
    assert list(found.loc[found["part"] == "cutout", "group"]) == ["killer whale", "tabby"]
    assert list(found.loc[found["part"] == "background", "name"]) == ["stripes/0", "stripes/1"]


def test_a_table_names_files_and_classes(tmp_path: Path) -> None:
    save_folders(tmp_path)
    table = tmp_path / "classes.csv"
    table.write_text("file,class\nwolf/0.png,grey wolf\ntabby/1.png,tiger cat\n", encoding="utf-8")
    found = parts_in(tmp_path, classes=str(table))
    cutouts = found[found["part"] == "cutout"]
    assert dict(zip(cutouts["name"], cutouts["group"], strict=True)) == {
        "tabby/1.png": "tiger cat",
        "wolf/0.png": "grey wolf",
    }


@pytest.mark.parametrize("kind", [PLAIN, *DRAWN])
def test_drawn_backgrounds_of_a_kind_differ(kind: str, tmp_path: Path) -> None:
    save_folders(tmp_path, per_class=1)
    drawn = [kind] if kind != PLAIN else ["blue"]
    folders = Folders(str(tmp_path / "cutouts"), drawn=drawn, drawn_per_kind=2)
    (tmp_path / "images").mkdir()
    parts = find_parts(folders, refused_at_most=0)
    samples = make_composites_benchmark(tmp_path / "images", parts, composing()).samples
    shown = samples[samples["category"] == kind].iloc[:2]
    first, second = (np.asarray(Image.open(path)).astype(int) for path in shown["image"])
    corner = np.s_[:4, :4]
    assert np.abs(first[corner] - second[corner]).max() > 0


# --- laying -----------------------------------------------------------------------------------

PARTS = st.tuples(st.integers(1, 300), st.integers(1, 300))
SHARES = st.floats(0, 1)


@given(size=PARTS, share=st.floats(0.01, 1), left=SHARES, top=SHARES)
def test_a_cut_out_of_any_size_is_scaled_to_lie_inside(
    size: tuple[int, int], share: float, left: float, top: float
) -> None:
    """One larger than the picture is neither cropped nor refused."""
    whole = Cutout(Image.new("RGB", size, "red"), Image.new("L", size, 255))
    laid = np.asarray(lay(whole, Image.new("RGB", (64, 64), "blue"), Placement(share, left, top)))
    red = (laid == (255, 0, 0)).all(axis=-1)
    assert ((laid == (0, 0, 255)).all(axis=-1) | red).all()
    longer = max(red.any(axis=0).sum(), red.any(axis=1).sum())
    assert longer == max(1, round(share * 64))


def test_what_is_half_transparent_lets_half_through(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    picture.paste((255, 0, 0, 255), (10, 10, 30, 20))
    picture.paste((255, 0, 0, 128), (10, 20, 30, 30))
    picture.save(tmp_path / "half.png")
    cutout = read_cutout(tmp_path / "half.png")
    assert cutout.opacity.size == (20, 20)
    laid = lay(cutout, Image.new("RGB", (20, 20), "blue"), Placement(1.0, 0.5, 0.5))
    assert laid.getpixel((10, 4)) == (255, 0, 0)
    assert np.allclose(laid.getpixel((10, 15)), (128, 0, 127), atol=2)


# --- bad input --------------------------------------------------------------------------------


def test_a_cut_out_without_transparency_is_refused(tmp_path: Path) -> None:
    save_folders(tmp_path)
    Image.new("RGB", (50, 50), "red").save(tmp_path / "cutouts" / "wolf" / "photo.png")
    with pytest.raises(Problem, match=r"1 of 7 cut-outs .*photo\.png has no transparency"):
        parts_in(tmp_path)


def test_an_empty_cut_out_is_refused(tmp_path: Path) -> None:
    save_folders(tmp_path)
    Image.new("RGBA", (50, 50)).save(tmp_path / "cutouts" / "wolf" / "none.png")
    with pytest.raises(Problem, match="shows nothing"):
        parts_in(tmp_path)


@pytest.mark.parametrize("place", ["cutouts/wolf/torn.png", "backgrounds/sea/torn.png"])
def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path, place: str) -> None:
    save_folders(tmp_path)
    (tmp_path / place).write_bytes((tmp_path / place).with_name("0.png").read_bytes()[:80])
    with pytest.raises(Problem, match=r"1 of 7 .*torn\.png is not a complete"):
        parts_in(tmp_path)


def test_a_few_bad_files_are_left_out_if_that_is_allowed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    save_folders(tmp_path)
    (tmp_path / "cutouts" / "wolf" / "torn.png").write_bytes(b"no image")
    folders = Folders(str(tmp_path / "cutouts"), drawn=["blue"])
    parts = find_parts(folders, refused_at_most=0.2)
    assert list(parts.loc[~parts["kept"], "name"]) == ["wolf/torn.png"]
    assert "torn.png" in caplog.text


def test_one_class_leaves_nothing_to_choose_from(tmp_path: Path) -> None:
    save_cutout(tmp_path / "cutouts" / "wolf.png")
    save_ground(tmp_path / "backgrounds" / "sea" / "0.png", 0)
    (tmp_path / "images").mkdir()
    with pytest.raises(Problem, match="show one class, wolf"):
        make_composites_benchmark(
            tmp_path / "images", parts_in(tmp_path), composing(distractors=[])
        )


def test_no_backgrounds_are_a_problem(tmp_path: Path) -> None:
    save_cutout(tmp_path / "cutouts" / "wolf.png")
    (tmp_path / "backgrounds").mkdir()
    with pytest.raises(Problem, match="There are no backgrounds in"):
        parts_in(tmp_path)
    with pytest.raises(Problem, match="There is no folder of backgrounds"):
        parts_in(tmp_path, backgrounds=str(tmp_path / "none"))


def test_no_cut_outs_are_a_problem(tmp_path: Path) -> None:
    (tmp_path / "cutouts").mkdir()
    save_ground(tmp_path / "backgrounds" / "sea" / "0.png", 0)
    with pytest.raises(Problem, match="There are no cut-outs in"):
        parts_in(tmp_path)


def test_a_kind_may_not_be_called_as_one_that_is_drawn(tmp_path: Path) -> None:
    save_folders(tmp_path)
    save_ground(tmp_path / "backgrounds" / PLAIN / "0.png", 0)
    with pytest.raises(Problem, match="has the name of one that is drawn"):
        parts_in(tmp_path)


def test_a_file_that_a_table_names_must_be_there(tmp_path: Path) -> None:
    save_folders(tmp_path)
    table = tmp_path / "classes.csv"
    table.write_text("file,class\nlost.png,wolf\n", encoding="utf-8")
    with pytest.raises(Problem, match=r"There is no image at .*lost\.png"):
        parts_in(tmp_path, classes=str(table))


def test_a_file_has_one_class(tmp_path: Path) -> None:
    save_folders(tmp_path)
    table = tmp_path / "classes.csv"
    table.write_text("file,class\nwolf/0.png,wolf\nwolf/0.png,dog\n", encoding="utf-8")
    with pytest.raises(Problem, match=r"gives wolf/0\.png more than one class"):
        parts_in(tmp_path, classes=str(table))


# --- checking ---------------------------------------------------------------------------------

SEES = {"looks": "wolf"}


def check(parts: pd.DataFrame, chances: object) -> pd.DataFrame:
    limits = {"recognised": 0.4, "shown_at_most": 0.2}
    looks = {"side": SIDE, "sizes": (0.4, 0.6), "seed": 0}
    return check_parts(parts, chances, **looks, **limits)  # type: ignore[arg-type]


def test_what_the_classifier_does_not_recognise_or_sees_in_a_background_is_left_out(
    folders: Path,
) -> None:
    def chances(images: list[Image.Image], classes: list[str]) -> np.ndarray:
        """Blue things are wolves, and so is what is dark; everything else is a daisy."""
        tones = [np.asarray(image, dtype=float) for image in images]
        wolf = [(t[..., 2] - t[..., 0]).max() > 60 or t.mean() < 40 for t in tones]
        rows = [[0.9 * (not w), 0.0, 0.9 * w] for w in wolf]
        assert classes == ["daisy", "tabby", "wolf"]
        return np.array(rows)

    checked = check(parts_in(folders), chances)
    cutouts = checked[checked["part"] == "cutout"]
    assert set(cutouts.loc[cutouts["kept"], "group"]) == {"daisy", "wolf"}
    assert "to be its class" in cutouts.loc[~cutouts["kept"], "reason"].iloc[0]
    grounds = checked[checked["part"] == "background"]
    assert not grounds["kept"].any()
    assert grounds["reason"].str.contains("alone it shows").all()
    as_table(checked, "composite_parts")
