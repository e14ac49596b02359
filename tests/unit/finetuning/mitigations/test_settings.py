"""Settings are chosen by their loss on validation attributes, at levels settled beforehand."""

from pathlib import Path

import pytest
from mitigation_curves import make_points

from spuriverse.finetuning.mitigations import (
    CHOICE_COLUMNS,
    choose_settings,
    curves_to_try,
    read_chosen_curves,
)
from spuriverse.problems import Problem
from spuriverse.tables import write_csv

MIXING = {0.5: (0.5, 0.1), 1.0: (0.7, 0.3)}
# The first is far more robust at the end, the second loses less at the level.
FAR, CHEAP = {1.0: (0.6, 0.2), 2.0: (0.95, 0.25)}, {1.0: (0.55, 0.05), 2.0: (0.6, 0.4)}
METHODS = {
    "mixing": [{}],
    "adapter_scaling": [{"proportion": 0.5}, {"proportion": 1.0}],
    "group_dro": [{"step": 1}, {"step": 4}],
}


def tried(part: str = "validation"):
    curves = {
        ("mixing", "{}"): MIXING,
        ("group_dro", '{"step": 1.0}'): FAR,
        ("group_dro", '{"step": 4.0}'): CHEAP,
    }
    return make_points(curves, part=part, folds=1)


def test_the_least_loss_at_the_levels_is_chosen_and_no_reach_counts() -> None:
    table = choose_settings(tried(), METHODS, [0.5])
    chosen = table[table["chosen"]].groupby("method")["setting"].agg(list)
    assert chosen["group_dro"] == ['{"step": 4.0}']
    assert table.loc[table["method"] == "group_dro", "splits"].tolist() == [2, 2]


def test_of_mixing_and_its_scales_every_setting_goes_on(tmp_path: Path) -> None:
    table = choose_settings(tried(), METHODS, [0.5])
    write_csv(table, tmp_path / "choice.csv", CHOICE_COLUMNS)
    curves = read_chosen_curves(tmp_path / "choice.csv")
    scales = [("adapter_scaling", {"proportion": share}) for share in (0.5, 1.0)]
    assert curves == [("mixing", {}), *scales, ("group_dro", {"step": 4.0})]


def test_what_has_a_choice_is_tried_with_mixing_that_sets_the_levels() -> None:
    steps = [("group_dro", {"step": 1}), ("group_dro", {"step": 4})]
    assert curves_to_try(METHODS) == [("mixing", {}), *steps]
    assert curves_to_try({"mixing": [{}], "group_dro": [{"step": 1}]}) == []


def test_what_was_measured_on_held_out_attributes_has_no_say_in_the_choice() -> None:
    with pytest.raises(Problem, match="Not every setting"):
        choose_settings(tried("test"), METHODS, [0.5])


def test_where_nothing_has_a_choice_every_setting_is_chosen() -> None:
    """The base model alone was measured."""
    points = tried()
    alone = points[points["method"] == "base"]
    assert len(alone)
    table = choose_settings(alone, {"mixing": [{}], "group_dro": [{"step": 1}]}, [0.5])
    assert table["chosen"].all()
