"""The error set of a source model."""

import pandas as pd

from spuriverse.problems import Problem


def collect_errors(samples: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """Return the samples whose reply parses to a wrong option.

    An abstention, an unparseable reply or a failed request is not an error.

    Args:
        samples: A `samples` table.
        responses: A `responses` table of one model and one strategy over these samples.

    Returns:
        The columns of `samples` and `predicted`, the text of the option the model chose.

    Raises:
        Problem: A sample has no response.
    """
    missing = set(samples["sample_id"]) - set(responses["sample_id"])
    if missing:
        raise Problem(
            f"{len(missing)} samples have no response, {min(missing)} among them; ask the model"
            " again."
        )
    answered = responses.loc[responses["outcome"] == "answered", ["sample_id", "choice"]]
    joined = samples.merge(answered, on="sample_id", how="inner", validate="one_to_one")
    errors = joined[joined["choice"] != joined["answer"]].copy()
    chosen = zip(errors["options"], errors["choice"], strict=True)
    errors["predicted"] = [options[int(choice)] for options, choice in chosen]
    return errors.drop(columns="choice").reset_index(drop=True)
