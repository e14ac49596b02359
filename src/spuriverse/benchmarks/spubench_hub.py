"""The published questions of MM-SpuBench: `annotation.json` and a folder of images.

Item i of the annotation belongs to the image whose number is i. How its keys are called is not
confirmed: the usual names are looked for, and others can be given.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spuriverse.benchmarks.formats import index_of_letter, option_of, read_json, text_of
from spuriverse.benchmarks.rows import Row
from spuriverse.problems import Problem
from spuriverse.tables import SPURIOUS_TYPES

ANNOTATION = "annotation.json"
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")

USUAL_NAMES: Mapping[str, Sequence[str]] = {
    "question": ("question", "Question"),
    "options": ("choices", "options"),
    "answer": ("answer", "correct_answer", "answer_index", "label_index"),
    "core": ("core_attribute", "core_attributes", "core", "core_feature"),
    "spurious": ("spurious_attribute", "spurious_attributes", "spurious", "spurious_feature"),
    "type": ("type", "spurious_type", "category", "bias_type"),
    "label": ("label", "true_label", "true_class", "ground_truth"),
    "predicted": ("predicted", "prediction", "predicted_class", "misclassified_as"),
}
"""What an item must have -> the keys that may hold it, the first that is there being taken."""

OPTIONAL = ("label", "predicted")
"""Without a label the right option is the label; without a prediction none is recorded."""

_LETTERED = re.compile(r"\(?([A-Za-z])[).:]\s+(.+)", re.DOTALL)


@dataclass(frozen=True)
class Described:
    """What an item says of its image, beside the question.

    Attributes:
        row: The question.
        label: The true class.
        predicted: The class that was preferred; empty if the source does not say.
        core: The core attribute.
        spurious: The spurious attribute.
        spurious_type: One of the nine.
    """

    row: Row
    label: str
    predicted: str
    core: str
    spurious: str
    spurious_type: str


def read_questions(
    folder: Path, keys: Mapping[str, str] | None = None, types: Mapping[str, str] | None = None
) -> Iterator[Described]:
    """Yield the published questions.

    Args:
        folder: The data set, with `annotation.json` and the images anywhere below.
        keys: Keys of an item for the parts of `USUAL_NAMES`, where they are called otherwise.
        types: Names of types in the data set -> one of the nine, where they differ in more than
            letter case, spaces and "and".

    Raises:
        Problem: There is no annotation or no image; a part is under none of the usual keys, and the
            sentence has the keys that were found; or a type is none of the nine.
    """
    path = _annotation(folder)
    items = _items(path)
    # An optional key may be missing in the first item.
    example = {key: value for item in reversed(items) for key, value in item.items()}
    found = _keys(path, example, dict(keys or {}))
    images = _images(folder, len(items))
    known = _type_names(dict(types or {}))
    for number, (item, image) in enumerate(zip(items, images, strict=True)):
        yield _described(path, number, item, image, found, known)


def _annotation(folder: Path) -> Path:
    found = sorted(folder.rglob(ANNOTATION))
    if not found:
        raise Problem(
            f"There is no {ANNOTATION} in {folder}; put the data set mmbench/MM-SpuBench there, or"
            " correct spubench.published.source."
        )
    return found[0]


def _items(path: Path) -> list[dict[str, Any]]:
    """Return the items of a list, of a mapping of ids, or of a mapping of parallel lists."""
    content = read_json(path)
    if isinstance(content, dict):
        values = list(content.values())
        lists = [value for value in values if isinstance(value, list)]
        if len(values) == len(lists) == 1:
            content = values[0]
        elif lists and len(lists) == len(values) and len(set(map(len, lists))) == 1:
            rows = zip(*lists, strict=True)
            content = [dict(zip(content, row, strict=True)) for row in rows]
        elif not lists:
            content = values
    if (
        not isinstance(content, list)
        or not content
        or not all(isinstance(i, dict) for i in content)
    ):
        shown = (
            ", ".join(map(str, content)) if isinstance(content, dict) else type(content).__name__
        )
        raise Problem(
            f"{path} holds no list of items, but {shown[:200]}; make it a list of JSON objects, one"
            " a question."
        )
    return content


def _keys(path: Path, item: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """Return part -> key. What cannot be told stops the run and shows what is there."""
    there = ", ".join(f"{key} ({_glimpse(value)})" for key, value in item.items())
    if wrong := [part for part, key in given.items() if key not in item]:
        raise Problem(
            f"{path} has no key '{given[wrong[0]]}', which spubench.published.keys names for"
            f" {wrong[0]}; it has {there}."
        )
    found = dict(given)
    for part, usual in USUAL_NAMES.items():
        key = next((name for name in usual if name in item), None)
        if part not in found and key is not None:
            found[part] = key
    if missing := [p for p in USUAL_NAMES if p not in found and p not in OPTIONAL]:
        raise Problem(
            f"{path} has no key that can be taken for {', '.join(missing)}; its items have"
            f" {there}. Say which they are: spubench.published.keys: {{{missing[0]}: ...}}."
        )
    return found


def _glimpse(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 40 else f"{text[:40]}..."


def _images(folder: Path, n: int) -> list[str]:
    """Return the images in the order of their numbers, relative to the folder."""
    files = [f for f in folder.rglob("*") if f.suffix.lower() in IMAGE_SUFFIXES and f.is_file()]
    numbered = sorted((f for f in files if f.stem.isdecimal()), key=lambda f: (int(f.stem), str(f)))
    if len(numbered) != n or [int(f.stem) for f in numbered] != list(range(n)):
        raise Problem(
            f"{folder} has {len(numbered)} numbered images and {n} items in {ANNOTATION}; an item"
            f" needs the image of its number, 000000 to {n - 1:06d}. Fetch the data set again."
        )
    return [file.relative_to(folder).as_posix() for file in numbered]


def _type_names(given: Mapping[str, str]) -> dict[str, str]:
    if wrong := [name for name in given.values() if name not in SPURIOUS_TYPES]:
        raise Problem(
            f"spubench.published.types names the type '{wrong[0]}', which is none of"
            f" {', '.join(SPURIOUS_TYPES)}."
        )
    return {_plain(name): name for name in SPURIOUS_TYPES} | {
        _plain(theirs): ours for theirs, ours in given.items()
    }


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]|\band\b", "", name.lower().replace("-", " "))


def _described(
    path: Path,
    number: int,
    item: Mapping[str, Any],
    image: str,
    keys: Mapping[str, str],
    known: Mapping[str, str],
) -> Described:
    def text(part: str) -> str:
        value = item.get(keys[part]) if part in keys else None
        parts = value if isinstance(value, list) else [value]
        return ", ".join(filter(None, map(text_of, parts)))

    said = text("type")
    if _plain(said) not in known:
        raise Problem(
            f"Item {number} of {path} has the type '{said}', which is none of"
            f" {', '.join(SPURIOUS_TYPES)}; say which it is: spubench.published.types:"
            f" {{'{said}': ...}}."
        )
    options, answer = _options(item.get(keys["options"]), item.get(keys["answer"]))
    core, spurious = text("core"), text("spurious")
    absent = [part for part, value in (("core", core), ("spurious", spurious)) if not value]
    row = Row(
        number,
        Path(image).stem,
        text("question"),
        options,
        answer,
        image,
        category=known[_plain(said)],
        trouble=f"its {absent[0]} attribute is empty" if absent else "",
    )
    label = text("label") or (options[answer] if answer is not None and options else "")
    return Described(row, label, text("predicted"), core, spurious, known[_plain(said)])


def _options(value: Any, answer: Any) -> tuple[tuple[str, ...], int | None]:
    """Return the options without their letters, and the index of the right one."""
    if isinstance(value, Mapping):
        value = [value[letter] for letter in sorted(value)]
    listed = list(map(option_of, value)) if isinstance(value, list) else []
    lettered = [_LETTERED.fullmatch(text) for text in listed]
    letters = [match[1].upper() if match else "" for match in lettered]
    said = text_of(answer)
    if listed and letters == [chr(ord("A") + i) for i in range(len(listed))]:
        bare = tuple(match[2].strip() for match in lettered if match)
        match = _LETTERED.fullmatch(said)
        said = match[2].strip() if match else said
    else:
        bare = tuple(listed)
    if isinstance(answer, int) and not isinstance(answer, bool):
        return bare, answer
    index = index_of_letter(said.strip("()"))
    if index is not None and index < len(bare):
        return bare, index
    return bare, bare.index(said) if said in bare else None
