"""Zero-shot classification by any CLIP or SigLIP checkpoint that transformers knows."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from spuriverse.models import ContrastiveModel, load_contrastive
from spuriverse.problems import Problem


class ZeroShotClassifier:
    """Compares images with class names.

    Attributes:
        name: What messages call it.
        classes: The class names, in the order of the scores.
        side: Pixels of the shortest side of an image that its processor takes; what a larger image
            has more is not seen.
    """

    def __init__(
        self, model: ContrastiveModel, classes: Sequence[str], templates: Sequence[str]
    ) -> None:
        """Embed the class names.

        Args:
            model: Who compares.
            classes: At least two class names.
            templates: Prompts with `{}` for the class name, at least one.

        Raises:
            Problem: A template has no place for the name, or the tokenizer has nothing for a name.
        """
        self.name = model.name
        self.classes = tuple(classes)
        self.side = model.side
        self._model = model
        if bad := [template for template in templates if template.count("{}") != 1]:
            raise Problem(
                f"The prompt '{bad[0]}' of spubench.templates must hold {{}} once, where the class"
                " name goes."
            )
        for text in self.classes:
            if not model.knows(text):
                raise Problem(
                    f"The tokenizer of {self.name} has no token for the class name '{text}'; give"
                    " the class another name in class_names, or choose another spubench.clip."
                )
        self._embedded = model.embed_names(self.classes, templates)

    def scores(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Return the cosine similarity of images and classes.

        Args:
            images: RGB images, n of them.

        Returns:
            float32 array of shape (n, classes), from -1 to 1.
        """
        seen = self._model.embed_images(self._model.prepare(images))
        return (seen @ self._embedded.T).clamp(-1, 1).cpu().numpy()


def load_classifier(
    checkpoint: str | Path,
    classes: Sequence[str],
    templates: Sequence[str],
    *,
    revision: str | None = None,
    threads: int = 1,
) -> ZeroShotClassifier:
    """Load a checkpoint and embed the class names.

    Args:
        checkpoint: A folder as `save_pretrained` writes it, or the id of a checkpoint of the Hub.
        classes: As in `ZeroShotClassifier`.
        templates: As in `ZeroShotClassifier`.
        revision: Commit, tag or branch of a checkpoint of the Hub.
        threads: Threads on the CPU; a GPU is taken if there is one.

    Raises:
        Problem: As in `spuriverse.models.load_contrastive` and `ZeroShotClassifier`.
    """
    model = load_contrastive(
        checkpoint, name=f"{checkpoint} (spubench.clip)", revision=revision, threads=threads
    )
    return ZeroShotClassifier(model, classes, templates)
