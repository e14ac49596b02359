"""What `gpu.py` measures, part by part: each yields rows (model, measure, value, unit, note)."""

import math
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
from gpu_models import build_local, build_pipeline, make_questions
from gpu_timing import (
    Setting,
    Skipped,
    best_of,
    free_memory,
    has_bitsandbytes,
    need_disk,
    need_memory,
    peak_memory,
    timed,
)

Row = tuple[str, str, float, str, str]

MAPS_AS_PLANNED = "heat maps, 8 cells a side"
"""What the plan counts on; measured with fewer cells, of whose passes it is a multiple."""

WAYS = ("letter_logits", "option_likelihood", "generate")
NEW_TOKENS = 32
"""Tokens of a short reply."""

PAPER_BATCH = 8
"""`evaluation.batch_size` of config/paper.yaml."""

PLANNED_CELLS = 8
"""`explain.cells` of the default configuration."""

LARGEST_BATCH = 128
BYTES_OF_BF16 = 2
SPARE = 1.3
"""A model needs so many times the memory of its weights to be asked."""


def measure_device(setting: Setting) -> Iterator[Row]:
    """Yield what the device reaches in multiplying matrices, which is the peak of all shares."""
    import torch

    side, dtype = (8192, torch.bfloat16) if setting.device == "cuda" else (256, torch.float32)
    matrix = torch.ones(side, side, device=setting.device, dtype=dtype)
    seconds = best_of(5, lambda: matrix @ matrix, setting)
    yield "", "matrix product", 2 * side**3 / seconds / 1e12, "TFLOP/s", f"{side} x {side}, {dtype}"
    if setting.device == "cuda":
        free, total = torch.cuda.mem_get_info()
        yield "", "memory", total / 2**30, "GiB", f"{free / 2**30:.1f} GiB of it free"


def evaluate_qwen(setting: Setting) -> Iterator[Row]:
    """Yield questions per second of Qwen2.5-VL-7B in every way of answering."""
    yield from _evaluate("qwen", setting)


def evaluate_llava(setting: Setting) -> Iterator[Row]:
    """The same of LLaVA-1.5-7B."""
    yield from _evaluate("llava", setting)


def finetune(setting: Setting) -> Iterator[Row]:
    """Yield the seconds of a training sample by LoRA with the paper's settings, in bf16."""
    need_memory(setting, 40)
    model = build_local("qwen", device=setting.device, tiny=setting.tiny)
    optimiser = "paged_adamw_8bit" if has_bitsandbytes(setting) else "adamw"
    yield from _finetune(model, setting, "bf16", optimiser)


def load_and_finetune_in_four_bits(setting: Setting) -> Iterator[Row]:
    """Yield the seconds of loading in 4 bits through our own door, and of training on that."""
    if not has_bitsandbytes(setting):
        raise Skipped("4 bits need a CUDA GPU and the package bitsandbytes")
    need_memory(setting, 24)
    need_disk(setting, 20)
    from spuriverse.models import load_model

    folder = setting.folder / "checkpoint"
    built = build_local("qwen", device=setting.device, tiny=setting.tiny)
    built.model.save_pretrained(folder)
    built.processor.save_pretrained(folder)
    del built
    free_memory()
    begun = time.perf_counter()
    model = load_model(folder, dtype="bfloat16", quantisation="4-bit", show_options=True)
    yield "qwen", "loading, 4-bit", time.perf_counter() - begun, "s", "from a local folder"
    yield "qwen", "memory, 4-bit", peak_memory(setting), "GiB", "peak while loading"
    yield from _finetune(model, setting, "4-bit", "paged_adamw_8bit")


def explain(setting: Setting) -> Iterator[Row]:
    """Yield the seconds of a question of CGLA and of the heat maps, for 16 questions."""
    from spuriverse.spubench.explain import map_saliency, measure_cgla

    need_memory(setting, 40)
    model = build_local("llava", device=setting.device, tiny=setting.tiny)
    model.model.set_attn_implementation("eager")
    number = 2 if setting.tiny else 4 if setting.quick else 16
    asked = make_questions(setting.folder, number, side=64 if setting.tiny else 640)
    measure_cgla(model, asked.head(1), batch_size=PAPER_BATCH)  # kernels are chosen here
    seconds = timed(lambda: measure_cgla(model, asked, batch_size=PAPER_BATCH), setting)
    yield "llava", "CGLA", seconds / number, "s/question", f"{number} questions"
    overlays = setting.folder / "overlays"
    overlays.mkdir()
    cells = 2 if setting.tiny else 4

    def draw() -> None:
        map_saliency(model, asked, overlays, batch_size=24, most_cells=cells)

    seconds = timed(draw, setting) / number
    yield "llava", "heat maps", seconds, "s/question", f"{number} questions, {cells} cells a side"
    times = _map_passes(PLANNED_CELLS) / _map_passes(cells)
    note = f"{times:.2g} times the passes of {cells} cells a side, {number} questions"
    yield "llava", MAPS_AS_PLANNED, times * seconds, "s/question", note


