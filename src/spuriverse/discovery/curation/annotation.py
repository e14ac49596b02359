"""The statistical annotator: which attribute leads to which wrong answer.

It sees the attribute tables of the images and the answers of the model, nothing else.
"""

import logging
from collections.abc import Mapping

import numpy as np
import pandas as pd

from spuriverse.problems import Problem
from spuriverse.statistics import benjamini_hochberg, fisher_one_sided

log = logging.getLogger(__name__)

LEAST_PRESENT = 10
"""Least samples with the attribute that a pairing rests on."""

CANDIDATE_COLUMNS = [
    "candidate_id",
    "sample_id",
    "predicted",
    "attribute",
    "kind",
    "rationale",
    "annotator",
    "prompt_sha256",
    "reply",
    "spurious_description",
    "core_description",
    "status",
    "reviewer",
    "note",
]


def propose_attributes(
    samples: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    false_discovery_rate: float,
    minimum_effect: float,
    least_attributes: int = 0,
    suspected: Mapping[str, str] | None = None,
    least_present: int = LEAST_PRESENT,
) -> pd.DataFrame:
    """Propose, for the errors of a model, attributes and the wrong answers they lead to.

    For every attribute and every wrong answer, Fisher's exact test asks whether the answer is
    chosen more often where the attribute is present, among the samples that offer the answer and
    for which it is wrong; Benjamini-Hochberg holds the false-discovery rate over all pairs. Of the
    answers that remain, an attribute is paired with the one of largest effect: FDR control alone
    would also report that the attribute makes other answers more likely, and the least p-value
    prefers the answer that happens to be offered more often.

    Args:
        samples: A `samples` table, errors and right answers alike.
        responses: A `responses` table of one model and one strategy over these samples.
        false_discovery_rate: Level of the Benjamini-Hochberg procedure.
        minimum_effect: Least difference of the wrong answer's share, present minus absent.
        least_attributes: If fewer are found, that many are proposed all the same, with a warning:
            the likeliest of the others that a wrong answer was given with.
        suspected: If given, the only pairs that are tested: attribute -> wrong answer. They must
            have been chosen on other samples.
        least_present: Least samples with the attribute that a pairing rests on.

    Returns:
        One row per attribute: attribute, kind, wrong, n_present, n_absent, share_present,
        share_absent, effect, p_value, q_value; the largest effect first, what is proposed all the
        same last.
    """
    choice = responses.set_index("sample_id")["choice"].reindex(samples["sample_id"])
    chosen = [
        "" if pd.isna(c) else options[int(c)]
        for options, c in zip(samples["options"], choice, strict=True)
    ]
    pairs = _count_pairs(samples, np.array(chosen, dtype=object))
    if suspected is not None:
        pairs = pairs[pairs["attribute"].map(suspected) == pairs["wrong"]].reset_index(drop=True)
    pairs["p_value"] = fisher_one_sided(
        pairs["hits_present"], pairs["n_present"], pairs["hits_absent"], pairs["n_absent"]
    )
    pairs["q_value"] = benjamini_hochberg(pairs["p_value"].to_numpy())
    pairs["share_present"] = pairs["hits_present"] / pairs["n_present"]
    pairs["share_absent"] = pairs["hits_absent"] / pairs["n_absent"]
    pairs["effect"] = pairs["share_present"] - pairs["share_absent"]
    found = pairs[
        (pairs["q_value"] <= false_discovery_rate)
        & (pairs["effect"] >= minimum_effect)
        & (pairs["n_present"] >= least_present)
    ].sort_values(["effect", "attribute", "wrong"], ascending=[False, True, True])
    best = found.drop_duplicates("attribute")
    if (short := least_attributes - len(best)) > 0:
        best = pd.concat([best, _likeliest(pairs, set(best["attribute"])).head(short)])
        log.warning(
            "Proposed %d attributes that the test does not find, since"
            " curation.least_attributes asks for %d",
            short,
            least_attributes,
        )
    return best.drop(columns=["hits_present", "hits_absent"]).reset_index(drop=True)


def _likeliest(pairs: pd.DataFrame, found: set[str]) -> pd.DataFrame:
    """Return the pair of every other attribute that has an error to be its anchor."""
    rest = pairs[(pairs["hits_present"] > 0) & ~pairs["attribute"].isin(found)]
    ordered = rest.sort_values(
        ["p_value", "effect", "attribute", "wrong"], ascending=[True, False, True, True]
    )
    return ordered.drop_duplicates("attribute")


