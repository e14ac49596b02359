"""Contact sheets: the anchor and both groups of a candidate, each image with models' answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from PIL import Image, ImageDraw, ImageFont

from spuriverse.problems import Problem
from spuriverse.progress import progress
from spuriverse.questions import open_image
from spuriverse.report.figures.style import BLACK, GREEN, VERMILLION

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

TILE = 112
"""Side of the square in which an image is shown, in pixels."""

COLUMNS = 8
"""Images of a group in a row; what is beyond them is folded below."""

LEGEND = (
    "core: scenes without the attribute · spurious: scenes with it"
    " · ✓ right · ✗ wrong · gap: accuracy on core less that on spurious images, and 95 % interval"
)

_GAP, _LINE, _MARGIN = 8, 13, 12
_WIDEST = 150
"""Characters of a line above the images."""

_GROUND, _FAINT = "#ffffff", "#666666"


@dataclass(frozen=True)
class Mark:
    """What a model answered to an image, and whether that is right."""

    model: str
    reply: str
    right: bool


@dataclass(frozen=True)
class Tile:
    """An image with its answers.

    Attributes:
        image: Its file.
        marks: Answers of the models that were asked.
        x: Where it is on the sheet, in pixels from the left ...
        y: ... and from the top.
    """

    image: str
    marks: tuple[Mark, ...]
    x: int
    y: int


@dataclass(frozen=True)
class Sheet:
    """All that is shown of a candidate.

    Attributes:
        file: Name of its PNG file.
        candidate: Its row of the `candidates` table.
        question: What is asked of all images.
        right: The right answer.
        gaps: Its rows of the `verification` table.
        tiles: Group ("anchor", "core", "spurious") -> its images. Core and spurious images of one
            seed stand one above the other.
        fresh: Whether the images of the groups took no part in the decision.
    """

    file: str
    candidate: dict[str, Any]
    question: str
    right: str
    gaps: list[dict[str, Any]]
    tiles: dict[str, list[Tile]]
    fresh: bool

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the PNG file, in pixels."""
        tiles = [tile for group in self.tiles.values() for tile in group]
        width = max((tile.x + TILE for tile in tiles), default=TILE) + _MARGIN
        height = max((tile.y + TILE + _LINE * len(tile.marks) for tile in tiles), default=TILE)
        return max(width, 900), height + _MARGIN


def collect_sheets(
    candidates: pd.DataFrame,
    samples: pd.DataFrame,
    asked: pd.DataFrame,
    responses: pd.DataFrame,
    verification: pd.DataFrame,
) -> list[Sheet]:
    """Gather what is shown of every candidate that was verified, the largest gap first.

    Args:
        candidates: A `candidates` table.
        samples: The `samples` table that holds the anchors.
        asked: As `spuriverse.discovery.verification.group_samples` returns it.
        responses: A `responses` table of any number of models, about anchors and groups.
        verification: A `verification` table.

    Returns:
        A sheet per candidate, by the largest gap of a model: on fresh images where there are any,
        which are then those that are shown, else on those that decided.

    Raises:
        Problem: No candidate was verified.
    """
    shown = candidates[candidates["candidate_id"].isin(verification["candidate_id"])]
    if shown.empty:
        raise Problem("No candidate was verified, so there is no contact sheet to draw.")
    by_sample = dict(list(responses.groupby("sample_id")))
    anchors = samples.set_index("sample_id")
    gaps = dict(list(verification.groupby("candidate_id")))
    images = dict(list(asked.groupby("candidate_id")))
    ordered = _by_gap(shown, verification).to_dict("records")
    sheets = []
    for number, candidate in enumerate(ordered):
        name = candidate["candidate_id"]
        anchor = {**anchors.loc[candidate["sample_id"]], "sample_id": candidate["sample_id"]}
        group = images.get(name, asked.head(0))
        fresh = bool((group["part"] == "fresh").any())
        group = group[group["part"] == ("fresh" if fresh else "selection")]
        rows = {
            "anchor": [anchor],
            **{g: _in_order(group, g) for g in ("core", "spurious")},
        }
        here = gaps[name].to_dict("records")
        sheets.append(
            Sheet(
                f"{number:04d}-{re.sub(r'[^A-Za-z0-9_-]', '_', name)[:60]}.png",
                candidate,
                str(anchor.get("question", "")),
                anchor["options"][anchor["answer"]],
                here,
                _place(rows, by_sample, _MARGIN + _LINE * (6 + len(here))),
                fresh,
            )
        )
    return sheets


def _by_gap(candidates: pd.DataFrame, verification: pd.DataFrame) -> pd.DataFrame:
    measured = verification["fresh_gap"].fillna(verification["gap"])
    largest = measured.groupby(verification["candidate_id"]).max()
    ordered = candidates.assign(largest=candidates["candidate_id"].map(largest))
    ordered = ordered.sort_values(
        ["largest", "attribute", "candidate_id"], ascending=[False, True, True]
    )
    return ordered.drop(columns="largest")


def _in_order(images: pd.DataFrame, group: str) -> list[dict[str, Any]]:
    """The images of a group by seed, each with its column: that of its seed among all seeds."""
    seeds = {seed: column for column, seed in enumerate(sorted(images["seed"].unique()))}
    mine = images[images["group"] == group].sort_values("seed")
    return mine.assign(column=mine["seed"].map(seeds)).to_dict("records")


