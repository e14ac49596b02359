"""How long the annotator `regions` takes for many pictures, and how much memory.

Pictures of noise are drawn, one in sixteen of them with a patch that leads to a wrong answer. What
an encoder makes of them is stored beforehand, so that its own time does not count. It prints
seconds, the peak memory, and whether the patch was found.

    python bench/regions.py [--pictures 10000] [--grid 8] [--width 64]
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.config import Config
from spuriverse.discovery.curation import Annotated, annotate_with_regions, collect_errors

OBJECTS = [f"object-{number}" for number in range(25)]
WRONG = OBJECTS[0]
OPTIONS = 4
SIDE = 64
PATCHED, MISLED, MISTAKEN = 1 / 16, 0.9, 0.06
"""Share of the pictures with the patch, of these that are misled, and of all that are mistaken."""


@dataclass(frozen=True)
class Made:
    """Questions with answers, and the file of the stored features."""

    samples: pd.DataFrame
    responses: pd.DataFrame
    features: Path


def make(folder: Path, pictures: int, grid: int, width: int) -> Made:
    """Draw pictures that bear their number in the first pixel, and store features of each."""
    rng = np.random.default_rng(0)
    path = folder / "features.npy"
    shape = (pictures, grid, grid, width)
    features = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=shape)
    kinds = rng.normal(size=(40, width))
    patch = rng.normal(size=width)
    rows, choices = [], []
    for number in range(pictures):
        cells = kinds[rng.integers(len(kinds), size=(grid, grid))]
        options = rng.permutation(OBJECTS)[:OPTIONS].tolist()
        answer = int(rng.integers(OPTIONS))
        choice = int(rng.integers(OPTIONS)) if rng.random() < MISTAKEN else answer
        if rng.random() < PATCHED:
            cells[: grid // 4, : grid // 4] = patch
            if WRONG in options and rng.random() < MISLED:
                choice = options.index(WRONG)
        features[number] = cells + 0.3 * rng.normal(size=cells.shape)
        rows.append(
            {
                "sample_id": f"s-{number:06}",
                "image": str(_draw(folder / f"{number:06}.png", number, rng)),
                "question": "What object is shown?",
                "options": options,
                "answer": answer,
            }
        )
        choices.append(choice)
    features.flush()
    samples = pd.DataFrame(rows)
    outcome = {"outcome": "answered", "choice": pd.array(choices, dtype="Int64")}
    return Made(samples, samples[["sample_id"]].assign(**outcome), path)


def _draw(path: Path, number: int, rng: np.random.Generator) -> Path:
    pixels = rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    pixels[0, 0] = [number >> 16, number >> 8 & 255, number & 255]
    Image.fromarray(pixels).save(path, compress_level=1)
    return path


def stored(features: Path) -> Callable[[Sequence[Image.Image]], np.ndarray]:
    """Return an encoder that looks up what was stored."""

    def encode(images: Sequence[Image.Image]) -> np.ndarray:
        pixels = [image.getpixel((0, 0)) for image in images]
        numbers = [red << 16 | green << 8 | blue for red, green, blue in pixels]
        # Opened anew each time, so that the memory that is measured holds no more than a batch.
        return np.load(features, mmap_mode="r")[numbers].astype(np.float32)

    return encode


def annotate(made: Made) -> Annotated:
    """Run the annotator with the settings of the default configuration."""
    settings = Config().curation
    return annotate_with_regions(
        made.samples,
        made.responses,
        collect_errors(made.samples, made.responses),
        stored(made.features),
        **settings.regions.model_dump(exclude={"encoder"}),
        **settings.model_dump(
            include={"false_discovery_rate", "minimum_effect", "anchors_per_attribute"}
        ),
        seed=0,
    )


def peak_mb() -> float:
    """The peak memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Make, annotate and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--grid", type=int, default=8, help="cells per side of the encoder")
    parser.add_argument("--width", type=int, default=64, help="numbers per cell")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = make(Path(folder), args.pictures, args.grid, args.width)
        before, began, busy = peak_mb(), time.perf_counter(), time.process_time()
        found = annotate(made)
        seconds, busy = time.perf_counter() - began, time.process_time() - busy
    first = found.proposals.iloc[0]
    print(f"{args.pictures} pictures, {args.grid} x {args.grid} cells of {args.width} numbers")
    print(f"{seconds:.0f} s, of the processor {busy:.0f} s")
    print(f"peak memory {peak_mb():.0f} MB, before it began {before:.0f} MB")
    place = "first" if first["wrong"] == WRONG else "not first"
    print(f"{len(found.proposals)} suspicions; the patch is {place}")


if __name__ == "__main__":
    main()
