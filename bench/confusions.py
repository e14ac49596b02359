"""Whether the memory that collecting confusions takes grows with the set.

Renders class folders of the embedded world of two sizes, classifies each in a process of its own
with an untrained tiny CLIP, and prints the ratio of their peak memory. The ratio should be close to
1 whatever the sizes are. With --steps it also prints how long a training step of the tiny CLIP
takes beside one of the tiny vision-language model.

    python bench/confusions.py [--small 20] [--large 160] [--steps 0]
"""

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from spuriverse.spubench import (
    collect_confusions,
    load_classifier,
    read_classes,
    render_class_images,
)
from spuriverse.world import (
    Architecture,
    ClipRecipe,
    Optics,
    Recipe,
    Statistics,
    train_zoo_clip,
    train_zoo_model,
    write_checkpoint,
)

MEGABYTE = 1024.0


def measure(clip: Path, folder: Path) -> None:
    """Collect the confusions of one folder and print images, peak MB and seconds."""
    classes = read_classes(folder)
    classifier = load_classifier(clip, list(classes.values()), ["a photo of a {}"])
    started = time.perf_counter()
    found = collect_confusions(folder, classes, classifier, source="world", min_rank=2, max_rank=25)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE
    print(sum(found.ranks.values()), peak, seconds)


def in_a_process(clip: Path, folder: Path) -> tuple[int, float, float]:
    """Return images, peak MB and seconds of `measure` in a process of its own."""
    command = [sys.executable, __file__, "--measure", str(clip), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    images, peak, seconds = done.stdout.split()[-3:]
    return int(images), float(peak), float(seconds)


def compare_memory(small: int, large: int) -> None:
    """Print the ratio of peak memory of two sets."""
    with TemporaryDirectory() as place:
        clip = Path(place) / "clip"
        recipe = ClipRecipe(images=64, steps=1)
        made = train_zoo_clip(seed=0, recipe=recipe, statistics=Statistics(), optics=Optics())
        write_checkpoint(made, clip)
        found = []
        for size in (small, large):
            folder = Path(place) / str(size)
            folder.mkdir()
            render_class_images(folder, images_per_class=size, optics=Optics(), seed=0)
            found.append(in_a_process(clip, folder))
    (few, low, _), (many, high, _) = found
    print(f"images: {few} and {many}, ratio {many / few:.2f}")
    print(f"peak memory: {low:.0f} MB and {high:.0f} MB, ratio {high / low:.3f}")


def compare_steps(steps: int) -> None:
    """Print how long a step of the tiny CLIP takes beside one of the tiny LLaVA."""
    clip = ClipRecipe(images=256, steps=steps)
    llava = Recipe(images=256, steps=steps)
    shared = {"seed": 0, "statistics": Statistics(), "optics": Optics()}
    train_zoo_clip(recipe=ClipRecipe(images=64, steps=1), **shared)
    seconds = []
    for train in (
        lambda: train_zoo_clip(recipe=clip, **shared),
        lambda: train_zoo_model(biased=True, recipe=llava, architecture=Architecture(), **shared),
    ):
        started = time.process_time()
        train()
        seconds.append(time.process_time() - started)
    print(f"CPU time of {steps} steps, tiny CLIP over tiny LLaVA: {seconds[0] / seconds[1]:.2f}")


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", type=int, default=20, help="images per class of the small set")
    parser.add_argument("--large", type=int, default=160, help="images per class of the large set")
    parser.add_argument("--steps", type=int, default=0, help="training steps to compare")
    parser.add_argument("--measure", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        measure(*given.measure)
        return
    compare_memory(given.small, given.large)
    if given.steps:
        compare_steps(given.steps)


if __name__ == "__main__":
    main()
