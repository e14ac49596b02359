"""Make the pictures of the documents from a finished run.

    python bench/pictures.py [results]

From the run: the trade-off, a minimal pair with the model's replies, a dozen types, the pages of
results and of shortcuts. From the demo of cut-outs: its figure. What a run lacks is left as it is,
and named.
"""

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

import pandas as pd

from spuriverse.tables import read_table

IMAGES = Path(__file__).parents[1] / "docs" / "images"
KIND = "border"
"""Of all kinds the most legible at the size of a README."""

PAGE = (1280, 1000)
"""Width and height of the picture of the page, in pixels."""


def main() -> None:
    """Make them all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", nargs="?", default="results", type=Path)
    results = parser.parse_args().results
    copy(results / "figures" / "tradeoff.png", IMAGES / "tradeoff.png")
    shrink(results / "figures" / "types.png", IMAGES / "types.png")
    copy(Path("results/composites-demo/figures/composites.png"), IMAGES / "composites.png")
    draw_pair(results, IMAGES / "pair.png")
    photograph(results / "index.html", IMAGES / "page.png")
    photograph(results / "shortcuts" / "index.html", IMAGES / "shortcuts.png", (1000, 1150))
    shrink(IMAGES / "shortcuts.png", IMAGES / "shortcuts.png")


def copy(figure: Path, target: Path) -> None:
    """Take a figure over as it is."""
    if figure.is_file():
        shutil.copyfile(figure, target)
        print(f"{target}: a copy")
    else:
        print(f"{target}: left, since there is no {figure}")


def shrink(figure: Path, target: Path) -> None:
    """Take a figure with noisy images over in 256 colours, a third of the size."""
    from PIL import Image

    if not figure.is_file():
        print(f"{target}: left, since there is no {figure}")
        return
    with Image.open(figure) as image:
        image.convert("RGB").quantize(256).save(target, optimize=True)
    print(f"{target}: in 256 colours")


def draw_pair(results: Path, target: Path) -> None:
    """Draw two images of the strongest type of a kind: without the attribute, and with it."""
    from matplotlib.figure import Figure
    from PIL import Image

    pair = find_pair(results)
    # As wide as the column of the README in which it stands.
    figure = Figure(figsize=(3.2, 5.2), layout="constrained")
    axes = figure.subplots(2, 1)
    for axis, (_, row) in zip(axes, pair.iterrows(), strict=True):
        with Image.open(row["image"]) as image:
            axis.imshow(image.convert("RGB"), interpolation="nearest")
        right = row["said"] == row["right"]
        mark, colour = ("✓", "#1a7f37") if right else ("✗", "#cf222e")
        axis.set_title(f"{mark} “{row['said']}”", color=colour, fontsize=15)
        axis.set_axis_off()
    figure.suptitle(pair["question"].iloc[0], fontsize=13)
    figure.savefig(target, dpi=110, metadata={"Software": None})
    print(f"{target}: {pair['type_id'].iloc[0]}")


def find_pair(results: Path) -> pd.DataFrame:
    """Return a core and a spurious image of one seed, with the replies to them."""
    verification = read_table(results / "verification" / "verification.parquet", "verification")
    types = read_table(results / "verification" / "types.parquet", "types")
    shown = types[types["kind"] == KIND].merge(verification, on="candidate_id")
    order = ["fresh_gap", "gap", "type_id"]
    best = shown.sort_values(order, ascending=[False, False, True]).iloc[0]
    groups = read_table(results / "groups" / "groups.parquet", "groups")
    samples = read_table(results / "benchmarks" / "world" / "samples.parquet", "samples")
    anchor = samples.set_index("sample_id").loc[best["sample_id"]]
    replies = read_table(results / "verification" / "responses.parquet", "responses")
    said = replies.set_index("sample_id")["choice"]
    images = groups[groups["candidate_id"] == best["candidate_id"]].copy()
    names = [f"{row.candidate_id}-{row.group}-{row.part}-{row.seed}" for row in images.itertuples()]
    images["choice"] = said.reindex(names).to_numpy()
    images = images[images["choice"].notna()].assign(type_id=best["type_id"])
    images["said"] = [anchor["options"][int(choice)] for choice in images["choice"]]
    images["right"] = anchor["options"][anchor["answer"]]
    images["question"] = anchor["question"]
    images["as_it_should"] = (images["said"] == images["right"]) == (images["group"] == "core")
    telling = images.groupby(["part", "seed"])["as_it_should"].transform("all")
    first = images[telling].sort_values(["part", "seed", "group"])
    return first.head(2)


def photograph(page: Path, target: Path, size: tuple[int, int] = PAGE) -> None:
    """Open the page of results in a browser without a window, and take a picture of its top."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None or not page.is_file():
        print(f"{target}: left, since there is no {page if browser else 'chromium'}")
        return
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                *(browser, "--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu"),
                f"--user-data-dir={profile}",
                f"--window-size={size[0]},{size[1]}",
                f"--screenshot={target}",
                page.resolve().as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
    print(f"{target}: the page as a browser shows it")


if __name__ == "__main__":
    main()
