"""How fast a model is asked here, beside lmms-eval and beside a plain loop.

The same questions are put to the same saved tiny LLaVA (the zoo's sizes, trained for a minute so
that its replies are words) by three askers in turn, in rounds: this project's `answer_samples`
(generate), lmms-eval's command with its own adapter for LLaVA, and a loop of one `generate` a
question. All compute in float32 with the instructions that the workflow's jobs use, and reply with
at most eight tokens. The loop gives the replies that the others have to give.

Each asker is a process, timed from its start to its end, and per item from the loaded model to the
last answer. This project and the loop take that second time themselves; for lmms-eval it is the
difference between a run with all questions and one with a single question. Prints both, in wall
time, which needs a machine with nothing else to do, and in processor time, which does not; the
ratios beside their targets; and the share of equal choices. The exit status is 1 if an asker chose
something else.

lmms-eval is installed, in its current release, in an environment of its own. That environment sees
the packages of this one (torch alone takes gigabytes), so that both use the same versions.

    python bench/peers.py [--items 1000] [--rounds 3] [--threads 1] [--environment .venv-lmms-eval]
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
from evaluation import LONGEST_REPLY, build, loop_plainly

from spuriverse.cpu import describe_processor, pin_kernels

OURS, REFERENCE = "this project", "plain loop"

TARGETS = {"lmms-eval": 10, REFERENCE: 12}
"""Asker -> how many times its items per second this project should reach."""

BATCH = 128

TASK = f"""
task: peers
dataset_path: json
dataset_kwargs: {{data_files: {{test: QUESTIONS}}}}
test_split: test
output_type: generate_until
doc_to_visual: !function peers_task.open_images
doc_to_text: prompt
doc_to_target: target
generation_kwargs: {{max_new_tokens: {LONGEST_REPLY}, temperature: 0, do_sample: false}}
metric_list: [{{metric: exact_match, aggregation: mean, higher_is_better: true}}]
metadata: [{{version: 0.0}}]
"""

TASK_MODULE = """
from PIL import Image


def open_images(doc):
    return [Image.open(doc["image"]).convert("RGB")]
