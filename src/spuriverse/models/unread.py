"""Say in one warning that many replies of a job could not be read."""

import logging
from collections.abc import Sequence

import pandas as pd

from spuriverse.questions import Outcome

SHARE_WORTH_A_WARNING = 0.02
_LETTERS_SHOWN = 200

log = logging.getLogger(__name__)


def warn_of_unread(responses: pd.DataFrame, cut: Sequence[bool], name: str) -> None:
    """Warn if more than 2 % of the replies are unparsed, empty or cut at the limit.

    Args:
        responses: Columns sample_id, strategy, reply and outcome. Requests that failed have no
            reply and do not count.
        cut: Whether each reply was cut at the longest length.
        name: Of the model.
    """
    given = responses.assign(cut=list(cut))[responses["outcome"].to_numpy() != Outcome.FAILED]
    kinds = {
        "unparsed": given["outcome"] == Outcome.UNPARSED,
        "empty": given["outcome"] == Outcome.EMPTY,
        "cut at the limit": given["cut"].astype(bool),
    }
    unread = pd.concat(list(kinds.values()), axis=1).any(axis=1)
    if given.empty or unread.mean() <= SHARE_WORTH_A_WARNING:
        return
    counts = ", ".join(f"{n} {kind}" for kind, mask in kinds.items() if (n := int(mask.sum())))
    first = given[unread].iloc[0]
    reply = " ".join(str(first["reply"]).split())
    shown = reply if len(reply) <= _LETTERS_SHOWN else f"{reply[:_LETTERS_SHOWN]}..."
    log.warning(
        "%d of %d replies of model %s could not be read as they should (%s), such as that to %s"
        " (%s): %r. Raise its longest reply, change the prompt, or set reply_format: json for a"
        " server.",
        int(unread.sum()),
        len(given),
        name,
        counts,
        first["sample_id"],
        first["strategy"],
        shown,
    )
