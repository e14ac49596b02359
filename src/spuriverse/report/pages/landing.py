"""The one page of a run: what came out, what was made, and what was not."""

import json
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from spuriverse.problems import Problem
from spuriverse.questions import open_image
from spuriverse.report.pages.headline import (
    FOUND,
    Tradeoff,
    found_tile,
    measured_tiles,
    money_tile,
    read_rows,
    read_tradeoff,
    tradeoff_tiles,
)
from spuriverse.report.pages.model_table import tabulate_models
from spuriverse.report.pages.products import (
    CATEGORIES,
    FILES,
    PRODUCTS,
    Product,
    files_of,
    missing_files,
    read_caption,
    unnamed_products,
)
from spuriverse.report.pages.templating import embed_image, fill_template
from spuriverse.tables import write_text
from spuriverse.workflow import Stale, say_duration, sidecar_of

PAGE = "index.html"
BROWSER = "samples.html"
_THUMBNAIL, _FIGURE, _PAIR = 360, 900, 192


@dataclass(frozen=True)
class Run:
    """What the page cannot read from the results.

    Attributes:
        results: The folder of results.
        overlays: The files that were laid over the configuration.
        base_model: The model that is fine-tuned.
        published: Whether the types were not found here but published.
        wanted: Files that people look at and that this configuration can make.
        made: Files that the last run made or found up to date.
        stale: Results that would come out otherwise today.
        miniature: Why numbers are not to be quoted; empty if they may be.
        caveats: What a reader of the numbers must know, a sentence each.
        paid_models: How many models behind a server are asked.
        captions: The folder of captions.
    """

    results: Path
    overlays: Sequence[str]
    base_model: str
    published: bool
    wanted: Sequence[str]
    made: frozenset[str]
    stale: Sequence[Stale]
    miniature: str
    caveats: Sequence[str]
    paid_models: int
    captions: Path


@dataclass(frozen=True)
class Shown:
    """The page of a run, and what it says in a line.

    Attributes:
        page: The HTML file.
        summary: What came out, for a terminal; may be empty.
    """

    page: Path
    summary: str

    def sentence(self) -> str:
        """Return the last line of a run: what came out, and where to look."""
        told = f"{self.summary}. " if self.summary else ""
        folder = self.page.parent
        named = "" if folder == Path("results") else f" RESULTS={shlex.quote(str(folder))}"
        return f"{told}See {self.page} (make open{named} shows it)."


def show_run(run: Run, pairs: Sequence[Any]) -> Shown:
    """Write the page of a run into its folder of results.

    Args:
        run: What the results do not say.
        pairs: As `spuriverse.discovery.verification.strongest_pairs` returns them.

    Returns:
        Where the page is, and what it says in short.

    Raises:
        Problem: A table cannot be read, or the page cannot be written.
    """
    results = run.results
    tradeoff = read_tradeoff(results, run.base_model)
    tiles = _tiles(run, tradeoff)
    values = {
        "name": str(results),
        "run": run,
        "provenance": _provenance(results),
        "badges": _badges(run),
        "tiles": tiles,
        "tradeoff": tradeoff,
        "figure": _thumbnail(results / "figures/tradeoff.png", _FIGURE),
        "pairs": [_pair(pair, results) for pair in pairs],
        "sheets": (results / "sheets/index.html").is_file(),
        "models": tabulate_models(results),
        "browser": BROWSER if (results / BROWSER).is_file() else "",
        "categories": _categories(run),
        "files": {path: text for path, text in FILES.items() if (results / path).exists()},
    }
    page = results / PAGE
    write_text(page, fill_template("landing", values, script="landing.js"))
    return Shown(page, _summary(tradeoff, tiles))


def _tiles(run: Run, tradeoff: Tradeoff | None) -> list[Any]:
    numbers = tradeoff_tiles(tradeoff) if tradeoff else measured_tiles(run.results)
    money = money_tile(read_rows(run.results / "records/spending.csv"), run.paid_models)
    found = found_tile(run.results, published=run.published)
    return [tile for tile in (found, *numbers, money) if tile]


def _summary(tradeoff: Tradeoff | None, tiles: Sequence[Any]) -> str:
    if tradeoff:
        return tradeoff.in_short()
    told = [f"{tile.value} {tile.label}" for tile in tiles if tile.label == FOUND]
    told += [
        f"{t.label} {t.value}" for t in tiles if t.label in ("robustness", "ordinary accuracy")
    ]
    text = ", ".join(told)
    return text[:1].upper() + text[1:]


