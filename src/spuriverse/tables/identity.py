"""Ids that depend on content alone, so that every run and every machine finds the same ones."""

import hashlib
import unicodedata
from pathlib import Path

from spuriverse.problems import Problem

SAMPLE_ID_DIGITS = 12


def content_sha256(text: str) -> str:
    """Return the SHA-256 of `text` in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def file_sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file's content, as 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sample_id(benchmark: str, image: str, question: str) -> str:
    """Return the stable id of one sample, such as `aokvqa-3f2a9c01b7de`.

    An image alone does not identify a sample: benchmarks ask several questions about one image.

    Args:
        benchmark: name of the source benchmark.
        image: the id of the image in its source, not its path on disk.
        question: the text of the question.

    Returns:
        The benchmark, a hyphen and the first 12 hexadecimal digits of the SHA-256 over the three
        fields. Fields that differ only in how Unicode composes a character give the same id.

    Raises:
        Problem: a field contains a NUL character, which separates the fields.
    """
    fields = [unicodedata.normalize("NFC", field) for field in (benchmark, image, question)]
    if any("\0" in field for field in fields):
        raise Problem(
            f"The sample with image {image!r} of benchmark {benchmark!r} has a NUL character in its"
            " fields; remove it from the source."
        )
    digest = content_sha256("\0".join(fields))
    return f"{fields[0]}-{digest[:SAMPLE_ID_DIGITS]}"
