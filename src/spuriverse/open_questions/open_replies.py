"""Open answers of models that write text: replies without options, matched or judged."""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pandas as pd

from spuriverse.evaluation import mark_responses
from spuriverse.models.remote import RequestFailed, image_part, map_concurrently, user_message
from spuriverse.open_questions.answers import DIFFERENCE, SHARE, answer, as_table
from spuriverse.problems import Problem
from spuriverse.questions import LETTERS, parse_reply, without_thoughts
from spuriverse.statistics import clustered_difference, clustered_share

log = logging.getLogger(__name__)

NONE = -1
"""What a match or a judge says where a reply means no option."""

ASKED = "{question}\nAnswer in a few words."
JUDGED = (
    "A question about this image was answered without options:\n"
    "Question: {question}\nReply: {reply}\n"
    "Which of these does the reply mean, whether or not it is right?\n{options}\n"
    'Answer with JSON: {{"option": the letter, or "none" if it means none of them}}.'
)
_FORM = {
    "type": "object",
    "properties": {"option": {"type": "string"}},
    "required": ["option"],
    "additionalProperties": False,
}
_LONGEST = 600
_SUBSETS = ("core", "spurious")


class Chat(Protocol):
    """Who replies: a `RemoteModel`, which keeps what was paid for, or a `LocalChat`."""

    name: str
    concurrency: int

    def complete(
        self,
        messages: Sequence[dict[str, Any]],
        *,
        json_schema: Mapping[str, Any] | None = None,
        temperature: float = 0,
    ) -> str:
        """Return the reply; `RequestFailed` if this one request came to nothing."""
        ...


def reply_openly(samples: pd.DataFrame, model: Chat) -> pd.DataFrame:
    """Ask a model every question without its options.

    Args:
        samples: Columns sample_id, image, question; a question that stands in several rows is asked
            once.
        model: Who is asked.

    Returns:
        An `open_replies` table; the reply is missing where a request failed or an image cannot be
        used.
    """

    def ask(row: Any) -> str | None:
        return _complete(model, row.sample_id, row.image, ASKED.format(question=row.question))

    asked = samples.drop_duplicates("sample_id")
    replies = map_concurrently(
        ask,
        list(asked.itertuples(index=False)),
        workers=model.concurrency,
        desc=f"asking {model.name}",
        unit="question",
    )
    return pd.DataFrame(
        {
            "sample_id": asked["sample_id"].to_numpy(),
            "model": model.name,
            "reply": pd.Series(replies, dtype=object).to_numpy(),
        }
    )


def match_reply(
    reply: str, options: Sequence[str], aliases: Mapping[str, Sequence[str]] | None = None
) -> int:
    """Find the option whose text or alias a reply gives as its answer.

    Args:
        reply: What a model wrote; thoughts of a reasoning model do not count.
        options: The options' texts.
        aliases: Option -> other names of it.

    Returns:
        The index of the option that the reply gives as its answer, as `parse_reply` reads it, or
        `NONE`. A letter means nothing here, since none was shown.
    """
    names = [
        (name, index)
        for index, option in enumerate(options)
        for name in dict.fromkeys((option, *(aliases or {}).get(option, ())))
    ]
    # An empty option keeps its letter and is never chosen: these take all letters.
    unshown = [""] * len(LETTERS)
    choice = parse_reply(reply, unshown + [name for name, _ in names]).choice
    return NONE if choice is None else names[choice - len(unshown)][1]


def judge_replies(samples: pd.DataFrame, replies: pd.DataFrame, judge: Chat) -> pd.DataFrame:
    """Have a model say which option every reply means.

    Args:
        samples: Columns sample_id, image, question, options.
        replies: An `open_replies` table.
        judge: Who judges. One behind a server keeps its replies, so that none is paid twice.

    Returns:
        An `open_verdicts` table. Choice is an index of the options, `NONE` where the judge says so,
        and missing where it gave no verdict.
    """
    known = samples.drop_duplicates("sample_id")[["sample_id", "image", "question", "options"]]
    asked = replies.dropna(subset=["reply"]).merge(known, on="sample_id")

    def ask(row: Any) -> tuple[int | None, str]:
        lettered = zip(LETTERS, row.options, strict=False)
        listed = "\n".join(f"({letter}) {text}" for letter, text in lettered)
        # On one line, so that it cannot pose as part of the instructions' form.
        reply = " ".join(row.reply.split())[:_LONGEST]
        text = JUDGED.format(question=row.question, reply=reply, options=listed)
        said = _complete(judge, row.sample_id, row.image, text, _FORM)
        return (None, "") if said is None else (_verdict(said, len(row.options)), said)

    verdicts = map_concurrently(
        ask,
        list(asked.itertuples(index=False)),
        workers=judge.concurrency,
        desc=f"judging with {judge.name}",
        unit="reply",
    )
    return pd.DataFrame(
        {
            "sample_id": asked["sample_id"].to_numpy(),
            "model": asked["model"].to_numpy(),
            "judge": judge.name,
            "choice": pd.array([choice for choice, _ in verdicts], dtype="Int64"),
            "verdict": [said for _, said in verdicts],
        }
    )


