"""Images that a source holds are told from what only looks like one."""

import base64

import pytest

from spuriverse.benchmarks.images import bytes_of_image, decode_base64, suffix_of_image


@pytest.mark.parametrize(("form", "suffix"), [("JPEG", ".jpg"), ("PNG", ".png"), ("WEBP", ".webp")])
def test_the_suffix_is_that_of_the_format(encode, form: str, suffix: str) -> None:
    assert suffix_of_image(encode(form=form)) == suffix


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_what_is_cut_short_is_no_image(encode, form: str) -> None:
    content = encode(form=form)
    for length in (0, 4, len(content) // 2, len(content) - 40):
        assert suffix_of_image(content[:length]) == ""


def test_what_is_no_image_or_of_another_format_is_refused(encode) -> None:
    assert suffix_of_image(b"<svg></svg>") == ""
    assert suffix_of_image(encode(form="ICO")) == ""


def test_the_hub_wraps_images_in_several_ways() -> None:
    wrapped = {"bytes": b"x", "path": None}
    assert [bytes_of_image(value) for value in (b"x", wrapped, [wrapped])] == [b"x"] * 3
    nothing = (None, {"bytes": None}, [], [wrapped, wrapped], "x")
    assert [bytes_of_image(value) for value in nothing] == [b""] * 5


def test_base64_is_valid_or_nothing() -> None:
    assert decode_base64(f" {base64.b64encode(b'abc').decode()}\n") == b"abc"
    assert decode_base64("YWJj*") == decode_base64("YWJ") == decode_base64("\u00e9") == b""
