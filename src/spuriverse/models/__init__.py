"""Vision-language models that answer multiple-choice questions about images."""

from spuriverse.models.answering import answer_samples, questions_of
from spuriverse.models.images import open_image
from spuriverse.models.local import LocalModel, load_model

__all__ = ["LocalModel", "answer_samples", "load_model", "open_image", "questions_of"]
