"""A release says one version and one date wherever it says them."""

import re
from pathlib import Path

import yaml

from spuriverse import __version__

ROOT = Path(__file__).parents[2]


def test_citation_and_changelog_are_of_this_version() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version, date = re.search(r"^## (\d\S*) \((\S+)\)$", changes, re.MULTILINE).groups()
    assert (cited["version"], str(cited["date-released"])) == (version, date)
    assert __version__ == version
