"""What fine-tuning costs beside the model's own work, in ratios that can be compared.

Three figures, each beside its target:

- time per step of `finetune_adapter` (TRL's trainer and collating, validation left out) over the
  bare forward + backward + optimiser step on the same batches, prepared beforehand; in the first
  epoch of a job, in which every sample is encoded, and in the later ones and runs, which remember
  them; tiny LLaVA at the zoo's size, float32, one thread, the instructions of the workflow's jobs;
- time per step where the vision tower gets no adapters, on its features, over that on pixels;
- overhead of the workflow's default sweep: the wall time of its jobs (fine-tuning, tabulating and
  drawing) less what the runs and the answers recorded, over that wall time. Read from a finished
  run's benchmark files.

    python bench/finetuning.py [results] [--steps 20] [--rounds 5]
"""

import argparse
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.cpu import describe_processor, pin_kernels

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TQDM_DISABLE", "1")

BATCH = 32


def build(folder: Path, items: int) -> pd.DataFrame:
    """Save an untrained tiny LLaVA and the images of some questions; return the questions."""
    from spuriverse.world import (
        Architecture,
        Optics,
        Statistics,
        ask,
        render_files,
        sample_training_scene,
    )
    from spuriverse.world.zoo import build_model, build_processor

    processor = build_processor(Architecture())
    build_model(Architecture(), len(processor.tokenizer), seed=0).save_pretrained(folder / "model")
    processor.save_pretrained(folder / "model")
    rng = np.random.default_rng(1)
    scenes = [sample_training_scene(rng, Statistics(), biased=True) for _ in range(items)]
    paths = [folder / f"{number}.png" for number in range(items)]
    render_files(scenes, paths, Optics())
    questions = [ask(rng, scene, "object") for scene in scenes]
    return pd.DataFrame(
        {
            "sample_id": [f"s-{i}" for i in range(items)],
            "image": list(map(str, paths)),
            "question": [question.text for question in questions],
            "options": [list(question.options) for question in questions],
            "answer": [question.answer for question in questions],
        }
    )


class StepClock:
    """Notes when each step of a trainer begins and ends, as one of its callbacks would."""

    def __init__(self) -> None:
        from transformers import TrainerCallback

        marks = self.marks = []

        class Marks(TrainerCallback):
            def on_step_end(self, *seen: Any, **more: Any) -> None:
                marks.append(time.process_time())

        self.callback = Marks()

    @property
    def seconds(self) -> np.ndarray:
        """Processor seconds from one step's end to the next."""
        return np.diff(self.marks)


def time_trainer(
    model: Any,
    samples: pd.DataFrame,
    folder: Path,
    steps: int,
    *,
    layers: str = "both",
    reuse: bool = False,
) -> np.ndarray:
    """Return the processor seconds of each step of a first and a second epoch, (2, steps - 1).

    Args:
        model: Who is trained.
        samples: As many batches as steps, and one more.
        folder: For checkpoints.
        steps: Of an epoch.
        layers: Towers that get adapters.
        reuse: Whether features stand in place of pixels.
    """
    from transformers import set_seed

    from spuriverse.finetuning import Encoder, Hyperparameters, Mixture
    from spuriverse.finetuning.adapters import attach_adapter, detach_adapter
    from spuriverse.finetuning.targets import find_targets
    from spuriverse.finetuning.trainer import build_trainer

    set_seed(0)
    clock, hyper = StepClock(), Hyperparameters(batch_size=BATCH, epochs=2)
    adapted = attach_adapter(
        model.model, find_targets(model.model, layers), rank=16, alpha=16, dropout=0.0
    )
    trainer = build_trainer(
        adapted,
        Encoder(model),
        Mixture(samples.iloc[: BATCH * steps], samples.iloc[BATCH * steps :]),
        hyper,
        seed=0,
        checkpoints=folder,
        hook=None,
        reuse=reuse,
    )
    trainer.add_callback(clock.callback)
    trainer.train()
    detach_adapter(model, adapted)
    # Between the epochs lie the validation and the checkpoint.
    return np.array([clock.seconds[: steps - 1], clock.seconds[steps:]])


