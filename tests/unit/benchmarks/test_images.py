"""Images that a source holds, out of their wrapping."""

import base64

from spuriverse.benchmarks.images import bytes_of_image, decode_base64


def test_the_hub_wraps_images_in_several_ways() -> None:
    wrapped = {"bytes": b"x", "path": None}
    assert [bytes_of_image(value) for value in (b"x", wrapped, [wrapped])] == [b"x"] * 3
    nothing = (None, {"bytes": None}, [], [wrapped, wrapped], "x")
    assert [bytes_of_image(value) for value in nothing] == [b""] * 5


def test_base64_is_valid_or_nothing() -> None:
    assert decode_base64(f" {base64.b64encode(b'abc').decode()}\n") == b"abc"
    assert decode_base64("YWJj*") == decode_base64("YWJ") == decode_base64("\u00e9") == b""
