"""The annotator that is a vision-language model: it looks at each error and says what misled.

It is asked in four steps, in one chat an error: whether a spurious correlation caused the wrong
choice; if so which attributes; of which kind each is; and two scenes for each, with and without it.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable

import pandas as pd

from spuriverse.discovery.curation.annotation import CANDIDATE_COLUMNS
from spuriverse.discovery.curation.replies import (
    Attributes,
    Descriptions,
    Kinds,
    Unfit,
    read_form,
    read_verdict,
)
from spuriverse.discovery.curation.templates import fill, on_one_line, read_templates
from spuriverse.models.remote import (
    RequestFailed,
    assistant_message,
    image_part,
    map_concurrently,
    user_message,
)
from spuriverse.problems import Problem
from spuriverse.tables import content_sha256

VERDICT_COLUMNS = ["sample_id", "annotator", "verdict", "rationale", "prompt_sha256", "reply"]

Read = TypeVar("Read")

log = logging.getLogger(__name__)


class ChatModel(Protocol):
    """Who annotates: anything that replies to a chat about an image, such as `RemoteModel`."""

    name: str
    model: str
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


@runtime_checkable
class Forgetful(Protocol):
    """A model that keeps its replies, and can be told that one is of no use."""

    def forget(
        self,
        messages: Sequence[dict[str, Any]],
        reason: str,
        *,
        json_schema: Mapping[str, Any] | None = None,
    ) -> None:
        """Have the next run ask this chat anew."""
        ...


def annotate_with_lvlm(
    errors: pd.DataFrame, model: ChatModel, *, attributes: int = 2, repairs: int = 2
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ask a vision-language model about every error.

    A reply that is not in the form asked for is sent back with what is wrong with it. An error
    whose replies never become valid, or one of whose requests fails, has the verdict `failed` and
    no candidate; the others go on.

    Args:
        errors: An `errors` table.
        model: Who is asked.
        attributes: Spurious attributes per error.
        repairs: Most times a reply is sent back, for each of the four steps.

    Returns:
        A `candidates` table, all proposed, and a `verdicts` table with one row an error; both in
        the order of `errors`.

    Raises:
        Problem: No request can succeed, or every one failed; an image that cannot be used is one.
    """
    interview = _Interview(model, read_templates(), attributes, repairs)
    annotated = map_concurrently(
        interview.hold,
        list(errors.itertuples(index=False)),
        workers=model.concurrency,
        desc=f"annotating with {model.name}",
        unit="error",
    )
    _report(annotated, model.name)
    candidates = [row for one in annotated for row in one.candidates]
    verdicts = [one.verdict for one in annotated]
    return (
        pd.DataFrame(candidates, columns=CANDIDATE_COLUMNS),
        pd.DataFrame(verdicts, columns=VERDICT_COLUMNS),
    )


def prompts_sha256(templates: Mapping[str, str], model: str) -> str:
    """Return one hash of the model and of all prompts that are the same for every error."""
    schemas = [form.model_json_schema() for form in (Attributes, Kinds, Descriptions)]
    asked = {"templates": dict(templates), "schemas": schemas, "model": model}
    return content_sha256(json.dumps(asked, sort_keys=True))


@dataclass
class _Annotated:
    verdict: dict[str, str]
    candidates: list[dict[str, str]] = field(default_factory=list)
    request_failed: bool = False


class GaveUp(Exception):
    """No reply to one of the steps was valid."""


@dataclass
class Chat:
    """The turns so far with the model about one error."""

    model: ChatModel
    repair: str
    repairs: int
    messages: list[dict[str, Any]] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)

    def ask(
        self,
        message: dict[str, Any],
        read: Callable[[str], Read],
        json_schema: Mapping[str, Any] | None = None,
    ) -> Read:
        """Say something, and read the reply; send it back while it is unfit."""
        self.messages.append(message)
        before = len(self.messages)
        for repair in range(self.repairs + 1):
            reply = self.model.complete(self.messages, json_schema=json_schema, temperature=0)
            self.replies.append(reply)
            try:
                answer = read(reply)
            except Unfit as unfit:
                if repair == self.repairs:
                    self._forget_since(before, json_schema)
                    raise GaveUp(f"no valid reply after {self.repairs} repairs: {unfit}") from None
                self.messages.append(assistant_message(reply or "(nothing)"))
                self.messages.append(user_message(fill(self.repair, fault=str(unfit))))
            else:
                self.messages.append(assistant_message(reply))
                return answer
        raise AssertionError("unreachable")

    def _forget_since(self, before: int, json_schema: Mapping[str, Any] | None) -> None:
        if isinstance(self.model, Forgetful):
            for end in range(before, len(self.messages) + 1, 2):
                self.model.forget(self.messages[:end], "invalid", json_schema=json_schema)


