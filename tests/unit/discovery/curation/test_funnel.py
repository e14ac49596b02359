"""Every question is counted once at every step, and the two protocols' difference is explained."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import as_table
from spuriverse.benchmarks import REPEATED
from spuriverse.discovery.curation import (
    CHANGE_COLUMNS,
    FUNNEL_COLUMNS,
    Curated,
    annotate_from_records,
    collect_errors,
    count_funnel,
    explain_changes,
)
from spuriverse.discovery.review import settle_candidates
from spuriverse.models import answer_from_records
from spuriverse.tables import empty_table, sample_id

OPTIONS = ["cat", "dog", "cow"]


def record(number: int, **cells: object) -> dict[str, object]:
    """One row of a metadata file that names `dog` wrongly for a question about image `number`."""
    question = str(cells.pop("question", "What is it?"))
    row = {
        "row": number,
        "benchmark": "aokvqa",
        "sample_id": sample_id("aokvqa", str(cells.pop("image", number)), question),
        "question": question,
        "answer": "A",
        "reply": "(B) dog",
        "parsed": "B",
        "outcome": "answered",
        "predicted": "dog",
        "verdict": "No.",
        "repeated": False,
    }
    return row | cells


RIGHT: dict[str, object] = {"reply": "(A) cat", "parsed": "A", "predicted": "cat", "verdict": ""}
REFUSAL: dict[str, object] = {
    "reply": "I don't know",
    "parsed": "",
    "outcome": "abstained",
    "predicted": "",
    "verdict": "",
}


def curated(records: list[dict[str, object]], left_out: tuple[int, ...] = ()) -> Curated:
    """Run curation on recorded rows; the rows in `left_out` were refused for their options."""
    table = as_table(pd.DataFrame(records), "records")
    samples, refused = [], []
    for row in table.itertuples():
        again = row.sample_id in {sample["sample_id"] for sample in samples}
        if again or row.row in left_out:
            reason = f"{REPEATED} a question" if again else "the option 'cat' stands twice"
            image = next(r for r in range(99) if _matches(row, r)) if not again else row.row
            refused.append(
                {
                    "benchmark": "aokvqa",
                    "row": row.row,
                    "image_id": str(image),
                    "question": row.question,
                    "reason": reason,
                }
            )
            continue
        samples.append(
            {
                "sample_id": row.sample_id,
                "benchmark": "aokvqa",
                "image": f"{row.row}.jpg",
                "question": row.question,
                "options": OPTIONS,
                "answer": 0,
                "category": "",
                "attributes": [],
            }
        )
    frame = pd.DataFrame(samples, columns=list(empty_table("samples").columns))
    responses = answer_from_records(table, frame, model="gpt")
    errors = collect_errors(frame, responses)
    candidates, verdicts = annotate_from_records(errors, table)
    settled = settle_candidates(candidates, review="auto", decisions="none.sqlite")
    columns = list(empty_table("refused").columns)
    return Curated(
        samples=frame,
        refused=pd.DataFrame(refused, columns=columns),
        responses=responses,
        verdicts=verdicts,
        candidates=settled,
        records=table,
        verification=None,
        threshold=0.3,
        reviewed=False,
    )


def _matches(row, image: int) -> bool:  # type: ignore[no-untyped-def]
    return sample_id("aokvqa", str(image), row.question) == row.sample_id


def counted(curation: Curated) -> pd.DataFrame:
    funnel = count_funnel(curation, source_model="gpt", annotator="recorded")
    assert list(funnel.columns) == FUNNEL_COLUMNS
    return funnel.set_index("protocol")


# --- counts -----------------------------------------------------------------------------------


def test_every_step_is_counted_by_both_protocols() -> None:
    funnel = counted(
        curated(
            [
                record(0, verdict="Yes, the sea."),
                record(1),
                record(2, **RIGHT),
                record(3, **REFUSAL),
                record(4, outcome="unparsed", predicted="", verdict="Yes"),
                record(5, image=0),
                record(6, image=1, question="Where?", repeated=True),
                record(7, verdict="yes"),
            ],
            left_out=(7,),
        )
    )
    wanted = ["rows", "repeated", "refused", "answered", "abstained", "unparsed", "failed"]
    wanted += ["correct", "errors", "lvlm_accepted"]
    assert funnel.loc["paper", wanted].tolist() == [8, 0, 0, 7, 1, 0, 0, 1, 6, 3]
    assert funnel.loc["corrected", wanted].tolist() == [8, 1, 1, 3, 1, 1, 1, 1, 2, 1]
    assert funnel["human_accepted"].isna().all()
    assert funnel["verified"].isna().all()


def test_a_reply_filed_under_another_question_is_no_answer() -> None:
    """The published code keys replies by image; the second question got the first one's reply."""
    rows = [record(0), record(1, image=0, question="Where?", repeated=True)]
    funnel = counted(curated(rows))
    assert funnel.loc["paper", "errors"] == 2
    assert funnel.loc["corrected", ["errors", "failed"]].tolist() == [1, 1]


