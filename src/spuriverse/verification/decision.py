"""The gap of every candidate, and the decision."""

import pandas as pd

from spuriverse.statistics import benjamini_hochberg, fisher_one_sided, newcombe_difference


def group_samples(
    candidates: pd.DataFrame, samples: pd.DataFrame, groups: pd.DataFrame
) -> pd.DataFrame:
    """Turn group images into questions: the anchor's question and options about each image.

    Returns:
        Columns sample_id, candidate_id, group, part, image, question, options, answer; one row an
        image.
    """
    anchors = candidates[["candidate_id", "sample_id"]].merge(
        samples[["sample_id", "question", "options", "answer"]], on="sample_id"
    )
    asked = groups.merge(anchors.drop(columns="sample_id"), on="candidate_id", validate="m:1")
    parts = (asked["candidate_id"], asked["group"], asked["part"], asked["seed"].astype(str))
    asked["sample_id"] = ["-".join(part) for part in zip(*parts, strict=True)]
    columns = ["sample_id", "candidate_id", "group", "part", "image"]
    return asked[[*columns, "question", "options", "answer"]]


def verify_candidates(
    asked: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    threshold: float,
    false_discovery_rate: float,
) -> pd.DataFrame:
    """Measure the gap of every candidate and model, and decide.

    Paper: a candidate is kept if the gap exceeds the threshold for any of the models (SpuriVerse,
    section on verification). Chance alone passes some with so few images, so here Fisher's exact
    test, one-sided, with Benjamini-Hochberg over all candidates and models must agree.

    Args:
        asked: As `group_samples` returns it.
        responses: A `responses` table over these questions, of any number of models.
        threshold: Least gap = accuracy(core group) - accuracy(spurious group).
        false_discovery_rate: Level of the Benjamini-Hochberg procedure.

    Returns:
        A `verification` table. The decision rests on the images of part "selection"; fresh_gap,
        with Newcombe's 95 % interval, on images that took no part in it.
    """
    n, right = _count_answers(asked, responses)
    table = n.index.to_frame(index=False)
    core, spurious = ("selection", "core"), ("selection", "spurious")
    table["n_core"], table["n_spurious"] = n[core].to_numpy(), n[spurious].to_numpy()
    share = (right / n.where(n > 0)).reset_index(drop=True)
    table["acc_core"], table["acc_spurious"] = share[core], share[spurious]
    table["gap"] = table["acc_core"] - table["acc_spurious"]
    table["p_value"] = fisher_one_sided(right[core], n[core], right[spurious], n[spurious])
    table["q_value"] = benjamini_hochberg(table["p_value"].to_numpy())
    table["kept"] = (table["gap"] > threshold) & (table["q_value"] <= false_discovery_rate)
    core, spurious = ("fresh", "core"), ("fresh", "spurious")
    table["fresh_n"] = (n[core] + n[spurious]).to_numpy()
    table["fresh_gap"] = share[core] - share[spurious]
    numbers = zip(right[core], n[core], right[spurious], n[spurious], strict=True)
    intervals = [newcombe_difference(*row) if row[1] and row[3] else _UNKNOWN for row in numbers]
    table["fresh_low"] = [low for low, _ in intervals]
    table["fresh_high"] = [high for _, high in intervals]
    return table


_UNKNOWN = (float("nan"), float("nan"))
_KEYS = [(part, group) for part in ("selection", "fresh") for group in ("core", "spurious")]


def _count_answers(
    asked: pd.DataFrame, responses: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count made and right answers; a row a candidate and model, a column a part and group."""
    joined = responses.merge(asked, on="sample_id", validate="m:1")
    made = (joined["outcome"] != "failed").astype(int)
    right = (joined["choice"] == joined["answer"]).fillna(False).astype(int)
    rows = joined.assign(made=made, right=right)
    index, columns = ["candidate_id", "model"], ["part", "group"]
    n, hits = (
        rows.pivot_table(index=index, columns=columns, values=v, aggfunc="sum", fill_value=0)
        for v in ("made", "right")
    )
    return (
        n.reindex(columns=pd.MultiIndex.from_tuples(_KEYS), fill_value=0),
        hits.reindex(columns=pd.MultiIndex.from_tuples(_KEYS), fill_value=0),
    )


def select_types(candidates: pd.DataFrame, verification: pd.DataFrame) -> pd.DataFrame:
    """Return the `types` table: the candidates that any model's gap confirms."""
    kept = verification.loc[verification["kept"], "candidate_id"].unique()
    types = candidates[candidates["candidate_id"].isin(kept)].copy()
    types["type_id"] = types["candidate_id"]
    columns = ["type_id", "sample_id", "candidate_id", "attribute", "kind", "chosen"]
    return types[columns].reset_index(drop=True)
