"""What the sample browser holds: every reply with its outcome, the hardest question first."""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from spuriverse.problems import Problem
from spuriverse.report.pages import BROWSED_COLUMNS, collect_browsed, render_browser

EVIL = "</script><script>alert(1)</script> & \"quoted' \u202e"


def ask(**questions: tuple[int, list[int]]) -> pd.DataFrame:
    """Question -> its answer, and the options to which its attribute leads."""
    options = ["ant", EVIL, "bee"]
    rows = [
        (name, "spurious", "t", "scene:sea", f"images/{name} #1.png", EVIL, options, *answer)
        for name, answer in questions.items()
    ]
    return pd.DataFrame(rows, columns=list(BROWSED_COLUMNS))


def respond(model: str, strategy: str = "direct", **choices: int | str) -> pd.DataFrame:
    """Question -> the choice, or the outcome of a reply without one."""
    rows = [
        {
            "sample_id": name,
            "model": model,
            "strategy": strategy,
            "reply": EVIL,
            "outcome": choice if isinstance(choice, str) else "answered",
            "choice": None if isinstance(choice, str) else choice,
            "option_scores": [-0.5, float("nan"), -1.23456],
            "tokens": 7,
            "seconds": 0.123456,
        }
        for name, choice in choices.items()
    ]
    return pd.DataFrame(rows).astype({"choice": "Int64"})


def content_of(page: str) -> dict[str, Any]:
    (text,) = re.findall('id="content">(.*?)</script>', page, re.DOTALL)
    return json.loads(text)


def test_a_reply_is_right_fooled_wrong_or_none() -> None:
    responses = pd.concat(
        [respond(f"m{n}", a=said) for n, said in enumerate([0, 1, 2, "unparsed", "failed"])]
    )
    (sample,) = collect_browsed(ask(a=(0, [1])), responses, "results").samples
    assert [r["outcome"] for r in sample["replies"]] == ["right", "fooled", "wrong", "none", "none"]
    assert sample["replies"][0]["scores"] == [-0.5, None, -1.235]
    assert sample["replies"][3]["said"] == "unparsed"


def test_the_hardest_question_comes_first_unless_one_is_named() -> None:
    asked = ask(a=(0, []), b=(0, []), c=(0, []))
    responses = pd.concat(
        [
            respond("one", a=0, b=1, c=0),
            respond("two", a=1, b=1, c="failed"),
            # Variants of a model do not make it several.
            respond("two", "direct+shuffle-1", a=1),
        ]
    )
    order = [sample["id"] for sample in collect_browsed(asked, responses, ".").samples]
    assert order == ["b", "a", "c"]
    named = collect_browsed(asked, responses, ".", first="c").samples
    assert [sample["id"] for sample in named] == ["c", "b", "a"]


def test_only_what_was_asked_is_shown_and_an_unknown_name_is_refused() -> None:
    asked = ask(**{"world-1234": (0, []), "world-9": (0, [])})
    responses = respond("one", **{"world-1234": 0})
    assert collect_browsed(asked, responses, ".").questions == 1
    with pytest.raises(Problem, match=r"no sample 'world-1235' .*did you mean 'world-1234'"):
        collect_browsed(asked, responses, ".", first="world-1235")
    with pytest.raises(Problem, match="evaluate the models first"):
        collect_browsed(asked, respond("one", other=0), ".")


def test_a_page_that_would_be_too_large_leaves_out_the_easiest_and_says_so() -> None:
    asked = ask(a=(0, []), b=(0, []), c=(0, []))
    browsed = collect_browsed(asked, respond("one", a=0, b=1, c=0), ".", largest=900)
    assert browsed.samples[0]["id"] == "b" and len(browsed.samples) < 3
    page = " ".join(render_browser(browsed).split())
    assert f"The page holds {len(browsed.samples)} of 3 questions" in page


def test_texts_of_data_and_models_stay_texts() -> None:
    browsed = collect_browsed(ask(a=(0, [1])), respond(EVIL, EVIL, a=0), ".")
    page = render_browser(browsed)
    assert page.count("<script") == 2
    (sample,) = content_of(page)["samples"]
    assert sample["question"] == sample["options"][1] == sample["replies"][0]["reply"] == EVIL
    assert "default-src 'none'" in page


def test_an_image_is_named_as_seen_from_the_page(tmp_path: Path) -> None:
    asked = ask(a=(0, []))
    asked["image"] = str(tmp_path / "pictures" / "a #1.png")
    (sample,) = collect_browsed(asked, respond("m", a=0), tmp_path / "results").samples
    assert sample["image"] == "../pictures/a%20%231.png"


def test_the_same_tables_give_the_same_page() -> None:
    def made() -> str:
        return render_browser(collect_browsed(ask(a=(0, [])), respond("m", a=1), "."))

    assert made() == made()