def settle_replies(
    samples: pd.DataFrame,
    replies: pd.DataFrame,
    verdicts: pd.DataFrame | None,
    aliases: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Say which option every reply means: by its words, or where these fail by the judge.

    Args:
        samples: Columns sample_id and options.
        replies: An `open_replies` table.
        verdicts: An `open_verdicts` table; None without a judge.
        aliases: As in `match_reply`.

    Returns:
        Columns sample_id, model, matched, judged (missing without a verdict), and as a `responses`
        table has them outcome and choice. A reply that means no option is unparsed, which counts
        as wrong; one that is missing failed.
    """
    options = samples.drop_duplicates("sample_id").set_index("sample_id")["options"]
    made = replies.copy()
    made["matched"] = [
        NONE if pd.isna(reply) else match_reply(reply, list(options[sample]), aliases)
        for sample, reply in zip(made["sample_id"], made["reply"], strict=True)
    ]
    made["judged"] = pd.array([pd.NA] * len(made), dtype="Int64")
    if verdicts is not None:
        by_key = verdicts.set_index(["sample_id", "model"])["choice"]
        keys = pd.MultiIndex.from_frame(made[["sample_id", "model"]])
        made["judged"] = by_key.reindex(keys).astype("Int64").to_numpy()
        made["judged"] = made["judged"].astype("Int64")
    choice = made["matched"].astype("Int64").where(made["matched"] != NONE, made["judged"])
    choice = choice.mask(choice == NONE)
    made["choice"] = choice
    made["outcome"] = "answered"
    made.loc[choice.isna(), "outcome"] = "unparsed"
    made.loc[made["reply"].isna(), "outcome"] = "failed"
    return made[["sample_id", "model", "matched", "judged", "outcome", "choice"]]


def compare_replies(
    asked: pd.DataFrame, settled: pd.DataFrame, responses: pd.DataFrame
) -> pd.DataFrame:
    """Set open replies beside multiple choice, question by question.

    Args:
        asked: As `spuriverse.evaluation.evaluation_samples` returns it.
        settled: As `settle_replies` returns it, of any number of models.
        responses: The `responses` of these models by multiple choice.

    Returns:
        Columns `ANSWER_COLUMNS`: accuracy of core and spurious groups and the gap, open, by
        multiple choice, and open less multiple choice on the same questions; the share of replies
        that the words settle; and where words and judge both name an option, the share on which
        they agree. Intervals are over attributes.
    """
    rows: list[dict[str, Any]] = []
    for model, mine in settled.groupby("model", sort=False):
        choices = responses[responses["model"] == model]
        both = set(mine.loc[mine["outcome"] != "failed", "sample_id"])
        both &= set(choices.loc[choices["outcome"] != "failed", "sample_id"])
        known = asked[asked["subset"].isin(_SUBSETS) & asked["sample_id"].isin(both)]
        if known.empty:
            continue
        parts = {
            "open": mark_responses(known, mine),
            "multiple choice": mark_responses(known, choices),
        }
        rows += _beside(str(model), parts)
        rows += _settled(str(model), known, mine)
    return as_table(rows)


def _beside(model: str, parts: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    rows = []
    first, second = parts.values()
    for subset in _SUBSETS:
        by = {name: part[part["subset"] == subset] for name, part in parts.items()}
        measure = f"accuracy – {subset}"
        for name, part in by.items():
            if len(part):
                found = clustered_share(part["correct"], part["attribute"])
                rows.append(answer(model, name, measure, SHARE, found, part["attribute"]))
        if all(len(part) for part in by.values()):
            rows.append(_less(model, "open less multiple choice", measure, *by.values()))
    for name, part in (("open", first), ("multiple choice", second)):
        core, spurious = (part[part["subset"] == subset] for subset in _SUBSETS)
        if len(core) and len(spurious):
            rows.append(_less(model, name, "gap", core, spurious))
    return rows


def _less(
    model: str, condition: str, measure: str, first: pd.DataFrame, second: pd.DataFrame
) -> dict[str, Any]:
    found = clustered_difference(
        first["correct"], first["attribute"], second["correct"], second["attribute"]
    )
    return answer(model, condition, measure, DIFFERENCE, found, first["attribute"])


def _settled(model: str, known: pd.DataFrame, mine: pd.DataFrame) -> list[dict[str, Any]]:
    attribute = known.drop_duplicates("sample_id").set_index("sample_id")["attribute"]
    part = mine[mine["sample_id"].isin(attribute.index)]
    units = part["sample_id"].map(attribute)
    found = clustered_share(part["matched"] != NONE, units)
    rows = [answer(model, "open", "replies settled by their words", SHARE, found, units)]
    both = (part["matched"] != NONE) & part["judged"].notna() & (part["judged"] != NONE)
    both = both.fillna(False).astype(bool)
    if both.any():
        agree = (part["matched"] == part["judged"])[both].astype(bool)
        found = clustered_share(agree, units[both])
        measure = "judge agrees with the words – where both name an option"
        rows.append(answer(model, "open", measure, SHARE, found, units[both]))
    return rows


def _complete(
    model: Chat, sample: str, image: str, text: str, form: Mapping[str, Any] | None = None
) -> str | None:
    """The reply; None, with a warning, if this image or this request came to nothing."""
    try:
        shown = image_part(image)
    except Problem as problem:
        log.warning("%s, %s: %s", model.name, sample, problem)
        return None
    try:
        return model.complete([user_message(text, shown)], json_schema=form, temperature=0)
    except RequestFailed as failure:
        log.warning("%s, %s: %s", model.name, sample, failure)
        return None


def _verdict(said: str, options: int) -> int | None:
    """Read the letter of a verdict; None if it is none."""
    match = re.search(r"\{[^{}]*\}", without_thoughts(said))
    try:
        named = json.loads(match[0])["option"] if match else None
    except (ValueError, KeyError, TypeError):
        return None
    if not isinstance(named, str):
        return None
    letter = named.strip().strip("()").upper()
    if letter == "NONE":
        return NONE
    known = LETTERS[:options]
    return known.index(letter) if len(letter) == 1 and letter in known else None
