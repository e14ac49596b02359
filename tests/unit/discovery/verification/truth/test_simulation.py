"""Simulated candidates: the truth is known, and the rates are what the decisions did."""

import pytest

from spuriverse.discovery.verification.truth import SIMULATED_COLUMNS, simulate_calibration
from spuriverse.discovery.verification.truth import simulation as worlds
from spuriverse.problems import Problem

RULE = {"threshold": 0.3, "false_discovery_rate": 0.05}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "TRUE_SHARES", (0.1,))
    monkeypatch.setattr(worlds, "IMAGES", (10,))
    monkeypatch.setattr(worlds, "MODELS", (1, 3))
    monkeypatch.setattr(worlds, "CANDIDATES", (100,))


def test_pairs_keep_the_power_at_the_rate(small: None) -> None:
    table = simulate_calibration(tries=12, **RULE)
    assert list(table.columns) == list(SIMULATED_COLUMNS)
    assert len(table) == 2 * 2 * 3
    corrected = table[table["decision"] != "paper"]
    # A dozen tries do not know a rate any better.
    assert (corrected["fdr_low"] <= 0.05).all()
    easy = table[table["core_accuracy"] == 0.9].set_index(["models", "decision"])
    for models in (1, 3):
        assert easy.loc[(models, "corrected_paired"), "power_kept"] >= 0.9
    noisy = table[(table["core_accuracy"] == 0.6) & (table["decision"] == "paper")]
    assert (noisy["false_discovery_rate"] > 0.2).all()
    assert (table[table["decision"] == "paper"]["power_kept"] == 1).all()


def test_the_same_seed_gives_the_same_table(small: None) -> None:
    first, second = (simulate_calibration(tries=4, seed=1, **RULE) for _ in range(2))
    assert first.equals(second)
    with pytest.raises(Problem, match="at least 4"):
        simulate_calibration(tries=1, **RULE)
