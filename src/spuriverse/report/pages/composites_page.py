"""A page of what backgrounds do to answers, with pictures; it needs no other file or network."""

from collections.abc import Mapping, Sequence

import pandas as pd
from PIL import Image

from spuriverse.questions import PROTOCOL, open_image
from spuriverse.report.pages.templating import embed_image, fill_template

SURE = 0.05
"""Largest q-value of what is called sure."""

_SHOWN = 12
_EXAMPLES = 3
_SIDE = 144


def render_composites(
    backgrounds: pd.DataFrame, pulls: pd.DataFrame, answers: pd.DataFrame, *, plain: str
) -> str:
    """Return the page.

    Args:
        backgrounds: The table of accuracy by kind of background.
        pulls: The table of answers that backgrounds pull, the surest first.
        answers: What every model answered to every composite, with the columns of the design,
            image, model, right and answer.
        plain: The kind with which the others are compared.

    Returns:
        HTML with the pictures in it: of every pull the same cut-out on grey, answered rightly, and
        on the background, answered by what it pulls. See `fill_template`.

    Raises:
        Problem: A picture cannot be opened.
    """
    shown = pulls.groupby("model").head(_SHOWN)
    sections = []
    for model, rows in backgrounds.groupby("model", sort=True):
        asked = answers[answers["model"] == model]
        pulled = [
            {**row, "claim": _claim(row), "examples": _examples(asked, row, plain)}
            for row in shown[shown["model"] == model].to_dict("records")
        ]
        sections.append({"model": model, "rows": rows.to_dict("records"), "pulled": pulled})
    return fill_template("composites", {"sections": sections, "sure": SURE, "protocol": PROTOCOL})


def _claim(row: Mapping[str, object]) -> str:
    if float(str(row["q"])) <= SURE:
        return "sure for other cut-outs and other backgrounds of the kind"
    if float(str(row["q_cutouts"])) <= SURE:
        return "sure for other cut-outs on these backgrounds, not for others of the kind"
    return "not sure"


def _examples(asked: pd.DataFrame, row: Mapping[str, object], plain: str) -> Sequence[dict]:
    """Pairs of one cut-out and slot, of different cut-outs and backgrounds as far as there are."""
    keys = ["cutout", "slot"]
    on = asked[(asked["background"] == row["background"]) & (asked["answer"] == row["answer"])]
    on = on[on["right"] != row["answer"]]
    off = asked[(asked["background"] == plain) & (asked["answer"] == asked["right"])]
    pairs = on.merge(off[[*keys, "image"]], on=keys, suffixes=("", "_plain"))
    pairs = pairs.assign(
        turn=pairs.groupby("photograph").cumcount() + pairs.groupby("cutout").cumcount()
    )
    chosen = pairs.sort_values(["turn", "cutout", "slot"], kind="stable").head(_EXAMPLES)
    return [
        {
            "right": pair["right"],
            "plain": _small(pair["image_plain"]),
            "pulled": _small(pair["image"]),
        }
        for pair in chosen.to_dict("records")
    ]


def _small(path: str) -> str:
    """Encode a thumbnail, so that whatever else the file holds stays out of the page."""
    picture = open_image(path, shortest=_SIDE)
    return embed_image(picture.quantize(64, method=Image.Quantize.FASTOCTREE))
