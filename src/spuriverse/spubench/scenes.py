"""The embedded world as a source: class folders of rendered images, and their scenes read back.

Every image shows one attribute, drawn without regard to the object and to what is planted.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.problems import Problem
from spuriverse.tables import content_sha256
from spuriverse.world import (
    OBJECTS,
    Optics,
    Scene,
    attribute_region,
    compose_scene,
    object_region,
    render,
    render_files,
    split_attribute,
)
from spuriverse.world.kinds import KINDS

TYPE_OF_KIND = {
    "scene": "background",
    "prop": "co-occurring-objects",
    "size": "relative-size",
    "paint": "colorization",
    "texture": "texture-and-noise",
    "orientation": "orientation",
    "light": "lighting-and-shadows",
    "view": "perspective-and-angle",
    "border": "shape",
}
"""Kind of attribute of the world -> type of spurious correlation; a border changes the outline of
the picture, which is as near to shape as the world comes."""

_PHRASES = {
    "scene": "a {} in the background",
    "prop": "a {} beside the object",
    "size": "an unusually {} object",
    "paint": "{} paint",
    "texture": "a pattern of {}",
    "orientation": "an object turned to the {} degrees",
    "light": "{} light",
    "view": "a view {}",
    "border": "a {} around the picture",
}

_OUTLINES = {
    "circle": "a round disc without a hole",
    "ring": "a round disc with a round hole",
    "square": "four equal sides without a hole",
    "box": "four equal sides with a square hole",
    "triangle": "three straight sides",
    "pentagon": "five straight sides",
    "star": "five points around a centre",
    "plus": "two crossed bars",
    "tee": "an upright bar below a level bar",
    "ell": "an upright bar with a foot to the right",
    "yoo": "two upright bars joined below",
    "aitch": "two upright bars joined in the middle",
    "zed": "two level bars joined by a slanted one",
    "arrow": "a pointed head on a shaft",
    "chevron": "a band bent to a point below",
    "moon": "a sickle with two horns",
    "dome": "half a disc with a flat base",
    "heart": "two round lobes above a point",
    "hourglass": "two wedges that meet in the middle",
    "ladder": "two rails with three rungs",
    "house": "a gable above a door",
    "key": "a round bow above a shaft with two teeth",
    "umbrella": "a half disc above a hooked handle",
    "cup": "a tapered vessel with a handle",
    "fish": "an oval body with a forked tail",
}


def render_class_images(
    folder: Path,
    *,
    images_per_class: int,
    optics: Optics,
    seed: int,
    processes: int = 1,
    stored_as: Path | None = None,
) -> pd.DataFrame:
    """Render images into one sub-folder per object.

    Args:
        folder: Where the sub-folders go; must exist.
        images_per_class: Images an object.
        optics: How they look.
        seed: Settles the scenes.
        processes: Processes that render.
        stored_as: The folder as the table names it, if it will be moved; by default `folder`.

    Returns:
        A `scenes` table. Every scene has one attribute: kinds are equally frequent, and so are the
        values of a kind.
    """
    rng = np.random.default_rng([seed, 7])
    kinds = list(KINDS)
    rows, scenes, paths = [], [], []
    for name in OBJECTS:
        (folder / name).mkdir()
        for number in range(images_per_class):
            kind = kinds[int(rng.integers(len(kinds)))]
            values = KINDS[kind].values
            attribute = f"{kind}:{values[int(rng.integers(len(values)))]}"
            scene = compose_scene(rng, name, [attribute])
            scenes.append(scene)
            paths.append(folder / name / f"{number:05d}.png")
            rows.append(
                {
                    "image": str((stored_as or folder) / name / paths[-1].name),
                    "object": scene.object,
                    "colour": scene.colour,
                    "dots": list(scene.dots),
                    "attributes": list(scene.attributes),
                    "seed": scene.seed,
                }
            )
    render_files(scenes, paths, optics, processes)
    return pd.DataFrame(rows)


def describe_scenes(confusions: pd.DataFrame, scenes: pd.DataFrame) -> pd.DataFrame:
    """Read from the scene of every image what an annotator would see in it.

    The core attribute is the outline of the object, the spurious one the scene's attribute.

    Args:
        confusions: A `confusions` table whose images are of the embedded world.
        scenes: A `scenes` table.

    Returns:
        Columns core, spurious, spurious_type and explanation, in the order of `confusions`.

    Raises:
        Problem: An image has no scene, or its scene has not exactly one attribute.
    """
    known = scenes.set_index("image")["attributes"]
    rows = []
    for confusion in confusions.itertuples():
        attributes = known.get(confusion.image, [])
        if len(attributes) != 1:
            raise Problem(
                f"The image {confusion.image} has {len(attributes)} attributes in its scene, and"
                " one is needed; set spubench.annotator to lvlm for images of other sources."
            )
        rows.append((_OUTLINES[str(confusion.label)], *_described(attributes[0])))
    return pd.DataFrame(rows, columns=["core", "spurious", "spurious_type", "explanation"])


def save_regions(images: Sequence[str], scenes: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Save, for images of the embedded world, where the attribute and the object are.

    Args:
        images: Paths of images, as the table of scenes names them or not.
        scenes: A `scenes` table.
        folder: Where the masks go, PNG files of the image's size with 0 and 255; must exist.

    Returns:
        Columns region_spurious and region_object, names of files in `folder`, in the order of
        `images`; missing for an image without a scene, or where an attribute changes no pixel by
        24 grey levels or more.
    """
    known: dict[Any, Any] = {row["image"]: row for row in scenes.to_dict("records")}
    rows: list[tuple[str | None, str | None]] = []
    for image in images:
        if image not in known:
            rows.append((None, None))
            continue
        scene = _scene(known[image])
        stem = content_sha256(image)[:16]
        spurious = attribute_region(scene, scene.attributes[0])
        rows.append(
            (
                _save(spurious, folder, f"{stem}-spurious.png"),
                _save(object_region(scene), folder, f"{stem}-object.png"),
            )
        )
    return pd.DataFrame(rows, columns=["region_spurious", "region_object"])


def render_without(
    images: Sequence[str], scenes: pd.DataFrame, optics: Optics
) -> dict[str, Image.Image]:
    """Render images of the embedded world again, without their attribute and else the same.

    Args:
        images: Paths of images, as the table of scenes names them or not.
        scenes: A `scenes` table.
        optics: How they look, as in `render_class_images`.

    Returns:
        Path -> image; an image without a scene is not in it.
    """
    known: dict[Any, Any] = {row["image"]: row for row in scenes.to_dict("records")}
    return {
        image: Image.fromarray(render(replace(_scene(known[image]), attributes=()), optics))
        for image in dict.fromkeys(images)
        if image in known
    }


def _described(attribute: str) -> tuple[str, str, str]:
    kind, value = split_attribute(attribute)
    if kind not in TYPE_OF_KIND:
        raise Problem(
            f"The kind {kind} of the embedded world belongs to none of the nine types; add it to"
            " TYPE_OF_KIND and _PHRASES in spuriverse.spubench.scenes."
        )
    phrase = _PHRASES[kind].format(value.replace("-", " "))
    return phrase, TYPE_OF_KIND[kind], f"Read from the scene: {attribute}."


def _scene(row: dict[Any, Any]) -> Scene:
    names = (row["object"], row["colour"], tuple(row["dots"]), tuple(row["attributes"]))
    return Scene(*names, int(row["seed"]))


def _save(region: np.ndarray, folder: Path, name: str) -> str | None:
    if not region.any():
        return None
    Image.fromarray(region.astype(np.uint8) * 255).save(folder / name)
    return name
