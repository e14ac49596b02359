"""Vision-language models that answer multiple-choice questions about images."""

from spuriverse.models.answering import answer_samples, questions_of
from spuriverse.models.chat import assistant_message, image_part, user_message
from spuriverse.models.images import open_image
from spuriverse.models.local import LocalModel, load_model
from spuriverse.models.recorded import answer_from_records
from spuriverse.models.remote import RemoteModel, RequestFailed, map_concurrently
from spuriverse.models.store import Reply, ResponseStore

__all__ = [
    "LocalModel",
    "RemoteModel",
    "Reply",
    "RequestFailed",
    "ResponseStore",
    "answer_from_records",
    "answer_samples",
    "assistant_message",
    "image_part",
    "load_model",
    "map_concurrently",
    "open_image",
    "questions_of",
    "user_message",
]