"""


Choices = list[int | None]


@dataclass(frozen=True)
class Asker:
    """Who asks.

    Attributes:
        command: Number of questions -> the command that asks so many.
        read: Returns the choices of the last run, and the seconds from the loaded model to the
            last answer, of wall and of processor time, where the asker takes them.
    """

    command: Callable[[int], list[str]]
    read: Callable[[], tuple[Choices, list[float] | None]]


def make_environment(folder: Path) -> Path:
    """Install lmms-eval in an environment that also sees the packages of this one.

    Args:
        folder: Where it is; one that is finished is used again.

    Returns:
        Its Python.
    """
    python, finished = folder / "bin/python", folder / "installed"
    if finished.is_file():
        return python
    print(f"installing lmms-eval in {folder}, which takes some minutes", flush=True)
    venv.create(folder, clear=True, with_pip=True)
    ours = sysconfig.get_paths()["purelib"]
    theirs = sysconfig.get_path("purelib", "venv", {"base": folder, "platbase": folder})
    (Path(theirs) / "packages_of_the_project.pth").write_text(f"{ours}\n", encoding="utf-8")
    install = [str(python), "-m", "pip", "install", "--quiet", "lmms-eval[video-legacy]"]
    subprocess.run(install, check=True)
    finished.touch()
    return python


def write_task(folder: Path, samples: pd.DataFrame, items: list[str]) -> None:
    """Write the questions as a task of lmms-eval."""
    task = folder / "task"
    task.mkdir(exist_ok=True)
    questions = task / "questions.jsonl"
    rows = zip(samples["image"], items, samples["options"], samples["answer"], strict=True)
    with questions.open("w", encoding="utf-8") as file:
        for image, prompt, options, answer in rows:
            row = {"image": image, "prompt": prompt, "target": options[answer]}
            file.write(json.dumps(row) + "\n")
    text = TASK.replace("QUESTIONS", json.dumps(str(questions)))
    (task / "peers.yaml").write_text(text, encoding="utf-8")
    (task / "peers_task.py").write_text(TASK_MODULE, encoding="utf-8")


def find_askers(folder: Path, python: Path, samples: pd.DataFrame, threads: int) -> dict:
    """Return name -> asker."""
    from spuriverse.questions import parse_reply

    def own(way: str) -> Asker:
        told = folder / f"{way}.json"

        def command(items: int) -> list[str]:
            here = [sys.executable, __file__, "--ask", way, str(folder)]
            return [*here, "--items", str(items), "--threads", str(threads)]

        return Asker(command, lambda: json.loads(told.read_text(encoding="utf-8")))

    replies = folder / "lmms-eval"

    def lmms_eval(items: int) -> list[str]:
        settings = f"pretrained={folder / 'model'},device=cpu,device_map=cpu,dtype=float32"
        command = [str(python), "-m", "lmms_eval", "--model", "llava_hf", "--model_args", settings]
        command += ["--tasks", "peers", "--include_path", str(folder / "task")]
        command += ["--batch_size", "1", "--limit", str(items)]
        # It ends with status 0 even where it failed: then there must be no replies to read.
        shutil.rmtree(replies, ignore_errors=True)
        return [*command, "--log_samples", "--output_path", str(replies)]

    def read_lmms_eval() -> tuple[Choices, None]:
        (file,) = replies.rglob("*_samples_peers.jsonl")
        rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
        by_item = {row["doc_id"]: row["filtered_resps"] for row in rows}
        told = [by_item[i] for i in range(len(by_item))]
        texts = [reply if isinstance(reply, str) else reply[0] for reply in told]
        options = samples["options"].head(len(texts))
        pairs = zip(texts, options, strict=True)
        return [parse_reply(text, tuple(shown)).choice for text, shown in pairs], None

    return {
        OURS: own("whole"),
        "lmms-eval": Asker(lmms_eval, read_lmms_eval),
        REFERENCE: own("loop"),
    }


def ask(way: str, folder: Path, items: int, threads: int) -> None:
    """Ask as this project does, or in a plain loop; write the choices and the seconds."""
    from spuriverse.models import answer_samples, load_model

    model = load_model(folder / "model", threads=threads)
    samples = pd.read_parquet(folder / "samples.parquet").head(items)
    samples["options"] = samples["options"].map(list)
    started, used = time.perf_counter(), time.process_time()
    if way == "loop":
        choices = loop_plainly(model, samples)
    else:
        answers = answer_samples(
            model,
            samples,
            answering="generate",
            max_new_tokens=LONGEST_REPLY,
            batch_size=BATCH,
        )
        choices = [None if pd.isna(choice) else int(choice) for choice in answers["choice"]]
    seconds = time.perf_counter() - started, time.process_time() - used
    (folder / f"{way}.json").write_text(json.dumps((choices, seconds)), encoding="utf-8")


def run_asker(asker: Asker, items: int) -> tuple[np.ndarray, Choices, list[float] | None]:
    """Run an asker's process.

    Returns:
        Seconds from its start to its end, and of processor time in all its threads; and what
        `read` returns.
    """
    started, used = time.perf_counter(), _seconds_of_children()
    done = subprocess.run(asker.command(items), capture_output=True, text=True, check=False)
    seconds = np.array([time.perf_counter() - started, _seconds_of_children() - used])
    try:
        done.check_returncode()
        return seconds, *asker.read()
    except (subprocess.CalledProcessError, ValueError, OSError):
        print(f"an asker failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}", file=sys.stderr)
        raise


def _seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compare(askers: dict[str, Asker], items: int, rounds: int) -> bool:
    """Time the askers in turn, print what came out, and return whether all chose the same."""
    whole: dict[str, list[np.ndarray]] = {name: [] for name in askers}
    asking: dict[str, list[np.ndarray]] = {name: [] for name in askers}
    chosen = {}
    for number in range(1, rounds + 1):
        for name, asker in askers.items():
            seconds, chosen[name], own = run_asker(asker, items)
            if own is None:
                own = (seconds - run_asker(asker, 1)[0]) * items / (items - 1)
            whole[name].append(seconds)
            asking[name].append(np.asarray(own))
            print(
                f"round {number}, {name}: {seconds[0]:.1f} s, {own[0]:.1f} s of them asking; of"
                f" processor time {seconds[1]:.1f} s and {own[1]:.1f} s",
                flush=True,
            )
    total = {name: np.min(whole[name], axis=0) for name in askers}
    each = {name: np.min(asking[name], axis=0) / items for name in askers}
    same = {
        name: np.mean([a == b for a, b in zip(mine, chosen[REFERENCE], strict=True)])
        for name, mine in chosen.items()
    }
    for name in askers:
        print(
            f"{name}: {total[name][0]:.1f} s from process start ({items / total[name][0]:.1f}"
            f" items/s); {1000 * each[name][0]:.2f} ms per item ({1 / each[name][0]:.0f} items/s),"
            f" {1000 * each[name][1]:.2f} ms of processor time; the same choice as the"
            f" {REFERENCE} in {same[name]:.2%}"
        )
    for name, target in TARGETS.items():
        times, cpu = each[name] / each[OURS]
        print(
            f"{OURS} beside {name}: {times:.1f} times its items per second (target {target} or"
            f" more), {cpu:.1f} times by processor time;"
            f" {total[name][0] / total[OURS][0]:.1f} times from process start"
        )
    return all(share == 1 for share in same.values())


def measure(folder: Path, environment: Path, items: int, rounds: int, threads: int) -> bool:
    """Build what is asked, and compare."""
    from spuriverse.models import load_model, questions_of

    samples = build(folder, items, patch=16)
    questions = questions_of(samples)
    # The tiny models are shown the question alone; each asker puts the chat template around it.
    write_task(folder, samples, [question.text for question in questions])
    model = load_model(folder / "model")
    assert model.prompt(questions[0]) == model.wrap(questions[0].text)
    return compare(find_askers(folder, environment, samples, threads), items, rounds)


def main() -> None:
    """Install, build, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--environment", type=Path, default=Path(".venv-lmms-eval"))
    parser.add_argument("--ask", nargs=2, help=argparse.SUPPRESS)
    settings = parser.parse_args()
    if settings.items < 2 and not settings.ask:
        parser.error("--items must be 2 or more")
    if settings.ask:
        way, folder = settings.ask
        ask(way, Path(folder), settings.items, settings.threads)
        return
    pin_kernels()
    os.environ.update(
        OMP_NUM_THREADS=str(settings.threads),
        HF_HUB_OFFLINE="1",
        TQDM_DISABLE="1",
        DO_NOT_TRACK="1",
    )
    python = make_environment(settings.environment.absolute())
    version = "import importlib.metadata as m; print(m.version('lmms-eval'), m.version('torch'),"
    version += " m.version('transformers'))"
    told = subprocess.run([python, "-c", version], check=True, capture_output=True, text=True)
    print(f"lmms-eval, torch, transformers: {told.stdout.strip()}; {describe_processor()}")
    with tempfile.TemporaryDirectory() as made:
        os.environ["HF_HOME"] = str(Path(made) / "huggingface")
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            asked = (Path(made), python, settings.items, settings.rounds, settings.threads)
            agree = pool.submit(measure, *asked).result()
    sys.exit(not agree)


if __name__ == "__main__":
    main()
