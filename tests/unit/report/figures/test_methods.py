"""The figure to choose a mitigation by: who is where, what is needed, and what is missing."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spuriverse.finetuning.mitigations import COMPARISON_COLUMNS
from spuriverse.problems import Problem
from spuriverse.report.figures import plot_methods, save_figure


def comparison() -> pd.DataFrame:
    """Four curves of two base models at three levels; one reaches the level nowhere."""
    rows = []
    for model in ("biased-0", "biased-1"):
        for level in (0.25, 0.5, 0.75):
            for place, method in enumerate(("envelope", "mixing", "pair_consistency", "jtt")):
                loss = 0.05 * (4 - place)
                rows.append(
                    {
                        **{"base_model": model, "method": method, "level": level, "splits": 8},
                        **{"setting": "{}", "reached": 1.0, "robustness": 0.5 + level / 4},
                        **{"loss": loss, "loss_low": loss - 0.02, "loss_high": loss + 0.03},
                        **{"passes": 1.0 + place, "extra_seconds": 3.0 * place, "answer_passes": 1},
                        "needs_attributes": False,
                        "needs_pairs": method == "pair_consistency",
                        "needs_generator": method == "pair_consistency",
                    }
                )
    table = pd.DataFrame(rows).reindex(columns=list(COMPARISON_COLUMNS))
    table.loc[table["method"] == "mixing", ["robustness", "reached"]] = [np.nan, 0.0]
    table.loc[table["method"] == "envelope", ["passes", "extra_seconds"]] = np.nan
    return table


def test_methods_are_numbered_by_their_loss_and_dots_say_what_they_need(tmp_path: Path) -> None:
    figure = plot_methods(comparison())
    panels = {axes.get_label(): axes for axes in figure.axes}
    assert list(panels) == ["biased-0", "biased-1", "needs"]
    listed = [text.get_text() for text in panels["needs"].texts]
    names = [text for text in listed if text in ("envelope", "mixing", "pair consistency", "jtt")]
    assert names == ["jtt", "pair consistency", "mixing", "envelope"]
    dots = {line.get_gid() for line in panels["needs"].lines}
    assert dots == {"pair consistency needs_pairs", "pair consistency needs_generator"}
    # Mixing reached the level nowhere: it has no place in the panel, and one in the list.
    assert sorted(text.get_text() for text in panels["biased-0"].texts) == ["1", "2", "4"]
    save_figure(figure, tmp_path / "methods.pdf", tmp_path / "methods.png")
    assert (tmp_path / "methods.pdf").read_bytes().startswith(b"%PDF")


def test_a_table_without_what_is_drawn_is_refused() -> None:
    with pytest.raises(Problem, match="lacks passes"):
        plot_methods(comparison().drop(columns="passes"))
    with pytest.raises(Problem, match="lacks rows"):
        plot_methods(comparison()[:0])
