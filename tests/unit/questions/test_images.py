"""One normalisation: what every reader of an image file is shown."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, PngImagePlugin

from spuriverse.problems import Problem
from spuriverse.questions import (
    check_image,
    image_size,
    image_suffixes,
    open_image,
    read_picture,
)

RED, BLUE = (254, 0, 0), (0, 0, 254)


def halves() -> Image.Image:
    """Return 32 x 16 pixels: the left half red, the right one blue."""
    image = Image.new("RGB", (32, 16), RED)
    image.paste(BLUE, (16, 0, 32, 16))
    return image


def turned(path: Path, orientation: int, image: Image.Image, **options) -> Path:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(path, exif=exif, **options)
    return path


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff"])
@settings(deadline=None, max_examples=8, derandomize=True)
@given(orientation=st.integers(1, 8))
def test_the_orientation_is_applied(tmp_path_factory, suffix: str, orientation: int) -> None:
    path = tmp_path_factory.mktemp("images") / f"image.{suffix}"
    lossless = {"lossless": True} if suffix == "webp" else {}
    turned(path, orientation, halves(), **lossless)
    with Image.open(path) as stored:
        wanted = np.asarray(ImageOps.exif_transpose(stored).convert("RGB"))
    shown = open_image(path)
    assert np.array_equal(np.asarray(shown), wanted)
    assert shown.size == image_size(path) == ((32, 16) if orientation < 5 else (16, 32))
    assert read_picture(path).changed == (orientation != 1)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_an_orientation_in_xmp_alone_is_applied(tmp_path, suffix: str, orientation: int) -> None:
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description'
        f' tiff:Orientation="{orientation}"/></rdf:RDF></x:xmpmeta>'
    )
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", packet)
    stored = {".png": {"pnginfo": text}}.get(suffix, {"xmp": packet.encode()})
    path = tmp_path / f"xmp{suffix}"
    halves().resize((64, 32)).save(path, **stored)
    picture = read_picture(path)
    assert picture.changed is (orientation != 1)
    assert image_size(path) == picture.pixels.size == ((32, 64) if orientation > 4 else (64, 32))
    with Image.open(path) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    assert np.array_equal(np.asarray(picture.pixels), expected)


def test_a_stereo_photograph_is_its_first_picture_upright(tmp_path: Path) -> None:
    path = tmp_path / "image.jpg"
    second = Image.new("RGB", (32, 16), (0, 254, 0))
    exif = Image.Exif()
    exif[0x0112] = 6
    halves().save(path, format="MPO", save_all=True, append_images=[second], exif=exif)
    shown = read_picture(path)
    assert shown.format == "MPO"
    assert shown.pixels.size == (16, 32)
    assert shown.pixels.getpixel((8, 2))[0] > 200


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "RGB", "I;16"])
def test_what_is_transparent_is_white(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "image.png"
    options: dict = {}
    if mode in ("RGBA", "LA"):
        Image.new(mode, (4, 4), 0).save(path)
    else:
        key = {"RGB": (0, 0, 0)}.get(mode, 0)
        image = Image.new(mode, (4, 4), key)
        if mode == "P":
            image.putpalette([0, 0, 0, 10, 20, 30])
        options["transparency"] = key
        image.save(path, **options)
    shown = read_picture(path)
    assert set(shown.pixels.get_flattened_data()) == {(255, 255, 255)}
    assert shown.changed


def test_a_palette_with_an_alpha_for_each_colour_is_blended(tmp_path: Path) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([0, 0, 0, 0, 0, 0])
    image.putpixel((1, 0), 1)
    image.save(tmp_path / "image.png", transparency=bytes([255, 128]))
    left, right = open_image(tmp_path / "image.png").get_flattened_data()
    assert left == (0, 0, 0)
    assert right == (127, 127, 127)


def test_an_opaque_alpha_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    halves().convert("RGBA").save(path)
    shown = read_picture(path)
    assert not shown.changed
    assert shown.pixels.tobytes() == halves().tobytes()


@pytest.mark.parametrize(
    ("dtype", "values", "suffix"),
    [
        (np.uint16, [0, 32_896, 65_535], "png"),
        (np.uint16, [0, 32_896, 65_535], "tiff"),
        (np.int32, [0, 32_896, 65_535], "tiff"),
        (np.float32, [0, 128 / 255, 1], "tiff"),
        (np.float32, [0, 128, 255], "tiff"),
    ],
)
def test_deep_greys_are_scaled(tmp_path: Path, dtype, values, suffix: str) -> None:
    path = tmp_path / f"image.{suffix}"
    Image.fromarray(np.array([values], dtype)).save(path)
    assert [pixel[0] for pixel in open_image(path).get_flattened_data()] == [0, 128, 255]


def test_the_first_frame_is_shown(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in (RED, BLUE)]
    frames[0].save(tmp_path / "image.gif", save_all=True, append_images=frames[1:])
    assert open_image(tmp_path / "image.gif").getpixel((0, 0)) == RED


def test_every_mode_becomes_rgb(tmp_path: Path) -> None:
    for mode in ("1", "L", "CMYK", "YCbCr", "LAB"):
        path = tmp_path / f"{mode}.tiff"
        Image.new(mode, (3, 2)).save(path)
        assert open_image(path).mode == "RGB"


def test_shrinking_keeps_the_shape_and_enlarges_nothing(tmp_path: Path) -> None:
    path = tmp_path / "image.jpg"
    turned(path, 6, halves().resize((1600, 800)), quality=95)
    shown = open_image(path, shortest=50)
    assert shown.size == (50, 100)
    assert np.abs(np.asarray(shown, int)[10, 10] - RED).max() < 8
    assert open_image(path, shortest=5000).size == (800, 1600)
    Image.new("RGB", (4000, 2)).save(tmp_path / "long.png")
    assert open_image(tmp_path / "long.png", shortest=2).size == (16, 1)


# --- what cannot be used ----------------------------------------------------------------------


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG file whose header says so, with the chunks between it and its end."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [b"\x89PNG\r\n\x1a\n"]
    for name, content in ((b"IHDR", header), *chunks, (b"IEND", b"")):
        check = struct.pack(">I", zlib.crc32(name + content))
        parts += [struct.pack(">I", len(content)), name, content, check]
    return b"".join(parts)


def long_text() -> bytes:
    content = io.BytesIO()
    info = PngImagePlugin.PngInfo()
    info.add_text("note", "x" * (PngImagePlugin.MAX_TEXT_CHUNK + 1), zip=True)
    halves().save(content, format="PNG", pnginfo=info)
    return content.getvalue()


def cut_short() -> bytes:
    content = io.BytesIO()
    Image.effect_noise((64, 64), 50).convert("RGB").save(content, format="JPEG")
    return content.getvalue()[:-200]


FAULTS = {
    "bomb": (png(30_000, 30_000, (b"IDAT", zlib.compress(b"\0"))), "larger than Pillow's limit"),
    "just over the limit": (
        png(10_000, 10_000, (b"IDAT", zlib.compress(b"\0"))),
        "larger than Pillow's limit",
    ),
    "text": (long_text(), "MAX_TEXT_CHUNK"),
    "cut short": (cut_short(), "truncated"),
    "page": (b"<!DOCTYPE html><html>404</html>", "web page"),
    "empty": (b"", "it is empty"),
    "zero pixels": (png(0, 5), "header is damaged"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no known format"),
}


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_used_is_said_the_same_way_by_every_reader(tmp_path, fault: str) -> None:
    content, reason = FAULTS[fault]
    path = tmp_path / "image.jpg"
    path.write_bytes(content)
    for source in (path, content):
        suffix, found = check_image(source)
        assert suffix == ""
        assert reason in found
    for reader in (open_image, image_size):
        if reader is open_image or fault not in ("text", "cut short"):
            with pytest.raises(Problem, match=reason) as caught:
                reader(path)
            assert len(str(caught.value)) < 500


def test_a_missing_image_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="There is no image at"):
        open_image(tmp_path / "none.png")


def test_the_check_names_the_suffix_of_the_format(tmp_path: Path) -> None:
    for form, suffix in (("JPEG", ".jpg"), ("TIFF", ".tiff"), ("PNG", ".png"), ("BMP", ".bmp")):
        path = tmp_path / "image"
        halves().save(path, format=form)
        assert check_image(path) == (suffix, "")
        assert check_image(path.read_bytes()) == (suffix, "")


def test_suffixes_are_those_that_are_decoded() -> None:
    assert {".tiff", ".tif", ".jfif", ".jpeg", ".webp", ".gif", ".avif"} <= set(image_suffixes())
    assert not {".eps", ".ps", ".wmf", ".mpg", ".txt", ".html"} & set(image_suffixes())
