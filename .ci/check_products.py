"""Open every product of `make demo` the way a reader would, and print what is in it."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from PIL import Image

COLUMNS = ["proportion", "seed", "subset", "n", "accuracy", "low", "high"]


def check_pdf(path: Path) -> str:
    """One page of more than 5 kB."""
    content = path.read_bytes()
    if not content.startswith(b"%PDF"):
        raise ValueError("not a PDF file")
    if len(content) <= 5_000:
        raise ValueError(f"only {len(content)} bytes, more than 5000 expected")
    pages = len(re.findall(rb"/Type\s*/Page\b", content))
    if pages != 1:
        raise ValueError(f"{pages} pages, 1 expected")
    return f"1 page, {len(content)} bytes"


def check_png(path: Path) -> str:
    """A picture that decodes completely."""
    with Image.open(path) as image:
        image.load()
        return f"{image.width} x {image.height} pixels"


def check_table(path: Path) -> str:
    """Rows under the published columns."""
    table = pd.read_csv(path)
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        raise ValueError(f"lacks the columns {', '.join(missing)}")
    if table.empty:
        raise ValueError("has no rows")
    return f"{len(table)} rows, subsets {', '.join(sorted(table['subset'].unique()))}"


def check_json(path: Path) -> str:
    """A JSON object that says something."""
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not content:
        raise ValueError("not a JSON object with keys")
    return f"{len(content)} keys"


def check_page(path: Path) -> str:
    """A whole page, whose links lead to files that are there."""
    page = path.read_text(encoding="utf-8")
    if not page.rstrip().endswith("</html>"):
        raise ValueError("cut short")
    links = set(re.findall('href="([^"#]+)', page))
    if missing := sorted(link for link in links if not (path.parent / link).exists()):
        raise ValueError(f"leads to {', '.join(missing)}, which are not there")
    return f"{len(page):,} bytes, {len(links)} links"


PRODUCTS: dict[str, Callable[[Path], str]] = {
    "figures/tradeoff.pdf": check_pdf,
    "figures/tradeoff.png": check_png,
    "tables/tradeoff.csv": check_table,
    "records/provenance.json": check_json,
    "index.html": check_page,
}


def main() -> int:
    """Report on every product; exit 1 if any is missing or unreadable."""
    failures = 0
    for name, check in PRODUCTS.items():
        path = Path("results") / name
        try:
            print(f"ok      {path}: {check(path)}")
        except (OSError, ValueError) as error:
            failures += 1
            print(f"FAILED  {path}: {error}")
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
