"""Figures of CGLA, signatures and heat maps show the numbers of their tables."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spuriverse.problems import Problem
from spuriverse.report.figures import plot_cgla, plot_heatmaps, plot_signatures, save_figure
from spuriverse.report.figures.style import LOOKS
from spuriverse.spubench.explain import CGLA_COLUMNS, HEATMAP_COLUMNS


def cgla_table(models: int = 2) -> pd.DataFrame:
    rows = [
        {
            "model": f"model-{m}",
            "spurious_type": kind,
            "n": 30,
            **{
                f"{name}{end}": value + shift
                for name, value in (
                    ("cgla", m - 0.5),
                    ("per_token", m - 0.5),
                    ("below_zero", 0.3),
                    ("accuracy", 0.2 + 0.5 * m),
                )
                for end, shift in (("", 0.0), ("_low", -0.1), ("_high", 0.1))
            },
            "signature": "right and core-led",
            "certain": True,
        }
        for m in range(models)
        for kind in ("all", "background", "shape")
    ]
    return pd.DataFrame(rows, columns=CGLA_COLUMNS)


def axes_of(figure, label: str):
    return next(axes for axes in figure.axes if axes.get_label() == label)


def test_cgla_is_drawn_for_every_model_and_type(tmp_path: Path) -> None:
    figure = plot_cgla(cgla_table())
    axes = axes_of(figure, "cgla")
    drawn = {float(x) for line in axes.get_lines() for x in np.atleast_1d(line.get_xdata())}
    assert {-0.5, 0.5} <= drawn
    assert next(tick.get_text() for tick in axes.get_yticklabels()) == "all (n = 30)"
    for name in ("a.pdf", "b.pdf"):
        save_figure(figure, tmp_path / name)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_the_paper_s_fifteen_models_can_be_told_apart() -> None:
    looks = {(look.colour, look.marker, look.open) for look in LOOKS[:15]}
    assert len(looks) == 15
    figure = plot_cgla(cgla_table(15))
    shown = [text.get_text() for text in figure.legends[0].get_texts()]
    assert shown == [f"model-{m}" for m in range(15)]
    figure.draw_without_rendering()
    legend = figure.legends[0].get_window_extent()
    assert legend.y0 >= max(axes.get_window_extent().y1 for axes in figure.axes)


def test_signatures_are_the_four_fields() -> None:
    names = ["right and core-led", "right and spurious-led"]
    names += ["wrong and core-led", "wrong and spurious-led"]
    signatures = pd.DataFrame(
        {"model": "model-0", "signature": names, "types": 1, "n": 9, "share": [0.4, 0.3, 0.2, 0.1]}
    )
    figure = plot_signatures(cgla_table(), signatures, accuracy_threshold=0.5, cgla_threshold=0)
    texts = [text.get_text() for text in axes_of(figure, "signatures").texts]
    assert texts == [
        f"{name}\n{share}%" for name, share in zip(names, (40, 30, 20, 10), strict=True)
    ]


def test_areas_are_drawn_of_the_plain_prompt(tmp_path: Path) -> None:
    rows = [
        ["m", method, condition, measure, 9, 9, 0.5, 0.4, area, 0.5, 0.9, area, 0.4, np.nan]
        for method, measure, area in (
            ("grad_cam", "share_spurious", 0.7),
            ("occlusion", "effect_spurious", 0.8),
        )
        for condition in ("plain", "core")
    ]
    figure = plot_heatmaps(pd.DataFrame(rows, columns=HEATMAP_COLUMNS))
    labels = [tick.get_text() for tick in axes_of(figure, "auc").get_yticklabels()]
    assert labels == [
        "grad-cam\nshare on spurious region",
        "occlusion\neffect of occluding spurious region",
    ]
    save_figure(figure, tmp_path / "areas.pdf")


def test_more_models_than_looks_are_refused() -> None:
    with pytest.raises(Problem, match=r"explain\.models"):
        plot_cgla(cgla_table(len(LOOKS) + 1))


def test_a_model_without_points_is_not_listed_and_no_share_is_nan() -> None:
    table = cgla_table()
    table.loc[table["model"] == "model-1", "cgla"] = np.nan
    signatures = pd.DataFrame({"signature": ["right and core-led"] * 2, "share": [0.5, np.nan]})
    figure = plot_signatures(table, signatures, accuracy_threshold=0.5, cgla_threshold=0)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["model-0"]
    texts = [text.get_text() for text in axes_of(figure, "signatures").texts]
    assert texts == ["right and core-led\n50% / –"]
    assert len(plot_cgla(table).legends[0].get_texts()) == 1
