"""Elements that show text and images of unknown origin as text and images, and never as markup.

Streamlit reads Markdown in labels, captions, badges and messages: nothing that comes from a table
or a reviewer goes there. It goes into `st.text`, `st.code` and the values of input fields.
"""

from collections.abc import Sequence

import streamlit as st
from PIL import Image

from spuriverse.discovery.review.app.worklist import Decision, Item, letter
from spuriverse.problems import Problem
from spuriverse.questions import open_image
from spuriverse.tables import KINDS

SHARP_BELOW = 448
"""Pixels; a smaller image is enlarged without blurring."""
LARGEST = 1600

STYLE = """<style>
[data-testid="stMainBlockContainer"] {padding: 2.5rem 2.5rem 2rem 2.5rem;}
[data-testid="stHeader"] {background: transparent; height: 2rem;}
[data-testid="stSidebarHeader"] {height: 2rem; padding: 0; margin: 0;}
[data-testid="stSidebarUserContent"] {padding-top: 0.5rem;}
[data-testid="stText"] {font-family: inherit; white-space: pre-wrap; overflow-wrap: anywhere;}
[data-testid="stImage"] img {max-height: 48vh; object-fit: contain; border-radius: 0.4rem;}
[class*="st-key-question"] [data-testid="stText"] {
    font-size: 1.35rem; font-weight: 600; line-height: 1.3;
}
[class*="st-key-small"] [data-testid="stText"] {font-size: 0.85rem; color: #6b7280;}
</style>"""
# A key that is held down would decide candidates that nobody has looked at.
ONE_ACT_A_PRESS = """<script>
if (!window.oneActAPress) {
    window.oneActAPress = true;
    window.addEventListener("keydown", event => {
        const typing = event.target.closest?.("input, textarea, [contenteditable]");
        if (event.repeat && !typing) event.stopImmediatePropagation();
    }, true);
}
</script>"""
FIELDS = ("kind", "feature", "spurious_description", "core_description", "note")


def show_problem(problem: Problem | str) -> None:
    """Show what is wrong, as text."""
    with st.container(border=True):
        st.badge("Please note", icon=":material/warning:", color="orange")
        st.text(str(problem))


def show_image(path: str) -> None:
    """Show the image at `path`, or say in its place why it cannot be shown."""
    try:
        image = open_image(path)
    except Problem as error:
        with st.container(border=True):
            st.badge("No image", icon=":material/hide_image:", color="orange")
            st.text(str(error))
            st.caption("You can review the candidate without it.")
        return
    longest = max(image.size)
    if longest < SHARP_BELOW:
        factor = SHARP_BELOW // longest + 1
        image = image.resize(
            (image.width * factor, image.height * factor), Image.Resampling.NEAREST
        )
    image.thumbnail((LARGEST, LARGEST))
    st.image(image, width="stretch")


def show_question(item: Item, key: str = "question") -> None:
    """Show the question and its options, with the right and the predicted one named as such."""
    with st.container(key=key):
        st.text(item.question)
    with st.container(gap="xxsmall", key=f"options-{key}"):
        for index, option in enumerate(item.options):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text(f"{letter(index)}.  {option}")
                if index == item.answer:
                    st.badge("right answer", icon=":material/check:", color="green")
                if option == item.predicted:
                    st.badge("model's choice", icon=":material/close:", color="red")


def show_fact(label: str, text: str) -> None:
    """Show a text of unknown origin below a label of ours."""
    with st.container(gap="xxsmall"):
        st.caption(label)
        st.text(text if text.strip() else "–")


def edit_fields(key: str, values: Decision | Item, items: Sequence[Item]) -> None:
    """Show the fields that a reviewer may edit; `edited` reads them.

    Args:
        key: Tells these fields from others on the page and from those of other candidates.
        values: What the fields hold at first.
        items: All candidates; their kinds can be chosen beside the nine.
    """
    first = values if isinstance(values, dict) else vars(values)
    kind, _, feature = first["attribute"].partition(":")
    kinds = sorted({*KINDS, *(item.kind for item in items if item.kind), *([kind] if kind else [])})
    left, right = st.columns([2, 3])
    left.selectbox(
        "Kind",
        kinds,
        index=kinds.index(kind) if kind else None,
        placeholder="Choose a kind",
        key=f"kind-{key}",
    )
    right.text_input("Spurious attribute", feature, key=f"feature-{key}")
    left, right = st.columns(2)
    left.text_area(
        "Scene with the attribute",
        first["spurious_description"],
        height=96,
        key=f"spurious_description-{key}",
    )
    right.text_area(
        "Scene without it", first["core_description"], height=96, key=f"core_description-{key}"
    )
    st.text_input("Note", first.get("note", ""), key=f"note-{key}")


def edited(key: str) -> dict[str, str]:
    """Return what the fields of `edit_fields` hold now, named as `ReviewStore.record` wants it."""
    held = {name: st.session_state.get(f"{name}-{key}") or "" for name in FIELDS}
    kind, feature = held.pop("kind"), held.pop("feature").strip()
    return {"attribute": f"{kind}:{feature}" if kind or feature else "", **held}
