"""A page of heat maps with filters that needs no other file and no network."""

import base64
import hashlib
import io
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from spuriverse.questions import open_image

_STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:72em;margin:2em auto;padding:0 1em;color:#222}"
    "form{display:flex;gap:1.5em;flex-wrap:wrap;padding:.6em 0;position:sticky;top:0;"
    "background:#fff;border-bottom:1px solid #999}"
    "article{border-bottom:1px solid #ccc;padding:.8em 0}article[hidden]{display:none}"
    "h2{font-size:1em;margin:.2em 0}img{max-width:100%}"
    "table{border-collapse:collapse;font-size:.9em}"
    "th,td{padding:.1em .7em .1em 0;text-align:right}th:first-child,td:first-child{text-align:left}"
    "p.words{margin:.3em 0;overflow-wrap:anywhere}p.words span{padding:0 .15em}"
    ".fooled{color:#a84300}.right{color:#00694b}"
)
_SCRIPT = """
const form = document.querySelector("form");
const articles = Array.from(document.querySelectorAll("article"));
function filter() {
  let shown = 0;
  for (const article of articles) {
    const fits = ["model", "type", "outcome"].every(
      (key) => form.elements[key].value === "" || form.elements[key].value === article.dataset[key]
    );
    article.hidden = !fits;
    shown += fits ? 1 : 0;
  }
  document.querySelector("output").textContent = shown + " of " + articles.length + " shown";
}
form.addEventListener("change", filter);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(filter));
filter();
"""
_COLUMNS = {
    "share_spurious": "share on spurious region",
    "share_object": "share on object",
    "iou_spurious": "IoU spurious",
    "iou_object": "IoU object",
    "effect_spurious": "covering spurious region",
    "effect_object": "covering object",
    "rank_correlation": "rank correlation",
}


def choose_shown(maps: pd.DataFrame, attributes: pd.DataFrame, number: int) -> pd.DataFrame:
    """Return the rows of at most `number` samples a model, turn by turn over type and outcome.

    Args:
        maps: A `heatmaps` table.
        attributes: The `attributes` of its samples.
        number: Most samples a model.

    Returns:
        The columns of both, in the order of `maps`.
    """
    joined = maps.merge(attributes, on="sample_id")
    one = joined.drop_duplicates(["model", "sample_id"])
    turn = one.groupby(["model", "spurious_type", "outcome"]).cumcount()
    first = one.assign(turn=turn).sort_values("turn", kind="stable").groupby("model").head(number)
    return joined.merge(first[["model", "sample_id"]], on=["model", "sample_id"])


def render_heatmaps(shown: pd.DataFrame) -> str:
    """Return the page.

    Args:
        shown: As `choose_shown` returns it.

    Returns:
        HTML. All texts are escaped, the overlays are part of it, and a policy forbids the page to
        load or run anything else.

    Raises:
        Problem: An overlay cannot be opened.
    """
    articles = [
        _article(rows.to_dict("records"))
        for _, rows in shown.groupby(["model", "sample_id"], sort=False)
    ]
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    policy = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline';"
        f" script-src 'sha256-{digest}'"
    )
    filters = "".join(
        _select(name, label, sorted(shown[column].unique()))
        for name, label, column in (
            ("model", "Model", "model"),
            ("type", "Type", "spurious_type"),
            ("outcome", "Answer", "outcome"),
        )
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>Heat maps</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        "<h1>Where the models look</h1>\n"
        "<p>Grad-CAM on the vision encoder for the log-likelihood of the model's own answer, and"
        " attention of the token from which it is said; under the plain prompt and under those that"
        " state the core or the spurious attribute. Red edge: region of the spurious attribute;"
        " light blue edge: object. Covering: by how much the answer's log-probability falls when a"
        " region is covered. A map is not a cause: read it beside the effect of covering.</p>\n"
        f'<form autocomplete="off">{filters}<button type="reset">All</button> <output></output>'
        f"</form>\n{''.join(articles)}<script>{_SCRIPT}</script>\n</body>\n</html>\n"
    )


def _select(name: str, label: str, values: list[str]) -> str:
    options = "".join(f'<option value="{escape(v)}">{escape(v)}</option>' for v in values)
    return (
        f'<label>{label} <select name="{name}"><option value="">all</option>{options}</select>'
        "</label>"
    )


def _article(rows: list[dict[Any, Any]]) -> str:
    first = rows[0]
    data = {"model": "model", "type": "spurious_type", "outcome": "outcome"}
    marks = "".join(f' data-{key}="{escape(first[column])}"' for key, column in data.items())
    look = first["outcome"] if first["outcome"] in ("fooled", "right") else ""
    headings = "".join(f"<th>{label}</th>" for label in ("map", *_COLUMNS.values()))
    words = "".join(_words(row) for row in rows if len(row["tokens"]))
    leads = f", which leads to {escape(first['predicted'])}" if first["predicted"] else ""
    return (
        f"<article{marks}>\n<h2>{escape(first['model'])} · {escape(first['spurious_type'])} ·"
        f' answers <span class="{look}">{escape(first["answer"])}</span>'
        f" ({escape(first['outcome'])})</h2>\n"
        f"<p>{escape(first['sample_id'])}: the image shows {escape(first['label'])}. Core:"
        f" {escape(first['core'])}. Spurious: {escape(first['spurious'])}{leads}.</p>\n"
        f'<img src="{_image(first["overlay"])}" alt="the image and its heat maps">\n'
        f"<table><tr>{headings}</tr>\n{''.join(map(_row, rows))}</table>\n{words}</article>\n"
    )


def _row(row: dict[Any, Any]) -> str:
    name = f"{row['method'].replace('_', '-')}: {row['condition']}"
    numbers = "".join(
        f"<td>{'' if pd.isna(row[column]) else format(row[column], '.2f')}</td>"
        for column in _COLUMNS
    )
    return f"<tr><td>{escape(name)}</td>{numbers}</tr>\n"


def _words(row: dict[Any, Any]) -> str:
    """The prompt, each word on a ground that is the darker the more attention it gets."""
    top = max(row["weights"]) or 1.0
    spans = "".join(
        f'<span style="background:rgba(230,120,0,{weight / top:.2f})">{escape(word)}</span> '
        for word, weight in zip(row["tokens"], row["weights"], strict=True)
    )
    return (
        f'<p class="words">{escape(row["condition"])} (image {row["on_image"]:.0%}, attribute'
        f" {row['on_attribute']:.0%}): {spans}</p>\n"
    )


def _image(path: str | Path) -> str:
    """Encode the overlay again, so that whatever else the file holds stays out of the page."""
    buffer = io.BytesIO()
    picture = open_image(path).quantize(
        128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
    )
    picture.save(buffer, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
