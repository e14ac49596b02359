"""Suspicions tried: the planted patch moves the answer, its placebo does not; the page says so."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from planted import LEFT, PATCH, RED, SIDE, TOP, WRONG, Planted, plant

from contracts import as_table
from spuriverse.discovery.curation import Annotated, annotate_with_regions, measure_colours
from spuriverse.discovery.suspicions import (
    GRADES,
    SHORTCUT_COLUMNS,
    Extent,
    compare_natural_pairs,
    list_tried,
    make_trials,
    measure_presence,
    name_by_words,
    read_shortcuts,
    weigh_suspicions,
)
from spuriverse.report.pages import render_shortcuts
from spuriverse.tables import empty_table, write_csv

EXTENT = Extent(pictures=12, fresh=6, covered=12, side=512)
BOX = (LEFT / SIDE, TOP / SIDE, (LEFT + PATCH) / SIDE, (TOP + PATCH) / SIDE)


@dataclass(frozen=True)
class Tried:
    planted: Planted
    found: Annotated
    trials: pd.DataFrame
    responses: pd.DataFrame

    def weighed(self, **changes: object) -> pd.DataFrame:
        regions = self.found.regions
        natural = compare_natural_pairs(
            self.planted.samples, self.planted.responses, regions, share=0.25
        )
        given = {"trials": self.trials, "responses": self.responses, **changes}
        return weigh_suspicions(
            self.found.proposals,
            regions,
            given["trials"],
            given["responses"],
            natural,
            false_discovery_rate=0.05,
        )


def follow_the_patch(trials: pd.DataFrame) -> pd.DataFrame:
    """A model that sees the patch by its colour and is right otherwise."""
    choices = []
    for trial in trials.itertuples():
        pixels = np.asarray(Image.open(trial.image).convert("RGB")).astype(int)
        reds = (np.abs(pixels - RED).max(axis=-1) < 40).mean()
        shown = reds > 0.4 * (PATCH / SIDE) ** 2 and WRONG in trial.options
        choices.append(trial.options.index(WRONG) if shown else trial.answer)
    return pd.DataFrame(
        {"sample_id": trials["sample_id"], "choice": pd.array(choices, dtype="Int64")}
    )


def try_all(planted: Planted, regions: pd.DataFrame, attributes: list[str], folder: Path, **more):
    settings = {"extent": EXTENT, "feather": 0.1, "fill": "blur", "seed": 0, **more}
    return make_trials(
        planted.samples,
        planted.responses,
        regions,
        attributes,
        folder,
        stored_as=folder,
        **settings,
    )


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    planted = plant(tmp_path_factory.mktemp("pictures"))
    found = annotate_with_regions(
        planted.samples,
        planted.responses,
        planted.errors,
        measure_colours,
        sizes=[0.25],
        clusters=12,
        overlap=0.3,
        exemplars=5,
        false_discovery_rate=0.05,
        minimum_effect=0.2,
        anchors_per_attribute=3,
        seed=0,
    )
    attributes = list_tried(found.proposals, 3)
    trials = try_all(planted, found.regions, attributes, tmp_path_factory.mktemp("edited"))
    return Tried(planted, found, trials, follow_the_patch(trials))


def patch_regions(planted: Planted, box: tuple[float, ...] = BOX, wrong: str = WRONG):
    misled = planted.errors.loc[planted.errors["predicted"] == WRONG, "image"]
    exemplars = [image for image in misled if image in planted.patched][:3]
    rows = [
        {
            "attribute": "region:1",
            "wrong": wrong,
            "image": image,
            "exemplar": exemplars.index(image) + 1 if image in exemplars else 0,
            "share": 1.0,
            "size": box[2] - box[0],
            "distance": 0.0,
            **dict(zip(("left", "top", "right", "bottom"), box, strict=True)),
        }
        for image in sorted(planted.patched)
    ]
    return pd.DataFrame(rows)


# --- what is tried ----------------------------------------------------------------------------


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


# --- what is known ----------------------------------------------------------------------------


def test_the_planted_patch_has_the_strongest_evidence(tried: Tried) -> None:
    table = tried.weighed()
    assert tuple(table.columns) == SHORTCUT_COLUMNS
    first = table.iloc[0]
    assert first["wrong"] == WRONG
    assert first["evidence"] == next(iter(GRADES))
    assert first["paste_rate"] > 0.9 > 0.1 > first["paste_control"]
    assert first["paste_low"] > 0.3 and first["paste_q"] < 0.05
    assert first["fresh_difference"] > 0.8
    assert first["cover_rate"] < 0.1 < 0.9 < first["cover_control"]
    assert first["low"] < first["difference"] < first["high"]
    assert first["natural_least"] > first["natural_most"]
    assert first["next"].endswith(".")


def test_a_model_that_edits_do_not_move_confirms_nothing(tried: Tried) -> None:
    right = tried.responses.assign(
        choice=pd.array(tried.trials["answer"].to_numpy(), dtype="Int64")
    )
    table = tried.weighed(responses=right)
    assert set(table["evidence"]) <= {"not confirmed", "association"}
    assert table["evidence"].iloc[0] != "pasting"


def test_without_trials_there_is_association_alone(tried: Tried) -> None:
    table = tried.weighed(trials=empty_table("trials"), responses=empty_table("responses"))
    assert set(table["evidence"]) == {"association"}
    assert (table["paste_n"] == 0).all() and table["paste_q"].isna().all()


def test_what_may_be_chance_and_was_not_tried_is_not_confirmed(tried: Tried) -> None:
    unsure = tried.found.proposals.assign(q_value=0.4)
    found = replace(tried, found=replace(tried.found, proposals=unsure))
    nothing = found.weighed(trials=empty_table("trials"), responses=empty_table("responses"))
    assert set(nothing["evidence"]) == {"not confirmed"}
    assert found.weighed()["evidence"].iloc[0] == next(iter(GRADES))


def test_the_table_says_what_was_pasted(tried: Tried) -> None:
    table = tried.weighed()
    assert table["pasted"].iloc[0] == "region"
    assert set(table["pasted"]) <= {"region", "surroundings", ""}
    nothing = tried.weighed(trials=empty_table("trials"), responses=empty_table("responses"))
    assert set(nothing["pasted"]) == {""}


def test_what_is_pasted_was_not_chosen_by_its_answers(tried: Tried, tmp_path: Path) -> None:
    """Pictures that show the region and were answered rightly are pasted from as well."""
    trials = try_all(tried.planted, patch_regions(tried.planted), ["region:1"], tmp_path)
    given = trials[(trials["edit"] == "paste") & (trials["arm"] == "region")]["given"]
    assert set(given) - set(tried.planted.errors["image"])
    shows = {
        sample.image
        for sample in tried.planted.samples.itertuples()
        if sample.options[sample.answer] == WRONG
    }
    assert not set(given) & shows


def test_answers_that_are_missing_leave_their_pair_out(tried: Tried) -> None:
    choices = tried.responses["choice"].copy()
    choices.iloc[0] = pd.NA
    table = tried.weighed(responses=tried.responses.assign(choice=choices))
    counts = [t["paste_n"].sum() + t["fresh_n"].sum() for t in (table, tried.weighed())]
    assert counts[0] == counts[1] - 1


def test_the_file_gives_back_the_table(tried: Tried, tmp_path: Path) -> None:
    table = tried.weighed().assign(wrong="None")
    write_csv(table, tmp_path / "shortcuts.csv", SHORTCUT_COLUMNS)
    again = read_shortcuts(tmp_path / "shortcuts.csv")
    assert (again["wrong"] == "None").all()
    np.testing.assert_allclose(again["paste_difference"], table["paste_difference"], atol=1e-6)


def test_nothing_suspected_is_an_empty_table_and_a_page() -> None:
    nothing = {name: empty_table(name) for name in ("proposals", "regions", "trials", "responses")}
    natural = compare_natural_pairs(
        empty_table("samples"), empty_table("responses"), nothing["regions"], share=0.25
    )
    table = weigh_suspicions(*nothing.values(), natural, false_discovery_rate=0.05)
    assert table.empty and tuple(table.columns) == SHORTCUT_COLUMNS
    answers = empty_table("samples"), empty_table("responses")
    asked = nothing["trials"], nothing["responses"]
    page = render_shortcuts(
        table, nothing["regions"], *answers, *asked, grades=GRADES, model="m", shown=2
    )
    assert "0 questions about 0 pictures" in page


def test_the_loss_is_adjusted_for_the_right_answer() -> None:
    """Of two right answers the harder one shows the suspicion more often; nothing else differs."""
    rows, shown = [], []
    for answer, accuracy, present in (("star", 0.9, 10), ("moon", 0.4, 90)):
        for number in range(200):
            image = f"{answer}/{number:03}"
            rows.append((image, answer, number % 10 < 10 * accuracy))
            shown += [image] if number < present else []
    samples = pd.DataFrame(
        {
            "sample_id": [row[0] for row in rows],
            "image": [row[0] for row in rows],
            "options": [[row[1], WRONG] for row in rows],
            "answer": 0,
        }
    )
    choice = pd.array([0 if row[2] else 1 for row in rows], dtype="Int64")
    responses = pd.DataFrame({"sample_id": samples["sample_id"], "choice": choice})
    regions = pd.DataFrame(
        {"attribute": "region:1", "wrong": WRONG, "image": shown, "share": 1.0, "distance": 0.0}
    )
    found = compare_natural_pairs(samples, responses, regions, share=0.5).iloc[0]
    assert found["natural_least"] - found["natural_most"] > 0.1
    assert abs(found["natural_difference"]) < 0.02
    assert found["natural_low"] < 0 < found["natural_high"]


# --- names ------------------------------------------------------------------------------------


def redness(images, words) -> np.ndarray:
    """Knows one word, red; every other fits all pictures alike."""
    shares = []
    for image in images:
        pixels = np.asarray(image.convert("RGB")).astype(int)
        shares.append((np.abs(pixels - RED).max(axis=-1) < 40).mean())
    return np.array([[share if word == "red" else 0.9 for word in words] for share in shares])


def test_suspicions_are_named_by_people_or_by_the_word_that_sets_them_apart(tried: Tried) -> None:
    red, plain = patch_regions(tried.planted), patch_regions(tried.planted, box=(0, 0, 0.25, 0.25))
    regions = pd.concat([red, plain.assign(attribute="region:2")], ignore_index=True)
    assert name_by_words(regions, {}, ["picture", "red"], redness)["region:1"] == "red"
    given = {"region:1": "my patch", "region:2": "a corner"}
    assert name_by_words(regions, given, ["picture", "red"], redness) == given
    assert name_by_words(regions, {}, [], redness) == {}


def test_natural_pairs_are_ranked_by_what_the_suspicion_is_called(tried: Tried) -> None:
    planted = tried.planted
    images = [*planted.samples["image"].unique(), "gone.png"]
    presence = measure_presence(images, {"region:1": "red"}, redness)
    as_table(presence, "presence")
    assert len(presence) == len(images) - 1
    found = compare_natural_pairs(
        planted.samples,
        planted.responses,
        patch_regions(planted),
        share=0.25,
        presence=presence,
    ).iloc[0]
    assert found["natural_least"] - found["natural_most"] > 0.5
    assert found["natural_low"] > 0.3 and found["natural_p"] < 0.001
    assert measure_presence(images, {}, redness).empty


# --- the page ---------------------------------------------------------------------------------


@pytest.fixture
def render(tried: Tried) -> Callable[..., str]:
    def make(**changes: object) -> str:
        given = {
            "table": tried.weighed(),
            "regions": tried.found.regions,
            "samples": tried.planted.samples,
            "answers": tried.planted.responses,
            "trials": tried.trials,
            "responses": tried.responses,
            **changes,
        }
        return render_shortcuts(*given.values(), grades=GRADES, model="<m>", shown=2)

    return make


def test_the_page_shows_regions_and_what_edits_do(render: Callable[..., str]) -> None:
    page = render()
    assert page.count("data:image/jpeg") >= 6
    assert "with a placebo" in page and "still answered in" in page
    assert "the weakest evidence" in page
    assert "&lt;m&gt;" in page and "<m>" not in page
    assert "http://" not in page and "https://" not in page


def test_texts_of_questions_are_escaped(tried: Tried, render: Callable[..., str]) -> None:
    page = render(table=tried.weighed().assign(wrong="<script>alert(1)</script>"))
    assert "<script>alert" not in page


def test_a_page_without_trials_says_so(tried: Tried, render: Callable[..., str]) -> None:
    none = {"trials": empty_table("trials"), "responses": empty_table("responses")}
    page = render(table=tried.weighed(**none), **none)
    assert "association alone" in page


def test_a_region_is_outlined_at_its_place() -> None:
    from spuriverse.report.pages.shortcut_page import outline_regions

    plain = Image.new("RGB", (100, 50), "white")
    drawn = np.asarray(outline_regions(plain, [(0.5, 0.0, 1.0, 1.0)])).astype(int)
    marked = (drawn != 255).any(axis=-1)
    assert marked[:, drawn.shape[1] // 2 :].any() and not marked[:, : drawn.shape[1] // 2].any()
