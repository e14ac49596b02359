"""Pages lead where they say, and what they say of the embedded world is what the code does."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from spuriverse.benchmarks import read_records
from spuriverse.config import lay_over, parse_config
from spuriverse.world.kinds import KINDS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
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


def text_of(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def anchors_of(page: Path) -> set[str]:
    """The names of a page's headings, as GitHub and mkdocs make them."""
    headings = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {re.sub(r"[\s]+", "-", heading.strip()) for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", text_of(page))
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            assert anchor in anchors_of(target), link


def test_every_page_is_in_the_index_and_on_the_site() -> None:
    pages = {path.name for path in (ROOT / "docs").glob("*.md")}
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    assert pages - {"README.md"} <= set(re.findall(r"\]\(([\w-]+\.md)\)", index))
    site = re.sub(r"!!python/\S+", "", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    shown = yaml.safe_load(site)["nav"]
    parts = [part for part in shown if isinstance(part, dict)]
    listed = [page for part in parts for group in part.values() for page in group]
    assert {*listed, "README.md"} == pages
    assert len(listed) == len(set(listed))


def test_the_first_page_is_short() -> None:
    """The rest is in docs/."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 130


# --- the page for pictures of one's own -----------------------------------------------------------


def blocks(page: str, language: str) -> list[str]:
    """The blocks of a page in a language, in their order."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_files_of_the_page_are_accepted_as_they_stand(tmp_path: Path) -> None:
    first, checkpoint, recorded = blocks("own-pictures.md", "yaml")
    config = parse_config(yaml.safe_load(first))
    assert config.types_from == "own" and config.source_model == "my-model"
    entry = yaml.safe_load(first) | {"models": [*yaml.safe_load(checkpoint)]}
    entry["models"].append(yaml.safe_load(first)["models"][1])
    assert parse_config(entry).source_model == "my-model"
    paths = [tmp_path / "first.yaml", tmp_path / "second.yaml"]
    paths[0].write_text(first)
    paths[1].write_text(recorded)
    laid = lay_over({**yaml.safe_load(first), **yaml.safe_load(recorded)}, {}, paths)
    laid["curation"] = yaml.safe_load(first)["curation"] | yaml.safe_load(recorded)["curation"]
    assert parse_config(laid).recorded_source is not None


def test_the_questions_of_the_page_can_be_read_with_their_replies(tmp_path: Path) -> None:
    path = tmp_path / "questions.csv"
    path.write_text(blocks("own-pictures.md", "csv")[1])
    records = pd.concat(read_records(path, "mine", "own"))
    assert records["predicted"].tolist() == ["cat", "dog"]
    assert records["outcome"].tolist() == ["answered", "answered"]
