"""The smoke run gives the recorded tables, byte for byte, on the processor that made the record."""

import warnings
from pathlib import Path

import pytest
from checkout import Checkout
from digests import RECORD, RENEW, Digests, compare, digest_tables, read_record, write_record

from spuriverse.cpu import describe_processor

TABLES = {"a.csv": b"x\n1\n", "b.csv": b"x\n2\n"}
OTHER = {**TABLES, "b.csv": b"x\n3\n"}


@pytest.mark.skipif(not RECORD.is_file(), reason="no run is recorded; `make digests` does it")
def test_the_smoke_run_gives_the_recorded_tables(smoke: Checkout) -> None:
    finding = compare(read_record(), digest_tables(smoke.tables))
    assert not finding.failed, f"{finding.message} {RENEW}"
    if finding.message:
        warnings.warn(finding.message, stacklevel=1)


def test_the_same_tables_say_nothing() -> None:
    found = digest_tables(TABLES)
    assert found.processor == describe_processor()
    assert compare(found, found).message == ""
    assert not compare(Digests("another processor", found.tables), found).message


def test_other_digests_fail_on_the_processor_that_made_the_record() -> None:
    finding = compare(digest_tables(TABLES), digest_tables(OTHER))
    assert finding.failed
    assert "b.csv" in finding.message
    assert "a.csv" not in finding.message


def test_other_digests_on_another_processor_are_told_with_both_names() -> None:
    recorded = Digests("Zilog Z80", digest_tables(TABLES).tables)
    finding = compare(recorded, digest_tables(OTHER))
    assert not finding.failed
    assert "Zilog Z80" in finding.message
    assert describe_processor() in finding.message


@pytest.mark.parametrize("processor", ["Zilog Z80", None])
def test_a_missing_table_fails_on_every_processor(processor: str | None) -> None:
    recorded = Digests(processor or describe_processor(), digest_tables(TABLES).tables)
    finding = compare(recorded, digest_tables({"a.csv": TABLES["a.csv"]}))
    assert finding.failed
    assert "b.csv" in finding.message


def test_a_record_reads_back_as_it_was_written(tmp_path: Path) -> None:
    written = Digests("Intel(R) Xeon(R) (GenuineIntel, family 6)", digest_tables(TABLES).tables)
    write_record(written, tmp_path / "digests.csv")
    assert read_record(tmp_path / "digests.csv") == written
