"""How long recorded replies take from CSV to the curation funnel, and how much of it is our work.

Makes files of the published sizes (17,056, 14,232 and 7,600 rows) in a temporary folder, or takes
the A-OKVQA file that is given, and runs the workflow to `curation_funnel.csv` twice: on all rows,
and on two rows per file, which is what starting the jobs costs alone. Run it in the repository.

    python bench/curation_funnel.py [--aokvqa meta/aokvqa_train_meta.csv]
"""

import argparse
import csv
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROWS = {"aokvqa": 17_056, "seedbench": 14_232, "naturalbench": 7_600}
OPTIONS = ("red", "dark green", "a blue one", "none of them")
REPLY_COLUMNS = ("prediction", "parsed", "spuriousAttr", "isSpurious", "isError")


def write_metadata(path: Path, benchmark: str, rows: int) -> None:
    """Write a metadata file in which every fifth reply is wrong and some of these are flagged."""
    columns = ["index", "question", "answer", *"ABCD", *REPLY_COLUMNS]
    columns += {"naturalbench": ["type", "image_path"], "seedbench": ["category"]}.get(
        benchmark, ["split"]
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(_rows(benchmark, rows))


def _rows(benchmark: str, rows: int) -> Iterator[dict[str, object]]:
    options = OPTIONS[:2] if benchmark == "naturalbench" else OPTIONS
    own = {"naturalbench": {"type": "multiple_choice", "image_path": "x.jpg"}}
    own |= {"seedbench": {"category": "Scene"}}
    for number in range(rows):
        answer = number % len(options)
        chosen = (answer + (number % 5 == 0)) % len(options)
        verdict = ("Yes, the sea." if number % 3 else "No.") if chosen != answer else ""
        yield {
            "index": number,
            "question": f"Which colour has thing {number}?",
            "answer": "ABCD"[answer],
            **dict(zip("ABCD", options, strict=False)),
            "prediction": f"({'ABCD'[chosen]}) {options[chosen]}",
            "parsed": "ABCD"[chosen],
            "spuriousAttr": verdict,
            **own.get(benchmark, {"split": "train"}),
        }


def write_overlay(folder: Path, paths: dict[str, Path]) -> Path:
    """Write the configuration that reads these files."""
    replies = {name: str(path) for name, path in paths.items()}
    overlay = {
        "results": "results/bench",
        "benchmarks": {"world": None, **{name: {"source": p} for name, p in replies.items()}},
        "models": [{"name": "gpt-4o", "backend": "recorded", "replies": replies}],
        "curation": {"source_model": "gpt-4o", "annotator": "recorded"},
    }
    path = folder / "overlay.json"
    path.write_text(json.dumps(overlay))
    return path


def time_workflow(overlay: Path) -> float:
    """Return the seconds of a run from nothing to the table."""
    shutil.rmtree("results/bench", ignore_errors=True)
    target = "results/bench/tables/curation_funnel.csv"
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", target, "--configfile", str(overlay)],
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    return seconds


def main() -> None:
    """Print the seconds and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--aokvqa", type=Path, help="the published A-OKVQA metadata file")
    real = parser.parse_args().aokvqa
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds = {}
        for label, least in (("all rows", None), ("two rows per file", 2)):
            paths = {b: folder / f"{label.replace(' ', '-')}-{b}.csv" for b in ROWS}
            for benchmark, path in paths.items():
                write_metadata(path, benchmark, least or ROWS[benchmark])
            if real and not least:
                paths["aokvqa"] = real.absolute()
            seconds[label] = time_workflow(write_overlay(folder, paths))
        shutil.rmtree("results/bench", ignore_errors=True)
    for label, value in seconds.items():
        print(f"{label:15} {value:6.1f} s")
    print(f"ratio           {seconds['all rows'] / seconds['two rows per file']:6.2f}")


if __name__ == "__main__":
    main()
