"""A diagram of the pipeline, made from Snakemake's graph of rules: `make diagram`.

The graph has an arrow for every file that a rule reads. Here an arrow that others imply is left
out, and rules stand together by phase, which is the file of `rules/` that defines them.
"""

import re
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from spuriverse.problems import Problem
from spuriverse.tables import write_text

PAGE = Path("docs/pipeline.md")
TITLES = {
    "models": "Tiny models",
    "retrieve": "Questions",
    "composites": "Cut-outs on backgrounds",
    "curate": "From errors to candidates",
    "synthesise": "Images",
    "verify": "Verification",
    "shortcuts": "Suspicions from pixels",
    "evaluate": "Evaluation",
    "finetune": "Fine-tuning",
    "mitigations": "Mitigations",
    "truth": "Scores against the truth",
    "spubench": "MM-SpuBench",
    "explain": "What answers rest on",
    "open_questions": "SpuriVerse's open questions",
    "open_questions_spubench": "MM-SpuBench's open questions",
    "figures": "Figures",
    "report": "Notebooks",
}
"""File of rules -> what the diagram calls it."""

CHARTS = {
    "The way to the trade-off, as `make demo` runs it": ("results/figures/tradeoff.pdf",),
    "Everything, with the study of fine-tuning": ("all", "finetuning_study"),
    "The open questions": ("open_questions",),
}
"""Heading -> targets."""

NAMES = ("all", "finetuning_study", "open_questions")
"""Rules that only name what is wanted."""

_HEAD = """# The pipeline

A box is a rule, which is a script of the same name in `scripts/`; an arrow leads from what makes a
file to what reads it (one that others imply is left out). `make diagram` makes this page from the
rules of the default configuration. Other configurations have other rules: `snakemake --rulegraph
mermaid-js` shows them, `snakemake targets` lists what can be asked for.
"""

Edges = frozenset[tuple[str, str]]


def read_graph(text: str) -> Edges:
    """Read Snakemake's graph of rules in Mermaid's language.

    Args:
        text: As `snakemake --rulegraph mermaid-js` prints it.

    Returns:
        Pairs of rules, the one that makes a file first.
    """
    names = dict(re.findall(r"^\s*(id\d+)\[(\w+)\]", text, re.MULTILINE))
    return frozenset(
        (names[maker], names[reader])
        for maker, reader in re.findall(r"^\s*(id\d+) --> (id\d+)", text, re.MULTILINE)
    )


def without_implied(edges: Edges) -> Edges:
    """Leave out every edge of an acyclic graph whose ends are joined by a longer way."""
    after: dict[str, set[str]] = {}
    for maker, reader in edges:
        after.setdefault(maker, set()).add(reader)

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = list(after.get(start, ()))
        while waiting:
            if (rule := waiting.pop()) not in seen:
                seen.add(rule)
                waiting += after.get(rule, ())
        return seen

    far = {rule: reached(rule) for rule in after}
    return frozenset(
        (maker, reader)
        for maker, reader in edges
        if not any(reader in far.get(between, ()) for between in after[maker] - {reader})
    )


def draw_chart(edges: Edges, phases: Mapping[str, str], left_out: Collection[str] = ()) -> str:
    """Return a Mermaid flowchart with the rules of a phase in one frame.

    Args:
        edges: As `read_graph` returns them.
        phases: Rule -> phase.
        left_out: Rules that only name what is wanted.
    """
    shown = frozenset(pair for pair in edges if not set(pair) & set(left_out))
    rules = sorted({rule for pair in shown for rule in pair})
    frames: dict[str, list[str]] = {}
    for rule in rules:
        frames.setdefault(phases[rule], []).append(rule)
    lines = ["flowchart LR"]
    for phase in sorted(frames, key=lambda name: (list(TITLES).index(name), name)):
        lines += [f'  subgraph {phase}["{TITLES[phase]}"]']
        lines += [f'    {rule}["{rule.replace("_", " ")}"]' for rule in frames[phase]]
        lines += ["  end"]
    lines += [f"  {maker} --> {reader}" for maker, reader in sorted(without_implied(shown))]
    return "\n".join(lines)


def phases_of(files: Iterable[Path]) -> dict[str, str]:
    """Return which file defines which rule."""
    return {
        rule: file.stem
        for file in files
        for rule in re.findall(
            r"^\s*(?:rule|use rule \w+ as) (\w+)(?: with)?:",
            file.read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    }


def make_page(folder: Path = Path()) -> str:
    """Return the text of the page.

    Args:
        folder: Where the Snakefile is.

    Raises:
        Problem: Snakemake cannot draw the graph.
    """
    phases = phases_of(sorted((folder / "rules").glob("*.smk")))
    parts = [_HEAD]
    for heading, targets in CHARTS.items():
        edges = read_graph(_ask_snakemake(folder, targets))
        chart = draw_chart(edges, phases, left_out=NAMES)
        parts.append(f"## {heading}\n\n```mermaid\n{chart}\n```\n")
    return "\n".join(parts)


def _ask_snakemake(folder: Path, targets: Sequence[str]) -> str:
    command = [sys.executable, "-m", "snakemake", "--forceall", "--rulegraph", "mermaid-js", "--"]
    done = subprocess.run(
        [*command, *targets],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Problem(
            "Snakemake cannot draw its graph of rules: run `snakemake --rulegraph mermaid-js` to"
            " see why."
        )
    return done.stdout


if __name__ == "__main__":
    try:
        write_text(PAGE, make_page())
    except Problem as problem:
        sys.exit(str(problem))
