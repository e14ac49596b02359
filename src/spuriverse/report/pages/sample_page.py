"""One sample on a page of its own: image, question, options, and what every model replied."""

import base64
import io
import string
from difflib import get_close_matches
from html import escape
from typing import Any

import pandas as pd

from spuriverse.problems import Problem
from spuriverse.questions import open_image

_LETTERS = string.ascii_uppercase
_STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}"
    "img{max-width:100%;min-width:256px;image-rendering:pixelated;border:1px solid #999}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{border-bottom:1px solid #ccc;padding:.3em .6em;text-align:left;vertical-align:top}"
    "td.reply{white-space:pre-wrap;overflow-wrap:anywhere;font-family:monospace}"
    "td.number{text-align:right;white-space:nowrap}"
    ".right{color:#00694b}.wrong{color:#a84300}"
)
# The page needs nothing from elsewhere, and what data say can load nothing.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def render_sample(asked: pd.DataFrame, responses: pd.DataFrame, sample_id: str) -> str:
    """Return a page that shows one sample with the replies of all models.

    Args:
        asked: As `spuriverse.evaluation.evaluation_samples` returns it.
        responses: A `responses` table of any number of models and strategies.
        sample_id: Which sample.

    Returns:
        HTML that needs no other file and no network. All texts are escaped.

    Raises:
        Problem: There is no such sample, or its image cannot be opened.
    """
    places = asked[asked["sample_id"] == sample_id].to_dict("records")
    if not places:
        raise Problem(_no_sample(asked, sample_id))
    sample = places[0]
    subsets = ", ".join(
        dict.fromkeys(f"{place['subset']} ({place['cluster']})" for place in places)
    )
    given = responses[responses["sample_id"] == sample_id]
    replies = "".join(_reply(row, sample) for row in given.to_dict("records"))
    headings = ("model", "strategy", "outcome", "choice", "reply", "scores", "tokens", "seconds")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{escape(sample_id)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(sample_id)}</h1>\n<p>Subset: {escape(subsets)}</p>\n"
        f'<p><img src="{_image(sample["image"])}" alt="the image of the sample"></p>\n'
        f"<p>Image: <code>{escape(sample['image'])}</code></p>\n"
        f"<h2>{escape(sample['question'])}</h2>\n{_options(sample)}"
        f"<h2>Replies</h2>\n<table>\n<tr>{''.join(f'<th>{h}</th>' for h in headings)}</tr>\n"
        f"{replies}</table>\n</body>\n</html>\n"
    )


def _no_sample(asked: pd.DataFrame, sample_id: str) -> str:
    closest = get_close_matches(sample_id, asked["sample_id"].tolist(), n=1)
    hint = f" (did you mean {closest[0]!r}?)" if closest else ""
    return (
        f"There is no sample {sample_id!r} in the evaluation sets{hint}; take an id from the"
        " column sample_id of the responses."
    )


def _image(path: str) -> str:
    """Encode the image again, so that whatever else the file holds stays out of the page."""
    buffer = io.BytesIO()
    open_image(path).save(buffer, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def _options(sample: dict[str, Any]) -> str:
    lines = []
    for i in range(len(sample["options"])):
        right = i == sample["answer"]
        mark = ' <span class="right">✓ right</span>' if right else ""
        lines.append(f"<li>{escape(_named(sample, i))}{mark}</li>\n")
    return f'<ul style="list-style:none">\n{"".join(lines)}</ul>\n'


def _named(sample: dict[str, Any], index: int) -> str:
    letter = _LETTERS[index] if index < len(_LETTERS) else str(index + 1)
    return f"({letter}) {sample['options'][index]}"


def _reply(row: dict[str, Any], sample: dict[str, Any]) -> str:
    choice = row["choice"]
    if pd.isna(choice):
        chosen = "<td></td>"
    else:
        look, sign = ("right", "✓") if choice == sample["answer"] else ("wrong", "✗")
        chosen = f'<td class="{look}">{escape(_named(sample, int(choice)))} {sign}</td>'
    scores = "<br>".join(
        f"{escape(_named(sample, i))}: {score:.3f}"
        for i, score in enumerate(row["option_scores"][: len(sample["options"])])
    )
    return (
        f"<tr><td>{escape(row['model'])}</td><td>{escape(row['strategy'])}</td>"
        f'<td>{escape(row["outcome"])}</td>{chosen}<td class="reply">{escape(row["reply"])}</td>'
        f'<td>{scores}</td><td class="number">{row["tokens"]}</td>'
        f'<td class="number">{row["seconds"]:.3g}</td></tr>\n'
    )
