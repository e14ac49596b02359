"""The review page, driven in a real browser.

Every test reviews under a name of its own, so that it finds everything still to be done.
"""

import ipaddress
import re
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from spuriverse.discovery.review import ReviewStore

pytestmark = [pytest.mark.services, pytest.mark.slow]


def sees(page, words: str) -> None:
    """Wait until the page shows the words and is wholly drawn."""
    from playwright.sync_api import expect

    expect(page.get_by_text(words).first).to_be_visible(timeout=20_000)
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=20_000)


def holds(page, label: str, text: str) -> None:
    """Wait until a field holds a text."""
    from playwright.sync_api import expect

    expect(page.get_by_label(label)).to_have_value(text, timeout=20_000)


def press(page, label: str) -> None:
    page.get_by_role("button", name=label).click()


def own(example, reviewer: str) -> list[tuple[str, str]]:
    return [(candidate, act) for candidate, name, act in example.standing() if name == reviewer]


def last_act(example, reviewer: str) -> dict:
    with ReviewStore(example.decisions) as store:
        decisions = store.decisions()
    return decisions[decisions["reviewer"] == reviewer].to_dict("records")[-1]


# --- acts -------------------------------------------------------------------------------------


def test_the_name_comes_first_and_is_checked(visit: Callable, example) -> None:
    page = visit()
    page.get_by_label("Your name").fill("Lee, Ann")
    press(page, "Begin")
    sees(page, "without a comma")
    page.get_by_label("Your name").fill("First Name")
    press(page, "Begin")
    sees(page, "Question 0?")
    assert "reviewer=First" in page.url
    assert own(example, "First Name") == []


def test_accept_reject_and_undo(visit: Callable, example) -> None:
    page = visit("?reviewer=Mouse")
    sees(page, "Question 0?")
    sees(page, "0 of 6 decided")
    press(page, "Accept")
    sees(page, "Question 1?")
    assert own(example, "Mouse") == [("c-0", "accept")]
    press(page, "Reject")
    sees(page, "Question 2?")
    sees(page, "2 of 6 decided")
    assert own(example, "Mouse") == [("c-0", "accept"), ("c-1", "reject")]
    press(page, "Undo")
    sees(page, "Question 1?")
    assert own(example, "Mouse") == [("c-0", "accept")]
    press(page, "Undo")
    sees(page, "Question 0?")
    press(page, "Undo")
    sees(page, "There is nothing to take back.")
    assert own(example, "Mouse") == []


def test_what_is_edited_is_recorded_and_shown_again(visit: Callable, example) -> None:
    page = visit("?reviewer=Editor")
    sees(page, "Question 0?")
    kind = page.get_by_role("combobox", name="Kind").last
    kind.click()
    page.get_by_role("option", name="lighting-and-shadows").click()
    page.get_by_label("Spurious attribute").fill("long shadows")
    page.get_by_label("Scene with the attribute").fill("A fish at dusk.")
    page.get_by_label("Note").fill("Not the sea. ")
    press(page, "Accept")
    sees(page, "Question 1?")
    act = last_act(example, "Editor")
    assert act["attribute"] == "lighting-and-shadows:long shadows"
    assert act["spurious_description"] == "A fish at dusk."
    assert act["core_description"] == "A fish on a plate."
    assert act["note"] == "Not the sea."

    page.goto(f"{example.url}/?reviewer=Editor&candidate=c-0&status=Accepted")
    sees(page, "You decided this one: accepted")
    holds(page, "Spurious attribute", "long shadows")
    holds(page, "Note", "Not the sea.")


def test_a_candidate_without_an_attribute_is_not_accepted(visit: Callable, example) -> None:
    page = visit("?reviewer=Hasty&candidate=c-3")
    sees(page, "Question 3?")
    page.get_by_label("Note").fill("what is it?")
    press(page, "Accept")
    sees(page, "c-3 cannot be accepted with the attribute ''")
    sees(page, "Question 3?")
    holds(page, "Note", "what is it?")
    assert own(example, "Hasty") == []


def test_the_keyboard_does_what_the_buttons_do(visit: Callable, example) -> None:
    page = visit("?reviewer=Keys")
    sees(page, "Question 0?")
    page.keyboard.press("a")
    sees(page, "Question 1?")
    page.keyboard.press("x")
    sees(page, "Question 2?")
    page.keyboard.press("s")
    sees(page, "Question 3?")
    done = [("c-0", "accept"), ("c-1", "reject"), ("c-2", "skip")]
    assert own(example, "Keys") == done
    page.keyboard.press("u")
    sees(page, "Question 2?")
    assert own(example, "Keys") == done[:2]

    # Letters that are typed into a field are text.
    page.get_by_label("Note").click()
    page.keyboard.type("axsu")
    page.get_by_label("Spurious attribute").press("Enter")
    page.get_by_text("Rationale").click()
    sees(page, "Question 2?")
    assert own(example, "Keys") == done[:2]
    page.keyboard.press("a")
    sees(page, "Question 3?")
    assert last_act(example, "Keys")["note"] == "axsu"


