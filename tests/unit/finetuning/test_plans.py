"""Which runs a study has, and what each holds out."""

import pandas as pd
import pytest

from spuriverse.finetuning import Plan, hold_out, plan_runs, split_types

KINDS = ("scene", "prop", "light")
TYPES = pd.DataFrame(
    {
        "type_id": [f"{kind}-{n}" for kind in KINDS for n in range(8)],
        "sample_id": [f"{kind}-{n}" for kind in KINDS for n in range(8)],
        "attribute": [f"{kind}:{n // 2}" for kind in KINDS for n in range(8)],
        "kind": [kind for kind in KINDS for _ in range(8)],
        "benchmark": ["aokvqa", "seedbench"] * 12,
    }
)
SPLITS = split_types(TYPES, seeds=[0, 1], validation_share=0.2, test_share=0.2)


def names(plans: list[Plan]) -> list[str]:
    return [plan.name for plan in plans]


def test_every_regime_is_trained_in_all_layers() -> None:
    settings = {
        "layers": "both",
        "regimes": ["anchor", "mixed"],
        "all_layers": ["language", "vision"],
    }
    plans = plan_runs("regimes", settings, TYPES, 10)
    assert [(p.regime, p.layers, p.proportion) for p in plans] == [
        ("anchor", "language", 1.0),
        ("anchor", "vision", 1.0),
        ("mixed", "language", 0.5),
        ("mixed", "vision", 0.5),
    ]


@pytest.mark.parametrize(
    ("total", "n_train", "counts"),
    [
        (99, 99, [0, 20, 40, 60, 80, 99]),
        (99, 50, [0, 10, 20, 30, 40, 50]),
        (99, 3, [0, 1, 2, 3]),
        (None, 99, [0, 20, 40, 60, 80, 99]),
    ],
)
def test_the_ablation_takes_the_same_shares_of_any_total(
    total: int | None, n_train: int, counts: list[int]
) -> None:
    settings = {"layers": "both", "type_counts": [0, 20, 40, 60, 80, 99], "type_total": total}
    plans = plan_runs("ablation", settings, TYPES, n_train)
    assert [plan.n_types for plan in plans] == counts
    assert [plan.proportion for plan in plans] == [n / n_train for n in counts]


def test_each_kind_and_each_benchmark_is_left_out_once() -> None:
    settings = {"layers": "both"}
    assert names(plan_runs("kinds", settings, TYPES, 9)) == [
        "kind-light",
        "kind-prop",
        "kind-scene",
    ]
    assert [p.held_out for p in plan_runs("benchmarks", settings, TYPES, 9)] == [
        "aokvqa",
        "seedbench",
    ]
    assert plan_runs("benchmarks", settings, TYPES.assign(benchmark="world"), 9) == []


def test_a_transfer_trains_on_all_spurious_groups() -> None:
    (plan,) = plan_runs("transfer-biased-1", {"layers": "both"}, TYPES, 9)
    assert (plan.regime, plan.proportion) == ("spurious_group", 1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_that_is_held_out_is_tested_whole_and_never_trained_on(kind: str) -> None:
    plan = Plan("x", "spurious_group", 1.0, "both", None, "kind", kind)
    split = hold_out(SPLITS, TYPES, plan, 1).set_index("type_id")["part"]
    kinds = TYPES.set_index("type_id")["kind"]
    assert set(split[kinds == kind]) == {"test"}
    assert set(split[kinds != kind]) <= {"train", "validation"}
    before = SPLITS[SPLITS["seed"] == 1].set_index("type_id")["part"]
    kept = (kinds != kind) & (before == "validation")
    assert set(split[kept]) <= {"validation"}


def test_a_benchmark_takes_the_attributes_of_its_types_along() -> None:
    """A shortcut that another benchmark shows, too, would not be held out."""
    plan = Plan("x", "spurious_group", 1.0, "both", None, "benchmark", "aokvqa")
    split = hold_out(SPLITS, TYPES, plan, 0)
    joined = split.merge(TYPES, on="type_id")
    assert (joined.groupby("attribute")["part"].nunique() == 1).all()
    assert set(joined.loc[joined["benchmark"] == "aokvqa", "part"]) == {"test"}
