"""The data contracts: one schema per table, files that always fit it, and stable ids."""

from spuriverse.tables.files import atomic_path, write_csv, write_text
from spuriverse.tables.identity import content_sha256, sample_id
from spuriverse.tables.markup import write_marked_up, write_result_table
from spuriverse.tables.parquet import (
    CHUNK_ROWS,
    empty_table,
    read_chunks,
    read_table,
    read_tables,
    table_writer,
    write_table,
)
from spuriverse.tables.schemas import SCHEMAS, arrow_schema
from spuriverse.tables.spubench import CONFIRMED_TYPES, SPURIOUS_TYPES
from spuriverse.tables.validation import validate_table

__all__ = [
    "CHUNK_ROWS",
    "CONFIRMED_TYPES",
    "SCHEMAS",
    "SPURIOUS_TYPES",
    "arrow_schema",
    "atomic_path",
    "content_sha256",
    "empty_table",
    "read_chunks",
    "read_table",
    "read_tables",
    "sample_id",
    "table_writer",
    "validate_table",
    "write_csv",
    "write_marked_up",
    "write_result_table",
    "write_table",
    "write_text",
]
