"""Questions from a folder with one sub-folder per class: which of some classes is shown."""

import logging
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from spuriverse.benchmarks.class_folders import count_other_files, read_classes, stream_images
from spuriverse.benchmarks.rows import Row
from spuriverse.problems import Problem

log = logging.getLogger(__name__)

_TABLES = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz")


def is_class_folder(path: Path) -> bool:
    """Return whether a source is a folder of pictures by class: with sub-folders, and no table."""
    if not path.is_dir():
        return False
    files = (file for file in path.rglob("*") if file.name[0] != ".")
    if any(file.name.lower().endswith(_TABLES) for file in files):
        return False
    return any(entry.is_dir() and entry.name[0] != "." for entry in path.iterdir())


def ask_classes(
    folder: Path, *, question: str, options: int, setting: str = "benchmarks.own"
) -> Iterator[Row]:
    """Yield a question about every picture, class by class.

    The wrong options, and the order of all, are settled by the picture's path alone, so that
    further pictures leave the other questions as they are.

    Args:
        folder: Has one sub-folder per class, called as the class.
        question: Its text.
        options: Most options, the right one among them; all classes where there are no more.
        setting: Key of the configuration that names the folder, for messages.

    Raises:
        Problem: As in `read_classes`, or there is one class alone.
    """
    classes = read_classes(folder, setting=setting)
    names = list(classes.values())
    if len(names) < 2:
        raise Problem(
            f"The folder {folder} has one class alone, {names[0]}, so there is no wrong answer to"
            " offer; add a sub-folder with pictures of another class, or give a table of questions."
        )
    if others := count_other_files(folder, classes):
        counted = ", ".join(f"{suffix} {n}" for suffix, n in others.most_common())
        log.warning("%s: %d files are no pictures (%s)", folder, others.total(), counted)
    for number, (path, name) in enumerate(stream_images(folder, classes)):
        image = str(PurePosixPath(Path(path).relative_to(folder)))
        rng = np.random.default_rng([zlib.crc32(image.encode()), 19])
        wrong = [other for other in names if other != name]
        chosen = [wrong[i] for i in rng.permutation(len(wrong))[: options - 1]]
        offered = [name, *chosen]
        offered = [offered[i] for i in rng.permutation(len(offered))]
        yield Row(
            number,
            image,
            question,
            tuple(offered),
            offered.index(name),
            image,
            category=name,
            place=path,
        )
