"""Sources of questions, one module each, and the table that all of them become."""

from spuriverse.benchmarks.images import suffix_of_image
from spuriverse.benchmarks.readers import reader_of
from spuriverse.benchmarks.records import read_records
from spuriverse.benchmarks.rows import REPEATED, Collected, Row, collect_rows
from spuriverse.benchmarks.spubench_hub import Described, read_questions
from spuriverse.benchmarks.spuriverse_hub import read_groups

__all__ = [
    "REPEATED",
    "Collected",
    "Described",
    "Row",
    "collect_rows",
    "read_groups",
    "read_questions",
    "read_records",
    "reader_of",
    "suffix_of_image",
]
