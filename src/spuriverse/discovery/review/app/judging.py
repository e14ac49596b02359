"""The first tab: one candidate at a time, and what a reviewer does about it."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import streamlit as st

from spuriverse.discovery.review.app.shown import (
    edit_fields,
    edited,
    show_fact,
    show_image,
    show_problem,
    show_question,
)
from spuriverse.discovery.review.app.worklist import (
    SKIPPED,
    TO_DO,
    Item,
    duration,
    following,
    judgements_of,
    seconds_left,
    select,
    status_of,
)
from spuriverse.discovery.review.reviews import ReviewStore
from spuriverse.problems import Problem


@dataclass(frozen=True)
class Review:
    """What one reviewer sees at one moment."""

    reviewer: str
    path: Path
    items: tuple[Item, ...]
    decisions: pd.DataFrame
    history: pd.DataFrame


def show_judging(
    review: Review, *, benchmark: str | None, kind: str | None, status: str | None
) -> None:
    """Show the progress and the candidate whose turn it is among those that pass the filters."""
    judgements = judgements_of(review.decisions, review.reviewer)
    statuses = [status_of(judgements.get(item.candidate_id)) for item in review.items]
    _show_progress(review, statuses)
    if message := st.session_state.pop("message", ""):
        show_problem(message)
    shown = select(review.items, judgements, benchmark=benchmark, kind=kind, status=status)
    # The candidate of an undone act is shown even if the filters hide it.
    taken_back = st.session_state.get("taken_back", "")
    wanted = st.query_params.get("candidate", "")
    item = _find(review.items, taken_back) or _find(shown, wanted) or next(iter(shown), None)
    if item is None:
        _show_nothing_left(statuses, filtered=(benchmark, kind) != (None, None), status=status)
        undoing = (review.path, review.reviewer, Draft("none"))
        st.button("Undo my last act", shortcut="u", on_click=undo, args=undoing)
        return
    go_to(item.candidate_id)
    _show_item(review, item, shown)


@dataclass
class Draft:
    """The fields and buttons of one candidate, as they were drawn once.

    Attributes:
        key: Tells the fields from all others.
        used: Whether a button was pressed. A key that is pressed again before the page is drawn
            anew comes from the same draft, and must do nothing.
        lock: Streamlit may handle the second press while the first is still being recorded.
    """

    key: str
    used: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


def record(
    path: Path,
    item: Item,
    reviewer: str,
    act: str,
    draft: Draft,
    then: str,
    resolves: bool = False,
) -> None:
    """Record what a reviewer did with the fields as they are now, and go on.

    Args:
        path: The database of the decisions.
        item: The candidate.
        reviewer: The name.
        act: What was done.
        draft: The fields.
        then: The candidate to show next; "" for any.
        resolves: Whether this settles a disagreement.
    """
    try:
        with draft.lock, ReviewStore(path) as store:
            if not draft.used:
                edits = edited(draft.key)
                store.record(item.candidate_id, reviewer, act, **edits, resolves=resolves)
                draft.used = True
    except Problem as problem:
        st.session_state["message"] = str(problem)
        return
    go_on(then)


def undo(path: Path, reviewer: str, draft: Draft) -> None:
    """Take back the reviewer's last act and show its candidate."""
    try:
        with draft.lock, ReviewStore(path) as store:
            if draft.used:
                return
            candidate_id = store.undo(reviewer)
            draft.used = candidate_id is not None
    except Problem as problem:
        st.session_state["message"] = str(problem)
        return
    if candidate_id is None:
        st.session_state["message"] = "There is nothing to take back."
        return
    st.session_state["taken_back"] = candidate_id
    go_on(candidate_id)


def go_on(candidate_id: str) -> None:
    """Show a candidate next, in fields of its own."""
    st.session_state["turn"] = st.session_state.get("turn", 0) + 1
    if st.session_state.get("taken_back", "") != candidate_id:
        st.session_state["taken_back"] = ""
    go_to(candidate_id)


