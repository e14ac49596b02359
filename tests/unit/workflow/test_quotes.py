"""A quoted number is the one in the table, and is written anew where it is not."""

from pathlib import Path

import pytest

from spuriverse.problems import Problem
from spuriverse.workflow import UNRECORDED, read_quotes, rewrite_quotes

TABLE = "proportion,seed,accuracy,low,high\nbase,all,0.5,0.41,0.6\n1,all,0.666,,\n1,0,0.7,,\n"
ROW = "proportion=base, seed=all"
FORM = "{accuracy:.2f} [{low:.2f}, {high:.2f}]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tradeoff.csv").write_text(TABLE)
    return tmp_path


def page(folder: Path, row: str, form: str, said: str) -> Path:
    path = folder / "page.md"
    path.write_text(f"One.\nIt is <!-- tradeoff; {row}; {form} -->{said}<!-- end -->, they say.\n")
    return path


def test_a_quote_is_read_with_what_the_table_has(folder: Path) -> None:
    (quote,) = read_quotes(page(folder, ROW, FORM, "0.50\n[0.41, 0.60]"), folder)
    assert quote.said == quote.recorded == "0.50 [0.41, 0.60]"
    assert quote.place == "page.md, line 2"


def test_what_differs_is_written_anew_and_nothing_else(folder: Path) -> None:
    kept = page(folder, ROW, FORM, "0.50\n[0.41, 0.60]")
    assert rewrite_quotes(kept, folder) == kept.read_text()
    stale = page(folder, ROW, FORM, "0.54 [0.4, 0.7]")
    expected = stale.read_text().replace("0.54 [0.4, 0.7]", "0.50 [0.41, 0.60]")
    assert rewrite_quotes(stale, folder) == expected


def test_a_missing_interval_is_said_to_be(folder: Path) -> None:
    (quote,) = read_quotes(page(folder, "proportion=1, seed=all", FORM, ""), folder)
    assert quote.recorded == "0.67 (too few)"


def test_a_value_may_hold_commas(folder: Path) -> None:
    (folder / "tradeoff.csv").write_text('proportion,seed,accuracy\n"1, 2",all,0.5\n1,all,0.7\n')
    (quote,) = read_quotes(page(folder, "proportion=1, 2, seed=all", "{accuracy}", ""), folder)
    assert quote.recorded == "0.5"


@pytest.mark.parametrize(
    ("row", "form", "message"),
    [
        ("proportion=1", "{accuracy}", "2 rows are like that"),
        ("proportion=2", "{accuracy}", "0 rows are like that"),
        (ROW, "{gap}", "gap of tradeoff.csv, which has no such column"),
    ],
)
def test_a_mark_that_means_no_one_row_is_a_problem(
    folder: Path, row: str, form: str, message: str
) -> None:
    with pytest.raises(Problem, match=message):
        read_quotes(page(folder, row, form, "1"), folder)


def test_a_table_that_was_not_recorded_reads_so(tmp_path: Path) -> None:
    (quote,) = read_quotes(page(tmp_path, ROW, FORM, "1"), tmp_path)
    assert (quote.recorded, quote.table) == (UNRECORDED, "tradeoff")


def test_a_table_of_another_target_reads_not_yet_run_until_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"<!-- open_questions/some; {ROW}; {FORM} --><!-- end -->\n")
    assert rewrite_quotes(path, tmp_path).endswith("-->(not yet run)<!-- end -->\n")
    (tmp_path / "open_questions").mkdir()
    (tmp_path / "open_questions" / "some.csv").write_text(TABLE)
    assert rewrite_quotes(path, tmp_path).endswith("-->0.50 [0.41, 0.60]<!-- end -->\n")


def test_a_quote_counts_rows_and_names_their_extremes(folder: Path) -> None:
    form = "{count} rows, {least_accuracy:.2f} to {greatest_accuracy:.2f}"
    (quote,) = read_quotes(page(folder, "proportion=1", form, ""), folder)
    assert quote.recorded == "2 rows, 0.67 to 0.70"
    (none,) = read_quotes(page(folder, "proportion=7", "{count}", ""), folder)
    assert none.recorded == "0"


def test_a_blank_value_is_a_dash(folder: Path) -> None:
    form = "{low:.2f} of {accuracy}"
    (quote,) = read_quotes(page(folder, "proportion=1, seed=all", form, ""), folder)
    assert quote.recorded == f"{UNRECORDED} of 0.666"


def test_the_extremes_of_no_row_are_a_problem(folder: Path) -> None:
    with pytest.raises(Problem, match="0 rows are like that"):
        read_quotes(page(folder, "proportion=7", "{least_accuracy}", ""), folder)