def choose_candidates(
    errors: pd.DataFrame,
    proposals: pd.DataFrame,
    *,
    anchors_per_attribute: int,
    seed: int,
    annotator: str = "statistics",
) -> pd.DataFrame:
    """Choose the anchors of each proposed attribute among the errors.

    An anchor shows the attribute and was answered with the wrong answer the attribute leads to;
    the anchors of an attribute have different right answers, and no error is an anchor twice.

    Args:
        errors: As `collect_errors` returns them.
        proposals: As `propose_attributes` returns them.
        anchors_per_attribute: Most candidates per attribute.
        seed: Settles which errors are chosen.
        annotator: What the table says who proposed them.

    Returns:
        A `candidates` table.

    Raises:
        Problem: No candidate was found.
    """
    rng = np.random.default_rng([seed, 2])
    shuffled = errors.iloc[rng.permutation(len(errors))]
    right = [
        options[answer]
        for options, answer in zip(shuffled["options"], shuffled["answer"], strict=True)
    ]
    shuffled = shuffled.assign(right=right).reset_index(drop=True)
    shown = shuffled["attributes"].explode().dropna()
    showing = {attribute: rows.index for attribute, rows in shown.groupby(shown)}
    rows: list[dict[str, str]] = []
    taken: set[str] = set()
    for proposal in proposals.itertuples():
        if proposal.attribute not in showing:
            continue
        rows_shown = shuffled.loc[showing[proposal.attribute]]
        free = ~rows_shown["sample_id"].isin(taken)
        fitting = rows_shown[free & (rows_shown["predicted"] == proposal.wrong)]
        anchors = fitting.drop_duplicates("right").head(anchors_per_attribute)
        taken.update(anchors["sample_id"])
        rows += [_candidate(proposal, anchor, annotator) for anchor in anchors.itertuples()]
    if not rows:
        raise Problem(
            f"No attribute explains the {len(errors)} errors, so there is no candidate; train the"
            " source model longer (zoo.steps), enlarge its pool (benchmarks.world.independent) or"
            " lower curation.minimum_effect."
        )
    return pd.DataFrame(rows, columns=CANDIDATE_COLUMNS)


def _candidate(proposal, anchor, annotator: str) -> dict[str, str]:  # type: ignore[no-untyped-def]
    rationale = (
        f"With {proposal.attribute} in the image, '{proposal.wrong}' is chosen in"
        f" {proposal.share_present:.0%} of {proposal.n_present} questions that offer it wrongly,"
        f" without it in {proposal.share_absent:.0%} of {proposal.n_absent}"
        f" (q = {proposal.q_value:.1e})."
    )
    return {
        "candidate_id": f"{proposal.attribute}:{anchor.right}".replace(":", "_"),
        "sample_id": anchor.sample_id,
        "predicted": proposal.wrong,
        "attribute": proposal.attribute,
        "kind": proposal.kind,
        "rationale": rationale,
        "annotator": annotator,
        "prompt_sha256": "",
        "reply": "",
        "spurious_description": "",
        "core_description": "",
        "status": "proposed",
        "reviewer": "",
        "note": "",
    }


def _count_pairs(samples: pd.DataFrame, chosen: np.ndarray) -> pd.DataFrame:
    """Count, for every attribute and wrong answer, how often the answer is offered and chosen."""
    attributes = sorted({a for present in samples["attributes"] for a in present})
    position = {attribute: column for column, attribute in enumerate(attributes)}
    # Products of whole numbers are exact in floating point, and tens of times faster.
    shows = np.zeros((len(samples), len(attributes)), dtype=np.float64)
    for row, present in enumerate(samples["attributes"]):
        shows[row, [position[a] for a in present]] = 1
    right = np.array(
        [o[a] for o, a in zip(samples["options"], samples["answer"], strict=True)], dtype=object
    )
    tables = []
    for wrong in sorted({option for options in samples["options"] for option in options}):
        offered = np.array([wrong in options for options in samples["options"]])
        eligible = offered & (right != wrong)
        hit = eligible & (chosen == wrong)
        n_present = (eligible.astype(float) @ shows).astype(np.int64)
        hits_present = (hit.astype(float) @ shows).astype(np.int64)
        tables.append(
            pd.DataFrame(
                {
                    "attribute": attributes,
                    "kind": [attribute.partition(":")[0] for attribute in attributes],
                    "wrong": wrong,
                    "n_present": n_present,
                    "n_absent": eligible.sum() - n_present,
                    "hits_present": hits_present,
                    "hits_absent": hit.sum() - hits_present,
                }
            )
        )
    pairs = pd.concat(tables, ignore_index=True)
    return pairs[(pairs["n_present"] > 0) & (pairs["n_absent"] > 0)].reset_index(drop=True)
