"""What the pages say of the embedded world is what the code does."""

from pathlib import Path

import pytest

from spuriverse.config import parse_config
from spuriverse.world.kinds import KINDS

ROOT = Path(__file__).parents[2]
WORLD = (ROOT / "docs" / "embedded-world.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_the_table_of_kinds_lists_every_value(kind) -> None:
    row = next(line for line in WORLD.splitlines() if line.startswith(f"| {kind.name} "))
    planted = f"{len(kind.planted)}: {', '.join(kind.planted)}"
    controls = f"{len(kind.controls)}: {', '.join(kind.controls)}" if kind.controls else "–"
    assert row.endswith(f"| {planted} | {controls} |")


def test_the_numbers_of_the_recipe_are_the_defaults() -> None:
    config = parse_config({})
    assert f"{config.zoo.images:,} images, {config.zoo.steps} steps" in WORLD
    assert f"`attribute_rate` = {config.world.attribute_rate} of" in WORLD
    assert f"`association` = {config.world.association} |" in WORLD
    assert f"`zoo.pairs` ({config.zoo.pairs})" in WORLD


@pytest.mark.parametrize(
    "page", [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")], ids=lambda path: path.name
)
def test_no_page_has_a_placeholder(page: Path) -> None:
    assert "<<" not in page.read_text(encoding="utf-8").replace("<<<<", "")
