"""What the card of a robust model says, whatever its names hold."""

from pathlib import Path

import pandas as pd

from spuriverse.finetuning.mitigations import RobustModelFacts, snippet, write_robust_card

FACTS = RobustModelFacts(
    base="a|b <img>",
    method="base_average",
    setting={"base_weight": 0.1},
    scale=1.0,
    cost={"steps": 300, "images": 1280, "rows": 9600, "answer_passes": 2, "seconds": 70.0},
    trained=("scene:sea", "light:[dusk](x)"),
    held_out=("prop:gem",),
    stored_as=Path("results/robust/it's"),
)


def row(subset: str, when: str, accuracy: float, low: float | None = None) -> dict[str, object]:
    high = None if low is None else accuracy + 0.1
    counts = {"n": 40, "questions": 40, "attributes": 1}
    known = {"subset": subset, "proportion": when, "seed": "all", **counts}
    return {**known, "accuracy": accuracy, "low": low, "high": high}


def card(tmp_path: Path, *rows: dict[str, object]) -> str:
    write_robust_card(tmp_path, pd.DataFrame(rows), FACTS)
    return (tmp_path / "README.md").read_text()


def test_it_says_before_and_after_with_intervals_and_the_price(tmp_path: Path) -> None:
    text = card(
        tmp_path,
        row("ordinary", "before", 0.9),
        row("ordinary", "after", 0.88),
        row("aligned", "before", 0.95, 0.9),
        row("aligned", "after", 0.96, 0.9),
        row("spurious_held_out", "before", 0.1, 0.05),
        row("spurious_held_out", "after", 0.7, 0.6),
    )
    assert "| 40 | 0.100 (0.050 to 0.200) | 0.700 (0.600 to 0.800) |" in text
    assert "-0.010 of the accuracy on aligned questions; +0.020 of the accuracy on ordinary" in text
    assert text.index("spurious: the attribute") < text.index("| aligned: the attribute")
    assert "Two forward passes" in text


def test_names_are_text_and_no_markup(tmp_path: Path) -> None:
    text = card(
        tmp_path,
        row("spurious_held_out", "before", 0.1, 0.05),
        row("spurious_held_out", "after", 0.7, 0.6),
    )
    assert r"# a\|b \<img\>, made robust" in text
    assert r"light:\[dusk\](x)" in text
    assert "no aligned or ordinary questions" in text


def test_the_snippet_is_four_lines_of_python_whatever_the_folder_is_called() -> None:
    lines = snippet(Path("results/it's")).splitlines()
    assert len(lines) == 4
    compile("\n".join(lines), "snippet", "exec")
