"""Vision-language models that answer multiple-choice questions about images."""

from spuriverse.models.accounts import ACCOUNT_COLUMNS, failures_so_far, tabulate_accounts
from spuriverse.models.adapters import fingerprint_model, load_adapter, write_base_model
from spuriverse.models.answering import Variant, answer_samples, answer_variants, questions_of
from spuriverse.models.budget import COST_COLUMNS, estimate_cost
from spuriverse.models.chat import assistant_message, image_part, user_message
from spuriverse.models.concurrency import map_concurrently
from spuriverse.models.endpoint import CONTENT_FILTER, Endpoint, RequestFailed, refused_parameter
from spuriverse.models.images import open_image
from spuriverse.models.loading import load_model, require_token
from spuriverse.models.local import LocalModel
from spuriverse.models.recorded import LOOKED_UP_COLUMNS, answer_from_records
from spuriverse.models.remote import RemoteModel
from spuriverse.models.remote_answering import answer_remotely
from spuriverse.models.request_keys import request_sha256
from spuriverse.models.sending import Filtered, Sender
from spuriverse.models.serving import await_server, serve_model
from spuriverse.models.store import Reply, ResponseStore, Spending

__all__ = [
    "ACCOUNT_COLUMNS",
    "CONTENT_FILTER",
    "COST_COLUMNS",
    "LOOKED_UP_COLUMNS",
    "Endpoint",
    "Filtered",
    "LocalModel",
    "RemoteModel",
    "Reply",
    "RequestFailed",
    "ResponseStore",
    "Sender",
    "Spending",
    "Variant",
    "answer_from_records",
    "answer_remotely",
    "answer_samples",
    "answer_variants",
    "assistant_message",
    "await_server",
    "estimate_cost",
    "failures_so_far",
    "fingerprint_model",
    "image_part",
    "load_adapter",
    "load_model",
    "map_concurrently",
    "open_image",
    "questions_of",
    "refused_parameter",
    "request_sha256",
    "require_token",
    "serve_model",
    "tabulate_accounts",
    "user_message",
    "write_base_model",
]
