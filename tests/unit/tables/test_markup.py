"""One frame, three files: the same rows, safe in each markup."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.problems import Problem
from spuriverse.tables import write_result_table

FRAME = pd.DataFrame(
    {
        "model": ["tiny_1", "50% & co"],
        "n": pd.array([1200, None], dtype="Int64"),
        "accuracy": [0.25, None],
        "low": [0.1, None],
        "high": [0.4, None],
        "drop": [-0.0001, 0.5],
    }
)
COLUMNS = list(FRAME)
SHOWN = {
    "model": "{model}",
    "n": "{n:,}",
    "accuracy": "{accuracy:.3f} [{low:.3f}, {high:.3f}]",
    "drop": "{drop:+z.3f}",
}


def write(folder: Path, frame: pd.DataFrame = FRAME, **options) -> dict[str, str]:
    settings = {"columns": list(frame), "caption": "Accuracy_of all", "shown": SHOWN} | options
    write_result_table(frame, folder / "tables/main_results", **settings)
    return {
        suffix: (folder / f"tables/main_results.{suffix}").read_text(encoding="utf-8")
        for suffix in ("csv", "md", "tex")
    }


def test_three_files_of_one_frame(tmp_path: Path) -> None:
    text = write(tmp_path)
    assert text["csv"] == (
        "model,n,accuracy,low,high,drop\ntiny_1,1200,0.25,0.1,0.4,-0.0001\n50% & co,,,,,0.5\n"
    )
    assert text["md"] == (
        "Accuracy\\_of all\n"
        "\n"
        "| model     |     n |               accuracy |   drop |\n"
        "| --------- | ----: | ---------------------: | -----: |\n"
        "| tiny\\_1   | 1,200 | 0.250 \\[0.100, 0.400\\] | +0.000 |\n"
        "| 50% \\& co |       |                        | +0.500 |\n"
    )
    assert text["tex"] == (
        "% Needs \\usepackage{booktabs} and \\usepackage[T1]{fontenc}.\n"
        "\\begin{table}\n"
        "\\caption{Accuracy\\_of all}\n"
        "\\label{tab:main-results}\n"
        "\\begin{tabular}{lrrr}\n"
        "\\toprule\n"
        "model & n & accuracy & drop \\\\\n"
        "\\midrule\n"
        "tiny\\_1 & 1,200 & 0.250 {[}0.100, 0.400{]} & +0.000 \\\\\n"
        "50\\% \\& co &  &  & +0.500 \\\\\n"
        "\\bottomrule\n"
        "\\end{tabular}\n"
        "\\end{table}\n"
    )


def test_every_column_is_shown_by_default(tmp_path: Path) -> None:
    header = write(tmp_path, shown=None)["md"].splitlines()[2]
    assert [cell.strip() for cell in header.strip("|").split("|")] == COLUMNS


def test_a_table_without_rows_has_its_heading(tmp_path: Path) -> None:
    text = write(tmp_path, FRAME.iloc[:0])
    assert len(text["md"].splitlines()) == 4
    assert "{llll}" in text["tex"]


@given(st.text(max_size=20))
@settings(deadline=None, derandomize=True, max_examples=150)
def test_no_text_breaks_out_of_its_cell(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    frame = pd.DataFrame({"model": [name], "n": [1]})
    folder = tmp_path_factory.mktemp("tables")
    text = write(folder, frame, shown={"model": "{model}", "n": "{n}"})
    assert len(text["md"].splitlines()) == 5
    row = text["md"].splitlines()[-1].replace("\\\\", "").replace("\\|", "")
    assert row.count("|") == 3
    body = text["tex"].splitlines()[8]
    bare = body.replace("\\\\", "").replace("\\&", "").replace("\\%", "").replace("\\$", "")
    assert bare.count("&") == 1
    assert not set("%$#~^") & set(bare.replace("\\#", ""))


def test_a_format_in_the_data_is_data(tmp_path: Path) -> None:
    frame = FRAME.assign(model="{n.__class__} {0}")
    assert "{n.\\_\\_class\\_\\_} {0}" in write(tmp_path, frame)["md"]


def test_a_format_of_an_unknown_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="columns precision, which its rows lack"):
        write(tmp_path, shown={"precision": "{precision}"})
    with pytest.raises(Problem, match="needs exactly"):
        write(tmp_path, columns=["model"])


def test_characters_that_cannot_be_printed_are_left_out(tmp_path: Path) -> None:
    text = write(tmp_path, FRAME.assign(model=["\x01", "a\x1b[1mb\x00c"]))
    assert len(text["md"].splitlines()) == 6
    assert "a\\[1mbc" in text["md"] and "a{[}1mbc" in text["tex"]


def test_an_estimate_without_an_interval_says_too_few(tmp_path: Path) -> None:
    shown = {"accuracy": "{accuracy:.2f} ({low:.2f} to {high:.2f})", "drop": "{drop:.1f}"}
    frame = FRAME.assign(accuracy=[0.25, 0.5], low=[None, 0.1], high=0.6)
    text = write(tmp_path, frame, shown=shown)["md"]
    assert "0.25 (too few)" in text
    assert "0.50 (0.10 to 0.60)" in text
    nothing = write(tmp_path, FRAME.iloc[1:].assign(low=0.1), shown=shown)["md"]
    assert "too few" not in nothing and "0.10" not in nothing
