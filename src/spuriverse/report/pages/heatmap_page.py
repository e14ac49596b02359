"""A page of heat maps with filters that needs no other file and no network."""

import pandas as pd
from PIL import Image

from spuriverse.questions import open_image
from spuriverse.report.pages.templating import embed_image, fill_template

_COLUMNS = {
    "share_spurious": "share on spurious region",
    "share_object": "share on object",
    "iou_spurious": "IoU spurious",
    "iou_object": "IoU object",
    "effect_spurious": "occlusion of the spurious region",
    "effect_object": "occlusion of the object",
    "rank_correlation": "rank correlation",
}
_FILTERS = (
    ("model", "Model", "model"),
    ("type", "Type", "spurious_type"),
    ("outcome", "Answer", "outcome"),
)


def choose_shown(maps: pd.DataFrame, attributes: pd.DataFrame, number: int) -> pd.DataFrame:
    """Return the rows of at most `number` samples per model, turn by turn over type and outcome.

    Args:
        maps: A `heatmaps` table.
        attributes: The `attributes` of its samples.
        number: Most samples per model.

    Returns:
        The columns of both, and spurious_type, in the order of `maps`.
    """
    joined = maps.merge(attributes, on="sample_id")
    joined["spurious_type"] = joined["spurious_types"].map(" + ".join)
    one = joined.drop_duplicates(["model", "sample_id"])
    turn = one.groupby(["model", "spurious_type", "outcome"]).cumcount()
    first = one.assign(turn=turn).sort_values("turn", kind="stable").groupby("model").head(number)
    return joined.merge(first[["model", "sample_id"]], on=["model", "sample_id"])


def render_heatmaps(shown: pd.DataFrame) -> str:
    """Return the page.

    Args:
        shown: As `choose_shown` returns it.

    Returns:
        HTML; the overlays are part of it. See `fill_template`.

    Raises:
        Problem: An overlay cannot be opened.
    """
    filters = [
        (name, label, {"": "all"} | {value: value for value in sorted(shown[column].unique())})
        for name, label, column in _FILTERS
    ]
    articles = [
        {"rows": rows.to_dict("records"), "image": _image(rows["overlay"].iloc[0])}
        for _, rows in shown.groupby(["model", "sample_id"], sort=False)
    ]
    return fill_template(
        "heatmaps",
        {"filters": filters, "columns": _COLUMNS, "articles": articles},
        script="heatmaps.js",
    )


def _image(path: str) -> str:
    """Encode the overlay again, so that whatever else the file holds stays out of the page."""
    return embed_image(
        open_image(path).quantize(128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    )
