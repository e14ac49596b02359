"""The published questions of MM-SpuBench: `annotation.json` and a folder of images.

An item names its image, or belongs to the image whose number is its place. The keys are those of
the published file; rebuilt copies under other usual names are read too, and others can be given.
"""

import logging
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from spuriverse.benchmarks.formats import index_of_letter, option_of, read_json, text_of
from spuriverse.benchmarks.options import without_letter, without_letters
from spuriverse.benchmarks.rows import Row
from spuriverse.problems import Problem
from spuriverse.questions import image_suffixes
from spuriverse.tables import SPURIOUS_TYPES

ANNOTATION = "annotation.json"

USUAL_NAMES: Mapping[str, Sequence[str]] = {
    "question": ("question", "Question"),
    "options": ("choices", "options"),
    "answer": ("answer", "correct_answer", "answer_index", "label_index"),
    "core": ("core_attributes", "core_attribute", "core", "core_feature"),
    "spurious": ("spurious_attributes", "spurious_attribute", "spurious", "spurious_feature"),
    "type": ("spurious_correlation_type", "type", "spurious_type", "category", "bias_type"),
    "label": ("label", "true_label", "true_class", "ground_truth"),
    "predicted": ("predicted", "prediction", "predicted_class", "misclassified_as"),
    "image": ("image", "image_name", "file_name"),
}
"""What an item must have -> the keys that may hold it, the first that is there being taken."""

OPTIONAL = ("label", "predicted", "image")
"""Without a label the right option takes its place; without a prediction none is recorded; without
an image an item has that of its place."""

_ASKS_FOR_A_FEATURE = re.compile(r"\b(?:feature|attribute|characteristic|cue)s?\b", re.IGNORECASE)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Described:
    """What an item says of its image, beside the question.

    Attributes:
        row: The question.
        label: The true class; the right option where the source names no class.
        label_source: Which of the two it is.
        predicted: The class that was preferred; empty if the source does not say.
        core: The core attributes, parted by commas.
        spurious: The spurious attributes, parted by commas.
        types: The types of spurious correlation: of the nine, or labels of the source beyond them.
        form: What the questions of the source ask for: the object, or the feature that tells it.
    """

    row: Row
    label: str
    label_source: Literal["class", "right option"]
    predicted: str
    core: str
    spurious: str
    types: tuple[str, ...]
    form: Literal["object", "feature"]


def read_questions(
    folder: Path, keys: Mapping[str, str] | None = None, types: Mapping[str, str] | None = None
) -> Iterator[Described]:
    """Yield the published questions.

    Args:
        folder: The data set, with `annotation.json` and the images anywhere below.
        keys: Keys of an item for the parts of `USUAL_NAMES`, where they have other names.
        types: Names of types in the data set -> one of the nine, where they differ in more than
            letter case, spaces and "and". A label that is none of them is kept as it is; the log
            counts and names such labels.

    Raises:
        Problem: There is no annotation, or no image where items name none; a part is under none of
            the usual keys, and the sentence has the keys that were found; or a given type is none
            of the nine.
    """
    path = _annotation(folder)
    items = _items(path)
    # An optional key may be missing in the first item.
    example = {key: value for item in reversed(items) for key, value in item.items()}
    found = _keys(path, example, dict(keys or {}))
    images = _images(folder, [text_of(item.get(found.get("image", ""))) for item in items])
    known = _type_names(dict(types or {}))
    form = _form(items, found)
    beyond: Counter[str] = Counter()
    for number, (item, image) in enumerate(zip(items, images, strict=True)):
        one = _described(number, item, image, found, known, form)
        beyond.update(name for name in one.types if name not in SPURIOUS_TYPES)
        yield one
    if beyond:
        named = ", ".join(f"{name} ({n})" for name, n in beyond.most_common())
        log.info(
            "%s: %d labels are none of the %d types and are kept as they are: %s",
            path,
            beyond.total(),
            len(SPURIOUS_TYPES),
            named,
        )


