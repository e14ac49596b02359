"""Maps of what an answer rests on, measured against regions and against occluding them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.models import LocalModel
from spuriverse.progress import progress
from spuriverse.questions import image_size
from spuriverse.spubench.explain.attention import Attention, answer_attention
from spuriverse.spubench.explain.gradcam import grad_cam
from spuriverse.spubench.explain.occlusion import cells, occlusion_effects, rank_correlation
from spuriverse.spubench.explain.opening import PROMPTS, Answered, answer_plainly
from spuriverse.spubench.explain.overlays import draw_overlay, save_overlay
from spuriverse.spubench.explain.regions import (
    intersection_over_union,
    read_mask,
    seen_box,
    share_inside,
    spread,
)

METHODS = ("grad_cam", "attention")

REGIONS = ("spurious", "object")


def map_saliency(
    model: LocalModel,
    chosen: pd.DataFrame,
    folder: str | Path,
    *,
    stored_as: str | Path | None = None,
    batch_size: int = 96,
    most_cells: int = 8,
) -> pd.DataFrame:
    """Make the heat maps of every sample under every condition, and measure them.

    The answer that is explained is the option the model finds likeliest under the plain prompt, for
    all conditions the same: the maps then differ in the prompt alone.

    Args:
        model: A checkpoint of a family of `spuriverse.spubench.explain.towers`.
        chosen: As `choose_samples` returns it.
        folder: An existing folder for the overlays, one PNG a sample.
        stored_as: The folder as the table names it, if it will be moved; by default `folder`.
        batch_size: Rows of a forward pass, three of which are one image under all prompts.
        most_cells: Most cells per side for the check by occlusion.

    Returns:
        A `heatmaps` table, one row per sample, condition and method.

    Raises:
        Problem: An image or a mask is missing or does not fit, an option has no tokens, or the
            model gives no attentions or has an unknown encoder.
    """
    tables = []
    batches = list(_batches(chosen, max(1, batch_size // len(PROMPTS))))
    told = progress(batches, desc=f"explaining {model.name}", total=len(batches), unit="batch")
    for rows in told:
        tables += _measure(model, answer_plainly(model, rows), Path(folder), most_cells, batch_size)
    table = pd.DataFrame(tables)
    return table.assign(overlay=[str(Path(stored_as or folder) / n) for n in table["overlay"]])


def _batches(chosen: pd.DataFrame, size: int) -> Iterator[pd.DataFrame]:
    """Samples whose images have the same size; in files' headers, so that none is decoded."""
    sizes = [image_size(path) for path in chosen["image"]]
    for _, rows in chosen.groupby(pd.Series(sizes, index=chosen.index), sort=True):
        for start in range(0, len(rows), size):
            yield rows[start : start + size]


def _measure(
    model: LocalModel, asked: Answered, folder: Path, most_cells: int, batch_size: int
) -> list[dict[str, Any]]:
    size = asked.images[0].size
    maps = {name: _maps(model, asked, name) for name in PROMPTS}
    rows, columns = maps["plain"]["grad_cam"][0].shape
    box = seen_box(model, size, rows, columns)
    grid = cells(box, (min(rows, most_cells), min(columns, most_cells)), size)
    regions = [_regions(row, size) for row in asked.rows]
    effects = _effects(model, asked, regions, grid, batch_size)
    found = []
    for i, row in enumerate(asked.rows):
        laid = {
            (method, name): spread(maps[name][method][i], box, size)
            for method in METHODS
            for name in PROMPTS
        }
        path = folder / f"{_file_name(row['sample_id'])}.png"
        panels = {
            f"{method.replace('_', '-')}: {name}": laid[method, name] for method, name in laid
        }
        save_overlay(draw_overlay(asked.images[i], panels, regions[i]), path)
        known = {
            "sample_id": row["sample_id"],
            "model": model.name,
            "answer": asked.answers[i],
            "outcome": asked.outcomes[i],
            "overlay": path.name,
        }
        for (method, name), heat in laid.items():
            effect = effects[PROMPTS.index(name), i]
            found.append(
                {
                    **known,
                    "condition": name,
                    "method": method,
                    **_compare(heat, regions[i]),
                    **_change(effect, regions[i]),
                    "rank_correlation": rank_correlation(heat, grid, effect[len(REGIONS) :]),
                    **_words(maps[name]["words"][i] if method == "attention" else None),
                }
            )
    return found


def _maps(model: LocalModel, asked: Answered, name: str) -> dict[str, Any]:
    prompts = asked.prompts[name]
    stated = ["" if name == "plain" else row[name] for row in asked.rows]
    attention = answer_attention(model, asked.images, prompts, stated)
    return {
        "grad_cam": grad_cam(model, asked.images, prompts, asked.answers),
        "attention": [one.patches for one in attention],
        "words": attention,
    }


def _regions(row: dict[str, Any], size: tuple[int, int]) -> dict[str, np.ndarray]:
    paths = {name: row[f"region_{name}"] for name in REGIONS}
    return {name: read_mask(path, size) for name, path in paths.items() if isinstance(path, str)}


def _effects(
    model: LocalModel,
    asked: Answered,
    regions: Sequence[dict[str, np.ndarray]],
    grid: Sequence[np.ndarray],
    batch_size: int,
) -> np.ndarray:
    """Effects of occluding the regions (a missing one covers nothing), then of every cell."""
    nothing = np.zeros_like(grid[0])
    covered = [[own.get(name, nothing) for name in REGIONS] + list(grid) for own in regions]
    prompts = list(asked.prompts.values())
    return occlusion_effects(model, asked.images, covered, prompts, asked.answers, batch_size)


def _compare(heat: np.ndarray, regions: dict[str, np.ndarray]) -> dict[str, float]:
    measures = {"share": share_inside, "iou": intersection_over_union}
    return {
        f"{key}_{name}": measure(heat, regions[name]) if name in regions else float("nan")
        for key, measure in measures.items()
        for name in REGIONS
    } | {
        f"area_{name}": float(regions[name].mean()) if name in regions else float("nan")
        for name in REGIONS
    }


def _change(effect: np.ndarray, regions: dict[str, np.ndarray]) -> dict[str, float]:
    return {
        f"effect_{name}": float(effect[place]) if name in regions else float("nan")
        for place, name in enumerate(REGIONS)
    }


def _words(attention: Attention | None) -> dict[str, Any]:
    if attention is None:
        nothing = float("nan")
        return {"on_image": nothing, "on_attribute": nothing, "tokens": [], "weights": []}
    return {
        "on_image": attention.image,
        "on_attribute": attention.attribute if attention.stated else float("nan"),
        "tokens": [word for word, _ in attention.words],
        "weights": [weight for _, weight in attention.words],
    }


def _file_name(sample_id: str) -> str:
    """A name for a file that no id can turn into another folder's."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in sample_id)
