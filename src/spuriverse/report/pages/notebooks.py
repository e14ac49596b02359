"""Run a parameterised notebook and turn it into one HTML file that needs no network."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from spuriverse.problems import Problem
from spuriverse.report.pages.templating import fill_template
from spuriverse.tables import atomic_path, write_text

if TYPE_CHECKING:
    from nbformat import NotebookNode

_REMOTE = re.compile(
    r"""<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)\s*=\s*["']?((?:https?:)?//[^"'\s>]+)""",
    re.IGNORECASE,
)


def render_notebook(
    notebook: str | Path,
    parameters: Mapping[str, Any],
    executed: str | Path,
    html: str | Path,
    *,
    failed: str | Path,
) -> None:
    """Execute a notebook in the working directory and export it as HTML without its code.

    Args:
        notebook: The notebook; its cell tagged "parameters" assigns every parameter a default.
        parameters: Name -> value, instead of the default.
        executed: Where the executed notebook goes.
        html: Where the page goes; images are part of the file, and it has no scripts.
        failed: Where the notebook goes, as far as it came, if a cell fails.

    Raises:
        Problem: The notebook is missing or has no such parameter, a cell fails, or the page would
            load something from the network.
    """
    _check_parameters(Path(notebook), parameters)
    with atomic_path(executed) as temporary:
        document = _execute(Path(notebook), parameters, temporary, Path(failed))
        page = _export(document, title=Path(notebook).stem)
    write_text(html, page)
    Path(failed).unlink(missing_ok=True)


def _check_parameters(notebook: Path, parameters: Mapping[str, Any]) -> None:
    import papermill

    if not notebook.is_file():
        raise Problem(f"There is no notebook at {notebook}; check the path.")
    known = papermill.inspect_notebook(str(notebook))
    if unknown := sorted(set(parameters) - set(known)):
        raise Problem(
            f"The notebook {notebook} has no parameter {', '.join(map(repr, unknown))}; its cell"
            f" tagged 'parameters' assigns {', '.join(sorted(known)) or 'none'}."
        )


def _execute(
    notebook: Path, parameters: Mapping[str, Any], executed: Path, failed: Path
) -> NotebookNode:
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    try:
        document = papermill.execute_notebook(
            str(notebook),
            str(executed),
            parameters=dict(parameters),
            kernel_name="python3",
            cwd=str(Path.cwd()),
            progress_bar=sys.stderr.isatty(),
            # Other users of the machine cannot read along, and the kernel does not warn of them.
            config=Config({"KernelManager": {"transport_encryption": "auto"}}),
        )
    except PapermillExecutionError as error:
        failed.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(executed, failed)
        raise Problem(
            f"Cell {error.cell_index} of {notebook} failed with {error.ename}: {error.evalue};"
            f" the notebook as far as it came is {failed}."
        ) from error
    _forget_the_run(document)
    nbformat.write(document, executed)
    return document


def _forget_the_run(document: NotebookNode) -> None:
    """Drop times, paths and random ids, so that the same tables give the same bytes."""
    document.metadata.pop("papermill", None)
    for number, cell in enumerate(document.cells):
        cell["id"] = f"cell-{number}"
        for trace in ("papermill", "execution"):
            cell.metadata.pop(trace, None)


def _export(document: NotebookNode, title: str) -> str:
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        template_name="basic",
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        embed_images=True,
    )
    body, _ = exporter.from_notebook_node(document)
    if remote := _REMOTE.findall(body):
        raise Problem(
            f"The notebook {title!r} loads {remote[0]} from the network; embed it in the notebook"
            " instead."
        )
    return fill_template("notebook", {"title": title, "exported": Markup(body)})