def _place(
    rows: dict[str, list[dict[str, Any]]], responses: dict[str, pd.DataFrame], top: int
) -> dict[str, list[Tile]]:
    """The anchor is at the left; beside it the core group stands above the spurious group.

    After `COLUMNS` images both go on below, the core group above again.
    """
    marks = {
        group: [_marks(row, responses.get(row["sample_id"])) for row in group_rows]
        for group, group_rows in rows.items()
    }
    lines = max((len(each) for found in marks.values() for each in found), default=0)
    height = TILE + _LINE * (lines + 2)
    tiles: dict[str, list[Tile]] = {}
    for group, group_rows in rows.items():
        tiles[group] = []
        for row, mark in zip(group_rows, marks[group], strict=True):
            fold, column = divmod(row["column"], COLUMNS) if "column" in row else (0, -1)
            x = _MARGIN + (column + 1) * (TILE + _GAP)
            y = top + (2 * fold + (group == "spurious")) * height
            tiles[group].append(Tile(row["image"], mark, x, y))
    return tiles


def _marks(row: dict[str, Any], responses: pd.DataFrame | None) -> tuple[Mark, ...]:
    if responses is None:
        return ()
    options = list(row["options"])
    return tuple(
        Mark(
            answer["model"],
            answer["outcome"] if pd.isna(answer["choice"]) else options[int(answer["choice"])],
            bool(pd.notna(answer["choice"]) and answer["choice"] == row["answer"]),
        )
        for answer in responses.drop_duplicates("model").to_dict("records")
    )


def draw_sheets(sheets: list[Sheet], folder: Path) -> None:
    """Draw every sheet as a PNG file.

    Args:
        sheets: As `collect_sheets` returns them.
        folder: Where the files go; must exist.

    Raises:
        Problem: An image is missing or broken.
    """
    font, bold = _font("DejaVuSans.ttf", 10), _font("DejaVuSans-Bold.ttf", 11)
    for sheet in progress(sheets, desc="drawing sheets", total=len(sheets), unit="sheet"):
        _draw(sheet, font, bold).save(folder / sheet.file, compress_level=1)


def describe_gap(gap: dict[str, Any]) -> str:
    """Say in a line what a model's gap is on either part, and what follows."""
    return (
        f"{gap['model']}: gap {_interval(gap, 'gap', 'gap_low', 'gap_high')}, on fresh images"
        f" {_interval(gap, 'fresh_gap', 'fresh_low', 'fresh_high')},"
        f" q {gap['q_value']:.2g} · {'kept' if gap['kept'] else 'not kept'}"
    )


def _interval(gap: dict[str, Any], value: str, low: str, high: str) -> str:
    if pd.isna(gap[value]):
        return "not measured"
    limits = "" if pd.isna(gap[low]) else f" [{gap[low]:.2f}, {gap[high]:.2f}]"
    return f"{gap[value]:.2f}{limits}"


def _draw(sheet: Sheet, font: FreeTypeFont, bold: FreeTypeFont) -> Image.Image:
    picture = Image.new("RGB", sheet.size, _GROUND)
    draw = ImageDraw.Draw(picture)
    for number, (line, face) in enumerate(_lines(sheet, font, bold)):
        draw.text((_MARGIN, _MARGIN + _LINE * number), line, BLACK, face)
    for group, tiles in sheet.tiles.items():
        for tile in tiles:
            image = open_image(tile.image, shortest=4 * TILE)
            # Pixel art stays crisp; a photograph is made smaller with care.
            grow = max(image.size) < TILE
            sides = [max(1, round(side * TILE / max(image.size))) for side in image.size]
            way = Image.Resampling.NEAREST if grow else Image.Resampling.LANCZOS
            image = image.resize((sides[0], sides[1]), way)
            corner = (tile.x + (TILE - sides[0]) // 2, tile.y + (TILE - sides[1]) // 2)
            picture.paste(image, corner)
            draw.text((tile.x, tile.y - _LINE), group, _FAINT, font)
            for number, mark in enumerate(tile.marks):
                colour, sign = (GREEN, "✓") if mark.right else (VERMILLION, "✗")
                text = _fitting(f"{sign} {mark.model}: {mark.reply}", font)
                draw.text((tile.x, tile.y + TILE + 2 + _LINE * number), text, colour, font)
    return picture


def _lines(
    sheet: Sheet, font: FreeTypeFont, bold: FreeTypeFont
) -> Iterator[tuple[str, FreeTypeFont]]:
    yield _one_line(sheet.candidate["attribute"]), bold
    yield _one_line(f"question: {sheet.question}"), font
    yield _one_line(f"right: {sheet.right} · leads to: {sheet.candidate['predicted']}"), font
    for gap in sheet.gaps:
        yield describe_gap(gap), font
    yield LEGEND, font


def _fitting(text: str, font: FreeTypeFont) -> str:
    text = _one_line(text)
    while len(text) > 1 and font.getlength(text) > TILE:
        text = text[:-2].rstrip() + "…"
    return text


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDEST else line[: _WIDEST - 1] + "…"


def _font(name: str, size: int) -> FreeTypeFont:
    import matplotlib

    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name, size)
