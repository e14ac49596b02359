"""What is read of the replies of an annotating model."""

import json
from pathlib import Path
from typing import Any

import pytest
from annotating import (
    GOOD,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.discovery.curation.replies import (
    Attributes,
    Descriptions,
    Kinds,
    Unfit,
    read_form,
    read_verdict,
)
from spuriverse.discovery.curation.templates import read_templates
from spuriverse.tables import KINDS

laws = settings(deadline=None, derandomize=True, max_examples=60)


@pytest.mark.parametrize(
    ("reply", "verdict", "rationale"),
    [
        ("Yes", "yes", ""),
        ("yes, it is.", "yes", "it is."),
        ("**No.** It is not.", "no", "It is not."),
        ('"NO" - not here', "no", "not here"),
        (" \n Yes:\nThe snow.", "yes", "The snow."),
        ("<think>No, or yes?</think>\n\nYes. The snow.", "yes", "The snow."),
        ("\u25c1think\u25b7No?\u25c1/think\u25b7<|begin_of_box|>Yes<|end_of_box|>", "yes", ""),
        ("[THINK]Yes?[/THINK]No, the shape.", "no", "the shape."),
    ],
)
def test_a_verdict_is_its_first_word(reply: str, verdict: str, rationale: str) -> None:
    assert read_verdict(reply) == (verdict, rationale)


@pytest.mark.parametrize(
    "wrapped",
    [
        "{}",
        "```json\n{}\n```",
        "Here it is:\n\n```\n{}\n```\nI hope that it helps.",
        "Sure! {} Anything else?",
        '<think>Perhaps {{"kinds": []}}?</think>{}',
        '<seed:think>{{"kinds": []}}</seed:think><|begin_of_box|>{}<|end_of_box|>',
        "\ufeff\n  {}  \n",
    ],
)
def test_the_object_is_found_among_other_words(wrapped: str) -> None:
    assert (
        read_form(Kinds, wrapped.format(GOOD["kinds"]), 2).kinds
        == json.loads(GOOD["kinds"])["kinds"]
    )


@given(st.text(), st.text())
@laws
def test_an_attribute_is_one_line_without_a_colon(one: str, other: str) -> None:
    listed = [{"attribute": text, "explanation": "It is so."} for text in (one, other)]
    try:
        found = read_form(Attributes, json.dumps({"attributes": listed}), 2).attributes
    except Unfit:
        return
    for attribute in found:
        text = attribute.attribute
        assert 0 < len(text) <= 80
        assert ":" not in text
        assert text == " ".join(text.split())


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists), st.text())
@laws
def test_any_reply_is_read_or_refused(value: Any, text: str) -> None:
    for reply in (text, json.dumps(value), json.dumps({"kinds": value}), f"{{{text}}}"):
        for read in (read_verdict, lambda r: read_form(Kinds, r, 2)):
            try:
                read(reply)
            except Unfit as unfit:
                assert str(unfit)


def test_there_are_nine_kinds_and_the_prompt_defines_each() -> None:
    assert len(set(KINDS)) == len(KINDS) == 9
    lines = read_templates()["kinds"].splitlines()
    assert [line.partition(":")[0] for line in lines if line.partition(":")[0] in KINDS] == list(
        KINDS
    )


def test_the_page_lists_the_kinds_in_their_order() -> None:
    page = (Path(__file__).parents[4] / "docs" / "annotation.md").read_text(encoding="utf-8")
    listed = page.partition("The kinds are ")[2].partition(", after MM-SpuBench")[0]
    assert tuple(listed.replace(" and", ",").replace(",", "").replace("`", "").split()) == KINDS


@pytest.mark.parametrize("form", [Attributes, Kinds, Descriptions])
def test_the_schemas_are_closed_and_everything_in_them_is_required(form) -> None:
    """Servers that hold a model to a schema demand both."""
    schema = form.model_json_schema()
    for entry in [schema, *schema.get("$defs", {}).values()]:
        assert entry["additionalProperties"] is False
        assert sorted(entry["required"]) == sorted(entry["properties"])
