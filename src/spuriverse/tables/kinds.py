"""The nine kinds of spurious correlation of MM-SpuBench, as its annotation names them."""

from typing import Literal, get_args

Kind = Literal[
    "background",
    "co-occurring-objects",
    "relative-size",
    "colorization",
    "texture-and-noise",
    "orientation",
    "lighting-and-shadows",
    "perspective-and-angle",
    "shape",
]

KINDS: tuple[str, ...] = get_args(Kind)
