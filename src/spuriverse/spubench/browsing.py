"""The questions of MM-SpuBench as the sample browser shows them."""

import pandas as pd

SUBSET = "MM-SpuBench"
"""What the sample browser calls them."""


def browsed_questions(
    samples: pd.DataFrame, attributes: pd.DataFrame, options: pd.DataFrame
) -> pd.DataFrame:
    """Say of every question what its type is and which options the spurious attribute leads to.

    Args:
        samples: The `samples` of MM-SpuBench.
        attributes: Their `attributes`.
        options: Their `options`.

    Returns:
        The columns of `spuriverse.evaluation.browsed_samples`; attribute is the type, and type the
        spurious attribute.
    """
    joined = samples.merge(attributes[["sample_id", "spurious", "spurious_types"]], on="sample_id")
    leading = options[options["role"] == "spurious"].groupby("sample_id")["option"].agg(set)
    misleading = [
        [i for i, option in enumerate(offered) if option in leading.get(sample, ())]
        for sample, offered in zip(joined["sample_id"], joined["options"], strict=True)
    ]
    shown = joined.assign(
        subset=SUBSET,
        attribute=joined["spurious_types"].map(" + ".join),
        type=joined["spurious"],
        misleading=misleading,
    )
    columns = ["sample_id", "subset", "type", "attribute", "image", "question", "options", "answer"]
    return shown[[*columns, "misleading"]]
