"""The strongest types: by fresh gap, one for each attribute, shown by a pair that misled."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from spuriverse.discovery.verification import read_strongest_pairs, strongest_pairs

OPTIONS = ["key", "cup", "star"]


def make(answers: dict[str, list[tuple[int, int]]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Questions and responses: candidate -> choices of core and spurious image, seed by seed."""
    asked, responses = [], []
    for candidate, pairs in answers.items():
        for seed, pair in enumerate(pairs):
            for group, choice in zip(("core", "spurious"), pair, strict=True):
                sample = f"{candidate}-{group}-{seed}"
                asked.append(
                    {
                        "sample_id": sample,
                        "candidate_id": candidate,
                        "group": group,
                        "part": "fresh",
                        "seed": seed,
                        "image": f"{sample}.png",
                        "question": "What is it?",
                        "options": OPTIONS,
                        "answer": 0,
                    }
                )
                responses.append(
                    {"sample_id": sample, "model": "m", "outcome": "answered", "choice": choice}
                )
    return pd.DataFrame(asked), pd.DataFrame(responses).astype({"choice": "Int64"})


def verified(**gaps: tuple[float, float | None]) -> pd.DataFrame:
    """Candidate -> gap that decided, and gap on fresh images."""
    rows = [
        {
            "candidate_id": name,
            "model": "m",
            "kept": True,
            "gap": gap,
            "gap_low": gap - 0.1,
            "gap_high": gap + 0.1,
            "fresh_gap": fresh,
            "fresh_low": None if fresh is None else fresh - 0.1,
            "fresh_high": None if fresh is None else fresh + 0.1,
        }
        for name, (gap, fresh) in gaps.items()
    ]
    columns = ("gap", "gap_low", "gap_high", "fresh_gap", "fresh_low", "fresh_high")
    return pd.DataFrame(rows).astype(dict.fromkeys(columns, "float64"))


def types(**attributes: str) -> pd.DataFrame:
    rows = [
        {"candidate_id": name, "attribute": attribute, "predicted": "cup"}
        for name, attribute in attributes.items()
    ]
    return pd.DataFrame(rows)


def test_the_largest_fresh_gap_comes_first_and_an_attribute_once() -> None:
    asked, responses = make({name: [(0, 1)] for name in "abcd"})
    gaps = verified(a=(0.9, 0.2), b=(0.3, 0.8), c=(0.4, 0.7), d=(0.5, None))
    found = strongest_pairs(
        types(a="x:a", b="x:b", c="x:b", d="x:d"), asked, responses, gaps, number=3
    )
    assert [pair.candidate_id for pair in found] == ["b", "d", "a"]
    assert [pair.fresh for pair in found] == [True, False, True]
    assert (found[1].low, found[1].high) == (0.4, 0.6)


def test_the_pair_misled_the_model_and_as_was_predicted_where_it_did() -> None:
    asked, responses = make({"a": [(1, 1), (0, 0), (0, 2), (0, 1)], "b": [(1, 1), (0, 0)]})
    gaps = verified(a=(0.5, 0.5), b=(0.9, 0.9))
    (pair,) = strongest_pairs(types(a="x:a", b="x:b"), asked, responses, gaps)
    assert (pair.core, pair.spurious) == ("a-core-3.png", "a-spurious-3.png")
    assert (pair.right, pair.misled) == ("key", "cup")


def test_before_verification_there_is_none(tmp_path: Path) -> None:
    names = ("candidates", "groups", "types", "responses", "verification")
    paths = {name: tmp_path / f"{name}.parquet" for name in names}
    assert read_strongest_pairs(SimpleNamespace(samples=[], **paths)) == []
