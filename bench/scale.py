"""How memory and time grow with the number of recorded replies, from the files to two tables.

Replies of three sizes pass through the workflow from a CSV file to the curation funnel, and through
the job that makes the main table (ten models, a tenth of the replies each). For every rule it
prints the peak memory, the processor seconds, and the exponents of their growth from the smallest
size to the largest: 1 is proportional. Run it in the repository, on Linux.

    python bench/scale.py [--sizes 10000 100000 1000000]
"""

import argparse
import importlib.util
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import psutil
from curation_funnel import time_workflow, write_metadata, write_overlay

from spuriverse.tables import write_table

MODELS = 10
FRESH_IMAGES = 10
OPTIONS = ["red", "dark green", "a blue one", "none of them"]
MAIN_TABLE = "tabulate_main_results"
LIMIT_MB = 4_000
LOOK_EVERY = 0.2
"""Seconds."""


def measure_funnel(replies: int, folder: Path) -> dict[str, tuple[float, float]]:
    """Return (peak MB, processor seconds) of every rule from the CSV file to the funnel."""
    source = folder / f"{replies}.csv"
    write_metadata(source, "aokvqa", replies)
    with watched_jobs() as measured:
        time_workflow(write_overlay(folder, {"aokvqa": source}))
    shutil.rmtree("results/bench")
    return dict(sorted(measured.items()))


@contextmanager
def watched_jobs() -> Iterator[dict[str, tuple[float, float]]]:
    """Fill in what the jobs take that run below this process, by rule.

    The kernel keeps the peak of a process; Snakemake's own benchmark looks at the memory once in
    half a minute.
    """
    measured: dict[str, tuple[float, float]] = {}
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(LOOK_EVERY):
            for process in psutil.Process().children(recursive=True):
                with suppress(psutil.Error, OSError):
                    if rule := rule_of(process.cmdline()):
                        before = measured.get(rule, (0.0, 0.0))
                        now = (peak_of(process.pid), seconds_of(process))
                        measured[rule] = (max(before[0], now[0]), max(before[1], now[1]))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield measured
    finally:
        ended.set()
        watcher.join()


def rule_of(command: list[str]) -> str:
    """The rule whose script a command runs, empty if it runs none."""
    scripts = [Path(part) for part in command if "/.snakemake/scripts/" in part]
    return scripts[0].name.split(".")[1] if scripts else ""


def seconds_of(process: psutil.Process) -> float:
    """The processor seconds of a process so far."""
    times = process.cpu_times()
    return times.user + times.system


