"""What mending does to a tiny CLIP: its trigger, its shortcuts, its confusions, its maps."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.discovery.verification.truth.clip_shortcuts import measure_clip
from spuriverse.statistics import clustered_mean, clustered_share
from spuriverse.world import (
    OBJECTS,
    TARGET,
    Optics,
    Scene,
    attribute_region,
    attributes_of,
    compose_scene,
    object_region,
    paste_placebo,
    paste_trigger,
    render,
)

DEFENCE_COLUMNS = ("model", "measure", "n", "value", "low", "high")
DEFENCE_SHOWN = {
    "Model": "{model}",
    "Measure": "{measure}",
    "n": "{n}",
    "Value": "{value:.3f} ({low:.3f} to {high:.3f})",
}
_SIDE = 8
_AT_ONCE = 256

Scores = Callable[[list[Image.Image]], np.ndarray]
"""Images -> a score for every object of the world, in the order of `OBJECTS`."""


def measure_defences(
    models: Mapping[str, Scores],
    *,
    scenes: int,
    pairs: int,
    zone: tuple[int, int],
    optics: Optics,
    seed: int,
) -> pd.DataFrame:
    """Measure tiny CLIPs on the same scenes.

    Args:
        models: Name -> its scores.
        scenes: Scenes with one attribute each, drawn without regard to the object.
        pairs: As in `measure_clip`.
        zone: Least and largest rank of the true class in the confusion zone.
        optics: As in the images the models were trained on.
        seed: Settles the scenes.

    Returns:
        The columns of `DEFENCE_COLUMNS`. Of each model: "attack success", how often a scene of
        another object is taken for `TARGET` under the trigger, and the same under the plain patch;
        "accuracy" on core, spurious, control and aligned scenes and "misled" on spurious ones, as
        `measure_clip` has them; "in the confusion zone", the share of scenes; "map inside the
        attribute" and "map inside the object", the mean shares of the map of what the first class
        rests on (by covering cells of 8 x 8). Intervals are at 95 %, over attributes.
    """
    drawn = _draw(scenes, seed)
    rows: list[tuple[object, ...]] = []
    for name, scores in models.items():
        found = [
            *_attack(scores, drawn, optics),
            *_shortcuts(scores, pairs, optics, seed),
            *_zone_and_maps(scores, drawn, zone, optics),
        ]
        rows += [(name, *row) for row in found]
    return pd.DataFrame(rows, columns=list(DEFENCE_COLUMNS))


Row = tuple[str, int, float, float, float]


def _draw(scenes: int, seed: int) -> list[tuple[str, Scene]]:
    """An attribute and a scene that shows it, every attribute about equally often."""
    rng, names = np.random.default_rng([seed, 25]), list(OBJECTS)
    attributes = [*attributes_of("planted"), *attributes_of("controls")]
    chosen = [attributes[i % len(attributes)] for i in range(scenes)]
    return [(a, compose_scene(rng, names[int(rng.integers(len(names)))], [a])) for a in chosen]


def _attack(scores: Scores, drawn: Sequence[tuple[str, Scene]], optics: Optics) -> list[Row]:
    others = [(attribute, scene) for attribute, scene in drawn if scene.object != TARGET]
    target, units = list(OBJECTS).index(TARGET), [attribute for attribute, _ in others]
    rows = []
    for measure, paste in (("attack success", paste_trigger), ("plain patch", paste_placebo)):
        shown = [Image.fromarray(paste(render(scene, optics))) for _, scene in others]
        hit = _scored(scores, shown).argmax(1) == target
        share = clustered_share(hit, units)
        rows.append((measure, share.n, share.value, share.low, share.high))
    return rows


def _shortcuts(scores: Scores, pairs: int, optics: Optics, seed: int) -> list[Row]:
    table = measure_clip(scores, pairs=pairs, optics=optics, seed=seed).set_index("scenes")
    rows = [
        (f"accuracy, {sort}", int(row["n"]), row["accuracy"], row["low"], row["high"])
        for sort, row in table.iterrows()
    ]
    misled = table.loc["spurious"]
    limits = (misled["misled"], misled["misled_low"], misled["misled_high"])
    return [*rows, ("misled, spurious", int(misled["n"]), *limits)]


def _zone_and_maps(
    scores: Scores,
    drawn: Sequence[tuple[str, Scene]],
    zone: tuple[int, int],
    optics: Optics,
) -> list[Row]:
    units = [attribute for attribute, _ in drawn]
    pixels = [render(scene, optics) for _, scene in drawn]
    found = _scored(scores, [Image.fromarray(p) for p in pixels])
    right = np.array([list(OBJECTS).index(scene.object) for _, scene in drawn])
    own = found[np.arange(len(found)), right]
    rank = 1 + (found > own[:, None]).sum(1)
    inside = clustered_share((rank >= zone[0]) & (rank <= zone[1]), units)
    rows = [("in the confusion zone", inside.n, inside.value, inside.low, inside.high)]
    maps = occlusion_maps(scores, pixels, found.argmax(1))
    for measure, region_of in (
        ("map inside the attribute", attribute_region),
        ("map inside the object", lambda scene, _: object_region(scene)),
    ):
        shares = np.array(
            [
                _share_inside(heat, region)
                for heat, (attribute, scene) in zip(maps, drawn, strict=True)
                for region in (region_of(scene, attribute),)
            ]
        )
        known = ~np.isnan(shares)
        if known.any():
            labels = np.array(units)[known]
            mean = clustered_mean(shares[known], labels)
            rows.append((measure, mean.n, mean.value, mean.low, mean.high))
    return rows


def draw_defence_maps(
    models: Mapping[str, Scores], *, shown: int, optics: Optics, seed: int
) -> dict[str, np.ndarray]:
    """Map what the first class of each model rests on, on the same scenes for all.

    Args:
        models: Name -> its scores.
        shown: Most scenes: one of each kind of attribute that is at some place of the image.
        optics: As in the images the models were trained on.
        seed: Settles the scenes.

    Returns:
        `scenes`, uint8 of shape (n, height, width, 3); `regions`, bool of shape (n, height, width),
        where the attribute is; `models`, their m names; `maps`, float of shape (m, n, height,
        width), as `occlusion_maps` makes them; `answers`, of shape (m, n), the first class.
    """
    by_kind: dict[str, tuple[str, Scene]] = {}
    for attribute, scene in _draw(len(attributes_of("planted")), seed):
        region = attribute_region(scene, attribute)
        if region.any() and not region.all():
            by_kind.setdefault(attribute.partition(":")[0], (attribute, scene))
    drawn = list(by_kind.values())[:shown]
    pixels = [render(scene, optics) for _, scene in drawn]
    maps, answers = [], []
    for scores in models.values():
        first = _scored(scores, [Image.fromarray(p) for p in pixels]).argmax(1)
        answers.append([list(OBJECTS)[place] for place in first])
        maps.append(occlusion_maps(scores, pixels, first))
    return {
        "scenes": np.stack(pixels),
        "regions": np.stack([attribute_region(scene, name) for name, scene in drawn]),
        "models": np.array(list(models)),
        "maps": np.stack(maps),
        "answers": np.array(answers),
    }


def occlusion_maps(
    scores: Scores, pixels: Sequence[np.ndarray], classes: Sequence[int]
) -> np.ndarray:
    """Return how much the score of a class falls when a cell of an image is covered.

    Args:
        scores: Who is asked.
        pixels: n uint8 arrays of one shape (height, width, 3).
        classes: For each image the place of its class.

    Returns:
        Shape (n, height, width), every pixel with the value of its cell of 8 x 8; what speaks
        against the class counts as nothing.
    """
    height, width = pixels[0].shape[:2]
    down = np.arange(height) * _SIDE // height
    across = np.arange(width) * _SIDE // width
    cell_of = down[:, None] * _SIDE + across[None]
    rows = np.arange(len(pixels))
    whole = _scored(scores, [Image.fromarray(p) for p in pixels])[rows, classes]
    falls = np.zeros((len(pixels), _SIDE**2))
    for cell in range(_SIDE**2):
        covered = []
        for image in pixels:
            shown = image.copy()
            shown[cell_of == cell] = image[cell_of != cell].mean(0).round()
            covered.append(Image.fromarray(shown))
        falls[:, cell] = whole - _scored(scores, covered)[rows, classes]
    return falls.clip(0)[:, cell_of]


def _share_inside(heat: np.ndarray, region: np.ndarray) -> float:
    """How much of a map lies inside a region; missing where either has nothing."""
    total = float(heat.sum())
    return float(heat[region].sum()) / total if total > 0 and region.any() else float("nan")


def _scored(scores: Scores, images: list[Image.Image]) -> np.ndarray:
    parts = [scores(images[i : i + _AT_ONCE]) for i in range(0, len(images), _AT_ONCE)]
    return np.concatenate(parts)
