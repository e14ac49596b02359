"""The columns of the tables of MM-SpuBench: images a classifier confuses, and questions on them."""

from collections.abc import Mapping

import pandera.pandas as pa
import pyarrow as arrow

from spuriverse.tables.columns import (
    are_attributes,
    are_options,
    choice_column,
    count_column,
    list_column,
    name_column,
    number_column,
    text_column,
    typed_column,
)
from spuriverse.tables.kinds import KINDS

SPURIOUS_TYPES = KINDS
"""The nine types of spurious correlation, as the published annotation names them."""

QUESTION_FORMS = ("object", "feature")
"""What a question asks for: the object in the image, or the feature that tells what it is."""


def _path_column() -> pa.Column:
    """A path, or missing where there is no such file."""
    not_empty = pa.Check(lambda values: values.str.strip() != "", error="must not be empty")
    return typed_column("str", arrow.string(), not_empty, nullable=True)


def _are_names(value: object) -> bool:
    return isinstance(value, list) and (len(value) < 2 or are_options(value))


def _are_types(value: object) -> bool:
    if not (isinstance(value, list) and value and _are_words(value)):
        return False
    return all(name.strip() for name in value) and len(set(value)) == len(value)


def _are_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


SPUBENCH: Mapping[str, tuple[Mapping[str, pa.Column], list[str]]] = {
    "scenes": (
        {
            "image": name_column(),
            "object": name_column(),
            "colour": name_column(),
            "dots": list_column(arrow.string(), _are_words, "must be a list of places"),
            "attributes": list_column(
                arrow.string(), are_attributes, "must be a list of texts that read kind:value"
            ),
            "seed": count_column(),
        },
        ["image"],
    ),
    "confusions": (
        {
            "source": name_column(),
            "image": name_column(),
            "label": name_column(),
            "predicted": name_column(),
            "rank": count_column(),
            "above": list_column(
                arrow.string(), _are_names, "must be a list of class names, none twice"
            ),
            "score": number_column(-1, 1),
        },
        ["image"],
    ),
    "unreadable": (
        {"source": name_column(), "image": name_column(), "reason": name_column()},
        ["image"],
    ),
    "attributes": (
        {
            "sample_id": name_column(),
            "label": name_column(),
            # Empty where a published set does not say it.
            "predicted": text_column(),
            "core": name_column(),
            "spurious": name_column(),
            # A published question may have several types, and labels beyond the nine.
            "spurious_types": list_column(
                arrow.string(), _are_types, "must be a list of types, none empty or twice"
            ),
            "question_form": choice_column(*QUESTION_FORMS),
            "label_source": choice_column("class", "right option"),
            "region_spurious": _path_column(),
            "region_object": _path_column(),
        },
        ["sample_id"],
    ),
    "options": (
        {
            "sample_id": name_column(),
            "option": name_column(),
            "role": choice_column("right", "spurious", "other"),
            "spurious_type": text_column(
                pa.Check.isin(
                    ("", *SPURIOUS_TYPES), error=f"must be one of {', '.join(SPURIOUS_TYPES)}"
                )
            ),
        },
        ["sample_id", "option"],
    ),
}
"""Name of a table -> its columns, and those that together tell its rows apart."""
