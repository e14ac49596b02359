"""The profiles: what is grouped, who retries, and which of the two has the last word."""

import re
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).parents[2]
RULES = "\n".join(p.read_text(encoding="utf-8") for p in (REPOSITORY / "rules").glob("*.smk"))
SMALL = re.compile(r"^\s*rule ((?:tabulate|plot|score)_\w+):", re.MULTILINE)


def profile(name: str) -> dict:
    return yaml.safe_load((REPOSITORY / "profiles" / name / "config.yaml").read_text())


def test_every_small_rule_is_grouped() -> None:
    grouped = {entry.partition("=")[0] for entry in profile("slurm")["groups"]}
    small = set(SMALL.findall(RULES))
    assert len(small) > 10
    assert small - grouped == set()


def test_every_group_says_how_many_go_together() -> None:
    groups = {entry.partition("=")[2] for entry in profile("slurm")["groups"]}
    sizes = {entry.partition("=")[0] for entry in profile("slurm")["group-components"]}
    assert sizes == groups - {"curation"}, "curation is a chain of one"


def test_retries_are_in_the_slurm_profile_alone() -> None:
    assert profile("slurm")["retries"] > 0
    assert "retries" not in profile("default")
    assert not re.search(r"^\s*retries:", RULES, re.MULTILINE)


def test_the_default_profile_does_not_overrule_the_other() -> None:
    """Snakemake applies profiles/default last, so that a key of both would be its."""
    assert set(profile("default")) & set(profile("slurm")) == set()


def test_partitions_without_gpus_are_there_for_the_rest() -> None:
    text = (REPOSITORY / profile("slurm")["slurm-partition-config"]).read_text()
    partitions = yaml.safe_load(text)["partitions"].values()
    assert any(limits.get("max_gpu") for limits in partitions)
    assert any(not limits.get("max_gpu") for limits in partitions)
