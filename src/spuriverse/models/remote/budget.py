"""What asking a remote model will cost, before anything is sent."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.models.answering import questions_of
from spuriverse.models.remote.answering import answer_schema, prompt_of, sends_image
from spuriverse.models.remote.chat import Message, image_part, user_message
from spuriverse.models.remote.prices import Prices, guess_tokens
from spuriverse.models.remote.request_keys import chat_sha256
from spuriverse.models.remote.store import ResponseStore
from spuriverse.models.spec import ModelSpec
from spuriverse.problems import Problem
from spuriverse.progress import progress

log = logging.getLogger(__name__)

TOKENS_OF_A_REPLY = 256
"""Guessed until the store holds replies of the model, whose mean is taken then."""

COST_COLUMNS = [
    "model",
    "requests",
    "already_stored",
    "tokens_in",
    "tokens_out",
    "usd",
    "usd_at_most",
]


def estimate_cost(
    samples: pd.DataFrame,
    strategies: Sequence[str],
    spec: ModelSpec,
) -> pd.DataFrame:
    """Estimate what it costs to ask a remote model every question by every strategy.

    Nothing is sent, and no key is needed. Tokens are guessed (see `prices`): a server
    counts in its own way, and some count images very differently.

    Args:
        samples: Columns sample_id, image, question, options, answer; one row per question.
        strategies: Prompting strategies, with their variants as `answer_remotely` takes them.
        spec: A model behind a server, whose store may not exist yet.

    Returns:
        One row with the columns `COST_COLUMNS`: different requests, how many of them are in the
        store and cost nothing, and of the others an estimate of the tokens sent, the tokens
        replied, the price in USD (NaN if a price is unknown), and the price if each reply were as
        long as max_tokens allows.

    Raises:
        Problem: The model is not behind a server, an image is missing or broken, a strategy is
            unknown, or the store is broken.
    """
    server = spec.server
    if server is None:
        raise Problem(f"The model {spec.name} is not behind a server, so it costs nothing to ask.")
    kept = ResponseStore(server.store) if Path(server.store).exists() else None
    tokens: dict[str, int] = {}
    for chat, schema in _chats(samples, strategies, spec):
        key = chat_sha256(
            messages=chat,
            model=server.model,
            base_url=server.base_url,
            temperature=server.temperature,
            max_tokens=server.max_completion_tokens or server.max_tokens,
            json_schema=schema,
            extra_body=server.extra_body,
        )
        if key not in tokens:
            known = kept is not None and kept.get(key) is not None
            tokens[key] = 0 if known else guess_tokens(chat)
    longest = server.max_completion_tokens or server.max_tokens
    new = sum(count > 0 for count in tokens.values())
    tokens_in = sum(tokens.values())
    tokens_out = round(new * min(longest, _tokens_of_a_reply(kept, server.model)))
    if kept is not None:
        kept.close()
    prices = Prices(server.price_in, server.price_out)
    usd = [prices.usd(tokens_in, out) for out in (tokens_out, new * longest)]
    row = (spec.name, len(tokens), len(tokens) - new, tokens_in, tokens_out, *usd)
    frame = pd.DataFrame([row], columns=COST_COLUMNS)
    return frame.astype({"usd": "float64", "usd_at_most": "float64"})


def _chats(
    samples: pd.DataFrame, strategies: Sequence[str], spec: ModelSpec
) -> Iterator[tuple[list[Message], dict[str, Any] | None]]:
    """Yield every chat and the form of its reply.

    An image is read once for all strategies that send it.

    A question whose image cannot be used will not be sent, and costs nothing.
    """
    showing = any(map(sends_image, strategies))
    rows = list(zip(samples["image"], questions_of(samples), strict=True))
    templates = spec.strategies()
    form = spec.server.reply_format if spec.server else "text"
    for path, question in progress(rows, f"estimating {spec.name}", len(rows), "question"):
        try:
            image = image_part(path) if showing else None
        except Problem as problem:
            log.warning("%s: %s", spec.name, problem)
            image = None
        for strategy in strategies:
            if image is None and sends_image(strategy):
                continue
            prompt = prompt_of(question, strategy, templates)
            schema = answer_schema(question, form, strategy, templates)
            yield [user_message(prompt, image if sends_image(strategy) else None)], schema


def _tokens_of_a_reply(store: ResponseStore | None, model: str) -> float:
    seen = [one for one in (store.spending() if store else []) if one.model == model]
    replied = sum(one.completion_tokens for one in seen)
    return replied / sum(one.requests for one in seen) if replied else TOKENS_OF_A_REPLY