class _Interview:
    """The four steps, the same for every error."""

    def __init__(
        self, model: ChatModel, templates: Mapping[str, str], count: int, repairs: int
    ) -> None:
        self.model = model
        self.templates = templates
        self.count = count
        self.repairs = repairs
        self.sha256 = prompts_sha256(templates, model.model)

    def hold(self, error: Any) -> _Annotated:
        chat = Chat(self.model, self.templates["repair"], self.repairs)
        try:
            image = image_part(error.image)
        except Problem as problem:
            log.warning("%s: %s", error.sample_id, problem)
            unseen = self._verdict(error, "failed", str(problem), "")
            return _Annotated(unseen, request_failed=True)
        try:
            verdict, rationale = self._ask_verdict(chat, error, image)
            reply = chat.replies[-1]
            candidates = self._ask_candidates(chat, error) if verdict == "yes" else []
        except (GaveUp, RequestFailed) as failure:
            log.warning("%s: %s", error.sample_id, failure)
            last = chat.replies[-1] if chat.replies else ""
            return _Annotated(
                self._verdict(error, "failed", str(failure), last),
                request_failed=isinstance(failure, RequestFailed),
            )
        return _Annotated(self._verdict(error, verdict, rationale, reply), candidates)

    def _ask_verdict(self, chat: Chat, error: Any, image: dict[str, Any]) -> tuple[str, str]:
        prompt = fill(
            self.templates["verdict"],
            question=on_one_line(error.question),
            options="\n".join(f"- {on_one_line(option)}" for option in error.options),
            right=on_one_line(error.options[error.answer]),
            predicted=on_one_line(error.predicted),
        )
        return chat.ask(user_message(prompt, image), read_verdict)

    def _ask_candidates(self, chat: Chat, error: Any) -> list[dict[str, str]]:
        found = self._ask_form(chat, Attributes, "attributes").attributes
        listed = "\n".join(f"{n}. {one.attribute}" for n, one in enumerate(found, start=1))
        kinds = self._ask_form(chat, Kinds, "kinds", attributes=listed).kinds
        scenes = self._ask_form(
            chat,
            Descriptions,
            "descriptions",
            attributes=listed,
            question=on_one_line(error.question),
            right=on_one_line(error.options[error.answer]),
        ).descriptions
        replies = json.dumps(chat.replies, ensure_ascii=False)
        return [
            {
                "candidate_id": f"{error.sample_id}-{number}",
                "sample_id": error.sample_id,
                "predicted": error.predicted,
                "attribute": f"{kind}:{one.attribute}",
                "kind": kind,
                "rationale": one.explanation,
                "annotator": self.model.name,
                "prompt_sha256": self.sha256,
                "reply": replies,
                "spurious_description": pair.spurious,
                "core_description": pair.core,
                "status": "proposed",
                "reviewer": "",
                "note": "",
            }
            for number, (one, kind, pair) in enumerate(
                zip(found, kinds, scenes, strict=True), start=1
            )
        ]

    def _ask_form(self, chat: Chat, form: Any, template: str, **values: str) -> Any:
        prompt = fill(self.templates[template], count=self.count, **values)
        return chat.ask(
            user_message(prompt),
            lambda reply: read_form(form, reply, self.count),
            form.model_json_schema(),
        )

    def _verdict(self, error: Any, verdict: str, rationale: str, reply: str) -> dict[str, str]:
        return {
            "sample_id": error.sample_id,
            "annotator": self.model.name,
            "verdict": verdict,
            "rationale": rationale,
            "prompt_sha256": self.sha256,
            "reply": reply,
        }


def _report(annotated: Sequence[_Annotated], name: str) -> None:
    failed = [one.verdict for one in annotated if one.verdict["verdict"] == "failed"]
    if annotated and all(one.request_failed for one in annotated):
        raise Problem(
            f"All {len(annotated)} requests to model {name} failed, the first because"
            f" {failed[0]['rationale']}; correct its entry in models, or wait, and run again."
        )
    accepted = sum(one.verdict["verdict"] == "yes" for one in annotated)
    log.info(
        "%s: %d errors, %d caused by a spurious correlation, %d failed",
        name,
        len(annotated),
        accepted,
        len(failed),
    )
    if failed:
        log.warning(
            "%d of %d errors have no verdict of %s, %s first; run the step again to retry.",
            len(failed),
            len(annotated),
            name,
            failed[0]["sample_id"],
        )
