from .files import PathLike, atomic_path, cannot_write, write_csv, write_text
from .identity import content_sha256, file_sha256, sample_id
from .kinds import KINDS, Kind
from .markup import interval, write_marked_up, write_result_table
from .parquet import (
    CHUNK_ROWS,
    empty_table,
    read_chunks,
    read_table,
    read_tables,
    table_writer,
    write_table,
)
from .regions import SHOWN_SHARE
from .rounding import intervals_of, record_of, round_to_intervals, table_of, write_result_csv
from .schemas import SCHEMAS, arrow_schema
from .spubench import QUESTION_FORMS, SPURIOUS_TYPES
from .write_ahead import log_ahead

__all__ = [
    "CHUNK_ROWS",
    "KINDS",
    "QUESTION_FORMS",
    "SCHEMAS",
    "SHOWN_SHARE",
    "SPURIOUS_TYPES",
    "Kind",
    "PathLike",
    "arrow_schema",
    "atomic_path",
    "cannot_write",
    "content_sha256",
    "empty_table",
    "file_sha256",
    "interval",
    "intervals_of",
    "log_ahead",
    "read_chunks",
    "read_table",
    "read_tables",
    "record_of",
    "round_to_intervals",
    "sample_id",
    "table_of",
    "table_writer",
    "write_csv",
    "write_marked_up",
    "write_result_csv",
    "write_result_table",
    "write_table",
    "write_text",
]
