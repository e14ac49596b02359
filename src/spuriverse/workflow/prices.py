"""What is paid for, in words, and how much a question is assumed to send."""

import pandas as pd

ASSUMED_TOKENS = (900, 60)
"""Tokens sent and replied per question with an image."""


def say_price(usd: pd.Series, names: pd.Series) -> str:
    """Say what amounts come to, in USD; NaN is a price that nobody knows.

    Args:
        usd: The amounts.
        names: What each is paid for.
    """
    known, unknown = usd.sum(), ", ".join(dict.fromkeys(names[usd.isna()]))
    if not unknown:
        return f"{known:,.2f} USD" if known else "nothing to pay for"
    if not known:
        return f"price unknown. No price is known of {unknown}"
    return f"{known:,.2f} USD and more. No price is known of {unknown}"
