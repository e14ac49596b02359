"""The measurements of a GPU, with tiny sizes on whatever machine there is: their mechanics."""

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spuriverse.workflow import find_seconds, read_seconds, seconds_file

SCRIPT = Path(__file__).parents[2] / "bench" / "gpu.py"


def measure(folder: Path, *options: str) -> tuple[str, list[dict[str, str]]]:
    """Return what the script says, and the rows of its table."""
    shutil.copy(seconds_file(), folder / "seconds.csv")
    places = ("--out", str(folder / "out"), "--seconds", str(folder / "seconds.csv"))
    done = subprocess.run(
        [sys.executable, SCRIPT, "--tiny", *places, *options],
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    (table,) = (folder / "out").iterdir()
    with table.open(newline="") as file:
        return done.stdout, list(csv.DictReader(file))


@pytest.mark.slow
def test_what_is_measured_goes_into_the_plan(tmp_path: Path) -> None:
    said, rows = measure(tmp_path, "--parts", "device,evaluation-qwen,two-models")
    assert "skipped" not in said
    found = {(row["model"], row["measure"]): float(row["value"]) for row in rows}
    for way in ("letter_logits", "option_likelihood", "generate", "bare forward pass"):
        assert found["qwen", way] > 0
    assert found["qwen", "bare forward pass, share of peak"] > 0
    assert all(row["device"] and row["date"] for row in rows)
    planned = find_seconds(
        read_seconds(tmp_path / "seconds.csv"), "evaluate_model", "transformers", 7
    )
    assert planned.basis == "measured"
    assert planned.device == rows[0]["device"]
    assert planned.seconds_per_item == pytest.approx(1 / found["qwen", "generate"], rel=0.01)
    # Larger models, and rules that were not measured, keep what is assumed of them.
    for rule, billions in (("evaluate_model", 70), ("finetune_adapters", 7)):
        kept = find_seconds(read_seconds(tmp_path / "seconds.csv"), rule, "transformers", billions)
        assert kept.basis == "assumed"


def test_a_part_that_takes_too_long_is_stopped_and_says_so(tmp_path: Path) -> None:
    said, rows = measure(tmp_path, "--parts", "device", "--limit", "0.01")
    assert "it ran past its limit of 0.01 s" in said
    assert [row["measure"] for row in rows] == ["skipped"]
    before = seconds_file().read_text()
    assert (tmp_path / "seconds.csv").read_text() == before


def test_four_bits_without_a_gpu_are_skipped_with_a_sentence(tmp_path: Path) -> None:
    said, rows = measure(tmp_path, "--parts", "four-bit")
    if rows[0]["device"] != "cpu":
        pytest.skip("This machine has a GPU.")
    assert "4 bits need a CUDA GPU" in said
    assert [row["measure"] for row in rows] == ["skipped"]


def test_tiny_sizes_never_become_a_reference() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--tiny"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 2
    assert "give --out and --seconds" in done.stderr
