"""After an edit of the library the workflow makes again what the edit changes, and nothing else."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from checkout import Checkout

LIBRARY = Path(__file__).parents[2] / "src"


@pytest.fixture(scope="module")
def edited(new_checkout: Callable[[], Checkout]) -> Checkout:
    """A run that counts as finished, of empty files, with a library of its own to be edited."""
    checkout = new_checkout()
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(LIBRARY, checkout.folder / "src", ignore=ignored)
    summary = run(checkout, "all", "--summary").stdout.splitlines()
    for line in (line for line in summary if line.count("\t") == 5):
        path = checkout.folder / line.partition("\t")[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch() if path.suffix else path.mkdir(exist_ok=True)
    run(checkout, "all", "--touch")
    return checkout


def run(checkout: Checkout, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Snakemake on the library of a checkout."""
    done = checkout.run(*arguments, library=checkout.folder / "src")
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done


def planned(checkout: Checkout) -> set[str]:
    """The rules that would run."""
    done = run(checkout, "all", "--dry-run")
    said = done.stdout + done.stderr
    counts = re.search(r"^job +count\n-+ +-+\n(.*?)^total ", said, re.MULTILINE | re.DOTALL)
    if counts is None:
        assert "Nothing to be done" in said
        return set()
    return {line.split()[0] for line in counts.group(1).splitlines()} - {"all"}


def edit(path: Path, text: str) -> str:
    """Append to a file, and return what it held."""
    before = path.read_text(encoding="utf-8")
    path.write_text(before + text, encoding="utf-8")
    return before


@pytest.mark.slow
@pytest.mark.workflow
@pytest.mark.parametrize(
    ("module", "rerun"),
    [
        ("report/figures/funnel.py", {"plot_funnel"}),
        ("spubench/explain/gradcam.py", {"map_saliency", "tabulate_heatmaps", "plot_heatmaps"}),
        ("finetuning/mixtures.py", {"finetune_adapters", "tabulate_tradeoff", "plot_tradeoff"}),
    ],
)
def test_an_edited_function_reruns_the_rules_that_reach_it(
    edited: Checkout, module: str, rerun: set[str]
) -> None:
    path = edited.folder / "src/spuriverse" / module
    before = edit(path, "\n\ndef added() -> int:\n    return 1\n")
    shown = {"map_saliency": {"show_heatmaps"}, "finetune_adapters": {"render_notebook"}}
    follows = {rule for first, rules in shown.items() if first in rerun for rule in rules}
    try:
        assert planned(edited) == rerun | follows
    finally:
        path.write_text(before, encoding="utf-8")
    assert planned(edited) == set()


@pytest.mark.slow
@pytest.mark.workflow
def test_an_edited_comment_or_docstring_reruns_nothing(edited: Checkout) -> None:
    for path in (edited.folder / "src/spuriverse").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if text.startswith('"""'):
            path.write_text(text.replace('"""', '"""Worded otherwise. ', 1) + "\n# The end.\n")
    for path in (edited.folder / "scripts").glob("*.py"):
        edit(path, "\n# The end.\n")
    assert planned(edited) == set()
