"""Evidence: the planted patch moves the answer, its placebo does not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from planted import WRONG
from tried_suspicions import Tried, patch_regions, try_all

from spuriverse.discovery.suspicions import (
    GRADES,
    SHORTCUT_COLUMNS,
    compare_natural_pairs,
    read_shortcuts,
    weigh_suspicions,
)
from spuriverse.report.pages import render_shortcuts
from spuriverse.tables import empty_table, write_csv


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