def _badges(run: Run) -> list[tuple[str, str]]:
    """Class and text of what must be seen first."""
    badges = [("smoke", f"{run.miniature}: not for quoting")] if run.miniature else []
    files = [str(run.results / f) for product in PRODUCTS for f in files_of(product, run.results)]
    stale = {stale.path for stale in run.stale} - run.made
    earlier = [path for path in files if path not in run.made and path not in stale]
    if stale:
        return [*badges, ("stale", f"stale: {len(stale)} file{'s' * (len(stale) > 1)}")]
    if earlier and not set(files) & run.made:
        return [*badges, ("earlier", "of an earlier run")]
    return [*badges, ("fresh", "fresh")]


def _provenance(results: Path) -> dict[str, Any]:
    path = results / "records/provenance.json"
    if not path.is_file():
        return {}
    record = json.loads(path.read_text(encoding="utf-8"))
    seconds = [t.get("seconds") or 0.0 for t in record.get("timings", {}).values()]
    processor = [t.get("cpu_seconds") or 0.0 for t in record.get("timings", {}).values()]
    memory = [t.get("max_rss_mb") or 0.0 for t in record.get("timings", {}).values()]
    return {
        "date": record["written"].replace("T", " ").replace("+00:00", " UTC"),
        "commit": record.get("commit"),
        "dirty": record.get("dirty"),
        "protocol": record.get("protocol"),
        "seeds": record.get("seeds", {}),
        "hardware": record.get("hardware", {}),
        "versions": {k: v for k, v in record.get("versions", {}).items() if v},
        "jobs": len(seconds),
        "time": say_duration(sum(seconds)),
        "processor_time": say_duration(sum(processor)),
        "memory_gb": max(memory, default=0.0) / 1024,
    }


def _pair(pair: Any, results: Path) -> dict[str, Any]:
    return {
        "pair": pair,
        "core": _picture(pair.core),
        "spurious": _picture(pair.spurious),
        "gap": f"{pair.gap:.2f}"
        + ("" if pair.low is None else f" [{pair.low:.2f}, {pair.high:.2f}]"),
    }


def _picture(path: str) -> str:
    """A picture of a pair, small; pixel art stays crisp."""
    try:
        image = open_image(path, shortest=_PAIR)
    except Problem:
        return ""
    image.thumbnail((2 * _PAIR, 2 * _PAIR))
    return embed_image(_few_colours(image))


def _thumbnail(path: Path, width: int) -> str:
    """A figure made smaller; nothing if it is not there or cannot be opened."""
    if not path.is_file():
        return ""
    try:
        image = open_image(path)
    except Problem:
        return ""
    image.thumbnail((width, 2 * width), Image.Resampling.BOX, reducing_gap=2.0)
    return embed_image(_few_colours(image))


def _few_colours(image: Image.Image) -> Image.Image:
    return image.quantize(96, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)


def _categories(run: Run) -> Mapping[str, list[dict[str, Any]]]:
    """Category -> cards of what is there and of what this configuration could make."""
    wanted = [os.path.relpath(path, run.results) for path in run.wanted]
    stale = {item.path: item.reason for item in run.stale if item.path not in run.made}
    found: dict[str, list[dict[str, Any]]] = {category: [] for category in CATEGORIES}
    for product in (*PRODUCTS, *unnamed_products(run.results)):
        if card := _card(product, run, wanted, stale):
            found[product.category].append(card)
    return {category: cards for category, cards in found.items() if cards}


def _card(
    product: Product, run: Run, wanted: Sequence[str], stale: Mapping[str, str]
) -> dict[str, Any] | None:
    there = files_of(product, run.results)
    missing = missing_files(product, wanted)
    if not there and not missing:
        return None
    reasons = [stale[str(run.results / f)] for f in there if str(run.results / f) in stale]
    pictures = [path for path in there if path.endswith(".png")]
    records = [str(sidecar_of(Path(path))) for path in there if path.endswith(".csv")]
    links = [(_link_name(path, there), path) for path in there]
    links += [("record", path) for path in records if (run.results / path).is_file()]
    return {
        "title": product.title,
        "text": read_caption(run.captions, product.name),
        "picture": _thumbnail(run.results / pictures[0], _THUMBNAIL) if pictures else "",
        "opens": next((p for p in there if p.endswith((".html", ".pdf", ".png"))), ""),
        "links": links,
        "stale": reasons[0] if reasons else "",
        "made": bool(there),
        "command": "" if there else command_for(run, missing),
    }


def _link_name(path: str, there: Sequence[str]) -> str:
    """The format of a file, or its name where the product has several tables."""
    suffix = path.rpartition(".")[2]
    alike = [other for other in there if other.endswith(f".{suffix}")]
    return suffix.upper() if len(alike) == 1 else path.rpartition("/")[2]


def command_for(run: Run, files: Sequence[str]) -> str:
    """Return the command that makes files of this run, relative to its results."""
    targets = [str(run.results / path) for path in files]
    overlays = ["--configfile", *run.overlays] if run.overlays else []
    return shlex.join(["snakemake", "--cores", "all", *targets, *overlays])
