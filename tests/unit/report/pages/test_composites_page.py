"""The page about backgrounds shows every pull with pairs of pictures, and trusts no text."""

import itertools
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from spuriverse.report.pages import render_composites

PULLED = "<b>crane</b>"


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder, rows = tmp_path_factory.mktemp("pictures"), []
    for cutout, kind, slot in itertools.product(("a", "b"), ("grey", "sea"), range(2)):
        path: Path = folder / f"{cutout}-{kind}-{slot}.png"
        Image.new("RGB", (20, 20), "teal" if kind == "sea" else "grey").save(path)
        right = "wolf" if cutout == "a" else PULLED
        answer = PULLED if kind == "sea" else right
        rows.append(
            {
                **{"model": "net", "cutout": cutout, "background": kind, "slot": slot},
                **{"photograph": f"{kind}/{slot}", "image": str(path)},
                **{"right": right, "answer": answer},
            }
        )
    return pd.DataFrame(rows)


def row(**changes: object) -> dict[str, object]:
    measured = {"difference": 0.5, "low": 0.2, "high": 0.7, "q_cutouts": 0.01, "q": 0.2}
    counts = {"model": "net", "background": "sea", "backgrounds": 2, "cutouts": 2, "n": 4}
    return {**counts, **measured, **changes}


def page(answers: pd.DataFrame, **changes: object) -> str:
    backgrounds = pd.DataFrame([row(right=0.5, right_on_grey=1.0)])
    pulls = pd.DataFrame([row(answer=PULLED, given=2, given_on_grey=0, **changes)])
    return render_composites(backgrounds, pulls, answers, plain="grey")


def test_a_pull_is_shown_with_pairs_and_escaped(answers: pd.DataFrame) -> None:
    html = page(answers)
    assert "<b>crane" not in html
    assert "sea → &lt;b&gt;crane&lt;/b&gt;" in html
    assert html.count("data:image/png;base64,") == 2 * 2, "of the cut-out that is no crane"
    assert "0.20 to 0.70" in html
    assert "http" not in html.replace("http-equiv", "")


@pytest.mark.parametrize(
    ("changes", "claim"),
    [
        ({"q": 0.01}, "sure for other cut-outs and other backgrounds"),
        ({"q": 0.2}, "sure for other cut-outs on these backgrounds, not"),
        ({"q": 0.2, "q_cutouts": 0.3}, "not sure"),
    ],
)
def test_the_claim_is_no_larger_than_the_tests_allow(
    answers: pd.DataFrame, changes: dict[str, object], claim: str
) -> None:
    assert claim in page(answers, **changes)


def test_a_missing_interval_is_said_to_be_missing(answers: pd.DataFrame) -> None:
    assert "95 %: –)" in page(answers, low=float("nan"), high=float("nan"))
    assert "-0.00" not in page(answers, difference=-0.001, low=-0.004)


def test_where_nothing_is_pulled_the_page_says_so(answers: pd.DataFrame) -> None:
    backgrounds = pd.DataFrame([row(right=1.0, right_on_grey=1.0)])
    pulls = pd.DataFrame([row(answer="", given=0, given_on_grey=0)]).iloc[:0]
    html = render_composites(backgrounds, pulls, answers, plain="grey")
    assert "No answer is given more often" in html
