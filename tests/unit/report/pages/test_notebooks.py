"""A notebook becomes one page that needs no network, or a sentence that says why not."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from spuriverse.models.remote import ACCOUNT_COLUMNS, Reply, ResponseStore, tabulate_accounts
from spuriverse.problems import Problem
from spuriverse.report.pages.notebooks import render_notebook
from spuriverse.tables import write_csv

NOTEBOOK = Path(__file__).parents[4] / "notebooks" / "tradeoff.ipynb"


def render(folder: Path, source: str, parameters: dict[str, str]) -> str:
    """Render a notebook whose second cell is `source`; return the page."""
    cells = [
        new_code_cell('name = "nobody"', metadata={"tags": ["parameters"]}),
        new_code_cell(source),
        new_markdown_cell("The *end*."),
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=kernel), folder / "tiny.ipynb")
    render_notebook(
        folder / "tiny.ipynb",
        parameters,
        folder / "out" / "executed.ipynb",
        folder / "out" / "page.html",
        failed=folder / "failed.ipynb",
    )
    return (folder / "out" / "page.html").read_text(encoding="utf-8")


def test_a_page_shows_results_without_code_or_the_network(tmp_path: Path) -> None:
    page = render(tmp_path, "print('hello', name)", {"name": "somebody"})
    assert "hello somebody" in page
    assert "<em>end</em>" in page
    assert "print(" not in page
    assert "http:" not in page and "https:" not in page
    assert "default-src 'none'" in page
    assert "<script" not in page
    executed = nbformat.read(tmp_path / "out" / "executed.ipynb", as_version=4)
    assert "papermill" not in executed.metadata


def test_an_unknown_parameter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"no parameter 'nmae'.*assigns name"):
        render(tmp_path, "print(name)", {"nmae": "somebody"})
    assert not (tmp_path / "out").exists()


def test_a_failing_cell_is_named_and_the_notebook_kept(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="failed with ZeroDivisionError"):
        render(tmp_path, "1 / 0", {})
    assert (tmp_path / "failed.ipynb").is_file()
    assert not list((tmp_path / "out").iterdir())


def test_a_page_that_would_load_from_the_network_is_refused(tmp_path: Path) -> None:
    source = "from IPython.display import HTML\nHTML('<img src=\"https://example.org/a.png\">')"
    with pytest.raises(Problem, match=r"https://example.org/a.png"):
        render(tmp_path, source, {})
    assert not list((tmp_path / "out").iterdir())


def test_a_missing_notebook_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="There is no notebook"):
        render_notebook(tmp_path / "no.ipynb", {}, "a.ipynb", "a.html", failed="f.ipynb")


def test_the_notebook_of_the_workflow_is_stored_without_outputs() -> None:
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    assert not any(cell.get("outputs") for cell in cells)
    assert not any(cell.get("execution_count") for cell in cells)


def test_the_notebook_tells_what_remote_models_have_cost(tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, 4)
    wanted = ("results =", "import pandas", "def tell_spending")
    notebook.cells = [cell for cell in notebook.cells if any(w in cell.source for w in wanted)]
    assert len(notebook.cells) == 3
    nbformat.write(notebook, tmp_path / "part.ipynb")
    store = ResponseStore(tmp_path / "replies.sqlite")
    store.put("a", Reply("(A)", "stop", 1_000, 10, usd=12.25), "big-1")
    store.put("b", Reply("(A)", "stop", 1_000, 10, usd=None), "small-1")
    store.close()
    table = tabulate_accounts(tmp_path / "replies.sqlite", {"big-1": "big"})
    write_csv(table, tmp_path / "spending.csv", ACCOUNT_COLUMNS)
    render_notebook(
        tmp_path / "part.ipynb",
        {"spending": str(tmp_path / "spending.csv")},
        tmp_path / "executed.ipynb",
        tmp_path / "page.html",
        failed=tmp_path / "failed.ipynb",
    )
    said = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "have cost 12.25 USD so far, without replies whose price is unknown (1)." in said
    assert "big-1" in said and "small-1" in said
