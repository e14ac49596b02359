"""What a GPU takes for the work of this project, in at most eight minutes; nothing is downloaded.

Models of the real sizes are built with random weights on the device (`gpu_models.py`) and asked,
trained and explained through the library's own doors (`gpu_parts.py`), beside bare forward passes
and bare training steps. Each part runs in a process of its own with a time limit of its own; one
that cannot run here is skipped with a sentence.

Writes `docs/reference/gpu-<device>.csv`, and what was measured into the table that `snakemake plan`
goes by, in place of what is assumed there.

    python bench/gpu.py [--quick] [--parts evaluation-qwen,images]
    python bench/gpu.py --tiny --out FOLDER --seconds TABLE    # tiny sizes, on a CPU too
"""

import argparse
import csv
import io
import math
import multiprocessing
import os
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from gpu_models import BILLIONS
from gpu_parts import MAPS_AS_PLANNED, PARTS, Row
from gpu_timing import Setting, Skipped

from spuriverse.tables import write_text
from spuriverse.workflow import FROZEN, ItemSeconds, find_seconds, read_seconds, record_seconds

COLUMNS = ("part", "model", "measure", "value", "unit", "device", "date", "note")
REFERENCE = Path(__file__).parent.parent / "docs" / "reference"
WHOLE, QUICK = 480, 180
"""Seconds of everything, and with `--quick`."""

LEAST = 5
"""Seconds without which no part is begun."""

PATIENCE = 600
"""Seconds that a part may take with tiny sizes on whatever machine."""

PLANNED = {
    "evaluate_model": ("qwen", ("generate",), "questions/s"),
    "measure_cgla": ("llava", ("CGLA",), "s/question"),
    "map_saliency": ("llava", (MAPS_AS_PLANNED,), "s/question"),
    "finetune_adapters": (
        "qwen",
        ("LoRA step, 4-bit, fitted", "LoRA step, bf16, fitted"),
        "s/training sample",
    ),
    FROZEN: (
        "qwen",
        ("LoRA step, 4-bit, frozen tower", "LoRA step, bf16, frozen tower"),
        "s/training sample",
    ),
}
"""Rule -> the model and the measures of which the first there is stands in the plan."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and save; returns the exit code."""
    chosen = _parse(arguments)
    begun = time.monotonic()
    device, name = _find_device()
    if device == "cpu" and not chosen.tiny:
        print("There is no CUDA GPU here; --tiny tries the script on the CPU.", file=sys.stderr)
        return 1
    date = datetime.now(UTC).date().isoformat()
    rows, peak = [], math.nan
    for part in chosen.parts:
        found = _run(part, device, chosen, begun)
        peak = next((row[2] for row in found if row[1] == "matrix product"), peak)
        for model, measure, value, unit, note in [*found, *_shares(found, peak)]:
            shown = f"{value:.4g} {unit}".strip() if measure != "skipped" else ""
            print(f"{part}: {model} {measure} {shown} ({note})".replace("  ", " "), flush=True)
            rows.append((part, model, measure, f"{value:.6g}", unit, name, date, note))
    path = chosen.out / f"gpu-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.csv"
    _write(path, rows)
    planned = _planned(rows, name, date, chosen.seconds)
    if planned:
        record_seconds(planned, chosen.seconds)
    print(
        f"{len(rows)} rows in {path}, {len(planned)} rows for the plan,"
        f" {time.monotonic() - begun:.0f} s."
    )
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="three minutes in place of eight")
    parser.add_argument("--tiny", action="store_true", help="tiny sizes, to try the script")
    parser.add_argument("--parts", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--out", type=Path, default=REFERENCE, help="folder of the table")
    parser.add_argument("--seconds", type=Path, help="the plan's table")
    parser.add_argument("--limit", type=float, help="seconds for each part")
    chosen = parser.parse_args(arguments)
    if chosen.tiny and (chosen.out == REFERENCE or chosen.seconds is None):
        parser.error("what is measured at tiny sizes is no reference: give --out and --seconds")
    named = chosen.parts.split(",") if chosen.parts else list(PARTS)
    if unknown := [part for part in named if part not in PARTS]:
        parser.error(f"there is no part {unknown[0]}; choose from {', '.join(PARTS)}")
    chosen.parts = named
    return chosen


def _shares(rows: Sequence[Row], peak: float) -> list[Row]:
    """What of the device's own peak the rows in TFLOP/s are."""
    return [
        (model, f"{measure}, share of peak", value / peak, "", f"of {peak:.3g} TFLOP/s")
        for model, measure, value, unit, _ in rows
        if unit == "TFLOP/s" and model and not math.isnan(peak)
    ]


def _run(part: str, device: str, chosen: argparse.Namespace, begun: float) -> list[Row]:
    """The rows of a part; one that says why, if it is skipped or stopped."""
    limit = PARTS[part].quick if chosen.quick else PARTS[part].limit
    if not limit:
        return [_skipped("left out with --quick")]
    whole = QUICK if chosen.quick else WHOLE
    left = whole - (time.monotonic() - begun)
    limit = chosen.limit or (PATIENCE if chosen.tiny else min(limit, left))
    if limit < LEAST and not chosen.limit:
        return [_skipped(f"nothing is left of the {whole} s of all parts")]
    with tempfile.TemporaryDirectory() as folder:
        setting = Setting(device, chosen.tiny, chosen.quick, Path(folder))
        return _within(limit, part, setting)


def _within(limit: float, part: str, setting: Setting) -> list[Row]:
    """Run a part in a process that ends after its time; what it measured before that stays."""
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(part, setting, sending))
    process.start()
    sending.close()
    ends, rows = time.monotonic() + limit, []
    try:
        while receiving.poll(max(0.0, ends - time.monotonic())):
            rows.append(receiving.recv())
    except EOFError:
        process.join()
        if process.exitcode:
            rows.append(_skipped(f"its process ended with exit code {process.exitcode}"))
        return rows
    process.kill()
    process.join()
    return [*rows, _skipped(f"it ran past its limit of {limit:g} s")]


