"""Types of several models, and each model on the others'."""

import pandas as pd
import pytest

from spuriverse.open_questions import compare_sources


def types_of(numbers: range, wrong: str) -> pd.DataFrame:
    rows = [
        {"type_id": f"t-{i}", "attribute": f"scene:s{i}", "predicted": wrong if i > 5 else "key"}
        for i in numbers
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def table() -> pd.DataFrame:
    """Two models: eight attributes each, six of them common, one wrong answer in common less."""
    types = {"a": types_of(range(8), "cup"), "b": types_of(range(2, 10), "fish")}
    asked, responses = {}, {}
    for source, found in types.items():
        asked[source] = pd.DataFrame(
            [
                {"sample_id": f"{group}-{t.attribute}", "subset": group, "cluster": t.type_id}
                | {"attribute": t.attribute, "answer": 0}
                for t in found.itertuples()
                for group in ("core", "spurious")
            ]
        )
        spurious = asked[source]["subset"] == "spurious"
        responses[source] = pd.concat(
            asked[source][["sample_id"]].assign(
                model=model, outcome="answered", choice=(spurious & (model == source)).astype(int)
            )
            for model in types
        )
    return compare_sources(types, asked, responses).set_index(["model", "condition", "measure"])


def test_what_is_shared_is_a_share_of_all(table: pd.DataFrame) -> None:
    values = table["value"]
    assert values["a", "found", "attributes"] == 8
    assert values["union", "found", "attributes"] == 10
    assert values["a", "shared with b", "attributes"] == pytest.approx(6 / 10)
    assert values["a", "shared with b", "attributes with their answers"] == pytest.approx(4 / 12)


def test_a_model_is_asked_about_its_own_and_the_others_types(table: pd.DataFrame) -> None:
    values = table["value"]
    for model, other in (("a", "b"), ("b", "a")):
        assert values[model, f"types of {model}", "robustness"] == 0
        assert values[model, f"types of {other}", "robustness"] == 1
        assert values[model, "own types", "gap"] == 1
        assert values[model, "own types less types of the others", "robustness"] == -1
    assert table.loc[("a", "own types less types of the others", "robustness"), "says"] == "below 0"
