"""Fill the templates of pages: texts are escaped, and a page loads and runs nothing of others."""

import base64
import hashlib
import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup
from PIL import Image

_TEMPLATES = Path(__file__).parent / "templates"


def fill_template(
    name: str, values: dict[str, Any], *, images: str = "data:", script: str | None = None
) -> str:
    """Return a page that needs no network.

    Args:
        name: The template, `templates/<name>.html.jinja`; it extends `base.html.jinja`.
        values: What the template names. Texts are escaped; only `Markup` is taken as HTML.
        images: Where the page may load images from, as its content security policy says it.
        script: The one script that may run, `templates/<script>`; None for a page without.

    Returns:
        HTML with a policy that forbids every other script and everything from elsewhere.
    """
    policy = f"default-src 'none'; img-src {images}; style-src 'unsafe-inline'"
    code = ""
    if script:
        code = (_TEMPLATES / script).read_text(encoding="utf-8")
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        policy += f"; script-src 'sha256-{digest}'"
    template = _environment().get_template(f"{name}.html.jinja")
    return template.render(values, policy=Markup(policy), script=Markup(code))


def embed_image(image: Image.Image) -> str:
    """Return a picture as the address of an image; nothing else of its file is in it."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def embed_photograph(image: Image.Image) -> str:
    """Return a picture as `embed_image` does, as JPEG: a photograph takes a tenth of the room."""
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, format="JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["json"] = json.dumps
    environment.filters["number"] = lambda value: "" if pd.isna(value) else f"{value:.2f}"
    environment.filters["percent"] = lambda value: f"{value:.0%}"
    return environment
