"""Why a job ended early, as its log tells the workflow."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spuriverse.workflow import read_ending

TRACE = """12:00:02 ERROR Rule make_table failed
Traceback (most recent call last):
  File "job.py", line 3, in main
    raise ValueError("our fault")
ValueError: our fault
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "how", "sentence"),
    [
        ("12:00:01 ERROR There is no image.\n", "problem", "There is no image."),
        ("12:00:01 PAUSED 2 candidates wait.\n", "pause", "2 candidates wait."),
        (TRACE, "bug", "ValueError: our fault"),
        ("12:00:01 ERROR Two\n  1. a.\n  2. b.\n", "problem", "Two\n  1. a.\n  2. b."),
        ("12:00:01 ERROR early\n12:00:02 INFO x\n12:00:03 ERROR late\n", "problem", "late"),
        ("12:00:01 ERROR it\n12:00:02 WARNING and\nmore\n", "problem", "it"),
    ],
)
def test_the_last_entry_that_ends_a_job_is_told(
    tmp_path: Path, text: str, how: str, sentence: str
) -> None:
    log = write(tmp_path / "job.log", f"12:00:00 INFO begun\n{text}")
    ending = read_ending([tmp_path / "missing.log", log])
    assert ending is not None
    assert (ending.how, ending.sentence, ending.log) == (how, sentence, log)


def test_a_job_that_was_killed_says_nothing(tmp_path: Path) -> None:
    assert read_ending([write(tmp_path / "job.log", "12:00:00 INFO begun\n")]) is None
    assert read_ending([tmp_path]) is None
    assert read_ending([]) is None


@given(text=st.text())
@settings(deadline=None, derandomize=True, max_examples=50)
def test_whatever_stands_in_a_log_can_be_read(text: str, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("log")
    log = folder / "job.log"
    log.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    ending = read_ending([log])
    assert ending is None or ending.log == log
