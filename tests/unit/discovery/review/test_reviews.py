"""No act of a reviewer is lost, copied wrongly, or taken for what it is not."""

import hashlib
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spuriverse.discovery.review import ReviewStore
from spuriverse.discovery.review.decisions import FIELDS, decisions_sha256
from spuriverse.problems import Problem

laws = settings(
    deadline=None,
    derandomize=True,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
WATER = "background:water"
HEADER = ",".join(FIELDS)

WRITE = """
import sys
from spuriverse.discovery.review import ReviewStore
path, reviewer, number = sys.argv[1:]
for candidate in range(int(number)):
    with ReviewStore(path) as store:
        store.record(f"c-{candidate}", reviewer, "accept", attribute="shape:round")
        print(candidate, flush=True)
        if candidate % 5 == 4:
            store.undo(reviewer)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "review" / "decisions.sqlite"


@pytest.fixture
def store(path: Path):
    with ReviewStore(path) as opened:
        yield opened


def acts_of(frame: pd.DataFrame) -> list[tuple[str, str, str]]:
    rows = frame[["candidate_id", "reviewer", "act"]]
    return list(rows.itertuples(index=False, name=None))


def writer(path: Path, reviewer: str, number: int) -> subprocess.Popen:
    command = [sys.executable, "-c", WRITE, str(path), reviewer, str(number)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


# --- recording --------------------------------------------------------------------------------


def test_an_act_is_kept_with_everything_the_reviewer_left(store: ReviewStore, path: Path) -> None:
    act_id = store.record(
        "c-1",
        " Ann  Lee ",
        "accept",
        attribute=" background:  open  water ",
        spurious_description=" A boat on a lake.\n",
        core_description="A boat on a lorry.",
        note=" «ok» ",
    )
    with ReviewStore(path) as another:
        (row,) = another.history().to_dict("records")
    assert row.pop("made").endswith("+00:00")
    assert row == {
        "act_id": act_id,
        "candidate_id": "c-1",
        "reviewer": "Ann Lee",
        "act": "accept",
        "attribute": "background:open water",
        "spurious_description": "A boat on a lake.",
        "core_description": "A boat on a lorry.",
        "note": "«ok»",
        "resolves": False,
        "undone": False,
    }


def test_the_last_decision_of_each_reviewer_stands(store: ReviewStore) -> None:
    store.record("c-1", "Ann", "accept", attribute=WATER)
    store.record("c-1", "Ben", "reject")
    store.record("c-2", "Ann", "skip")
    store.record("c-1", "Ann", "reject")
    assert acts_of(store.decisions()) == [
        ("c-1", "Ben", "reject"),
        ("c-2", "Ann", "skip"),
        ("c-1", "Ann", "reject"),
    ]
    assert len(store.history()) == 4


def test_a_skip_does_not_hide_a_decision(store: ReviewStore) -> None:
    store.record("c-1", "Ann", "reject")
    store.record("c-1", "Ann", "skip")
    assert acts_of(store.decisions()) == [("c-1", "Ann", "reject")]


def test_a_resolution_stands_beside_the_same_reviewers_judgement(store: ReviewStore) -> None:
    store.record("c-1", "Ann", "reject")
    store.record("c-1", "Ann", "accept", attribute=WATER, resolves=True)
    assert store.decisions()["resolves"].tolist() == [False, True]


def test_undo_takes_back_the_reviewers_own_last_act_and_deletes_nothing(store: ReviewStore) -> None:
    store.record("c-1", "Ann", "reject")
    store.record("c-1", "Ann", "accept", attribute=WATER)
    store.record("c-2", "Ben", "reject")
    assert store.undo("Ann") == "c-1"
    assert acts_of(store.decisions()) == [("c-1", "Ann", "reject"), ("c-2", "Ben", "reject")]
    assert store.undo("Ann") == "c-1"
    assert store.undo("Ann") is None
    assert acts_of(store.decisions()) == [("c-2", "Ben", "reject")]
    assert store.history()["undone"].tolist() == [True, True, False]


def test_an_empty_store_has_the_columns(store: ReviewStore) -> None:
    for frame in (store.history(), store.decisions()):
        assert frame.empty
        assert tuple(frame.columns) == FIELDS


def test_a_clock_that_is_set_back_does_not_change_the_order(store: ReviewStore, tmp_path) -> None:
    later = f"{HEADER}\nx,2999-01-01T00:00:00+00:00,c-1,Ann,reject,,,,,,\n"
    store.import_bytes(later.encode(), "later.csv")
    store.record("c-1", "Ann", "accept", attribute=WATER)
    assert acts_of(store.decisions()) == [("c-1", "Ann", "accept")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"act": "maybe"}, "'maybe'; give one of accept, reject, skip"),
        ({"attribute": ""}, "c-1 cannot be accepted with the attribute ''"),
        ({"attribute": "water"}, "which read kind:value"),
        ({"attribute": "background: "}, "which read kind:value"),
        ({"attribute": ":water"}, "which read kind:value"),
        ({"reviewer": " "}, "reviewer's name is ''"),
        ({"reviewer": "Lee, Ann"}, "without a comma"),
        ({"reviewer": "Ann\u202e"}, "printable"),
        ({"reviewer": "A" * 81}, "1 to 80"),
        ({"reviewer": "auto"}, "automatic mode"),
        ({"candidate_id": " "}, "names no candidate"),
        ({"act": "skip", "resolves": True}, "resolves nothing"),
    ],
)
def test_what_cannot_be_is_refused_and_not_recorded(
    store: ReviewStore, change: dict, message: str
) -> None:
    act = {"candidate_id": "c-1", "reviewer": "Ann", "act": "accept", "attribute": WATER, **change}
    with pytest.raises(Problem) as caught:
        store.record(**act)
    assert message in str(caught.value)
    assert store.history().empty


# --- the file ---------------------------------------------------------------------------------


def test_the_file_is_in_wal_mode_and_synchronous(path: Path) -> None:
    with ReviewStore(path) as store:
        connection = store._connection
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_another_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.sqlite"
    text.write_text("These are my notes, not a database. " * 100)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE acts (act_id TEXT)")
    connection.close()
    for file in (text, other):
        before = hashlib.sha256(file.read_bytes()).hexdigest()
        for use in (ReviewStore, decisions_sha256):
            with pytest.raises(Problem, match=f"{file.name} is not a database of review decisions"):
                use(file)
        assert hashlib.sha256(file.read_bytes()).hexdigest() == before


def test_a_file_that_was_cut_off_while_it_was_made_is_made_again(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    assert decisions_sha256(path) == ""
    with ReviewStore(path) as store:
        store.record("c-1", "Ann", "reject")
        assert len(store.decisions()) == 1


def test_a_file_of_another_version_is_refused(path: Path) -> None:
    ReviewStore(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 7")
    connection.close()
    for use in (ReviewStore, decisions_sha256):
        with pytest.raises(Problem, match="have the version 7, but this program reads version 1"):
            use(path)


def test_a_folder_that_cannot_be_made_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Problem, match="Cannot make the folder of"):
        ReviewStore(tmp_path / "file" / "decisions.sqlite")
    with pytest.raises(Problem, match="cannot be used"):
        ReviewStore(tmp_path)


# --- several processes ------------------------------------------------------------------------


def test_two_processes_that_review_at_once_lose_nothing(path: Path) -> None:
    # Both make the file, too.
    writers = {name: writer(path, name, 25) for name in ("Ann", "Ben")}
    for process in writers.values():
        process.communicate(timeout=60)
        assert process.returncode == 0
    with ReviewStore(path) as store:
        history, decisions = store.history(), store.decisions()
    for name in writers:
        own = history[history["reviewer"] == name]
        assert own["candidate_id"].tolist() == [f"c-{number}" for number in range(25)]
        assert own["undone"].tolist() == [number % 5 == 4 for number in range(25)]
        assert (decisions["reviewer"] == name).sum() == 20
    assert history["made"].is_unique


def test_a_killed_process_loses_nothing_that_was_recorded(path: Path) -> None:
    process = writer(path, "Ann", 1_000_000)
    assert process.stdout
    seen = [int(process.stdout.readline()) for _ in range(8)][-1]
    process.kill()
    last = int(process.communicate()[0].strip().rpartition("\n")[2] or seen)
    with ReviewStore(path) as store:
        recorded = store.history()["candidate_id"].tolist()
        # The one in flight may be there or not.
        assert recorded[: last + 1] == [f"c-{number}" for number in range(last + 1)]
        assert len(recorded) <= last + 2
        store.record("after", "Ben", "reject")


# --- the digest -------------------------------------------------------------------------------


def test_the_digest_changes_with_what_is_decided_and_with_nothing_else(path: Path) -> None:
    assert decisions_sha256(path) == ""
    assert not path.exists()
    with ReviewStore(path) as store:
        assert decisions_sha256(path) == ""
        store.record("c-1", "Ann", "skip")
        assert decisions_sha256(path) == ""
        store.record("c-1", "Ann", "accept", attribute=WATER)
        accepted = decisions_sha256(path)
        store.record("c-1", "Ann", "skip")
        store.record("c-2", "Ann", "reject")
        assert len({"", accepted, decisions_sha256(path)}) == 3
        store.undo("Ann")
        assert decisions_sha256(path) == accepted
        store.record("c-1", "Ann", "accept", attribute=WATER, note="sure")
        assert decisions_sha256(path) not in ("", accepted)
    assert len(accepted) == 64


def test_the_digest_survives_export_and_import(store: ReviewStore, path: Path, tmp_path) -> None:
    for reviewer in ("Ann", "Ben"):
        store.record("c-2", reviewer, "reject")
        store.record("c-1", reviewer, "accept", attribute=WATER)
    store.record("c-2", "Ben", "accept", attribute=WATER, resolves=True)
    with ReviewStore(tmp_path / "copy.sqlite") as copy:
        copy.import_bytes(store.csv_text().encode(), "acts.csv")
    assert decisions_sha256(tmp_path / "copy.sqlite") == decisions_sha256(path) != ""


def test_the_digest_needs_the_standard_library_alone() -> None:
    code = (
        "import sys, spuriverse.discovery.review.decisions;"
        "print([m for m in ('pandas', 'numpy', 'spuriverse.discovery.review.acts')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- CSV --------------------------------------------------------------------------------------

TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=12
) | st.sampled_from(["=1+1", "'=x", "''", "-", '"a", b', "line\nline", "\ufeffx", "+", "@a"])


@given(st.lists(st.tuples(TEXTS, TEXTS, st.booleans()), max_size=6))
@laws
def test_export_and_import_copy_every_act(tmp_path: Path, rows: list) -> None:
    first, second = (tmp_path / f"{name}-{time.monotonic_ns()}" for name in "ab")
    with ReviewStore(first) as store, ReviewStore(second) as copy:
        for number, (note, description, undo) in enumerate(rows):
            store.record(
                f"c-{number}", "Zoë", "reject", note=note, spurious_description=description
            )
            if undo:
                store.undo("Zoë")
        exported = store.csv_text().encode()
        assert copy.import_bytes(exported, "acts.csv") == len(rows)
        pd.testing.assert_frame_equal(copy.history(), store.history())
        assert copy.import_bytes(exported, "acts.csv") == 0
        pd.testing.assert_frame_equal(copy.history(), store.history())


def test_no_cell_of_an_export_is_a_formula(store: ReviewStore) -> None:
    store.record("c-1", "Ann", "reject", note="=HYPERLINK(1)")
    assert ',"\'=HYPERLINK(1)",' in store.csv_text()


def test_two_reviewers_files_are_merged(store: ReviewStore, tmp_path: Path) -> None:
    store.record("c-1", "Ann", "accept", attribute=WATER)
    with ReviewStore(tmp_path / "ben.sqlite") as other:
        other.record("c-1", "Ben", "reject")
        exported = other.csv_text().encode()
    assert store.import_bytes(exported, "ben.csv") == 1
    assert acts_of(store.decisions()) == [("c-1", "Ann", "accept"), ("c-1", "Ben", "reject")]


def test_what_was_undone_elsewhere_is_undone_here_and_stays_so(store, tmp_path: Path) -> None:
    store.record("c-1", "Ann", "reject")
    before = store.csv_text().encode()
    with ReviewStore(tmp_path / "copy.sqlite") as copy:
        copy.import_bytes(before, "before.csv")
        copy.undo("Ann")
        after = copy.csv_text().encode()
    assert store.import_bytes(after, "after.csv") == 1
    assert store.decisions().empty
    assert store.import_bytes(before, "before.csv") == 0
    assert store.decisions().empty


def test_a_row_that_a_person_wrote_needs_neither_id_nor_time(store: ReviewStore) -> None:
    text = f"\ufeff{HEADER}\r\n,,c-1,Ann,accept,{WATER},,,fine,FALSE,\r\n,,c-2,Ann,reject,,,,,,\r\n"
    assert store.import_bytes(text.encode(), "mine.csv") == 2
    assert store.import_bytes(text.encode(), "mine.csv") == 0
    assert acts_of(store.decisions()) == [("c-1", "Ann", "accept"), ("c-2", "Ann", "reject")]


def row(**cells: str) -> str:
    return ",".join({"candidate_id": "c-9", "reviewer": "Ann", **cells}.get(f, "") for f in FIELDS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "bad.csv has the columns (none)"),
        ("candidate_id,act\nc-1,accept\n", "bad.csv has the columns candidate_id, act, but"),
        (f"{HEADER},extra\n", "has exactly act_id"),
        (f"{HEADER}\n{row(act='reject')}\n{row(act='maybe')}\n", "row 3: The act is 'maybe'"),
        (f"{HEADER}\n{row(act='accept')}\n", "row 2: The candidate c-9 cannot be accepted"),
        (f"{HEADER}\n{row(act='reject', reviewer='')}\n", "row 2: The reviewer's name is ''"),
        (f"{HEADER}\n{row(act='reject', made='yesterday')}\n", "row 2: The time made is"),
        (f"{HEADER}\n{row(act='reject', made='2026-01-01T00:00:00')}\n", "The time made is"),
        (f"{HEADER}\n{row(act='reject', undone='perhaps')}\n", "The column undone holds 'perhaps'"),
        (f"{HEADER}\nc-1,accept\n", "row 2 has 2 cells, but there are 11 columns"),
        (f'{HEADER}\n"never closed\n', "is not a CSV file"),
    ],
)
def test_a_wrong_file_is_refused_whole(store: ReviewStore, text: str, message: str) -> None:
    with pytest.raises(Problem) as caught:
        store.import_bytes(text.encode(), "bad.csv")
    assert message.replace("has exactly", "decisions have exactly") in str(caught.value)
    assert store.history().empty


def test_a_row_that_contradicts_a_recorded_act_is_refused(store: ReviewStore) -> None:
    act_id = store.record("c-1", "Ann", "reject", note="blurred")
    changed = store.csv_text().replace("blurred", "sharp")
    with pytest.raises(Problem, match=f"mine.csv changes the act {act_id} about c-1"):
        store.import_bytes(changed.encode(), "mine.csv")
    assert store.history()["note"].tolist() == ["blurred"]


def test_a_file_in_another_encoding_is_a_problem(store: ReviewStore) -> None:
    with pytest.raises(Problem, match="is not in UTF-8"):
        store.import_bytes(f"{HEADER}\n".encode("utf-16"), "wide.csv")
