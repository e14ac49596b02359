"""Gates turn away what no model should be asked about, and let the rest pass."""

from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from spuriverse.discovery.synthesis.encoded import decode_image, suffix_of
from spuriverse.discovery.synthesis.gates import GATES, PASSED, UNJUDGED, Gate, Shown, load_gates

SETTINGS = {"blank": 4.0, "size": 0.03, "duplicate": 10, "attribute": "none", "aspect": 1.5}


def gate_of(name: str, **changes: object) -> Gate:
    (found,) = [gate for gate in load_gates({**SETTINGS, **changes}) if gate.name == name]
    return found


def noise(seed: int, width: int = 96, height: int = 64) -> Image.Image:
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 255, (32, 48, 3), dtype=np.uint8))
    return small.resize((width, height), Image.Resampling.BICUBIC)


def test_gates_stand_in_order_and_null_leaves_one_out() -> None:
    assert [gate.name for gate in load_gates(SETTINGS)] == ["size", "blank", "duplicate"]
    assert load_gates({**SETTINGS, "blank": None, "size": None, "duplicate": None}) == []
    assert GATES[-1] == "duplicate", "it remembers what it lets through"


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_an_image_of_one_colour_is_blank(colour: tuple[int, int, int]) -> None:
    from spuriverse.discovery.synthesis.gates.blank import BlankGate

    image = Image.new("RGB", (12, 8), colour)
    assert BlankGate(4.0).judge([Shown(None, image)]) == ["blank"]  # type: ignore[arg-type]


def test_contrast_in_one_channel_is_enough(describe) -> None:
    pixels = np.zeros((64, 96, 3), np.uint8)
    pixels[:32, :, 2] = 40
    shown = [Shown(describe(), Image.fromarray(pixels)), Shown(describe(), noise(0))]
    assert gate_of("blank").judge(shown) == [PASSED, PASSED]


@pytest.mark.parametrize(
    ("size", "verdict"),
    [((96, 64), PASSED), ((1216, 832), PASSED), ((64, 64), "64 x 64"), ((64, 96), "64 x 96")],
)
def test_another_ratio_of_sides_is_turned_away(describe, size, verdict) -> None:
    assert gate_of("size").judge([Shown(describe(), noise(0, *size))]) == [verdict]


def test_a_size_that_is_not_known_beforehand_is_not_judged() -> None:
    assert "size" not in [gate.name for gate in load_gates({**SETTINGS, "aspect": None})]


def test_near_duplicates_are_found_within_a_group_alone(describe) -> None:
    image = noise(0)
    grain = np.random.default_rng(1).normal(0, 2, (64, 96, 3))
    grainy = np.clip(np.asarray(image, float) + grain, 0, 255)
    compressed = BytesIO()
    image.save(compressed, "JPEG", quality=60)
    shown = [
        Shown(describe(1), image),
        Shown(describe(2), Image.fromarray(grainy.astype(np.uint8))),
        Shown(describe(3), Image.open(compressed)),
        Shown(describe(4), noise(1)),
        Shown(describe(1, "spurious"), image),
        Shown(describe(1, candidate_id="other"), image),
    ]
    again = "near-duplicate"
    gate = gate_of("duplicate")
    assert gate.judge(shown) == [PASSED, again, again, PASSED, PASSED, PASSED]
    assert gate.judge([Shown(describe(9), noise(1))]) == [again], "it remembers earlier batches"


class Believes:
    """A judge with given opinions."""

    def __init__(self, *opinions: bool | None) -> None:
        self.opinions = opinions

    def are_present(self, descriptions: list, images: list) -> list[bool | None]:
        return list(self.opinions)


def test_the_attribute_must_be_where_it_belongs(describe) -> None:
    from spuriverse.discovery.synthesis.gates.attribute import AttributeGate

    shown = [Shown(describe(1, group), noise(0)) for group in ("core", "spurious") for _ in "abc"]
    gate = AttributeGate(Believes(True, False, None, True, False, None))
    expected = ["present", PASSED, UNJUDGED, PASSED, "absent", UNJUDGED]
    assert gate.judge(shown) == expected


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_formats_that_are_taken(encode_noise, kind) -> None:
    content = encode_noise(0, kind=kind)
    image = decode_image(content)
    assert image is not None
    assert (image.mode, image.size) == ("RGB", (48, 32))
    assert suffix_of(content) in (".png", ".jpg", ".webp")


@pytest.mark.parametrize("kind", ["GIF", "BMP"])
def test_other_formats_and_cut_files_are_no_images(encode_noise, kind) -> None:
    assert decode_image(encode_noise(0, kind=kind)) is None
    assert decode_image(encode_noise(0)[:200]) is None
    assert decode_image(b"") is None


def test_a_table_without_lists_of_attributes_cannot_teach_a_probe() -> None:
    from spuriverse.problems import Problem

    samples = pd.DataFrame({"image": ["a.png"], "benchmark": ["own"], "attributes": [[]]})
    with pytest.raises(Problem, match="none has a list of its attributes"):
        load_gates({**SETTINGS, "attribute": "probe", "samples": samples})
