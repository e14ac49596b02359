"""What the response store says of every model: the outcomes of its requests, and what they cost."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pandas as pd

from spuriverse.models.remote.endpoint import CONTENT_FILTER
from spuriverse.models.remote.store import ResponseStore

ACCOUNT_COLUMNS = [
    "model",
    "asked_as",
    "answered",
    "withheld",
    "failed",
    "unpriced",
    "tokens_in",
    "tokens_out",
    "usd",
]
TOTAL = "total"

_FAILURES = "SELECT COUNT(*) FROM failures WHERE model = ?"
_ACCOUNTS = """
SELECT asked_as, SUM(answered), SUM(withheld), SUM(failed), SUM(unpriced), SUM(tokens_in),
    SUM(tokens_out), TOTAL(usd)
FROM (
    SELECT model AS asked_as, finish_reason <> ?1 AS answered, finish_reason = ?1 AS withheld,
        0 AS failed, usd IS NULL AS unpriced, 0 AS tokens_in, 0 AS tokens_out, 0 AS usd
    FROM replies
    UNION ALL
    SELECT model, 0, 0, COUNT(DISTINCT request_sha256), 0, 0, 0, 0 FROM failures
    WHERE request_sha256 NOT IN (SELECT request_sha256 FROM replies) GROUP BY model
    UNION ALL
    SELECT model, 0, 0, 0, 0, prompt_tokens, completion_tokens, usd FROM spending
)
GROUP BY asked_as ORDER BY asked_as
"""


def failures_so_far(store: str | Path, model: str) -> int:
    """Return how often a request to a model failed, in all runs so far.

    The number never falls, and rises with every run that leaves a request without a reply: a table
    that was made when it was lower has failures in it, or its run came to an end before.

    Args:
        store: File with the replies; it need not be there.
        model: What the server calls the model.

    Raises:
        Problem: The file is no response store, or cannot be read.
    """
    if not Path(store).exists():
        return 0
    with closing(ResponseStore(store)) as opened:
        return int(opened.select(_FAILURES, model)[0][0])


def tabulate_accounts(store: str | Path, names: Mapping[str, str]) -> pd.DataFrame:
    """Tabulate what remote models have answered and cost so far.

    Args:
        store: File with the replies; it need not be there.
        names: What the server calls a model -> what the tables call it.

    Returns:
        Columns `ACCOUNT_COLUMNS`, one row per model in the store and one for the `TOTAL`: requests
        that were answered, that the content filter of the server withheld, and that still have no
        reply; replies whose price is unknown; tokens and USD of all that was charged, further
        tries included, NaN if no price is known. `model` is empty for a model of another
        configuration.

    Raises:
        Problem: The file is no response store, or cannot be read.
    """
    rows = []
    if Path(store).exists():
        with closing(ResponseStore(store)) as opened:
            rows = opened.select(_ACCOUNTS, CONTENT_FILTER)
    table = pd.DataFrame(rows, columns=ACCOUNT_COLUMNS[1:])
    table.insert(0, "model", [names.get(asked_as, "") for asked_as in table["asked_as"]])
    counts = ACCOUNT_COLUMNS[2:-1]
    total = pd.DataFrame([{"model": TOTAL, "asked_as": "", **table[[*counts, "usd"]].sum()}])
    table["usd"] = table["usd"].where((table["usd"] > 0) | (table["unpriced"] == 0))
    return pd.concat([table, total], ignore_index=True).astype(
        {**dict.fromkeys(counts, "int64"), "usd": "float64"}
    )
