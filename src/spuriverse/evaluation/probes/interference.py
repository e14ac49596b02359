"""Does what has nothing to do with the question change the answer?"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.evaluation.probe import ACCURACY, Ask, Contrast, Material, Probe, right_answers

_TRIES = 20


def measure(ask: Ask, material: Material) -> Iterator[Contrast]:
    """Ask image questions with idle text and other images, and text questions with idle images.

    Taken from "Diagnosing and Mitigating Modality Interference in MLLMs": an irrelevant sentence
    with an image question, an irrelevant image with a text question, blank and noise images. Ours:
    the sentence is question and right answer of another sample whose answer is none of the options,
    so that every model knows its words; a text question is the same question with its answer told
    before it; all are compared on the same questions.

    An image question loses nothing by an idle sentence if a model is not interfered with, and falls
    to what text alone gives with a blank, noise or other image. A told question should be answered
    alike under a grey and under another image.
    """
    samples = material.non_spurious()
    if samples.empty:
        return
    rng = np.random.default_rng([material.seed, 31])
    plain = right_answers(samples, ask)
    others = samples.assign(image=_others(samples["image"], rng))
    blank = material.changed(samples, "blank", lambda image, _: _grey(image))
    noise = material.changed(samples, "noise", lambda image, _: _noise(image, rng))
    for name, changed in (
        ("idle sentence", samples.assign(question=_with_idle_sentence(samples, rng))),
        ("blank image", blank),
        ("noise image", noise),
        ("other image", others),
    ):
        yield Contrast(name, "as it is", ACCURACY, right_answers(changed, ask), plain)
    told = [
        f"{question} {options[answer]}. {question}"
        for question, options, answer in zip(
            samples["question"], samples["options"], samples["answer"], strict=True
        )
    ]
    under = {
        name: right_answers(table.assign(question=told), ask)
        for name, table in (("blank", blank), ("other", others))
    }
    yield Contrast(
        "told, other image", "told, blank image", ACCURACY, under["other"], under["blank"]
    )


def _others(images: pd.Series, rng: np.random.Generator) -> list[str]:
    """Another image for each, where there is one."""
    distinct = list(dict.fromkeys(images))
    order = rng.permutation(len(distinct))
    after = {distinct[i]: distinct[order[(n + 1) % len(order)]] for n, i in enumerate(order)}
    return [after[image] for image in images]


def _with_idle_sentence(samples: pd.DataFrame, rng: np.random.Generator) -> list[str]:
    questions, options = samples["question"].tolist(), samples["options"].tolist()
    right = [o[a] for o, a in zip(options, samples["answer"], strict=True)]
    texts = []
    for question, offered in zip(questions, options, strict=True):
        drawn = rng.integers(len(questions), size=_TRIES)
        idle = [int(i) for i in drawn if right[i] not in set(offered)]
        before = f"{questions[idle[0]]} {right[idle[0]]}. " if idle else ""
        texts.append(f"{before}{question}")
    return texts


def _grey(image: Image.Image) -> Image.Image:
    return Image.new("RGB", image.size, (128, 128, 128))


def _noise(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    return Image.fromarray(rng.integers(0, 256, (image.height, image.width, 3), dtype=np.uint8))


PROBE = Probe("interference", "Diagnosing and Mitigating Modality Interference in MLLMs", measure)
