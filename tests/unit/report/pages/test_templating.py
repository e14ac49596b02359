"""Whatever a page is given it shows as text, and its policy lets nothing else run or load."""

import base64
import hashlib
import re

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.report.pages.templating import fill_template


@given(st.text())
@settings(deadline=None, derandomize=True, max_examples=100)
def test_a_text_cannot_leave_its_place(title: str) -> None:
    hostile = f'{title}</title><script src="//x">{title}'
    page = fill_template("notebook", {"title": hostile, "exported": hostile})
    assert page.count("<script") == 0
    assert page.count("</title>") == 1


def test_the_policy_allows_the_one_script_and_no_other() -> None:
    values = {"filters": [], "columns": {}, "articles": []}
    page = fill_template("heatmaps", values, script="heatmaps.js")
    (code,) = re.findall("<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    (policy,) = re.findall('http-equiv="Content-Security-Policy" content="(.*?)"', page)
    assert policy.split("; ") == [
        "default-src 'none'",
        "img-src data:",
        "style-src 'unsafe-inline'",
        f"script-src 'sha256-{digest}'",
    ]
    assert "script-src" not in fill_template("notebook", {"title": "", "exported": ""})


def test_a_missing_value_is_an_error_and_no_blank() -> None:
    with pytest.raises(jinja2.UndefinedError, match="exported"):
        fill_template("notebook", {"title": "Tables"})
