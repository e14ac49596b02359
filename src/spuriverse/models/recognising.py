"""How likely a classifier finds classes in pictures of any kind, without a question."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spuriverse.models.opening import open_classifying
from spuriverse.models.spec import ModelSpec
from spuriverse.problems import Problem
from spuriverse.questions import Question

Chances = Callable[[Sequence[Image.Image], Sequence[str]], NDArray[np.float64]]
"""Images and classes -> the probability of every class in every image."""


def open_chances(spec: ModelSpec, *, threads: int = 1) -> Chances:
    """Load a classifier, to ask how likely classes are among all that it has.

    Args:
        spec: A model with backend classifier.
        threads: Threads of its forward passes on the CPU.

    Returns:
        A function of RGB images and class names; a `Problem` of it names a class that the
        classifier does not have.

    Raises:
        Problem: It is another kind of model, or as in `open_classifying`.
    """
    if spec.classes is None or spec.classes.by != "classifier":
        raise Problem(
            f"The model {spec.name} gives no probabilities of classes; name one with backend"
            " classifier."
        )
    model = open_classifying(spec, threads=threads)

    def chances(images: Sequence[Image.Image], classes: Sequence[str]) -> NDArray[np.float64]:
        question = Question("", tuple(classes), 0)
        if refused := model.refuse([question]):
            raise Problem(
                f"{refused[0]}; name its cut-outs as one of the classes is named, say in classes of"
                f" the entry of {spec.name} in models what stands for it, or leave it out."
            )
        prepared = model.prepare(images, [""] * len(images))
        scores = model.option_scores(prepared, [question] * len(images))
        return np.exp(np.asarray(scores, dtype=np.float64))

    return chances
