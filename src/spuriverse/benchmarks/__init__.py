"""Sources of questions, one module each, and the table that all of them become."""

from spuriverse.benchmarks.readers import reader_of
from spuriverse.benchmarks.records import read_records
from spuriverse.benchmarks.rows import REPEATED, Collected, Row, collect_rows

__all__ = ["REPEATED", "Collected", "Row", "collect_rows", "read_records", "reader_of"]
