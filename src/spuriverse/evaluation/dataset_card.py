"""The card of a published data set: what a person reads, and what the Hub does."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import yaml

OURS = {"world", "easy_vqa"}
"""Benchmarks whose images are free to pass on, under the MIT licence."""

_MARKDOWN = re.compile(r"[\\`*_\[\]<>|~#&$]")
SIZES = {"n<1K": 1_000, "1K<n<10K": 10_000, "10K<n<100K": 100_000, "100K<n<1M": math.inf}
"""Class of size on the Hub -> rows of the largest table that it does not reach."""


@dataclass(frozen=True)
class Card:
    """What is said about a data set beside its tables.

    Attributes:
        name: A short name, of letters, digits and hyphens.
        source_model: The model whose errors the types come from.
        benchmarks: Where the anchors come from.
        verified_by: The models that confirmed the types; none if others published them.
        threshold: Least gap of a verified type.
        version: Of the software.
    """

    name: str
    source_model: str
    benchmarks: tuple[str, ...]
    verified_by: tuple[str, ...]
    threshold: float
    version: str

    @property
    def licence(self) -> str:
        """The licence of the whole: known if all images are ours."""
        return "mit" if set(self.benchmarks) <= OURS else "unknown"

    @property
    def description(self) -> str:
        """A sentence on what the data set is."""
        return (
            "Spurious correlations of a vision-language model, verified on counterfactual images:"
            f" questions that {self.source_model} got wrong, and the same questions about images"
            " made with the misleading attribute and without it."
        )


def write_card(card: Card, meanings: Mapping[str, str], tables: Mapping[str, pd.DataFrame]) -> str:
    """Return the text of `README.md`, with a YAML header.

    Args:
        card: What is said about the data set.
        meanings: Name of a table -> what a row of it is.
        tables: Name -> the table, to count its rows.
    """
    anchors = tables["anchors"]
    kinds = anchors["kind"].value_counts().sort_index()
    return "\n".join(
        [
            "---",
            yaml.safe_dump(_header(card, tables), sort_keys=False, allow_unicode=True).rstrip(),
            "---",
            "",
            f"# {_plain(card.name)}",
            "",
            f"{_plain(card.description)} {len(anchors)} types from"
            f" {_plain(', '.join(card.benchmarks))}.",
            "",
            "```python",
            "from datasets import load_dataset",
            "",
            'anchors = load_dataset("PATH OR NAME", "anchors", split="test")',
            "```",
            "",
            "| table | rows | a row |",
            "|---|---|---|",
            *(f"| `{name}` | {len(tables[name])} | {meanings[name]} |" for name in tables),
            "",
            "`answer` is the 0-based place of the right one of `options`; `predicted` is what the"
            " model said. Groups have a part that decided on the type (`selection`) and one that"
            " did not (`fresh`): measure on `fresh`.",
            "",
            "| kind of attribute | types |",
            "|---|---|",
            *(f"| {_plain(str(kind))} | {count} |" for kind, count in kinds.items()),
            "",
            "## How the types were found",
            "",
            _verified(card),
            "",
            "## What to keep in mind",
            "",
            *(f"- {line}" for line in _caveats(card)),
            "",
            f"Made with SpuriVerse, reproducible {_plain(card.version)}, after the method of"
            " arXiv 2506.18322; please cite that paper.",
            "",
        ]
    )


def _header(card: Card, tables: Mapping[str, pd.DataFrame]) -> dict[str, object]:
    rows = max(map(len, tables.values()))
    configs = [
        {
            "config_name": name,
            "data_files": [{"split": "test", "path": f"data/{name}.parquet"}],
            **({"default": True} if name == "anchors" else {}),
        }
        for name in tables
    ]
    return {
        "pretty_name": card.name,
        "license": card.licence,
        "language": ["en"],
        "task_categories": ["visual-question-answering"],
        "tags": ["spurious-correlations", "robustness", "counterfactual"],
        "size_categories": [next(size for size, limit in SIZES.items() if rows < limit)],
        "configs": configs,
    }


def _verified(card: Card) -> str:
    if not card.verified_by:
        return (
            "The types are those of the SpuriVerse artefact, as published; none was verified anew."
        )
    models = _plain(", ".join(card.verified_by))
    return (
        f"An attribute was proposed behind each error of {_plain(card.source_model)}. It is a type"
        f" if {models} answers the question better without the attribute than with it: by more than"
        f" {card.threshold} of the images, and beyond what chance explains (`q_value` in"
        " `verdicts`, which counts all candidates that were tried)."
    )


def _caveats(card: Card) -> list[str]:
    licence = (
        "All images are rendered by the software, under the MIT licence."
        if card.licence == "mit"
        else "The anchors are questions and images of the benchmarks above, under the licences of"
        " these; check that they may be passed on before you publish them."
    )
    return [
        licence,
        "The anchors are errors of the source model by construction: its accuracy on them is 0 and"
        " says nothing.",
        "Images of groups are synthetic; `generator` says by what.",
    ]


def _plain(text: str) -> str:
    """Text of others, so that Markdown shows it and does nothing else with it."""
    return _MARKDOWN.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))