def peak_of(pid: int) -> float:
    """The peak memory of a process so far, in MB; 0 of one that has ended."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return float(line.split()[1]) / 1024
    return 0.0


def measure_main_table(replies: int, folder: Path) -> dict[str, tuple[float, float]]:
    """Return (peak MB, processor seconds) of the job of the main table, in a process of its own."""
    inputs = folder / f"main-{replies}"
    write_evaluation(inputs, replies)
    done = subprocess.run(
        [sys.executable, __file__, "--job", str(inputs)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    shutil.rmtree(inputs)
    return {MAIN_TABLE: tuple(json.loads(done.stdout.splitlines()[-1]))}


def write_evaluation(folder: Path, replies: int) -> None:
    """Write the evaluation sets and every model's replies."""
    types = max(4, replies // MODELS // (1 + 3 * FRESH_IMAGES))
    names = [f"c-{number}" for number in range(types)]
    samples = pd.concat([_samples("a", types), _samples("n", types * FRESH_IMAGES)])
    anchors = [f"a-{number}" for number in range(types)]
    shown = {"attribute": "prop:boat", "kind": "prop", "predicted": OPTIONS[1]}
    candidate = dict.fromkeys(
        ("rationale", "prompt_sha256", "reply", "spurious_description", "core_description"), ""
    )
    candidate |= {"annotator": "bench", "status": "accepted", "reviewer": "", "note": ""}
    groups = pd.DataFrame(_groups(names))
    ordinary = [f"n-{number}" for number in range(types * FRESH_IMAGES)]
    tables = {
        "samples": samples,
        "candidates": pd.DataFrame(
            {"candidate_id": names, "sample_id": anchors, **shown, **candidate}
        ),
        "groups": groups,
        "types": pd.DataFrame(
            {"type_id": names, "sample_id": anchors, "candidate_id": names, **shown}
        ),
        "non_spurious": pd.DataFrame({"sample_id": ordinary, "subset": "ordinary", "part": "test"}),
    }
    for name, table in tables.items():
        write_table(table, folder / f"{name}.parquet", name)
    job = load_script()
    paths = inputs_of(folder)
    asked = job.read_evaluation_samples(paths)["sample_id"]
    for number in range(MODELS):
        generator = np.random.default_rng(number)
        table = _responses(asked, number, generator)
        write_table(table, folder / f"model-{number}.parquet", "responses")


def _samples(prefix: str, number: int) -> pd.DataFrame:
    rows = range(number)
    return pd.DataFrame(
        {
            "sample_id": [f"{prefix}-{row}" for row in rows],
            "benchmark": "bench",
            "image": [f"images/{prefix}-{row}.png" for row in rows],
            "question": [f"Which colour has thing {row}?" for row in rows],
            "options": [OPTIONS] * number,
            "answer": 0,
            "category": "",
            "attributes": [[]] * number,
        }
    )


def _groups(names: list[str]) -> Iterator[dict[str, object]]:
    for name in names:
        for group in ("core", "spurious"):
            for seed in range(FRESH_IMAGES):
                image = f"groups/{name}-{group}-{seed}.png"
                place = {"candidate_id": name, "group": group, "part": "fresh", "seed": seed}
                yield {**place, "image": image, "description": "", "generator": "bench"}


def _responses(asked: pd.Series, model: int, generator: np.random.Generator) -> pd.DataFrame:
    choice = generator.integers(0, 2, len(asked))
    return pd.DataFrame(
        {
            "sample_id": asked.to_numpy(),
            "model": f"model-{model}",
            "strategy": "direct",
            "protocol": "corrected",
            "reply": [f"({'AB'[c]}) {OPTIONS[c]}, as far as one can see." for c in choice],
            "outcome": "answered",
            "choice": choice,
            "option_scores": [[]] * len(asked),
            "prompt_sha256": "0" * 64,
            "seconds": 0.5,
            "tokens": 12,
        }
    )


def load_script() -> object:
    """The script of the job, as Snakemake runs it."""
    spec = importlib.util.spec_from_file_location("job", f"scripts/{MAIN_TABLE}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def inputs_of(folder: Path) -> SimpleNamespace:
    names = ("candidates", "groups", "types", "non_spurious")
    responses = [folder / f"model-{number}.parquet" for number in range(MODELS)]
    files = {name: folder / f"{name}.parquet" for name in names}
    return SimpleNamespace(samples=[folder / "samples.parquet"], responses=responses, **files)


def run_job(folder: Path) -> None:
    """Run the job once and print what it took."""
    params = {"reference_model": "model-0", "seed": 0, "resamples": 2_000}
    params |= {"strategy": "direct", "deciding_groups": False}
    output = {"csv": folder / "main.csv", "predictions": folder / "predictions.parquet"}
    load_script().main(
        SimpleNamespace(
            params=SimpleNamespace(**params),
            input=inputs_of(folder),
            output=SimpleNamespace(**output),
        )
    )
    print(json.dumps([peak_of(os.getpid()), seconds_of(psutil.Process())]))


def exponent(small: float, large: float, ratio: float) -> float:
    """The power of the size by which something grows."""
    return math.log(large / small) / math.log(ratio)


def main() -> None:
    """Print peak memory, processor seconds and growth of every rule."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10**4, 10**5, 10**6])
    parser.add_argument("--job", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.job:
        return run_job(arguments.job)
    sizes = sorted(arguments.sizes)
    measured = {}
    with tempfile.TemporaryDirectory() as name:
        for size in sizes:
            folder = Path(name)
            measured[size] = measure_main_table(size, folder) | measure_funnel(size, folder)
    ratio = sizes[-1] / sizes[0]
    print(f"{'rule':24} " + " ".join(f"{size:>16,}" for size in sizes) + "   memory   time")
    for rule in measured[sizes[-1]]:
        cells = [measured[size][rule] for size in sizes]
        shown = " ".join(f"{mb:7.0f} MB {s:5.0f} s" for mb, s in cells)
        powers = [exponent(cells[0][key], cells[-1][key], ratio) for key in (0, 1)]
        print(f"{rule:24} {shown}   {powers[0]:6.2f} {powers[1]:6.2f}")
    peak = max(mb for mb, _ in measured[sizes[-1]].values())
    print(f"Peak {peak:.0f} MB, {'within' if peak <= LIMIT_MB else 'above'} {LIMIT_MB} MB.")


if __name__ == "__main__":
    main()
