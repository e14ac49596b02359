"""Border: frames and crops, as a camera or an album would add them."""

from PIL import Image, ImageDraw

from spuriverse.world.canvas import SIZE, Canvas, Kind

_LAST = SIZE - 1
_PLAIN = {
    "teal-frame": (20, 160, 160),
    "pink-frame": (245, 130, 185),
    "black-frame": (5, 5, 5),
    "lime-frame": (150, 240, 40),
    "amber-frame": (200, 120, 0),
    "rust-frame": (150, 60, 20),
    "navy-frame": (20, 25, 120),
    "mint-frame": (160, 250, 205),
    "plum-frame": (115, 20, 95),
    "ivory-frame": (250, 245, 225),
    "olive-frame": (115, 120, 20),
    "scarlet-frame": (235, 30, 25),
    "azure-frame": (50, 140, 250),
}
_FURTHER = (
    *("rust-frame", "navy-frame", "mint-frame", "plum-frame"),
    *("ivory-frame", "olive-frame", "scarlet-frame", "azure-frame"),
)


def _dashes(draw: ImageDraw.ImageDraw) -> None:
    for start in range(0, SIZE, 8):
        for edge in (1, _LAST - 1):
            draw.line([start, edge, start + 4, edge], fill=(240, 240, 240), width=3)
            draw.line([edge, start, edge, start + 4], fill=(240, 240, 240), width=3)


def _round_crop(draw: ImageDraw.ImageDraw) -> None:
    outside = Image.new("L", (SIZE, SIZE), 255)
    ImageDraw.Draw(outside).ellipse([0, 0, _LAST, _LAST], fill=0)
    draw.bitmap((0, 0), outside, fill=(5, 5, 5))


def _cut_corners(draw: ImageDraw.ImageDraw) -> None:
    for x in (0, _LAST):
        for y in (0, _LAST):
            inward_x, inward_y = (16 if x == 0 else -16), (16 if y == 0 else -16)
            draw.polygon([(x, y), (x + inward_x, y), (x, y + inward_y)], fill=(240, 240, 240))


def _double_frame(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle([0, 0, _LAST, _LAST], outline=(120, 60, 170), width=3)
    draw.rectangle([5, 5, _LAST - 5, _LAST - 5], outline=(120, 60, 170), width=2)


_SPECIAL = {
    "dashed-frame": _dashes,
    "round-crop": _round_crop,
    "cut-corners": _cut_corners,
    "double-frame": _double_frame,
}


def _draw(canvas: Canvas, value: str) -> None:
    if value in _SPECIAL:
        canvas.paint(_SPECIAL[value])
        return
    width = int(canvas.rng.integers(4, 6))
    if canvas.scatter:
        width += round(canvas.scatter * canvas.rng.uniform(-2, 3))
    canvas.paint(
        lambda draw: draw.rectangle([0, 0, _LAST, _LAST], outline=_PLAIN[value], width=width)
    )


KIND = Kind(
    "border",
    planted=(
        "teal-frame",
        "pink-frame",
        "black-frame",
        "dashed-frame",
        "round-crop",
        "cut-corners",
        "double-frame",
    ),
    controls=("lime-frame", "amber-frame"),
    overlay=_draw,
    further=_FURTHER,
)
