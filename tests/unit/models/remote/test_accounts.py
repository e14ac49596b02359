"""What the store says of every model: requests by what came of them, tokens and money."""

from pathlib import Path

import numpy as np
import pytest

from spuriverse.models.remote import ACCOUNT_COLUMNS, Reply, ResponseStore, failures_so_far
from spuriverse.models.remote.accounts import tabulate_accounts
from spuriverse.models.remote.endpoint import CONTENT_FILTER
from spuriverse.problems import Problem
from spuriverse.tables import write_csv

COUNTS = ["answered", "withheld", "failed", "unpriced", "tokens_in", "tokens_out"]


def reply(finish: str = "stop", usd: float | None = 0.5) -> Reply:
    return Reply("(A)", finish, prompt_tokens=10, completion_tokens=2, seconds=0.1, usd=usd)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """One model with every outcome, one whose price is unknown, one that never answered."""
    store = ResponseStore(tmp_path / "replies.sqlite")
    store.put("a", reply(), "big")
    store.put("b", reply(CONTENT_FILTER, usd=0.0), "big")
    store.fail("c", "overloaded", "big")
    store.put("c", reply(), "big")
    store.fail("d", "overloaded", "big")
    store.fail("d", "overloaded", "big")
    store.charge("big", 5, 0, 0.25)
    store.put("e", reply(usd=None), "cheap")
    store.fail("f", "gone", "lost")
    store.close()
    return tmp_path / "replies.sqlite"


def test_every_request_is_counted_once_by_what_came_of_it(path: Path, tmp_path: Path) -> None:
    table = tabulate_accounts(path, {"big": "mine / yours", "lost": "third"})
    assert table["model"].tolist() == ["mine / yours", "", "third", "total"]
    assert table["asked_as"].tolist() == ["big", "cheap", "lost", ""]
    assert table[COUNTS].to_numpy().tolist() == [
        [2, 1, 1, 0, 35, 6],
        [1, 0, 0, 1, 10, 2],
        [0, 0, 1, 0, 0, 0],
        [3, 1, 2, 1, 45, 8],
    ]
    np.testing.assert_allclose(table["usd"], [1.25, np.nan, 0, 1.25])
    write_csv(table, tmp_path / "spending.csv", ACCOUNT_COLUMNS)


def test_the_total_is_what_the_budget_counts(path: Path) -> None:
    store = ResponseStore(path)
    assert tabulate_accounts(path, {})["usd"].iloc[-1] == store.spent()
    store.close()


def test_without_a_store_there_is_nothing_to_pay(tmp_path: Path) -> None:
    table = tabulate_accounts(tmp_path / "none.sqlite", {})
    assert table["model"].tolist() == ["total"]
    assert table[[*COUNTS, "usd"]].to_numpy().tolist() == [[0] * 7]
    assert not list(tmp_path.iterdir())


def test_failures_are_counted_even_after_a_reply_came(path: Path) -> None:
    assert [failures_so_far(path, name) for name in ("big", "cheap", "lost")] == [3, 0, 1]
    store = ResponseStore(path)
    store.put("d", reply(), "big")
    store.close()
    assert failures_so_far(path, "big") == 3


def test_looking_makes_no_store(tmp_path: Path) -> None:
    assert failures_so_far(tmp_path / "none.sqlite", "big") == 0
    assert not list(tmp_path.iterdir())


def test_another_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no database at all, " * 100)
    with pytest.raises(Problem, match=r"notes\.txt cannot be used"):
        failures_so_far(tmp_path / "notes.txt", "big")