def _map_passes(cells: int) -> int:
    """Forward passes of a question's maps: cells, two regions and nothing covered, attention, and
    Grad-CAM's two, under three prompts each."""
    return 3 * (cells**2 + 3 + 1 + 2)


def generate_images(setting: Setting) -> Iterator[Row]:
    """Yield the seconds of an image of a pipeline as large as Stable Diffusion 3 Medium."""
    if find_spec("diffusers") is None:
        raise Skipped("the package diffusers is missing")
    need_memory(setting, 24)
    pipeline = build_pipeline(setting.folder, device=setting.device, tiny=setting.tiny)
    side, steps = (64, 2) if setting.tiny else (1024, 28)

    def draw(steps: int = steps) -> None:
        pipeline("a beach", height=side, width=side, num_inference_steps=steps)

    draw(2)  # kernels are chosen here
    note = f"{side} x {side}, {steps} steps, one at a time"
    yield "sd3-medium", "image", timed(draw, setting), "s/image", note


def load_two_models(setting: Setting) -> Iterator[Row]:
    """Yield the seconds of loading two checkpoints from a device map and asking both in turn.

    The models are tiny: where the weights go is what is tried.
    """
    from spuriverse.models import answer_samples, load_model

    built = build_local("llava", device=setting.device, tiny=True)
    folder = setting.folder / "small"
    built.model.save_pretrained(folder)
    built.processor.save_pretrained(folder)
    begun = time.perf_counter()
    dtype = "bfloat16" if setting.device == "cuda" else "float32"
    both = [load_model(folder, name=name, dtype=dtype, show_options=True) for name in "ab"]
    devices = ", ".join(
        sorted({str(weight.device) for m in both for weight in m.model.parameters()})
    )
    note = f"device_map as load_model sets, on {devices}"
    yield "two small", "loading", time.perf_counter() - begun, "s", note
    samples = make_questions(setting.folder, 4, side=64)
    begun = time.perf_counter()
    for model in both:
        answer_samples(model, samples, answering="letter_logits")
    yield "two small", "asking both", time.perf_counter() - begun, "s", "4 questions each"


@dataclass(frozen=True)
class Part:
    """Something that is measured.

    Attributes:
        measure: Yields its rows.
        limit: Seconds that it may take ...
        quick: ... and with `--quick`; 0 leaves it out.
    """

    measure: Callable[[Setting], Iterator[Row]]
    limit: int
    quick: int


PARTS = {
    "device": Part(measure_device, 20, 15),
    "evaluation-qwen": Part(evaluate_qwen, 90, 50),
    "evaluation-llava": Part(evaluate_llava, 70, 0),
    "finetuning": Part(finetune, 75, 40),
    "four-bit": Part(load_and_finetune_in_four_bits, 110, 0),
    "explaining": Part(explain, 50, 30),
    "images": Part(generate_images, 40, 25),
    "two-models": Part(load_two_models, 25, 20),
}
"""In all at most 480 seconds, and 180 with `--quick`."""


# --- pieces -----------------------------------------------------------------------------------


def _evaluate(family: str, setting: Setting) -> Iterator[Row]:
    import torch

    from spuriverse.models import answer_samples

    need_memory(setting, BYTES_OF_BF16 * 7.6 * SPARE)
    begun = time.perf_counter()
    model = build_local(family, device=setting.device, tiny=setting.tiny)
    yield family, "building", time.perf_counter() - begun, "s", "random weights, on the device"
    batch = 2 if setting.tiny else PAPER_BATCH
    largest = 4 if setting.tiny else LARGEST_BATCH
    samples = make_questions(setting.folder, largest, side=64 if setting.tiny else 640)
    tokens = 4 if setting.tiny else NEW_TOKENS

    def ask(way: str, number: int, size: int) -> float:
        settings = {"answering": way, "max_new_tokens": tokens, "batch_size": size}
        asked = samples.head(number)
        return timed(lambda: answer_samples(model, asked, **settings), setting)

    ask("letter_logits", batch, batch)  # kernels are chosen at the first call
    bare, flops = _bare_forward(model, samples.head(batch), setting)
    yield family, "bare forward pass", batch / bare, "questions/s", f"batch {batch}"
    yield family, "bare forward pass", flops / bare / 1e12, "TFLOP/s", f"batch {batch}"
    for way in WAYS:
        number = min(len(samples), batch * (1 if way == "generate" else setting.batches))
        seconds = ask(way, number, batch)
        note = f"batch {batch}" + (f", {tokens} tokens" if way == "generate" else "")
        yield family, way, number / seconds, "questions/s", note
        if way == "letter_logits":
            work = flops * number / batch / seconds / 1e12
            yield family, way, work, "TFLOP/s", f"{note}, images decoded and prepared meanwhile"
    yield family, "memory", peak_memory(setting), "GiB", f"peak at batch {batch}"
    size, seconds = _largest_batch(ask, batch, largest, setting)
    note = f"batch {size}, the largest that fits of up to {largest}"
    yield family, f"letter_logits at {size}", size / seconds, "questions/s", note
    yield family, f"memory at {size}", peak_memory(setting), "GiB", "peak"
    for way in WAYS[1:]:
        try:
            yield family, f"{way} at {size}", size / ask(way, size, size), "questions/s", note
        except torch.OutOfMemoryError:
            free_memory()
            yield family, f"{way} at {size}", math.nan, "questions/s", "does not fit"


