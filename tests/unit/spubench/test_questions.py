"""Questions: balanced positions, distinct options, roles, and what review changes."""

from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import as_table
from spuriverse.discovery.review import settle_candidates
from spuriverse.problems import Problem
from spuriverse.spubench import propose_core_and_spurious, write_questions
from spuriverse.tables import SPURIOUS_TYPES

CLASSES = ("cat", "dog", "fox", "hen", "cow", "emu")


def propose(rows) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Drafts and proposals of (label, predicted, type) rows."""
    confusions = pd.DataFrame(
        [
            {
                "source": "mine",
                "image": f"images/{label}/{number}.png",
                "label": label,
                "predicted": predicted,
                "rank": 2,
                "above": [predicted],
                "score": 0.1,
            }
            for number, (label, predicted, _) in enumerate(rows)
        ]
    )
    described = pd.DataFrame(
        [
            {"core": "a tail", "spurious": "grass", "spurious_type": kind, "explanation": "so"}
            for _, _, kind in rows
        ]
    )
    drafts, candidates = propose_core_and_spurious(confusions, described, annotator="somebody")
    as_table(candidates, "candidates")
    return drafts, candidates.assign(status="accepted")


pairs = st.tuples(st.sampled_from(CLASSES), st.sampled_from(CLASSES)).filter(lambda p: p[0] != p[1])
confused = st.lists(
    st.tuples(pairs, st.sampled_from(SPURIOUS_TYPES)).map(lambda x: (*x[0], x[1])),
    min_size=1,
    max_size=40,
)


@settings(deadline=None, derandomize=True, max_examples=20)
@given(confused, st.integers(2, 5), st.integers(0, 3))
def test_positions_are_balanced_and_the_right_option_is_the_true_class(rows, n, seed) -> None:
    samples, attributes, options = write_questions(*propose(rows), options=n, seed=seed)
    samples = as_table(samples, "samples")
    attributes = as_table(attributes, "attributes")
    options = as_table(options, "options")
    sizes = samples["options"].str.len()
    assert sizes.max() <= n
    groups = [*samples.groupby(sizes), *samples.groupby([samples["category"], sizes])]
    for size, part in groups:
        last = size[-1] if isinstance(size, tuple) else size
        counts = Counter(part["answer"])
        assert max(counts.values()) - min(counts[place] for place in range(last)) <= 1
    right = [
        texts[answer] for texts, answer in zip(samples["options"], samples["answer"], strict=True)
    ]
    assert right == attributes["label"].tolist()
    for sample, truth in zip(samples.itertuples(), attributes.itertuples(), strict=True):
        assert truth.predicted in sample.options
        roles = options[options["sample_id"] == sample.sample_id].set_index("option")
        assert roles.index.tolist() == sample.options
        assert roles.loc[truth.label, "role"] == "right"
        assert roles.loc[truth.predicted, "role"] == "spurious"
        assert roles.loc[truth.predicted, "spurious_type"] == sample.category
        assert truth.spurious_types == [sample.category]


def test_further_options_are_classes_confused_under_other_types() -> None:
    rows = [("cat", "dog", "background")] * 3 + [("cat", "fox", "orientation")] * 2
    rows += [("cat", "hen", "shape"), ("cow", "emu", "shape")]
    samples, _, options = write_questions(*propose(rows), options=4)
    first = samples[samples["category"] == "background"].iloc[0]
    assert set(first["options"]) == {"cat", "dog", "fox", "hen"}
    typed = options[options["sample_id"] == first["sample_id"]].set_index("option")["spurious_type"]
    wanted = {"cat": "", "dog": "background", "fox": "orientation", "hen": "shape"}
    assert typed.to_dict() == wanted


def test_the_same_seed_writes_the_same_questions_and_another_one_others() -> None:
    rows = [(a, b, "shape") for a in CLASSES for b in CLASSES if a != b]
    first, again, other = (
        write_questions(*propose(rows), per_type=10, seed=seed)[0] for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(first, again)
    assert len(first) == len(other) == 10
    assert first["sample_id"].tolist() != other["sample_id"].tolist()


def test_what_reviewers_reject_or_edit_is_followed(tmp_path) -> None:
    from spuriverse.discovery.review import ReviewStore, accepted_candidates

    drafts, candidates = propose([("cat", "dog", "background"), ("fox", "hen", "shape")])
    kept, gone = candidates["candidate_id"]
    with ReviewStore(tmp_path / "acts.sqlite") as store:
        edited = {"attribute": "colorization:red fur", "core_description": "pointed ears"}
        store.record(kept, "ann", "accept", **edited)
        store.record(gone, "ann", "reject")
    settled = settle_candidates(
        candidates.assign(status="proposed"), review="human", decisions=tmp_path / "acts.sqlite"
    )
    samples, attributes, _ = write_questions(drafts, accepted_candidates(settled, review="human"))
    assert samples["sample_id"].tolist() == [kept]
    row = attributes.iloc[0]
    assert (row["core"], row["spurious"]) == ("pointed ears", "red fur")
    assert row["spurious_types"] == [samples["category"].iloc[0]] == ["colorization"]


def test_a_question_needs_a_core_attribute_and_a_known_type() -> None:
    drafts, candidates = propose([("cat", "dog", "background")])
    with pytest.raises(Problem, match="has no core attribute"):
        write_questions(drafts, candidates.assign(core_description=" "))
    with pytest.raises(Problem, match="the type 'scenery', which is not one of background"):
        write_questions(drafts, candidates.assign(kind="scenery"))
    with pytest.raises(Problem, match="No candidate is accepted"):
        write_questions(drafts, candidates.iloc[:0])


def test_an_image_that_nobody_described_becomes_no_question() -> None:
    confusions = pd.DataFrame(
        {
            "source": "mine",
            "image": ["a/cat/1.png", "a/cat/2.png"],
            "label": "cat",
            "predicted": "dog",
            "above": [["dog"], ["dog"]],
        }
    )
    described = pd.DataFrame(
        {
            "core": ["ears", ""],
            "spurious": ["grass", ""],
            "spurious_type": ["background", ""],
            "explanation": ["so", ""],
            "fault": ["", "no valid reply"],
        }
    )
    drafts, candidates = propose_core_and_spurious(confusions, described, annotator="x")
    assert len(drafts) == len(candidates) == 1
    assert drafts["image"].tolist() == ["a/cat/1.png"]


@settings(deadline=None, derandomize=True, max_examples=20)
@given(confused, st.integers(2, 5), st.integers(0, 3))
def test_a_question_for_a_feature_sets_the_core_attribute_against_spurious_ones(
    rows, n, seed
) -> None:
    drafts, candidates = propose(rows)
    candidates["core_description"] = [f"core {row[0]}" for row in rows]
    candidates["attribute"] = [f"{row[2]}:cue {i % 7}" for i, row in enumerate(rows)]
    samples, attributes, options = write_questions(
        drafts, candidates, form="feature", options=n, seed=seed
    )
    for table, name in ((samples, "samples"), (attributes, "attributes"), (options, "options")):
        as_table(table, name)
    assert set(samples["question"]) == {
        "Which feature best tells what the object in the picture is?"
    }
    assert not set(samples["sample_id"]) & set(drafts["sample_id"])
    for sample, truth in zip(samples.itertuples(), attributes.itertuples(), strict=True):
        assert sample.options[sample.answer] == truth.core == f"core {truth.label}"
        assert (truth.question_form, truth.label_source) == ("feature", "class")
        roles = options[options["sample_id"] == sample.sample_id].set_index("option")
        assert roles.index.tolist() == sample.options
        assert roles.loc[truth.spurious].tolist()[1:] == ["spurious", sample.category]
        wrong = [text for text in sample.options if text != truth.core]
        assert wrong and all(text.startswith("cue") for text in wrong)
    places = Counter(zip(samples["options"].str.len(), samples["answer"], strict=True))
    for size in set(samples["options"].str.len()):
        counts = [places[size, place] for place in range(size)]
        assert max(counts) - min(counts) <= 1


def test_a_core_attribute_of_the_class_is_never_a_wrong_feature() -> None:
    drafts, candidates = propose([("cat", "dog", "shape"), ("cat", "fox", "background")])
    candidates["core_description"] = ["whiskers", "a tail"]
    candidates["attribute"] = ["shape:a box", "background:Whiskers"]
    samples, _, _ = write_questions(drafts, candidates, form="feature")
    first = samples[samples["category"] == "shape"].iloc[0]
    assert set(first["options"]) == {"whiskers", "a box"}


def test_a_candidate_whose_attributes_are_the_same_words_is_left_out(caplog) -> None:
    drafts, candidates = propose([("cat", "dog", "shape"), ("fox", "hen", "shape")])
    candidates["core_description"] = ["Grass", "a tail"]
    samples, _, _ = write_questions(drafts, candidates, form="feature")
    assert len(samples) == 1
    assert "1 candidates are left out" in caplog.text