def time_bare(model: Any, samples: pd.DataFrame, steps: int) -> np.ndarray:
    """Return the processor seconds of each bare step on batches that are tensors already."""
    import torch

    from spuriverse.finetuning import Encoder
    from spuriverse.finetuning.adapters import attach_adapter, detach_adapter
    from spuriverse.finetuning.targets import find_targets

    encoder = Encoder(model)
    batches = [encoder.collate(samples.iloc[BATCH * i : BATCH * (i + 1)]) for i in range(steps)]
    adapted = attach_adapter(
        model.model, find_targets(model.model, "both"), rank=16, alpha=16, dropout=0.0
    ).train()
    trained = [p for p in adapted.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=1e-3, weight_decay=0.01)
    marks = [time.process_time()]
    for batch in batches:
        adapted(**batch, use_cache=False).loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        marks.append(time.process_time())
    detach_adapter(model, adapted)
    return np.diff(marks)


def compare_steps(steps: int, rounds: int) -> None:
    """Print the ratio of the median steps, the least of some rounds taken in turn."""
    import torch

    from spuriverse.models import load_model

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        samples = build(folder, BATCH * (steps + 1))
        model = load_model(folder / "model", device="cpu")
        time_bare(model, samples, 2)
        bare, ours = [], []
        for number in range(rounds):
            bare.append(np.median(time_bare(model, samples, steps)))
            run = time_trainer(model, samples, folder / f"run-{number}", steps)
            ours.append(np.median(run, axis=1))
        pixels, features = (
            np.median(
                time_trainer(
                    model, samples, folder / f"{reuse}", steps, layers="language", reuse=reuse
                )[1]
            )
            for reuse in (False, True)
        )
    print(
        f"step with a frozen vision tower: {1000 * features:.0f} ms of processor time on features,"
        f" {1000 * pixels:.0f} ms on pixels; ratio {features / pixels:.2f} (target below 1)"
    )
    least, (first, later) = min(bare), np.min(ours, axis=0)
    by_round = ", ".join(f"{run[1] / plain:.2f}" for run, plain in zip(ours, bare, strict=True))
    print(
        f"step: {1000 * later:.0f} ms of processor time, bare {1000 * least:.0f} ms; ratio"
        f" {later / least:.2f} (target 1.2 or less; by round {by_round}); with the encoding of the"
        f" first epoch {1000 * first:.0f} ms, {first / least:.2f}"
    )


def compare_sweep(results: Path) -> None:
    """Print the share of the default sweep's wall time that is neither training nor answering."""
    timings = results / "timings"
    wall = model = 0.0
    for timing in (timings / "tabulate_tradeoff.tsv", timings / "plot_tradeoff.tsv"):
        wall += _wall(timing) if timing.is_file() else 0.0
    for timing in sorted((timings / "finetune_adapters/tradeoff").rglob("*.tsv")):
        wall += _wall(timing)
        name, seed = timing.parent.name, timing.stem
        folder = results / "finetuning/tradeoff" / name / f"seed-{seed}"
        for table in ("runs", "responses"):
            model += float(pd.read_parquet(folder / f"{table}.parquet")["seconds"].sum())
    if not model:
        print(f"sweep: {results} has no finished sweep; make tradeoff.pdf first")
        return
    print(
        f"sweep: {wall:.0f} s in its jobs, {model:.0f} s of them training and"
        f" answering; overhead {(wall - model) / wall:.1%} (target 10 % or less)"
    )


def _wall(timing: Path) -> float:
    return float(pd.read_csv(timing, sep="\t", na_values="NA")["s"].iloc[0])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("results", nargs="?", default="results", type=Path)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    settings = parser.parse_args()
    pin_kernels()
    print(describe_processor(), flush=True)
    # A process of its own loads the libraries with the kernels pinned.
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        pool.submit(compare_steps, settings.steps, settings.rounds).result()
    compare_sweep(settings.results)


if __name__ == "__main__":
    main()