def test_keys_pressed_faster_than_the_page_answers_decide_nothing_unseen(visit, example) -> None:
    page = visit("?reviewer=Quick")
    sees(page, "Question 0?")
    page.evaluate(
        """for (let press = 0; press < 3; press++) document.body.dispatchEvent(
            new KeyboardEvent("keydown", {key: "a", code: "KeyA", bubbles: true}))"""
    )
    sees(page, "Question 1?")
    sees(page, "1 of 6 decided")
    page.keyboard.press("x")
    sees(page, "Question 2?")
    with ReviewStore(example.decisions) as store:
        history = store.history()
    acts = history[history["reviewer"] == "Quick"]
    assert acts["candidate_id"].tolist() == ["c-0", "c-1"]
    assert acts["act"].tolist() == ["accept", "reject"]


def test_a_key_that_is_held_down_acts_once(visit: Callable, example) -> None:
    page = visit("?reviewer=Held")
    sees(page, "Question 0?")
    page.keyboard.down("a")
    sees(page, "Question 1?")
    page.keyboard.down("a")
    page.keyboard.down("a")
    page.keyboard.up("a")
    page.keyboard.press("x")
    sees(page, "Question 2?")
    assert own(example, "Held") == [("c-0", "accept"), ("c-1", "reject")]


def test_when_all_are_decided_the_page_says_so(visit: Callable, example) -> None:
    with ReviewStore(example.decisions) as store:
        for number in range(example.number - 2):
            store.record(f"c-{number}", "Done", "reject")
        store.record(f"c-{example.number - 1}", "Done", "skip")
    page = visit("?reviewer=Done")
    sees(page, "Question 4?")
    sees(page, "4 of 6 decided · less than a minute left")
    press(page, "Reject")
    sees(page, "All candidates but the 1 you skipped are decided")
    with ReviewStore(example.decisions) as store:
        store.record(f"c-{example.number - 1}", "Done", "reject")
    page.reload()
    sees(page, "All 6 candidates are decided.")
    sees(page, "6 of 6 decided")
    page.keyboard.press("u")
    sees(page, example.hostile)


# --- what is kept -----------------------------------------------------------------------------


def test_a_reload_keeps_name_filters_and_place(visit: Callable, example) -> None:
    page = visit("?reviewer=Again")
    sees(page, "Question 0?")
    page.keyboard.press("s")
    sees(page, "Question 1?")
    page.get_by_role("combobox", name="Status").click()
    page.get_by_role("option", name="All").click()
    page.keyboard.press("Escape")
    page.get_by_text("Rationale").click()
    page.keyboard.press("s")
    sees(page, "Question 2?")
    page.reload()
    sees(page, "Question 2?")
    sees(page, "Again")
    assert "status=All" in page.url


def test_a_killed_server_has_lost_nothing(visit: Callable, example) -> None:
    page = visit("?reviewer=Killed")
    sees(page, "Question 0?")
    press(page, "Accept")
    sees(page, "Question 1?")
    press(page, "Reject")
    sees(page, "Question 2?")
    assert example.end(signal.SIGKILL) == -signal.SIGKILL
    example.start()
    page.reload()
    sees(page, "Question 2?")
    sees(page, "2 of 6 decided")
    press(page, "Accept")
    sees(page, "Question 3?")
    assert own(example, "Killed") == [("c-0", "accept"), ("c-1", "reject"), ("c-2", "accept")]


def test_an_interrupt_ends_the_server_cleanly(example) -> None:
    assert example.end(signal.SIGINT) == 0
    example.start()


def test_decisions_are_exported_and_imported(visit: Callable, example, tmp_path: Path) -> None:
    page = visit("?reviewer=Export")
    sees(page, "Question 0?")
    press(page, "Reject")
    sees(page, "Question 1?")
    with page.expect_download() as download:
        press(page, "Export as CSV")
    exported = tmp_path / "decisions.csv"
    download.value.save_as(exported)
    with ReviewStore(tmp_path / "copy.sqlite") as copy:
        assert copy.import_bytes(exported.read_bytes(), "decisions.csv") >= 1
        copy.record("c-1", "Export", "reject", note="from elsewhere")
        exported.write_text(copy.csv_text(), encoding="utf-8")
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(exported)
    sees(page, "1 new acts were imported.")
    sees(page, "Question 2?")
    assert last_act(example, "Export")["note"] == "from elsewhere"

    wrong = re.sub('"(accept|reject|skip)"', f'"{example.hostile}"', exported.read_text())
    exported.write_text(wrong)
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(exported)
    sees(page, "decisions.csv, row 2: The act is '<img src=x")


# --- what is shown ----------------------------------------------------------------------------


