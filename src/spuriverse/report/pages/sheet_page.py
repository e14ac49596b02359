"""One HTML page of all contact sheets, with filters; it needs no network."""

from spuriverse.questions import PROTOCOL
from spuriverse.report.figures.sheets import COLUMNS, LEGEND, TILE, Sheet, describe_gap
from spuriverse.report.pages.templating import fill_template

_KEPT = {
    "all": "all",
    "kept": "kept",
    "dropped": "not kept",
    "paper": "kept by the gap alone",
}


def render_sheets(sheets: list[Sheet]) -> str:
    """Return the page; it shows parts of the PNG files beside it.

    Args:
        sheets: As `collect_sheets` returns them.

    Returns:
        HTML that only loads files beside it. See `fill_template`.
    """
    kinds = sorted({sheet.candidate["kind"] for sheet in sheets})
    models = sorted(
        {
            mark.model
            for sheet in sheets
            for tiles in sheet.tiles.values()
            for tile in tiles
            for mark in tile.marks
        }
    )
    values = {
        "sheets": sheets,
        "kinds": {"": "all"} | {kind: kind for kind in kinds},
        "models": {"": "all models"} | {model: model for model in models},
        "kept": _KEPT,
        "protocol": PROTOCOL,
        "tile_size": TILE,
        "columns": COLUMNS,
        "legend": LEGEND,
        "describe_gap": describe_gap,
    }
    return fill_template("sheets", values, images="'self' file:", script="sheets.js")
