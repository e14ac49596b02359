"""The trade-off over base models, and over how strongly their world associates."""

from collections.abc import Mapping

import pandas as pd

from spuriverse.finetuning.tradeoff import POOLED
from spuriverse.statistics import clustered_share, crossed_share

ASSOCIATION_COLUMNS = (
    *("association", "base_model", "proportion", "subset", "base_models"),
    *("n", "questions", "attributes", "accuracy", "low", "high"),
)


def tabulate_association(
    runs: Mapping[tuple[str, str, int], pd.DataFrame], associations: Mapping[str, float]
) -> pd.DataFrame:
    """Accuracy by association, base model, proportion and subset, with 95 % intervals.

    The rows of a single base model have intervals over attributes (images, of ordinary samples).
    Those of all have the base model as a random factor beside them (`crossed_share`): they speak of
    other trainings of the base model as well.

    Args:
        runs: (base model, proportion or "base", seed) -> as `held_out_responses` returns it.
        associations: Base model -> P(the owner is shown | its attribute is shown) in training.

    Returns:
        The columns of `ASSOCIATION_COLUMNS`; base_model is "all" in the rows of all models of an
        association, of which there are `base_models`. attributes is missing for ordinary samples;
        an interval is missing where there are too few attributes or base models.
    """
    frames = [
        frame.assign(base_model=model, proportion=proportion, association=associations[model])
        for (model, proportion, _), frame in sorted(runs.items())
    ]
    answers = pd.concat(frames, ignore_index=True)
    rows = []
    for key, part in answers.groupby(["association", "proportion", "subset"], sort=True):
        association, proportion, subset = key
        models = part["base_model"].unique()
        for model in (*models, POOLED):
            group = part if model == POOLED else part[part["base_model"] == model]
            found = (
                crossed_share(group["correct"], group["base_model"], group["cluster"])
                if model == POOLED
                else clustered_share(group["correct"], group["cluster"])
            )
            rows.append(
                {
                    "association": association,
                    "base_model": model,
                    "proportion": proportion,
                    "subset": subset,
                    "base_models": len(models) if model == POOLED else 1,
                    "n": found.n,
                    "questions": group["sample_id"].nunique(),
                    "attributes": group["attribute"].nunique() or pd.NA,
                    "accuracy": found.value,
                    "low": found.low,
                    "high": found.high,
                }
            )
    table = pd.DataFrame(rows, columns=list(ASSOCIATION_COLUMNS))
    return table.assign(attributes=table["attributes"].astype("Int64"))