def go_to(candidate_id: str) -> None:
    """Keep the place in the address, so that a reload comes back to it."""
    if candidate_id and st.query_params.get("candidate") != candidate_id:
        st.query_params["candidate"] = candidate_id


def _find(items: Sequence[Item], candidate_id: str) -> Item | None:
    return next((item for item in items if item.candidate_id == candidate_id), None)


def _show_progress(review: Review, statuses: Sequence[str]) -> None:
    total = len(statuses)
    waiting = statuses.count(TO_DO) + statuses.count(SKIPPED)
    text = f"{total - waiting} of {total} decided"
    left = seconds_left(review.history, review.reviewer, waiting)
    if waiting and left is not None:
        text += f" · {duration(left)} left"
    st.progress((total - waiting) / total if total else 1.0, text=text)


def _show_nothing_left(statuses: Sequence[str], filtered: bool, status: str | None) -> None:
    skipped, to_do = statuses.count(SKIPPED), statuses.count(TO_DO)
    if not statuses:
        st.info("There is no candidate to review: the annotation proposed none.")
    elif not skipped and not to_do and not filtered and status == TO_DO:
        st.success(f"All {len(statuses)} candidates are decided.", icon=":material/done_all:")
    elif skipped and not to_do and not filtered and status == TO_DO:
        st.info(
            f"All candidates but the {skipped} you skipped are decided: choose the status"
            " Skipped to come back to them."
        )
    else:
        st.info("No candidate passes the filters on the left.")


def _show_item(review: Review, item: Item, shown: Sequence[Item]) -> None:
    judgement = judgements_of(review.decisions, review.reviewer).get(item.candidate_id)
    key = f"{review.items.index(item)}-{st.session_state.get('turn', 0)}"
    picture, facts = st.columns([5, 7], gap="large")
    with picture:
        show_image(item.image)
        with st.container(key="small-origin"):
            st.text(f"{item.benchmark} · {item.candidate_id}")
        show_fact("Proposed attribute", item.attribute or "none yet")
        show_fact("Rationale", item.rationale)
        with st.expander("Who proposed it, and the full reply"):
            st.text(item.annotator)
            if item.reply:
                st.code(item.reply, language=None, wrap_lines=True)
    with facts:
        show_question(item)
        _show_form(review, item, Draft(key), following(shown, item.candidate_id))
        if judgement and status_of(judgement) != SKIPPED:
            st.badge(f"You decided this one: {status_of(judgement).lower()}", color="blue")


def _show_form(review: Review, item: Item, draft: Draft, then: str) -> None:
    key = draft.key
    judgement = judgements_of(review.decisions, review.reviewer).get(item.candidate_id)
    bound = (review.path, item, review.reviewer)
    with st.form(f"form-{key}", enter_to_submit=False, border=False):
        edit_fields(key, judgement or item, review.items)
        with st.container(horizontal=True):
            for label, act, shortcut, icon in (
                ("Accept", "accept", "a", ":material/check:"),
                ("Reject", "reject", "x", ":material/close:"),
            ):
                st.form_submit_button(
                    label,
                    key=f"{act}-{key}",
                    type="primary" if act == "accept" else "secondary",
                    icon=icon,
                    shortcut=shortcut,
                    on_click=record,
                    args=(*bound, act, draft, then),
                )
            decided = judgement is not None and status_of(judgement) != SKIPPED
            # Skipping a candidate that is already decided only shows the next one.
            st.form_submit_button(
                "Skip",
                key=f"skip-{key}",
                icon=":material/skip_next:",
                shortcut="s",
                on_click=go_on if decided else record,
                args=(then,) if decided else (*bound, "skip", draft, then),
            )
            st.form_submit_button(
                "Undo",
                key=f"undo-{key}",
                icon=":material/undo:",
                shortcut="u",
                on_click=undo,
                args=(review.path, review.reviewer, draft),
            )
