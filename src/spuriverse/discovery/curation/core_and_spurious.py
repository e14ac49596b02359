"""What shows an image's true class, and what speaks for the class a classifier preferred.

A vision-language model is asked once per image, by the JSON schema of `CoreAndSpurious`; a reply
that does not fit is sent back with what is wrong with it.
"""

import json
import logging
from typing import Any

import pandas as pd

from spuriverse.discovery.curation.lvlm import Chat, ChatModel, GaveUp
from spuriverse.discovery.curation.replies import CoreAndSpurious, read_form
from spuriverse.discovery.curation.templates import PLACEHOLDERS, fill, on_one_line, read_template
from spuriverse.models.remote import RequestFailed, image_part, map_concurrently, user_message
from spuriverse.problems import Problem
from spuriverse.tables import content_sha256

TEMPLATE = "core_and_spurious"
FILLED = {"label", "predicted"}
DESCRIBED_COLUMNS = [
    "core",
    "spurious",
    "spurious_type",
    "explanation",
    "reply",
    "prompt_sha256",
    "fault",
]

log = logging.getLogger(__name__)


def describe_with_lvlm(
    confusions: pd.DataFrame, model: ChatModel, *, repairs: int = 2
) -> pd.DataFrame:
    """Ask a vision-language model for the core and the spurious attribute of every image.

    Args:
        confusions: Columns image, label and predicted; one row per image.
        model: Who is asked.
        repairs: Most times a reply is sent back.

    Returns:
        The columns of `DESCRIBED_COLUMNS`, in the order of `confusions`. Where no reply was
        valid, the request failed or the image cannot be used, `fault` says why and the attributes
        are empty.

    Raises:
        Problem: No request can succeed, or none came to anything.
    """
    template = read_template(TEMPLATE, FILLED)
    repair = read_template("repair", PLACEHOLDERS["repair"])
    schema = CoreAndSpurious.model_json_schema()
    asked = {"template": template, "repair": repair, "schema": schema, "model": model.model}
    sha256 = content_sha256(json.dumps(asked, sort_keys=True))

    def describe(confusion: Any) -> dict[str, str]:
        chat = Chat(model, repair, repairs)
        names = {name: on_one_line(getattr(confusion, name)) for name in FILLED}
        row = dict.fromkeys(DESCRIBED_COLUMNS, "") | {"prompt_sha256": sha256}
        try:
            image = image_part(confusion.image)
        except Problem as problem:
            log.warning("%s: %s", confusion.image, problem)
            return row | {"fault": str(problem)}
        message = user_message(fill(template, **names), image)
        try:
            found = chat.ask(message, lambda reply: read_form(CoreAndSpurious, reply), schema)
        except (GaveUp, RequestFailed) as failure:
            log.warning("%s: %s", confusion.image, failure)
            reply = chat.replies[-1] if chat.replies else ""
            return row | {"fault": str(failure) or type(failure).__name__, "reply": reply}
        return row | {
            "core": found.core,
            "spurious": found.spurious,
            "spurious_type": found.type,
            "explanation": found.explanation,
            "reply": chat.replies[-1],
        }

    rows = map_concurrently(
        describe,
        list(confusions.itertuples(index=False)),
        workers=model.concurrency,
        desc=f"describing with {model.name}",
        unit="image",
    )
    failed = [row["fault"] for row in rows if row["fault"]]
    if rows and len(failed) == len(rows):
        raise Problem(
            f"None of {len(rows)} images was described by model {model.name}, the first because"
            f" {failed[0]}; correct its entry in models, or wait, and run again."
        )
    if failed:
        log.warning("%d of %d images are left out: %s first", len(failed), len(rows), failed[0])
    return pd.DataFrame(rows, columns=DESCRIBED_COLUMNS)
