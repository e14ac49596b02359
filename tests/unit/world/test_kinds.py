"""Every kind of attribute shows in the picture, whatever the object."""

import itertools
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.world import Optics, Scene, attributes_of, render, split_attribute
from spuriverse.world.kinds import KINDS
from spuriverse.world.kinds.paint import PAINTS
from spuriverse.world.objects import COLOURS, OBJECTS

ROOT = Path(__file__).parents[3]

laws = settings(deadline=None, derandomize=True, max_examples=40)
STAGES = ("background", "figure", "overlay", "light")
QUIET = Optics(noise=0)
PLAIN = Scene("plus", "blue", ("bottom",), (), 11)


def test_a_kind_is_named_as_its_module_and_has_values_of_its_own() -> None:
    assert {"border", "scene", "texture", "prop", "size", "light", "view"} <= set(KINDS)
    for name, kind in KINDS.items():
        assert kind.name == name
        assert kind.planted
        assert len(set(kind.values)) == len(kind.values)
        assert any(getattr(kind, stage) for stage in STAGES)


def test_attributes_name_kind_and_value() -> None:
    planted, controls = attributes_of("planted"), attributes_of("controls")
    assert len(set(planted + controls)) == sum(len(kind.values) for kind in KINDS.values())
    for attribute in (*planted, *controls):
        kind, value = split_attribute(attribute)
        assert value in KINDS[kind].values
        assert f"{kind}:{value}" == attribute


@pytest.mark.parametrize("kind", KINDS)
def test_every_value_shows_on_every_object(kind: str) -> None:
    for number, name in enumerate(OBJECTS):
        scene = replace(PLAIN, object=name, seed=number)
        plain = render(scene, QUIET).astype(int)
        for value in KINDS[kind].values:
            shown = render(replace(scene, attributes=(f"{kind}:{value}",)), QUIET)
            visible = (abs(shown - plain) > 20).any(-1).sum()
            assert visible >= 40, f"{value} on {name}"


@pytest.mark.parametrize("kind", KINDS)
def test_the_values_of_a_kind_look_different(kind: str) -> None:
    pictures = [
        render(replace(PLAIN, attributes=(f"{kind}:{value}",)), QUIET).astype(int)
        for value in KINDS[kind].values
    ]
    for one, other in itertools.combinations(pictures, 2):
        assert (abs(one - other) > 20).any(-1).sum() >= 40


@given(
    st.tuples(*(st.sampled_from(kind.values) for kind in KINDS.values())),
    st.sampled_from(list(OBJECTS)),
    st.sampled_from(list(COLOURS)),
    st.integers(0, 2**31),
)
@laws
def test_all_kinds_go_together(values: tuple, name: str, colour: str, seed: int) -> None:
    attributes = tuple(f"{kind}:{value}" for kind, value in zip(KINDS, values, strict=True))
    scene = Scene(name, colour, ("left", "top"), attributes, seed)
    image = render(scene, Optics(noise=30))
    assert (image.shape, image.dtype) == ((64, 64, 3), np.uint8)
    assert (image != render(replace(scene, attributes=()), Optics(noise=30))).any()


@pytest.mark.parametrize("value", KINDS["texture"].values)
def test_a_texture_is_the_same_in_every_patch(value: str) -> None:
    """The vision tower cuts the image into patches of 16 pixels: a row of them looks alike."""
    textured = render(replace(PLAIN, attributes=(f"texture:{value}",)), QUIET).astype(int)
    top = (textured - render(PLAIN, QUIET))[:6]
    assert top.any()
    for start in range(16, 64, 16):
        np.testing.assert_array_equal(top[:, start : start + 16], top[:, :16])


def test_paints_are_no_ordinary_colours() -> None:
    assert not set(PAINTS) & set(COLOURS)
    assert set(PAINTS) == set(KINDS["paint"].values)


@pytest.mark.slow
def test_the_kind_of_the_page_obeys_the_laws(tmp_path: Path) -> None:
    """With it the objects own unequal numbers of attributes."""
    page = (ROOT / "docs" / "add-a-kind.md").read_text(encoding="utf-8")
    example = re.search(r"^`src/(\S+)`:\n\n```python\n(.*?)```", page, re.MULTILINE | re.DOTALL)
    assert example
    file, code = example.groups()
    shutil.copytree(ROOT / "src" / "spuriverse", tmp_path / "spuriverse")
    (tmp_path / file).write_text(code, encoding="utf-8")
    laws = ROOT / "tests" / "unit" / "world" / "test_sampling.py"
    chosen = "equally or owner or independent"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(laws), "-k", chosen],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:]
