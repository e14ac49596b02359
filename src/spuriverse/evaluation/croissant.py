"""A data set described in Croissant 1.0 (mlcommons.org/croissant), which search engines read."""

from collections.abc import Mapping
from typing import Any

import pyarrow as arrow

from spuriverse.evaluation.dataset_card import Card

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{
        name: f"cr:{name}"
        for name in (
            *("citeAs", "column", "extract", "field", "fileObject", "fileProperty", "fileSet"),
            *(
                "equivalentProperty",
                "format",
                "includes",
                "isLiveDataset",
                "jsonPath",
                "key",
                "md5",
                "parentField",
            ),
            *("path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate"),
            *("separator", "source", "subField", "transform"),
        )
    },
}
"""The terms of the specification, as its section on the context lists them."""

LICENCES = {"mit": "https://spdx.org/licenses/MIT.html"}
_TYPES = {
    arrow.string(): "sc:Text",
    arrow.int64(): "sc:Integer",
    arrow.float64(): "sc:Float",
    arrow.bool_(): "sc:Boolean",
}


def describe_in_croissant(
    card: Card,
    meanings: Mapping[str, str],
    columns: Mapping[str, Mapping[str, arrow.DataType]],
    sums: Mapping[str, str],
) -> dict[str, Any]:
    """Return the metadata as JSON-LD: the files with their checksums, and every column.

    Args:
        card: What is said about the data set.
        meanings: Name of a table -> what a row of it is.
        columns: Name of a table -> its columns; a structure is an image.
        sums: Name of a table -> SHA-256 of its file.
    """
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": card.name,
        "description": card.description,
        **({"license": LICENCES[card.licence]} if card.licence in LICENCES else {}),
        "version": card.version,
        "citeAs": "SpuriVerse, arXiv:2506.18322",
        "isBasedOn": "https://arxiv.org/abs/2506.18322",
        "distribution": [_file(name, sums[name]) for name in columns],
        "recordSet": [_records(name, meanings[name], columns[name]) for name in columns],
    }


def _file(name: str, sha256: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": f"{name}.parquet",
        "name": f"{name}.parquet",
        "contentUrl": f"data/{name}.parquet",
        "encodingFormat": "application/x-parquet",
        "sha256": sha256,
    }


def _records(name: str, meaning: str, columns: Mapping[str, arrow.DataType]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": meaning,
        "field": [_field(name, column, kind) for column, kind in columns.items()],
    }


def _field(table: str, column: str, kind: arrow.DataType) -> dict[str, Any]:
    source: dict[str, Any] = {
        "fileObject": {"@id": f"{table}.parquet"},
        "extract": {"column": column},
    }
    field = {"@type": "cr:Field", "@id": f"{table}/{column}", "name": f"{table}/{column}"}
    if arrow.types.is_struct(kind):
        return {
            **field,
            "dataType": "sc:ImageObject",
            "source": {**source, "transform": {"jsonPath": "bytes"}},
        }
    if arrow.types.is_list(kind):
        return {**field, "dataType": _TYPES[kind.value_type], "repeated": True, "source": source}
    return {**field, "dataType": _TYPES[kind], "source": source}
