"""A folder with one sub-folder per class as a source of images."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from spuriverse.problems import Problem
from spuriverse.questions import image_suffixes

COMMON = (".jpg", ".png", ".webp", ".tiff")
"""Suffixes that a message names, of all those that are read."""


def read_classes(
    folder: Path, names: Path | None = None, *, setting: str = "spubench.sources"
) -> dict[str, str]:
    """Return the classes of a source: sub-folder -> class name, in the order of the sub-folders.

    Args:
        folder: Has one sub-folder per class. Hidden ones are no classes.
        names: A JSON file that maps sub-folders to class names; without it, or where it is silent,
            a class is called as its sub-folder, with spaces for underscores.
        setting: Key of the configuration that names the folder, for messages.

    Raises:
        Problem: There is no such folder or no class in it, a class has no image, two classes have
            one name, or the file of names is not such a mapping.
    """
    if not folder.is_dir():
        raise Problem(
            f"There is no folder of images at {folder}; put one there with a sub-folder for each"
            f" class, or correct {setting}."
        )
    found = sorted(e.name for e in os.scandir(folder) if e.is_dir() and e.name[0] != ".")
    if not found:
        raise Problem(
            f"The folder {folder} has no sub-folder; make one for each class and put its images in."
        )
    if empty := [name for name in found if next(_images(folder / name), None) is None]:
        raise Problem(
            f"The class folder {folder / empty[0]} has no image ({', '.join(COMMON)}, ...);"
            f" put images there or remove the folder{_and_more(len(empty) - 1)}."
        )
    given = _read_names(names) if names else {}
    classes = {name: given.get(name, name.replace("_", " ").strip()) for name in found}
    called: dict[str, str] = {}
    for name, text in classes.items():
        if not text:
            raise Problem(f"The class of {folder / name} has no name; give it one in class_names.")
        if text in called:
            raise Problem(
                f"The class folders {called[text]} and {name} of {folder} are both called"
                f" '{text}'; give one of them another name in class_names."
            )
        called[text] = name
    return classes


def stream_images(folder: Path, classes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (path of an image, name of its class), class by class in the order of the files' names.

    Only the names of one class's files are held at a time.

    Args:
        folder: As in `read_classes`.
        classes: As `read_classes` returns them.
    """
    for name, text in classes.items():
        for file in sorted(_images(folder / name)):
            yield str(folder / name / file), text


def count_other_files(folder: Path, classes: Iterable[str]) -> Counter[str]:
    """Count what the class folders hold beside images: suffix -> number of files.

    Args:
        folder: As in `read_classes`.
        classes: Its sub-folders.
    """
    able = image_suffixes()
    files = (entry.name for name in classes for entry in _files(folder / name))
    suffixes = (os.path.splitext(name)[1].lower() for name in files)
    return Counter(suffix or "no suffix" for suffix in suffixes if suffix not in able)


def _images(folder: Path) -> Iterator[str]:
    able = image_suffixes()
    for entry in _files(folder):
        if entry.name.lower().endswith(able):
            yield entry.name


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    for entry in os.scandir(folder):
        if not entry.name.startswith(".") and entry.is_file():
            yield entry


def _read_names(path: Path) -> Mapping[str, str]:
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Problem(
            f"The class names in {path} cannot be read ({error}); give a JSON object that maps"
            " folders to names."
        ) from error
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise Problem(f"{path} is not a JSON object that maps folders to names; correct it.")
    return {folder: name.strip() for folder, name in names.items()}


def _and_more(n: int) -> str:
    return f", and see to {n} more such folders" if n else ""
