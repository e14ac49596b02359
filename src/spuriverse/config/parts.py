"""The parts of a run, and which of them a target needs: keys of the others may be anything."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Literal

from spuriverse.config.job_settings import JobSettings

Part = Literal[
    "curation",
    "annotation",
    "synthesis",
    "verification",
    "evaluation",
    "finetuning",
    "study",
    "robust",
    "spubench",
    "explain",
    "composites",
]

_EXPLAINED = ("cgla", "signatures", "heatmaps", "occlusion", "likelihoods")
_STUDIED = (
    "way_out",
    "finetuning",
    "ablation",
    "held_out",
    "transfer",
    "mitigations",
    "paper_tables",
)


def parts_of(config: JobSettings, targets: Iterable[str]) -> frozenset[Part]:
    """Return the parts that targets need: rules or files; without any, the whole run.

    Args:
        config: The configuration.
        targets: Names of rules, or paths of files.
    """
    needed = [_parts_of(config, target) for target in targets] or [_parts_of(config, "all")]
    return frozenset[Part]().union(*needed)


def _parts_of(config: JobSettings, target: str) -> frozenset[Part]:
    name = PurePosixPath(target)
    words = f"{name.parent.name}/{name.name}" if name.suffix or "/" in target else target
    found: set[Part] = _from_questions(config)
    if "composites" in words:
        return frozenset({"composites"})
    if words in ("serve_model", "verify_provenance", "targets") or "/benchmarks/" in target:
        return frozenset()
    if words == "all" or "open_question" in target:
        found |= {"annotation", "spubench", "explain", "composites"}
    elif "spubench" in target:
        embedded = config.types_from == "world" and config.spubench and config.spubench.embedded
        found = {"spubench", "finetuning"} if embedded else {"spubench"}
        is_explained = target == "spubench" or any(word in words for word in _EXPLAINED)
        return frozenset({*found, "explain"} if is_explained else found)
    elif "robust" in target:
        found |= {"finetuning", "robust"}
    elif any(word in target for word in _STUDIED):
        found |= {"finetuning", "study"}
    elif words in ("shortcuts", "tables/shortcuts.csv") or words.startswith("shortcuts/"):
        found = {"curation"}
    elif "funnel" in words or "curat" in target or words == "review":
        found |= {"annotation"}
    return frozenset(found)


def _from_questions(config: JobSettings) -> set[Part]:
    """What an evaluation needs, by where its types come from."""
    found: set[Part] = {"curation", "evaluation"}
    if config.types_from != "published":
        found |= {"annotation", "synthesis", "verification"}
    if config.types_from == "world":
        found |= {"finetuning"}
    return found
