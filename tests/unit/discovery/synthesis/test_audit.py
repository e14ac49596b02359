"""The audit counts every image once and scores the gate of attributes against the truth."""

import pandas as pd
import pytest

from spuriverse.discovery.synthesis import AUDIT_COLUMNS, tabulate_synthesis

CANDIDATES = pd.DataFrame({"candidate_id": ["a", "b", "c"]})


def image(candidate: str, group: str, seed: int, *gates: str, **changes: object) -> dict:
    passed = all(gate.endswith((": passed", ": unjudged")) for gate in gates)
    return {
        "candidate_id": candidate,
        "group": group,
        "part": "selection",
        "seed": seed,
        "backend": "world",
        "outcome": "made",
        "gates": list(gates),
        "truth": "present" if group == "spurious" else "absent",
        "kept": passed,
        **changes,
    }


RECORDS = pd.DataFrame(
    [
        image("a", "spurious", 1, "size: passed", "attribute: passed", "duplicate: passed"),
        image("a", "spurious", 2, "size: passed", "attribute: absent"),
        image("a", "core", 1, "size: passed", "attribute: passed", "duplicate: passed"),
        image("a", "core", 2, "size: passed", "attribute: present"),
        image("b", "spurious", 1, "size: 64 x 32"),
        image("b", "spurious", 2, "size: passed", "attribute: unjudged", "duplicate: passed"),
        image("b", "core", 1, outcome="filtered", kept=False),
        image("b", "core", 2, outcome="failed", kept=False),
    ]
)


@pytest.fixture(scope="module")
def audit() -> pd.DataFrame:
    table = tabulate_synthesis(RECORDS, CANDIDATES, {"selection": 1})
    assert list(table.columns) == AUDIT_COLUMNS
    return table.set_index(["group", "measure"])


@pytest.mark.parametrize(
    ("group", "measure", "count", "n"),
    [
        ("all", "kept", 3, 8),
        ("core", "filtered", 1, 4),
        ("core", "failed", 1, 4),
        ("all", "turned away: size", 1, 6),
        ("all", "turned away: attribute", 2, 5),
        ("spurious", "turned away: attribute", 1, 3),
        ("all", "unjudged: attribute", 1, 5),
        ("all", "turned away: duplicate", 0, 3),
        # Said to show it: a-spurious-1 and, wrongly, a-core-2; it is shown by a-spurious-1 and -2.
        ("all", "attribute precision", 1, 2),
        ("all", "attribute recall", 1, 2),
        # Candidate c has neither group, candidate b no core group.
        ("all", "short", 3, 6),
        ("core", "empty", 2, 3),
        ("spurious", "empty", 1, 3),
    ],
)
def test_what_is_counted(audit: pd.DataFrame, group, measure, count, n) -> None:
    row = audit.loc[(group, measure)]
    assert (row["count"], row["n"]) == (count, n)
    assert row["share"] == pytest.approx(count / n)
    assert pd.isna(row["low"]) and pd.isna(row["high"]), "three candidates are too few"


def test_intervals_are_over_candidates() -> None:
    """Of six candidates none: 1 - 0.025 ** (1 / 6) by Clopper and Pearson."""
    names = [f"{name}{copy}" for name in "abc" for copy in range(3)]
    records = [RECORDS.assign(candidate_id=RECORDS["candidate_id"] + str(i)) for i in range(3)]
    table = tabulate_synthesis(
        pd.concat(records, ignore_index=True),
        pd.DataFrame({"candidate_id": names}),
        {"selection": 1},
    ).set_index(["group", "measure"])
    none, some = table.loc[("all", "turned away: duplicate")], table.loc[("all", "kept")]
    assert none["low"] == 0
    assert none["high"] == pytest.approx(1 - 0.025 ** (1 / 6))
    assert some["low"] < some["share"] == 3 / 8 < some["high"]


def test_without_a_known_truth_the_gate_is_not_scored() -> None:
    unknown = RECORDS.assign(truth="unknown")
    table = tabulate_synthesis(unknown, CANDIDATES, {"selection": 1})
    assert not table["measure"].str.contains("precision|recall").any()
