from .accounts import ACCOUNT_COLUMNS, failures_so_far, tabulate_accounts
from .answering import answer_remotely
from .budget import COST_COLUMNS, estimate_cost
from .chat import assistant_message, image_part, user_message
from .concurrency import map_concurrently
from .endpoint import CONTENT_FILTER, Endpoint, RequestFailed
from .parameters import refused_parameter
from .prices import Prices
from .remote_model import RemoteModel
from .request_keys import request_sha256
from .sending import Filtered, Sender
from .serving import await_server, serve_model
from .store import Reply, ResponseStore, Spending

__all__ = [
    "ACCOUNT_COLUMNS",
    "CONTENT_FILTER",
    "COST_COLUMNS",
    "Endpoint",
    "Filtered",
    "Prices",
    "RemoteModel",
    "Reply",
    "RequestFailed",
    "ResponseStore",
    "Sender",
    "Spending",
    "answer_remotely",
    "assistant_message",
    "await_server",
    "estimate_cost",
    "failures_so_far",
    "image_part",
    "map_concurrently",
    "refused_parameter",
    "request_sha256",
    "serve_model",
    "tabulate_accounts",
    "user_message",
]
