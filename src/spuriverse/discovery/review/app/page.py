"""The review page, run by Streamlit: the reviewer's name, candidates, filters, comparisons."""

import argparse
import sys
from pathlib import Path

import streamlit as st

from spuriverse.discovery.review.acts import reviewer_name
from spuriverse.discovery.review.app.comparing import show_agreement, show_disagreements
from spuriverse.discovery.review.app.judging import Review, show_judging
from spuriverse.discovery.review.app.shown import ONE_ACT_A_PRESS, STYLE, show_problem
from spuriverse.discovery.review.app.worklist import STATUSES, TO_DO, Item, read_items
from spuriverse.discovery.review.reviews import ReviewStore
from spuriverse.problems import Problem

TABS = ("Review", "Disagreements", "Agreement")
EVERYTHING = "All"
SEED = 0


def main() -> None:
    """Draw the page for one reviewer at one moment."""
    st.set_page_config(page_title="Review candidates", layout="wide")
    st.html(STYLE)
    files = _read_arguments(sys.argv[1:])
    try:
        if (reviewer := _reviewer()) is None:
            return
        items = _items(files.annotated, tuple(files.samples), _stamps(files))
        with ReviewStore(files.decisions) as store:
            review = Review(reviewer, files.decisions, items, store.decisions(), store.history())
        _draw(review)
    except Problem as problem:
        show_problem(problem)


def _draw(review: Review) -> None:
    with st.sidebar:
        # First of all, so that it listens before there is anything to decide.
        st.html(ONE_ACT_A_PRESS, unsafe_allow_javascript=True)
        st.subheader("Review of candidates", anchor=False)
        filters = _filters(review)
        _files(review)
    judging, differences, agreeing = st.tabs(
        TABS, key="tab", bind="query-params", on_change="rerun"
    )
    if judging.open:
        with judging:
            show_judging(review, **filters)
    if differences.open:
        with differences:
            show_disagreements(review)
    if agreeing.open:
        with agreeing:
            show_agreement(review, SEED)


def _read_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--annotated", type=Path, required=True)
    parser.add_argument("--samples", type=Path, action="append", default=[])
    parser.add_argument("--decisions", type=Path, required=True)
    return parser.parse_args(arguments)


def _stamps(files: argparse.Namespace) -> tuple[int, ...]:
    """Return what changes when a table is made again."""
    tables = (files.annotated, *files.samples)
    return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in tables)


@st.cache_resource(show_spinner="Reading the candidates", max_entries=2)
def _items(annotated: Path, samples: tuple[Path, ...], stamps: tuple[int, ...]) -> tuple[Item, ...]:
    return read_items(annotated, samples)


def _reviewer() -> str | None:
    """Return the reviewer's name from the address, or ask for it."""
    if name := st.query_params.get("reviewer", ""):
        try:
            return reviewer_name(name)
        except Problem as problem:
            show_problem(problem)
    _, middle, _ = st.columns([1, 2, 1])
    with middle, st.form("name"):
        st.subheader("Who reviews?", anchor=False)
        st.text_input("Your name", key="name", max_chars=80)
        st.caption("It is written beside every decision you make, and stays in the page's address.")
        st.form_submit_button("Begin", type="primary", on_click=_take_name)
    return None


def _take_name() -> None:
    st.query_params["reviewer"] = st.session_state["name"]


def _forget_name() -> None:
    for name in ("reviewer", "candidate"):
        st.query_params.pop(name, None)


def _filters(review: Review) -> dict[str, str | None]:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge("Reviewer", icon=":material/person:", color="blue")
        st.text(review.reviewer)
    st.button("Change name", on_click=_forget_name, type="tertiary")
    choices = {
        "status": [*STATUSES],
        "benchmark": sorted({item.benchmark for item in review.items}),
        "kind": sorted({item.kind for item in review.items if item.kind}),
    }
    chosen = {}
    for name, values in choices.items():
        options = [EVERYTHING, *(value for value in values if value != EVERYTHING)]
        first = options.index(TO_DO) if name == "status" else 0
        picked = st.selectbox(
            name.capitalize(), options, index=first, key=name, bind="query-params"
        )
        chosen[name] = None if picked == EVERYTHING else picked
    return chosen


def _files(review: Review) -> None:
    st.divider()
    st.caption("Decisions of all reviewers")
    st.download_button(
        "Export as CSV",
        data=lambda: _exported(review.path),
        file_name="decisions.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
    number = st.session_state.get("uploads", 0)
    st.file_uploader(
        "Import CSV",
        type="csv",
        key=f"upload-{number}",
        on_change=_take_over,
        args=(review.path, f"upload-{number}"),
    )
    if "imported" in st.session_state:
        st.success(f"{st.session_state.pop('imported')} new acts were imported.")
    if refusal := st.session_state.pop("refusal", ""):
        show_problem(refusal)


def _exported(path: Path) -> str:
    with ReviewStore(path) as store:
        return store.csv_text()


def _take_over(path: Path, key: str) -> None:
    upload = st.session_state.get(key)
    if upload is None:
        return
    st.session_state["uploads"] = st.session_state.get("uploads", 0) + 1
    try:
        with ReviewStore(path) as store:
            st.session_state["imported"] = store.import_bytes(upload.getvalue(), upload.name)
    except Problem as problem:
        st.session_state["refusal"] = str(problem)


if __name__ == "__main__":
    main()