def _bare_forward(model: Any, samples: pd.DataFrame, setting: Setting) -> tuple[float, float]:
    """Seconds and floating-point operations of a forward pass on tensors prepared beforehand."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from spuriverse.models import questions_of
    from spuriverse.questions import open_image

    images = [open_image(path) for path in samples["image"]]
    inputs = model.encode(images, model.prompts(questions_of(samples)))

    def run() -> None:
        with torch.inference_mode():
            model.model(**inputs, logits_to_keep=1)

    with FlopCounterMode(display=False) as counter:
        run()
    return best_of(3, run, setting), float(counter.get_total_flops())


def _largest_batch(
    ask: Callable[[str, int, int], float], batch: int, largest: int, setting: Setting
) -> tuple[int, float]:
    """The largest batch that fits, of those that double, and its seconds."""
    import torch

    found = (batch, ask("letter_logits", batch, batch))
    while batch < largest:
        batch *= 2
        try:
            found = (batch, ask("letter_logits", batch, batch))
        except torch.OutOfMemoryError:
            free_memory()
            break
    return found


def _finetune(model: Any, setting: Setting, weights: str, optimiser: str) -> Iterator[Row]:
    from spuriverse.finetuning import Encoder, Hyperparameters, Mixture, finetune_adapter

    asked = Hyperparameters(
        learning_rate=2e-4, batch_size=2, accumulation=4, epochs=1, optimiser=optimiser,
        gradient_checkpointing=True,
    )  # fmt: skip
    # In the order of their worth to a plan, should time run out.
    ways = {
        ", fitted": replace(asked, fit_memory=True, group_lengths=True),
        ", frozen tower": replace(
            asked, layers="language", fit_memory=True, group_lengths=True, reuse_features=True
        ),
        "": asked,
    }
    few, many = (16, 48) if not (setting.tiny or setting.quick) else (8, 16)
    samples = make_questions(setting.folder, many + 2, side=64 if setting.tiny else 640)
    encoder = Encoder(model)

    def train(hyper: Any, number: int) -> Any:
        mixture = Mixture(samples.head(number), samples.tail(2))
        with tempfile.TemporaryDirectory(dir=setting.folder) as folder:
            return finetune_adapter(
                model, mixture, hyper, seed=0, folder=Path(folder), encoder=encoder
            )

    train(asked, few)  # kernels are chosen at the first run
    for way, hyper in ways.items():
        short, long = train(hyper, few), train(hyper, many)
        # What both runs begin and end with cancels out.
        each, note = (long.seconds - short.seconds) / (many - few), f"{long.computed}, {optimiser}"
        if each <= 0:
            each, note = long.seconds / many, f"{note}, start and end included"
        yield "qwen", f"LoRA step, {weights}{way}", each, "s/training sample", note
        yield "qwen", f"memory of LoRA, {weights}{way}", peak_memory(setting), "GiB", "peak"
    bare = _bare_step(model, encoder, samples.head(2), setting)
    yield "qwen", f"bare LoRA step, {weights}", bare / 2, "s/training sample", "forward, backward"


def _bare_step(model: Any, encoder: Any, samples: pd.DataFrame, setting: Setting) -> float:
    from spuriverse.finetuning.adapters import attach_adapter, detach_adapter
    from spuriverse.finetuning.targets import find_targets

    inputs = encoder.collate(samples)
    targets = find_targets(model.model, "both")
    adapted = attach_adapter(model.model, targets, rank=16, alpha=16, dropout=0.0)
    adapted.train()
    adapted.gradient_checkpointing_enable({"use_reentrant": False})
    adapted.enable_input_require_grads()
    try:
        return best_of(3, lambda: adapted(**inputs).loss.backward(), setting)
    finally:
        adapted.gradient_checkpointing_disable()
        detach_adapter(model, adapted)