def _form(
    items: Sequence[Mapping[str, Any]], keys: Mapping[str, str]
) -> Literal["object", "feature"]:
    """Return what most questions ask for; a file that names classes asks for the object."""
    if "label" in keys or "predicted" in keys:
        return "object"
    asked = sum(bool(_ASKS_FOR_A_FEATURE.search(text_of(i.get(keys["question"])))) for i in items)
    return "feature" if 2 * asked > len(items) else "object"


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
            " per question."
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


def _images(folder: Path, named: Sequence[str]) -> list[str]:
    """Return the image of every item, relative to the folder.

    A named image that is missing keeps its name, so that its item alone is refused.
    """
    files = [f for f in folder.rglob("*") if f.suffix.lower() in image_suffixes() and f.is_file()]
    if all(named):
        there = {file.name: file for file in sorted(files, reverse=True)}
        there |= {file.relative_to(folder).as_posix(): file for file in files}
        return [
            there[name].relative_to(folder).as_posix() if name in there else name for name in named
        ]
    n = len(named)
    numbered = sorted((f for f in files if f.stem.isdecimal()), key=lambda f: (int(f.stem), str(f)))
    if len(numbered) != n or [int(f.stem) for f in numbered] != list(range(n)):
        raise Problem(
            f"{folder} has {len(numbered)} numbered images and {n} items in {ANNOTATION} that name"
            f" none; each item needs the image numbered by its position, 000000 to {n - 1:06d}."
            " Fetch the data set again."
        )
    return [file.relative_to(folder).as_posix() for file in numbered]


def _type_names(given: Mapping[str, str]) -> dict[str, str]:
    if wrong := [name for name in given.values() if name not in SPURIOUS_TYPES]:
        raise Problem(
            f"spubench.published.types names the type '{wrong[0]}', which is not one of"
            f" {', '.join(SPURIOUS_TYPES)}."
        )
    return {_plain(name): name for name in SPURIOUS_TYPES} | {
        _plain(theirs): ours for theirs, ours in given.items()
    }


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]|\band\b", "", name.lower().replace("-", " "))


def _described(
    number: int,
    item: Mapping[str, Any],
    image: str,
    keys: Mapping[str, str],
    known: Mapping[str, str],
    form: Literal["object", "feature"],
) -> Described:
    def texts(part: str) -> list[str]:
        value = item.get(keys[part]) if part in keys else None
        return list(filter(None, map(text_of, value if isinstance(value, list) else [value])))

    slugs = [known.get(_plain(name), _slug(name)) for name in texts("type")]
    types = tuple(dict.fromkeys(filter(None, slugs)))
    options, answer = _options(item.get(keys["options"]), item.get(keys["answer"]))
    parts = {part: ", ".join(texts(part)) for part in ("core", "spurious", "label", "predicted")}
    absent = [f"its {p} attribute is empty" for p in ("core", "spurious") if not parts[p]]
    absent += [] if types else ["it has no type of spurious correlation"]
    row = Row(
        number,
        Path(image).stem,
        ", ".join(texts("question")),
        options,
        answer,
        image,
        category=" + ".join(types),
        trouble=absent[0] if absent else "",
    )
    right = options[answer] if answer is not None and answer < len(options) else ""
    return Described(
        row,
        parts["label"] or right,
        "class" if parts["label"] else "right option",
        parts["predicted"],
        parts["core"],
        parts["spurious"],
        types,
        form,
    )


def _slug(name: str) -> str:
    return "-".join(re.findall(r"\w+", name.lower()))


def _options(value: Any, answer: Any) -> tuple[tuple[str, ...], int | None]:
    """Return the options without their letters, and the index of the right one."""
    if isinstance(value, Mapping):
        value = [value[letter] for letter in sorted(value)]
    listed = list(map(option_of, value)) if isinstance(value, list) else []
    right = text_of(answer)
    bare = without_letters(listed)
    if bare is None:
        bare = tuple(listed)
    else:
        right = without_letter(right)
    if isinstance(answer, int) and not isinstance(answer, bool):
        return bare, answer
    index = index_of_letter(right.strip("()"))
    if index is not None and index < len(bare):
        return bare, index
    return bare, bare.index(right) if right in bare else None
