"""A limit draws the same questions again, and a larger one adds to them."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from spuriverse.evaluation import limit_samples

SAMPLES = pd.DataFrame(
    {"sample_id": [str(n) for n in range(60)], "subset": ["anchor"] * 10 + ["spurious"] * 50}
)


@given(st.integers(1, 60), st.integers(0, 30), st.integers(0, 9))
def test_every_subset_has_its_share_and_a_larger_limit_adds(
    limit: int, more: int, seed: int
) -> None:
    few = limit_samples(SAMPLES, limit, seed)
    counts = few["subset"].value_counts().to_dict()
    assert counts == {"anchor": min(limit, 10), "spurious": min(limit, 50)}
    many = limit_samples(SAMPLES, limit + more, seed)
    assert set(few["sample_id"]) <= set(many["sample_id"])
    assert len(limit_samples(SAMPLES.drop(columns="subset"), limit, seed)) == limit


def test_without_a_limit_all_are_asked() -> None:
    assert limit_samples(SAMPLES, None, 0) is SAMPLES