def _measure(part: str, setting: Setting, sending: Connection) -> None:
    warnings.filterwarnings("ignore")  # what libraries will change later is no finding
    try:
        for row in PARTS[part].measure(setting):
            sending.send(row)
    except Skipped as reason:
        sending.send(_skipped(str(reason)))
    except Exception as error:
        # A fault of one part is a finding about this device, and must not hide the other parts.
        reason = " ".join(str(error).split())[:300]
        sending.send(_skipped(f"it failed: {type(error).__name__}: {reason}"))


def _skipped(reason: str) -> Row:
    return ("", "skipped", math.nan, "", reason)


def _find_device() -> tuple[str, str]:
    """What to measure on, and its name; asked in a process, so that this one holds no memory."""
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_device, args=(sending,))
    process.start()
    found = receiving.recv()
    process.join()
    return found


def _device(sending: Connection) -> None:
    import torch

    on_gpu = torch.cuda.is_available()
    sending.send(("cuda", torch.cuda.get_device_name()) if on_gpu else ("cpu", "cpu"))


def _write(path: Path, rows: Sequence[tuple[str, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([COLUMNS, *rows])
    write_text(path, text.getvalue())


def _planned(
    rows: Sequence[tuple[str, ...]], device: str, date: str, path: Path | None
) -> list[ItemSeconds]:
    """The measured rows as the plan's table has them; how a job starts stays as it was assumed."""
    known, found = read_seconds(path), []
    for rule, (model, measures, unit) in PLANNED.items():
        mine = [row for row in rows if row[1] == model and row[4] == unit]
        row = next((row for name in measures for row in mine if row[2] == name), None)
        if row is None:
            continue
        assumed = find_seconds(known, rule, "transformers", BILLIONS)
        seconds = 1 / float(row[3]) if unit == "questions/s" else float(row[3])
        source = f"random weights of {row[1]}'s size, {row[2]}: {row[7]}"
        found.append(
            ItemSeconds(
                rule, "transformers", assumed.up_to_billions, assumed.item, assumed.start_seconds,
                float(f"{seconds:.4g}"), "measured", device, date, source,
            )
        )  # fmt: skip
    return found


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")
    sys.exit(main())
