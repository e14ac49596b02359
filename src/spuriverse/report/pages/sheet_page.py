"""One HTML page of all contact sheets, with filters; it needs no network."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape

from spuriverse.report.figures.sheets import TILE, Sheet, Tile, describe_gap

_STYLE = f"""
body {{ font: 14px/1.4 system-ui, sans-serif; margin: 0; color: #111; background: #fff; }}
header {{ position: sticky; top: 0; background: #f4f4f4; padding: .6rem 1rem; z-index: 1;
  border-bottom: 1px solid #bbb; }}
header label {{ margin-right: 1.2rem; }}
article {{ padding: .8rem 1rem; border-bottom: 1px solid #ddd; }}
h2 {{ font-size: 1rem; margin: 0; }}
p, ul {{ margin: .15rem 0; }}
.group {{ display: flex; flex-wrap: wrap; gap: 8px; align-items: flex-start; }}
figure {{ margin: .3rem 0; width: {TILE}px; }}
.tile {{ width: {TILE}px; height: {TILE}px; background-repeat: no-repeat; }}
figcaption ul {{ list-style: none; padding: 0; font-size: 11px; overflow-wrap: anywhere; }}
.right {{ color: #00694c; }}
.wrong {{ color: #a84400; }}
[hidden] {{ display: none !important; }}
"""

_SCRIPT = """
const pick = id => document.getElementById(id).value;
function show() {
  const kind = pick('kind'), model = pick('model'), kept = pick('kept');
  let shown = 0;
  for (const sheet of document.querySelectorAll('article')) {
    const by = JSON.parse(sheet.dataset.kept), paper = JSON.parse(sheet.dataset.paper);
    const asked = JSON.parse(sheet.dataset.models);
    const holds = list => model && asked.includes(model) ? list.includes(model) : list.length > 0;
    const yes = holds(by);
    const fits = {all: true, kept: yes, dropped: !yes, paper: holds(paper) && !yes};
    sheet.hidden = !(fits[kept] && (!kind || sheet.dataset.kind === kind));
    if (!sheet.hidden) shown += 1;
  }
  for (const line of document.querySelectorAll('li[data-model]'))
    line.hidden = model !== '' && line.dataset.model !== model;
  document.getElementById('shown').textContent = shown;
}
for (const choice of document.querySelectorAll('select')) choice.addEventListener('change', show);
show();
"""


def render_sheets(sheets: list[Sheet], *, protocol: str) -> str:
    """Write the page; it shows parts of the PNG files that lie beside it.

    Texts come from data and models: they are escaped, and the page's policy allows no script but
    its own and no address but files beside it.

    Args:
        sheets: As `collect_sheets` returns them.
        protocol: Which protocol made the answers.
    """
    kinds = sorted({sheet.candidate["kind"] for sheet in sheets})
    models = sorted(
        {
            mark.model
            for sheet in sheets
            for tiles in sheet.tiles.values()
            for t in tiles
            for mark in t.marks
        }
    )
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    policy = (
        "default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline';"
        f" script-src 'sha256-{digest}'"
    )
    kept = {
        "all": "all",
        "kept": "kept",
        "dropped": "not kept",
        "paper": "kept by the gap alone",
    }
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">
<title>Contact sheets</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
{_select("kind", "kind", {"": "all", **{kind: kind for kind in kinds}})}
{_select("model", "answers of", {"": "all models", **{model: model for model in models}})}
{_select("kept", "candidates", kept)}
<span><span id="shown">{len(sheets)}</span> of {len(sheets)} · protocol: {escape(protocol)}</span>
</header>
<main>
{"".join(map(_article, sheets))}</main>
<script>{_SCRIPT}</script>
</body>
</html>
"""


def _select(name: str, label: str, choices: dict[str, str]) -> str:
    options = "".join(
        f'<option value="{escape(value)}">{escape(text)}</option>'
        for value, text in choices.items()
    )
    return f'<label>{escape(label)} <select id="{name}">{options}</select></label>'


def _article(sheet: Sheet) -> str:
    lists = {
        "models": [gap["model"] for gap in sheet.gaps],
        "kept": [gap["model"] for gap in sheet.gaps if gap["kept"]],
        "paper": [gap["model"] for gap in sheet.gaps if gap["kept_paper"]],
    }
    data = "".join(f' data-{name}="{_json(found)}"' for name, found in lists.items())
    gaps = "".join(
        f'<li data-model="{escape(gap["model"])}">{escape(describe_gap(gap))}</li>'
        for gap in sheet.gaps
    )
    part = "fresh images" if sheet.fresh else "the images that decided"
    groups = "".join(
        f"<p>{name}{'' if name == 'anchor' else f', {part}'}</p>"
        f'<div class="group">{"".join(_figure(sheet, tile) for tile in tiles)}</div>'
        for name, tiles in sheet.tiles.items()
    )
    candidate = sheet.candidate
    return (
        f'<article data-kind="{escape(candidate["kind"])}"{data}>'
        f"<h2>{escape(candidate['attribute'])}</h2>"
        f"<p>right: {escape(sheet.right)} · leads to: {escape(candidate['chosen'])} ·"
        f' <a href="{sheet.file}">{escape(candidate["candidate_id"])}</a></p>'
        f"<ul>{gaps}</ul>{groups}</article>\n"
    )


def _figure(sheet: Sheet, tile: Tile) -> str:
    marks = "".join(
        f'<li data-model="{escape(mark.model)}" class="{"right" if mark.right else "wrong"}">'
        f"{'✓' if mark.right else '✗'} {escape(mark.model)}: {escape(mark.reply)}</li>"
        for mark in tile.marks
    )
    place = f"background-image:url({sheet.file});background-position:-{tile.x}px -{tile.y}px"
    return (
        f'<figure><div class="tile" style="{place}"></div>'
        f"<figcaption><ul>{marks}</ul></figcaption></figure>"
    )


def _json(values: Iterable[str]) -> str:
    import json

    return escape(json.dumps(list(values)))
