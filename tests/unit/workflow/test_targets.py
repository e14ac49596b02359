"""What can be asked for by name."""

import pytest

from spuriverse.problems import Problem
from spuriverse.workflow import Target, list_targets, refuse_unknown

KNOWN = ["all", "spubench", "finetuning_study", "results/figures/tradeoff.pdf", "results/sheets"]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("finetune_study", "finetuning_study"),
        ("spubnch", "spubench"),
        ("results/figure/tradeoff.pdf", "results/figures/tradeoff.pdf"),
        ("tradeoff.pdf", "results/figures/tradeoff.pdf"),
        ("tradeoff.png", "results/figures/tradeoff.pdf"),
    ],
)
def test_the_nearest_is_suggested(asked: str, meant: str) -> None:
    with pytest.raises(Problem) as refused:
        refuse_unknown(["all", asked], KNOWN, lambda name: False)
    said = str(refused.value)
    assert said.startswith(f"There is no target {asked} ")
    assert f"did you mean {meant}?" in said


def test_where_nothing_is_near_nothing_is_suggested() -> None:
    with pytest.raises(Problem) as refused:
        refuse_unknown(["xyzzy"], KNOWN, lambda name: False)
    assert "did you mean" not in str(refused.value)
    assert "snakemake targets" in str(refused.value)


def test_what_a_rule_makes_need_not_be_listed() -> None:
    refuse_unknown(["all", "results/models/a"], KNOWN, lambda name: name.endswith("models/a"))
    refuse_unknown([], [], lambda name: False)


def test_every_target_has_a_line_with_its_sentence() -> None:
    rules = [Target("all", "Everything."), Target("spubench", "The second paper.")]
    lines = list_targets(rules, [Target("results/a.csv", "Count")]).splitlines()
    assert "  all       Everything." in lines
    assert "  spubench  The second paper." in lines
    assert "  results/a.csv  Count" in lines
    assert list_targets([], [])
