"""The other tabs: where the reviewers differ, and how far they agree."""

import math

import streamlit as st

from spuriverse.discovery.review.agreement import tabulate_agreement
from spuriverse.discovery.review.app.judging import Draft, Review, record
from spuriverse.discovery.review.app.shown import (
    edit_fields,
    show_image,
    show_problem,
    show_question,
)
from spuriverse.discovery.review.app.worklist import Decision, Item
from spuriverse.discovery.review.settlement import disagreements

AT_A_TIME = 10
MEASURES = {
    "raw_agreement": "Raw agreement",
    "cohens_kappa": "Cohen's kappa",
    "krippendorffs_alpha": "Krippendorff's alpha",
}


def show_disagreements(review: Review) -> None:
    """List the disagreements that wait for a resolution, each with the fields to resolve it."""
    found = disagreements(review.decisions)
    items = {item.candidate_id: item for item in review.items}
    open_ids = [name for name in found.loc[~found["resolved"], "candidate_id"] if name in items]
    st.caption(f"{len(open_ids)} to resolve, {int(found['resolved'].sum())} resolved")
    if message := st.session_state.pop("message", ""):
        show_problem(message)
    if not open_ids:
        st.success("No disagreement waits for a resolution.", icon=":material/handshake:")
    for candidate_id in open_ids[:AT_A_TIME]:
        _show_disagreement(review, items[candidate_id])
    if len(open_ids) > AT_A_TIME:
        st.caption(f"{len(open_ids) - AT_A_TIME} more follow as these are resolved.")


def show_agreement(review: Review, seed: int) -> None:
    """Show the measures of agreement with their intervals."""
    stamp = tuple(
        review.decisions[["candidate_id", "reviewer", "act", "resolves"]].itertuples(
            index=False, name=None
        )
    )
    rows = _agreement(stamp, seed, review)
    if not rows[0]["n"]:
        st.info("There is nothing to compare until two reviewers have decided the same candidate.")
        return
    widths = [3, 4, 2, 2, 3]
    with st.container(border=True, key="agreement"):
        titles = ("Measure", "Reviewers", "Candidates", "Value", "95 % interval")
        for column, title in zip(st.columns(widths), titles, strict=True):
            column.caption(title)
        for row in rows:
            cells = (
                MEASURES[row["measure"]],
                row["reviewers"],
                str(row["n"]),
                _number(row["value"]),
                f"{_number(row['low'])} to {_number(row['high'])}",
            )
            for column, cell in zip(st.columns(widths), cells, strict=True):
                column.text(cell)
    st.caption(
        "Accepting or rejecting, over the candidates that two or more reviewers decided by"
        " themselves; resolutions do not count. Kappa and alpha are 0 for agreement by chance and"
        " 1 for full agreement; a dash means that all decisions are the same, so that neither is"
        " defined."
    )


@st.cache_resource(show_spinner=False, max_entries=8)
def _agreement(stamp: tuple[object, ...], seed: int, _review: Review) -> list[Decision]:
    return tabulate_agreement(_review.decisions, seed=seed).to_dict("records")


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"


def _show_disagreement(review: Review, item: Item) -> None:
    place = review.items.index(item)
    standing = review.decisions[
        (review.decisions["candidate_id"] == item.candidate_id)
        & (review.decisions["act"] != "skip")
    ].to_dict("records")
    with st.container(border=True):
        picture, facts = st.columns([1, 3], gap="medium")
        with picture:
            show_image(item.image)
        with facts:
            show_question(item, key=f"question-{place}")
            for decision in standing:
                _show_judgement(decision)
            _show_resolution(review, item, _latest_accepted(standing) or vars(item))


def _show_judgement(decision: Decision) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        accepts = decision["act"] == "accept"
        st.badge("accepts" if accepts else "rejects", color="green" if accepts else "red")
        parts = [decision["reviewer"], decision["attribute"] if accepts else "", decision["note"]]
        st.text(" · ".join(text for text in parts if text))


def _latest_accepted(standing: list[Decision]) -> Decision | None:
    accepted = [decision for decision in standing if decision["act"] == "accept"]
    return {**accepted[-1], "note": ""} if accepted else None


def _show_resolution(review: Review, item: Item, values: Decision) -> None:
    key = f"resolve-{review.items.index(item)}"
    draft = Draft(key)
    with st.form(key, enter_to_submit=False, border=False):
        edit_fields(key, values, review.items)
        with st.container(horizontal=True):
            for label, act in (("Resolve: accept", "accept"), ("Resolve: reject", "reject")):
                st.form_submit_button(
                    label,
                    key=f"{act}-{key}",
                    on_click=record,
                    args=(review.path, item, review.reviewer, act, draft, ""),
                    kwargs={"resolves": True},
                )