def test_the_paper_keeps_what_passes_by_chance() -> None:
    """Its decision is the gap in any model; the corrected one also asks for significance."""
    curation = curated([record(n, verdict="Yes") for n in range(3)])
    ids = curation.candidates["candidate_id"]
    verification = pd.DataFrame(
        {
            "candidate_id": [ids[0], ids[0], ids[1], ids[2]],
            "gap": [0.1, 0.6, 0.4, 0.3],
            "kept": [False, True, False, False],
        }
    )
    verified = counted(
        Curated(**{**vars(curation), "verification": verification, "reviewed": True})
    )
    assert verified["verified"].to_dict() == {"paper": 2, "corrected": 1}
    assert verified["human_accepted"].to_dict() == {"paper": 0, "corrected": 0}


def test_a_model_that_was_asked_here_has_the_same_answers_by_both_protocols() -> None:
    curation = curated([record(0), record(1, **RIGHT), record(2, **REFUSAL)])
    asked = Curated(**{**vars(curation), "records": None})
    funnel = counted(asked)
    assert funnel.loc["paper"].equals(funnel.loc["corrected"])
    assert explain_changes(asked).empty


# --- what differs -----------------------------------------------------------------------------

laws = settings(deadline=None, derandomize=True, max_examples=30)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["What is it?", "Where?"]),
        st.sampled_from([{}, {"verdict": "Yes"}, RIGHT, REFUSAL, {"outcome": "unparsed"}]),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


def build(rows: list[tuple[int, str, dict[str, object], bool]]) -> Curated:
    made = []
    for number, (image, question, cells, repeated) in enumerate(rows):
        cells = cells | ({"predicted": ""} if cells.get("outcome") == "unparsed" else {})
        made.append(record(number, image=image, question=question, repeated=repeated, **cells))
    return curated(made)


@laws
@given(ROWS)
def test_rows_are_neither_lost_nor_counted_twice(
    rows: list[tuple[int, str, dict[str, object], bool]],
) -> None:
    funnel = counted(build(rows))
    parts = ["repeated", "refused", "answered", "abstained", "unparsed", "failed"]
    assert (funnel["rows"] == len(rows)).all()
    assert (funnel[parts].sum(axis=1) == funnel["rows"]).all()
    assert (funnel["correct"] + funnel["errors"] == funnel["answered"]).all()
    assert (funnel["lvlm_accepted"] <= funnel["errors"]).all()


@laws
@given(ROWS)
def test_the_changes_lead_from_one_protocol_to_the_other(
    rows: list[tuple[int, str, dict[str, object], bool]],
) -> None:
    curation = build(rows)
    funnel, changes = counted(curation), explain_changes(curation)
    assert list(changes.columns) == CHANGE_COLUMNS
    names = {"error": "errors", "correct": "correct", "abstained": "abstained"}
    names |= {"unparsed": "unparsed", "failed": "failed"}
    for outcome, column in names.items():
        left = changes.loc[changes["paper"] == outcome, "n"].sum()
        came = changes.loc[changes["corrected"] == outcome, "n"].sum()
        assert funnel.loc["corrected", column] == funnel.loc["paper", column] - left + came
    gone = changes.loc[changes["corrected"] == "left out", "n"].sum()
    assert funnel.loc["corrected", ["repeated", "refused"]].sum() == gone


def test_the_reason_of_a_refused_row_is_told() -> None:
    changes = explain_changes(curated([record(0), record(1)], left_out=(1,)))
    assert changes.to_dict("records") == [
        {
            "benchmark": "aokvqa",
            "paper": "error",
            "corrected": "left out",
            "reason": "the option stands twice",
            "n": 1,
        }
    ]


@pytest.mark.parametrize("verdict", ["Yes", "yes, because", " YES."])
def test_a_verdict_is_read_from_its_first_word(verdict: str) -> None:
    assert counted(curated([record(0, verdict=verdict)])).loc["paper", "lvlm_accepted"] == 1


def test_the_funnel_counts_what_the_configured_annotator_said() -> None:
    """A model annotated anew; nothing of the recorded verdicts, which all say no, is counted."""
    curation = curated([record(0, verdict="No."), record(1, verdict="No."), record(2, **RIGHT)])
    first = curation.samples["sample_id"][0]
    row = dict.fromkeys(empty_table("candidates").columns, "") | {
        "candidate_id": "c",
        "sample_id": first,
        "status": "accepted",
    }
    annotated = replace(curation, candidates=pd.DataFrame([row]), recorded_verdicts=False)
    funnel = counted(annotated)
    assert funnel["lvlm_accepted"].tolist() == [1, 1]
    assert counted(curation)["lvlm_accepted"].tolist() == [0, 0]