def test_text_from_data_is_shown_as_text(visit: Callable, example) -> None:
    dialogs: list[str] = []
    name = "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%20**bold**"
    page = visit()
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{example.url}/?reviewer={name}&candidate=c-{example.attacker}")
    sees(page, example.hostile)
    page.get_by_text("Who proposed it").click()
    sees(page, example.hostile)
    for combobox in ("Benchmark", "Kind"):
        page.get_by_role("combobox", name=combobox).first.click()
        page.get_by_role("option").first.wait_for()
        _has_no_markup(page)
        page.keyboard.press("Escape")
    page.get_by_label("Note").fill(example.hostile)
    page.get_by_text("Rationale").click()
    _has_no_markup(page)
    press(page, "Accept")
    sees(page, "1 of 6 decided")

    with ReviewStore(example.decisions) as store:
        store.record(f"c-{example.attacker}", "Other **bold**", "reject", note=example.hostile)
    for tab in ("Disagreements", "Agreement"):
        page.get_by_role("tab", name=tab, exact=True).click()
        sees(page, "Other **bold**")
        _has_no_markup(page)
    assert dialogs == []


def _has_no_markup(page) -> None:
    """Nothing that the hostile text asks for is there."""
    assert page.locator("img[src='x']").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
    assert page.locator("strong", has_text="bold").count() == 0
    assert page.locator(".katex").count() == 0
    assert page.locator("span", has_text=re.compile("^red$")).count() == 0


def test_the_right_and_the_chosen_option_are_named(visit: Callable) -> None:
    page = visit("?reviewer=Options")
    sees(page, "Question 0?")
    options = page.locator("[class*='st-key-options']").inner_text()
    assert re.findall(r"[A-Z]\.|right answer|model's choice", options) == [
        *("A.", "model's choice"),
        *("B.", "right answer"),
        "C.",
    ]
    page.get_by_test_id("stImage").locator("img").wait_for()


def test_a_candidate_without_its_image_can_be_reviewed(visit: Callable, example) -> None:
    page = visit(f"?reviewer=Blind&candidate=c-{example.unseen}")
    sees(page, f"Question {example.unseen}?")
    sees(page, f"There is no image at {example.folder / f'{example.unseen}.png'}")
    press(page, "Reject")
    sees(page, example.hostile)
    assert own(example, "Blind") == [(f"c-{example.unseen}", "reject")]


def test_filters_narrow_the_list(visit: Callable, example) -> None:
    page = visit("?reviewer=Filter")
    sees(page, "Question 0?")
    page.get_by_role("combobox", name="Benchmark").click()
    page.get_by_role("option", name="easy").click()
    sees(page, "Question 2?")
    page.get_by_role("combobox", name="Kind").first.click()
    page.get_by_role("option", name="background").click()
    sees(page, "No candidate passes the filters on the left.")
    page.goto(f"{example.url}/?reviewer=Filter&kind=background")
    sees(page, "Question 0?")
    press(page, "Accept")
    sees(page, "Question 1?")
    press(page, "Accept")
    sees(page, "Question 4?")
    page.goto(f"{example.url}/?reviewer=Filter&status=Accepted&candidate=c-1")
    sees(page, "You decided this one: accepted")
    sees(page, "Question 1?")


# --- several reviewers ------------------------------------------------------------------------


def test_two_reviewers_differ_and_it_is_resolved(visit: Callable, example) -> None:
    first, second = visit("?reviewer=Pair%20one"), visit("?reviewer=Pair%20two")
    for page, label in ((first, "Accept"), (second, "Reject")):
        sees(page, "Question 0?")
        sees(page, "0 of 6 decided")
        press(page, label)
        sees(page, "Question 1?")
    first.get_by_role("tab", name="Disagreements").click()
    sees(first, "Pair two")
    mine = first.get_by_test_id("stForm").first
    mine.get_by_label("Note").fill("looked again")
    mine.get_by_role("button", name="Resolve: reject").click()
    sees(first, "1 resolved")
    with ReviewStore(example.decisions) as store:
        decisions = store.decisions()
    resolution = decisions[decisions["resolves"]].to_dict("records")[-1]
    assert (resolution["candidate_id"], resolution["act"]) == ("c-0", "reject")
    assert (resolution["reviewer"], resolution["note"]) == ("Pair one", "looked again")
    assert own(example, "Pair one") == [("c-0", "accept"), ("c-0", "reject")]

    second.get_by_role("tab", name="Agreement", exact=True).click()
    sees(second, "Krippendorff's alpha")
    sees(second, "Raw agreement")
    sees(second, "Pair one")


# --- the server -------------------------------------------------------------------------------


def test_it_listens_on_loopback_only_and_asks_nobody_else(visit: Callable, example) -> None:
    assert example.process
    listening = {
        connection.laddr.ip
        for connection in psutil.Process(example.process.pid).net_connections()
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening
    assert all(ipaddress.ip_address(address).is_loopback for address in listening)

    asked: list[str] = []
    page = visit()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{example.url}/?reviewer=Private")
    sees(page, "Question 0?")
    page.get_by_role("tab", name="Agreement", exact=True).click()
    sees(page, "Agreement")
    assert asked
    assert not [u for u in asked if not u.startswith((example.url, "data:", "blob:", "ws://127."))]
