"""A run beside the record: what is the same, what differs, and by how much."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

from spuriverse.problems import Problem
from spuriverse.workflow import (
    RECORD,
    compare_run,
    pages,
    read_quotes,
    record_tables,
    rewrite_pages,
)
from spuriverse.workflow.reference import main

ROOT = Path(__file__).parents[3]
TABLE = pd.DataFrame(
    {
        "model": ["a", "a", "b", "c"],
        "subset": ["core", "anchor", "core", "core"],
        "n": [10, 10, 10, 10],
        "accuracy": [0.5, 0.25, 0.75, 0.1],
        "low": [0.4, None, 0.7, 0.0],
        "high": [0.6, None, 0.8, 0.2],
        "drop": [0.1, 0.2, 0.3, 0.4],
        "drop_low": [0.0, 0.1, 0.2, 0.3],
        "drop_high": [0.2, 0.3, 0.4, 0.5],
    }
)


def write(folder: Path, table: pd.DataFrame, name: str = "main_results") -> Path:
    (folder / "records").mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / "records" / f"{name}.csv", index=False)
    return folder


def run_reference(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["reference", *arguments])
    main()


@pytest.fixture
def record(tmp_path: Path) -> Path:
    run = write(write(tmp_path / "recorded", TABLE), TABLE, "cost")
    about = {"commit": "abc", "hardware": {"processor": "a Xeon"}}
    (run / "records/provenance.json").write_text(json.dumps(about))
    assert record_tables(run, tmp_path / "record") == ["main_results"]
    return tmp_path / "record"


def test_a_record_holds_the_tables_and_says_what_made_them(record: Path) -> None:
    assert sorted(path.name for path in record.iterdir()) == ["main_results.csv", "run.csv"]
    about = pd.read_csv(record / "run.csv", index_col="key")["value"]
    assert about["commit"] == "abc" and about["processor"] == "a Xeon"


def test_a_record_replaces_the_one_before(record: Path, tmp_path: Path) -> None:
    record_tables(write(tmp_path / "other", TABLE, "tradeoff"), record)
    assert [path.name for path in record.glob("*.csv")] == ["tradeoff.csv"]


@pytest.mark.parametrize("name", ["coverage", "probes"])
def test_what_a_default_run_does_not_make_stays_in_the_record(
    record: Path, tmp_path: Path, name: str
) -> None:
    further = TABLE.assign(accuracy=0.95)
    record_tables(write(tmp_path / "further", further, name), record)
    names = sorted([f"{name}.csv", "main_results.csv", "run.csv"])
    assert sorted(path.name for path in record.iterdir()) == names
    record_tables(write(tmp_path / "other", TABLE, "tradeoff"), record)
    assert sorted(path.name for path in record.glob("*.csv")) == [f"{name}.csv", "tradeoff.csv"]
    assert name not in compare_run(tmp_path / "other", record)[0]


def test_tables_of_other_targets_stay_until_these_run_again(record: Path, tmp_path: Path) -> None:
    run = write(tmp_path / "of-questions", TABLE)
    (run / "records" / "open_questions").mkdir()
    (run / "records" / "open_questions" / "some.csv").write_text("model,n,value\na,3,0.5\n")
    assert "open_questions/some" in record_tables(run, record)
    plain = write(tmp_path / "plain", TABLE)
    record_tables(plain, record)
    assert (record / "open_questions" / "some.csv").is_file()
    assert "open_questions/some" not in compare_run(plain, record)[0]
    assert compare_run(run, record)[0]["open_questions/some"] == {"same": 1}


def test_the_run_of_an_overlay_is_recorded_under_its_name(
    record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "results" / "strong-world", TABLE.assign(accuracy=0.95), "way_out")
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "page.md"
    page.write_text("<!-- strong-world/way_out; model=b, subset=core; {accuracy} -->?<!-- end -->")
    (tmp_path / "README.md").write_text("")
    before = {path.name: path.read_text() for path in record.glob("*.csv")}
    run_reference(monkeypatch, "record", "results/strong-world", "--reference", str(record))
    assert ">0.95<" in page.read_text() and (record / "strong-world" / "way_out.csv").is_file()
    assert {path.name: path.read_text() for path in record.glob("*.csv")} == before


def test_all_quotes_that_cannot_be_written_are_named_at_once(record: Path, tmp_path: Path) -> None:
    rows = ("model=a", "model=d, subset=core", "model=b, subset=core")
    found = [tmp_path / f"{number}.md" for number in range(3)]
    for page, row in zip(found, rows, strict=True):
        page.write_text(f"<!-- main_results; {row}; {{accuracy}} -->?<!-- end -->")
    with pytest.raises(Problem, match=r"(?s)2 rows.*0 rows"):
        rewrite_pages(found, record)
    assert list(rewrite_pages(found[2:], record)) == found[2:]


def test_the_same_run_does_not_differ(record: Path, tmp_path: Path) -> None:
    counts, differences = compare_run(tmp_path / "recorded", record)
    assert counts == {"main_results": {"same": 4}} and not differences


def test_rows_are_matched_by_name_and_judged_by_the_interval(record: Path, tmp_path: Path) -> None:
    mine = TABLE.iloc[[2, 1, 0]].copy()
    mine.loc[0, "accuracy"] = 0.55
    mine.loc[1, "accuracy"] = 0.26
    mine.loc[2, "drop"] = 0.45
    mine["n"] = 11
    counts, differences = compare_run(write(tmp_path / "mine", mine), record)
    assert counts["main_results"] == {"within": 1, "beyond": 2, "missing": 1}
    beyond = {(d.row, d.column, d.found) for d in differences if d.verdict == "beyond"}
    assert beyond == {("a, anchor", "accuracy", "0.26"), ("b, core", "drop", "0.45")}
    assert ("a, core", "0.5 [0.4, 0.6]") in {(d.row, d.recorded) for d in differences}


def test_the_last_digits_are_no_difference(record: Path, tmp_path: Path) -> None:
    mine = TABLE.assign(accuracy=TABLE["accuracy"] + 1e-7)
    assert not compare_run(write(tmp_path / "mine", mine), record)[1]


def test_a_table_that_a_run_lacks_is_missing(record: Path, tmp_path: Path) -> None:
    TABLE.to_csv(record / "tradeoff.csv", index=False)
    assert compare_run(tmp_path / "recorded", record)[0]["tradeoff"] == {"missing": 4}


def test_without_tables_or_record_the_message_says_what_to_do(record: Path, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="make the run first"):
        compare_run(tmp_path / "nowhere", record)
    with pytest.raises(Problem, match="make the run first"):
        record_tables(tmp_path / "nowhere", record)
    with pytest.raises(Problem, match="There is no record"):
        compare_run(tmp_path / "recorded", tmp_path / "nowhere")


@pytest.mark.parametrize("page", pages(ROOT), ids=lambda page: page.name)
def test_every_quoted_number_is_that_of_the_record(page: Path) -> None:
    if not list((ROOT / RECORD).glob("*.csv")):
        pytest.skip("docs/reference holds no record yet; make reference writes one")
    assert [q for q in read_quotes(page, ROOT / RECORD) if q.said != q.recorded] == []


def test_every_quoted_table_is_among_the_outputs() -> None:
    outputs = (ROOT / "docs" / "outputs.md").read_text(encoding="utf-8")
    quoted = {quote.table for page in pages(ROOT) for quote in read_quotes(page, ROOT / RECORD)}
    names = {table.rpartition("/")[2] for table in quoted}
    assert [name for name in sorted(names) if f"{name}.csv`" not in outputs] == []


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / RECORD).rglob("*.csv")),
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_every_recorded_interval_has_a_width(path: Path) -> None:
    table = pd.read_csv(path)
    for low in (name for name in table if name.endswith("low")):
        high = f"{low.removesuffix('low')}high"
        if high in table:
            assert table.loc[table[low] == table[high], [low, high]].empty
