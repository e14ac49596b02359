"""easy-VQA: real third-party questions about simple shapes, from the PyPI package `easy-vqa`.

5,000 images of 64 x 64 pixels and 48,248 questions with 13 answers (MIT licence). The package's
`test` part is a benchmark; its `train` part joins the training of a model that is to answer it.
"""

import json
import re
import shutil
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.questions import open_image
from spuriverse.tables import sample_id
from spuriverse.world import Companion, keep_in_file

BENCHMARK = "easy_vqa"
ANSWERS: dict[str, tuple[str, ...]] = {
    "shape": ("circle", "rectangle", "triangle"),
    "colour": ("black", "gray", "red", "green", "blue", "yellow", "teal", "brown"),
    "yes-no": ("yes", "no"),
}
"""Kind of question -> its answers."""

N_OPTIONS = 4
_NEGATION = re.compile(r"\b(not|no)\b")


def read_questions(part: str) -> list[tuple[str, str, int]]:
    """Return (question, answer, image id) of the package's "train" or "test" part.

    Raises:
        Problem: The package is not installed, or its questions are not in the known form.
    """
    try:
        text = (files("easy_vqa") / "data" / part / "questions.json").read_text(encoding="utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        raise Problem(
            "The package easy-vqa is not installed or lacks its data; install it with"
            " pip install 'easy-vqa'."
        ) from None
    rows = json.loads(text)
    if not all(isinstance(row, list) and len(row) == 3 for row in rows):
        raise Problem(f"The {part} questions of easy-vqa are not lists of question, answer, image.")
    return [(str(question), str(answer), int(image)) for question, answer, image in rows]


def sort_of_answer(answer: str) -> str:
    """Return the kind of question, a key of `ANSWERS`, that has this answer.

    Raises:
        Problem: easy-VQA has no such answer.
    """
    for sort, answers in ANSWERS.items():
        if answer in answers:
            return sort
    raise Problem(f"easy-VQA has no answer '{answer}'; is this another version of the package?")


def category_of(question: str, answer: str) -> str:
    """Return the category: shape, colour, or yes-no with its topic and whether it is negated."""
    sort = sort_of_answer(answer)
    if sort != "yes-no":
        return sort
    topic = "shape" if set(ANSWERS["shape"]) & set(re.findall(r"\w+", question)) else "colour"
    return f"yes-no-{topic}{'-negated' if _NEGATION.search(question) else ''}"


def make_easy_vqa_benchmark(
    folder: Path, *, questions: int, seed: int, stored_as: Path | None = None
) -> pd.DataFrame:
    """Copy the test part's images and return its `samples` table.

    Args:
        folder: Where the PNG files go; must exist.
        questions: How many of the 9,673 test questions are drawn.
        seed: Settles the draw and the order of the options.
        stored_as: The folder as the table names it, if it will be moved; by default `folder`.

    Returns:
        One row per question: yes/no has two options, shapes have three, colours four.
    """
    rng = np.random.default_rng([seed, 8])
    asked = list(dict.fromkeys(read_questions("test")))
    chosen = sorted(rng.permutation(len(asked))[:questions])
    rows = []
    for question, answer, image in (asked[i] for i in chosen):
        pool = ANSWERS[sort_of_answer(answer)]
        wrong = [option for option in pool if option != answer]
        options = [answer, *(wrong[i] for i in rng.permutation(len(wrong))[: N_OPTIONS - 1])]
        options = [options[i] for i in rng.permutation(len(options))]
        rows.append(
            {
                "sample_id": sample_id(BENCHMARK, f"test/{image}", question),
                "benchmark": BENCHMARK,
                "image": str((stored_as or folder) / f"{image}.png"),
                "question": question,
                "options": options,
                "answer": options.index(answer),
                "category": category_of(question, answer),
                "attributes": [],
            }
        )
    samples = pd.DataFrame(rows)
    with as_file(files("easy_vqa") / "data" / "test" / "images") as images:
        for name in sorted({Path(path).name for path in samples["image"]}):
            shutil.copyfile(images / name, folder / name)
    return samples


def read_companion(*, batch_size: int, questions_per_image: int, weight: float) -> Companion:
    """Return the package's training part as companion data for the training of a tiny model."""
    questions: dict[int, list[tuple[str, str]]] = {}
    for question, answer, image in read_questions("train"):
        questions.setdefault(image, []).append((question, answer))
    order = sorted(questions)
    with as_file(files("easy_vqa") / "data" / "train" / "images") as folder:
        paths = [folder / f"{image}.png" for image in order]
        images = keep_in_file(np.asarray(open_image(path))[np.newaxis] for path in paths)
    return Companion(
        images=images,
        questions=[questions[image] for image in order],
        batch_size=batch_size,
        questions_per_image=questions_per_image,
        weight=weight,
    )
