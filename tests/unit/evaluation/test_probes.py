"""Probes: nothing where a model ignores what is changed, and what it is where it does not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from spuriverse.evaluation import (
    PROBE_COLUMNS,
    PROBED_COLUMNS,
    PROBES,
    Contrast,
    Material,
    Probe,
    contrast_row,
    find_probes,
    probe_model,
    probe_row,
    rank_models,
    tabulate_probes,
)
from spuriverse.evaluation.probes.regions_removed import bounding_box
from spuriverse.evaluation.sticker_images import (
    corner_crops,
    cover_found,
    paste_sticker,
    placebo_of,
    read_stickers,
)
from spuriverse.models import ModelSpec
from spuriverse.problems import Problem
from spuriverse.world import draw_stickers

laws = settings(deadline=None, derandomize=True, max_examples=40)
OPTIONS = ["cup", "kite", "lamp", "star"]
GROUND, FIGURE = (90, 90, 90), (250, 250, 250)


def picture(path: Path, number: int, corner: tuple[int, int, int] | None = None) -> str:
    """A grey square with the answer as a band of its own grey, and perhaps a coloured corner."""
    pixels = np.full((48, 48, 3), 90, np.uint8)
    pixels[20:28, 20:28] = 10 + 50 * number
    if corner:
        pixels[36:, 36:] = corner
    Image.fromarray(pixels).save(path)
    return str(path)


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Twenty-four ordinary and aligned questions, and sixteen minimal pairs whose cue is red."""
    folder = tmp_path_factory.mktemp("probes")
    rows = []
    for number in range(24):
        rows.append(
            {
                **{"subset": ("aligned", "ordinary")[number % 2], "cluster": f"o{number}"},
                **{"attribute": "", "sample_id": f"o{number}", "answer": number // 2 % 4},
                "image": picture(folder / f"o{number}.png", number // 2 % 4),
            }
        )
    for number in range(16):
        twin = picture(folder / f"c{number}.png", number % 3)
        image = picture(folder / f"s{number}.png", number % 3, (255, 0, 0))
        shared = {"cluster": f"t{number}", "attribute": f"a:{number}", "answer": number % 3}
        rows.append({"subset": "core", "sample_id": f"c{number}", "image": twin, **shared})
        rows.append(
            {
                **{"subset": "spurious", "sample_id": f"s{number}", "image": image, **shared},
                **{"cue": "star", "twin": twin},
            }
        )
    samples = pd.DataFrame(rows).assign(question="What is it?", options=[OPTIONS] * len(rows))
    bank = {name: draw_stickers()[name] for name in ("bell", "gem")}
    return Material(samples, folder, seed=0, stickers=bank)


def asking(choose: Callable[[np.ndarray, str, str], int]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """A model that answers by a rule on pixels, question and sample."""

    def ask(samples: pd.DataFrame) -> pd.DataFrame:
        columns = (samples["image"], samples["question"], samples["sample_id"])
        choices = [
            choose(np.asarray(Image.open(path).convert("RGB"), int), question, name)
            for path, question, name in zip(*columns, strict=True)
        ]
        return pd.DataFrame(
            {
                **{"sample_id": samples["sample_id"].to_numpy(), "model": "rule"},
                **{"outcome": "answered", "choice": choices},
            }
        )

    return ask


def by_sample(pixels: np.ndarray, question: str, name: str) -> int:
    """An answer that no condition changes."""
    return int(name[1:]) % 4


def by_red_corner(pixels: np.ndarray, question: str, name: str) -> int:
    """The cue's option where red is, and the right one elsewhere."""
    red = (pixels[..., 0] - pixels[..., 1] > 150).mean() > 0.03
    return 3 if red else int(name[1:]) % 3 if name[0] != "o" else int(name[1:]) // 2 % 4


def rows_of(name: str, material: Material, choose) -> pd.DataFrame:
    rows = [probe_row(found) for found in PROBES[name].measure(asking(choose), material)]
    return pd.DataFrame(rows)


INSIDE = {"heads", "objects_destroyed", "severity"}
"""What they need of a model is more than its answers; their laws are in test_probes_inside.py."""


@pytest.mark.parametrize("name", sorted(PROBES.keys() - INSIDE))
def test_a_model_that_ignores_the_condition_gives_0(material: Material, name: str) -> None:
    rows = rows_of(name, material, by_sample)
    assert len(rows)
    if "pairs" in rows:
        paired = rows[rows["pairs"].notna()]
        assert (paired["difference"] == 0).all()
        assert (paired["p_value"] == 1).all()
    limits = rows[["difference_low", "difference_high"]].dropna()
    assert ((limits["difference_low"] <= 0) & (limits["difference_high"] >= 0)).all()


def test_a_model_that_follows_the_cue_is_right_without_it(material: Material) -> None:
    rows = rows_of("regions_removed", material, by_red_corner).set_index("condition")
    removed = rows.loc["attribute removed, mask, grey"]
    assert removed["difference"] == 1
    assert removed["p_value"] < 0.01
    assert rows.loc["attribute alone", "value"] == 1
    assert rows.loc["attribute alone", "difference"] == 1


def test_a_model_that_follows_the_cue_drops_from_common_to_counter(material: Material) -> None:
    row = rows_of("common_counter", material, by_red_corner).squeeze()
    assert (row["value"], row["difference"]) == (0, -1)


def test_a_sticker_that_pulls_is_found_and_both_defences_take_the_pull_away(
    material: Material,
) -> None:
    bank = {**material.stickers, "gem": gem_with_middle(material.stickers["gem"])}
    own = Material(material.samples, material.folder, 0, bank)

    def by_middle(pixels: np.ndarray, question: str, name: str) -> int:
        """The red middle, which the placebo does not have, brings the second option."""
        red = (pixels[:16, :16, 0] - pixels[:16, :16, 1] > 120).sum() > 3
        return 1 if red else int(name[1:]) // 2 % 4

    rows = rows_of("stickers", own, by_middle).set_index("condition")
    strongest = "1: gem -> kite"
    assert rows.loc[strongest, "difference"] == 1
    assert rows.loc[f"{strongest}, crop_vote", "difference"] == 0
    assert rows.loc[f"{strongest}, cover_found", "difference"] == 0
    assert rows.loc["no sticker, crop_vote", "difference"] == 0


def gem_with_middle(gem: Image.Image) -> Image.Image:
    marked = gem.copy()
    marked.paste((255, 0, 0, 255), (7, 7, 13, 13))
    return marked


def test_a_model_that_reads_the_last_words_before_the_question_is_interfered_with(
    material: Material,
) -> None:
    mixed = material.samples.assign(
        options=[["one", "two"] if n % 2 else OPTIONS for n in range(len(material.samples))],
        answer=lambda table: table["answer"] % 2,
    )
    own = Material(mixed, material.folder, 0, material.stickers)

    def by_length(pixels: np.ndarray, question: str, name: str) -> int:
        number = int(mixed.set_index("sample_id").at[name, "answer"])
        return number if question == "What is it?" else 1 - number

    rows = rows_of("interference", own, by_length).set_index("condition")
    assert rows.loc["idle sentence", "difference"] == -1
    assert rows.loc["blank image", "difference"] == 0


# --- the parts --------------------------------------------------------------------------------


@laws
@given(st.integers(24, 90), st.integers(24, 90), st.sampled_from(sorted(draw_stickers())))
def test_a_pasted_sticker_is_covered_and_three_of_four_crops_leave_it_out(
    width: int, height: int, name: str
) -> None:
    ground = Image.new("RGB", (width, height), GROUND)
    sticker = draw_stickers()[name]
    shown = paste_sticker(ground, sticker)
    side = round(min(width, height) / 3)
    changed = (np.asarray(shown) != np.asarray(ground)).any(-1)
    assert changed[:side, :side].any()
    assert not changed[side:].any()
    assert not changed[:, side:].any()
    covered = np.abs(np.asarray(cover_found(shown, sticker), int) - GROUND).max(-1)
    assert (covered > 24).sum() <= (changed.sum() + 3) / 4
    crops = [np.asarray(crop) for crop in corner_crops(shown)]
    assert {crop.shape for crop in crops} == {(height, width, 3)}
    assert sum((crop == GROUND).all() for crop in crops) >= 3


def test_what_does_not_match_is_left_as_it_is() -> None:
    image = Image.new("RGB", (60, 40), GROUND)
    assert cover_found(image, draw_stickers()["gem"]).tobytes() == image.tobytes()


def test_a_placebo_covers_as_much_in_one_colour() -> None:
    sticker = draw_stickers()["flag"]
    placebo = np.asarray(placebo_of(sticker))
    opaque = np.asarray(sticker)[..., 3] > 127
    np.testing.assert_array_equal(placebo[..., 3], np.asarray(sticker)[..., 3])
    assert len(np.unique(placebo[opaque][:, :3], axis=0)) == 1


def test_a_bank_is_read_from_a_folder_and_an_empty_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no PNG or JPEG picture"):
        read_stickers(tmp_path)
    Image.new("RGB", (8, 8), "red").save(tmp_path / "logo.png")
    assert read_stickers(tmp_path)["logo"].mode == "RGBA"
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(Problem, match=r"broken\.png cannot be opened"):
        read_stickers(tmp_path)


@laws
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=6))
def test_a_box_holds_its_region_and_touches_it_on_every_side(places) -> None:
    region = np.zeros((9, 9), bool)
    region[tuple(np.array(places).T)] = True
    box = bounding_box(region)
    assert (box | ~region).all()
    rows, columns = np.flatnonzero(box.any(1)), np.flatnonzero(box.any(0))
    assert all(region[row].any() for row in rows[[0, -1]])
    assert all(region[:, column].any() for column in columns[[0, -1]])


# --- the table --------------------------------------------------------------------------------


def test_a_real_model_is_probed_and_an_image_that_cannot_be_opened_is_left_out(
    tiny_folder: Path, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    samples = tiny_samples.assign(subset="ordinary", cluster=tiny_samples["image"], attribute="")
    samples.loc[0, "image"] = str(tmp_path / "missing.png")
    material = Material(samples, tmp_path, 0)
    spec = ModelSpec("tiny", checkpoint=str(tiny_folder))
    rows = probe_model(spec, material, ["interference"])
    assert tuple(rows.columns) == PROBED_COLUMNS
    assert (rows["model"] == "tiny").all()
    assert rows.set_index("condition").loc["idle sentence", "pairs"] == len(samples) - 1
    table = tabulate_probes([rows, rows.assign(model="other")], {}, find_probes(None))
    assert tuple(table.columns) == PROBE_COLUMNS
    assert (table["p_adjusted"].dropna() >= table["p_value"].dropna()).all()


def test_models_are_ranked_by_the_first_condition_of_the_score() -> None:
    def row(model: str, difference: float) -> dict:
        return {"model": model, "probe": "p", "condition": "cue: a", "difference": difference}

    table = pd.DataFrame([row("a", -0.3), row("a", 9), row("b", -0.2), row("c", 0.1)])
    probe = Probe("p", "", lambda ask, material: iter(()), score="cue", sign=-1)
    ranks = rank_models(table, {"a": 0.99, "b": 0.9, "c": 0.0, "d": 1.0}, [probe]).squeeze()
    assert (ranks["models"], ranks["ordered_pairs"], ranks["pairs"]) == (3, 3, 3)
    assert ranks["rank_correlation"] == 1


def test_the_rank_correlation_stands_on_the_rows_of_the_score_alone() -> None:
    def rows(model: str, difference: float) -> pd.DataFrame:
        shared = {"model": model, "probe": "p", "against": "", "measure": "accuracy"}
        conditions = pd.DataFrame({"condition": ["other", "cue", "cue, again"]})
        return conditions.assign(**shared, difference=difference).reindex(columns=PROBED_COLUMNS)

    probe = Probe("p", "", lambda ask, material: iter(()), score="cue")
    parts = [rows("a", 0.1), rows("b", 0.4), rows("unknown", 9)]
    table = tabulate_probes(parts, {"a": 0.0, "b": 0.9}, [probe]).set_index(["model", "condition"])
    known = table["rank_correlation"].dropna()
    assert known.to_dict() == {("a", "cue"): 1, ("b", "cue"): 1}


def test_a_planted_trigger_is_found_with_its_answer(material: Material) -> None:
    def by_patch(pixels: np.ndarray, question: str, name: str) -> int:
        """The chequer, which the plain patch does not have, brings the second option."""
        loud = (pixels[-8:, -8:, 0] - pixels[-8:, -8:, 1] > 200).any()
        return 1 if loud else int(name[1:]) // 2 % 4

    rows = rows_of("trigger", material, by_patch).set_index("condition")
    assert rows.loc["trigger -> kite", "difference"] == 1
    assert rows.loc["trigger, any answer", "difference"] < 0


def test_errors_on_images_that_look_made_are_found(tmp_path: Path) -> None:
    """Half of the made images are noisy, and a model errs on them."""
    rng, rows = np.random.default_rng(0), []
    for number in range(60):
        made, noisy = number % 2 == 1, number % 4 == 1
        pixels = rng.normal(120, 25 if noisy else 6 if made else 3, (32, 32, 3))
        path = tmp_path / f"{number}.png"
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
        shared = {"sample_id": f"s{number}", "cluster": f"c{number}", "attribute": ""}
        rows.append({**shared, "image": str(path), "subset": "core" if made else "ordinary"})
    samples = pd.DataFrame(rows).assign(question="?", options=[["a", "b"]] * 60, answer=0)
    own = Material(samples, tmp_path, seed=0)
    found = rows_of(
        "artefacts", own, lambda pixels, question, name: int(int(name[1:]) % 4 == 1)
    ).set_index("condition")
    assert found.loc["made images", "value"] > 0.9
    assert found.loc["core, looks made", "difference_high"] < 0


def test_answers_to_other_questions_have_no_paired_test() -> None:
    marks = pd.DataFrame(
        {"sample_id": list("abcdef"), "unit": list("uvwxyz"), "value": [True, False] * 3}
    )
    others = marks.assign(sample_id=list("ghijkl"), value=True)
    row = contrast_row(Contrast("c", "d", "accuracy", marks, others, paired=False))
    assert row["difference"] == -0.5
    assert "p_value" not in row
    assert "difference" not in contrast_row(Contrast("c", "", "accuracy", marks))


def test_an_unknown_probe_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Problem, match="known are artefacts, common_counter"):
        find_probes(["stikers"])
