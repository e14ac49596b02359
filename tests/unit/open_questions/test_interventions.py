"""Removing a cue, and what predicts its effect."""

import numpy as np
import pandas as pd
import pytest

from spuriverse.open_questions import (
    ANSWER_COLUMNS,
    INTERVENTIONS,
    measure_interventions,
    relate_interventions,
)
from spuriverse.report.figures import plot_open_question
from spuriverse.spubench import render_without
from spuriverse.spubench.explain import choose_samples
from spuriverse.world import Optics


def test_a_scene_without_its_attribute_is_else_the_same(asked) -> None:
    images = asked.scenes["image"].tolist()
    without = render_without([*images, "elsewhere.png"], asked.scenes, Optics())
    assert list(without) == images
    again = render_without(images, asked.scenes, Optics())
    assert all((np.asarray(without[i]) == np.asarray(again[i])).all() for i in images)


def test_every_question_is_measured_by_what_its_image_allows(asked, reader) -> None:
    chosen = choose_samples(asked.samples, asked.attributes)
    images = asked.scenes["image"].tolist()[1:]
    without = render_without(images, asked.scenes, Optics())
    found = measure_interventions(reader, chosen, without, batch_size=6)
    counts = found.groupby("intervention").size()
    assert counts[INTERVENTIONS[0]] == len(chosen) - 1  # the first has no scene here
    assert counts[INTERVENTIONS[1]] == chosen["region_spurious"].notna().sum()
    assert counts[INTERVENTIONS[2]] == len(chosen)
    before = found.pivot(index="sample_id", columns="intervention", values="label_before").dropna()
    assert np.allclose(before[INTERVENTIONS[0]], before[INTERVENTIONS[1]])
    unstated = found[found["intervention"] == INTERVENTIONS[2]].set_index("sample_id")
    assert np.allclose(
        unstated["label_after"].reindex(before.index), before[INTERVENTIONS[0]], atol=1e-4
    )


def made_up(slope: float, n: int = 120) -> tuple[pd.DataFrame, ...]:
    """Interventions whose effect follows CGLA, and maps that say nothing."""
    rng = np.random.default_rng(0)
    ids, cgla = [f"q-{i}" for i in range(n)], rng.standard_normal(n)
    effect = slope * cgla + rng.standard_normal(n)
    known = {"sample_id": ids, "model": "m"}
    interventions = pd.DataFrame(
        known
        | {"intervention": "covered", "outcome": "right", "label_before": 0.0}
        | {"label_after": effect, "answer_before": 0.0, "answer_after": rng.standard_normal(n)}
    )
    likelihoods = pd.DataFrame(known | {"label_core": cgla, "label_spurious": 0.0})
    maps = pd.DataFrame(known | {"condition": "plain", "method": "grad_cam"})
    maps = maps.assign(share_spurious=rng.random(n))[: n // 2]
    attributes = pd.DataFrame(
        {"sample_id": ids, "spurious": [f"a-{i % 20}" for i in range(n)]}
    ).assign(spurious_types=[[f"t-{i % 3}"] for i in range(n)])
    return interventions, likelihoods, maps, attributes


@pytest.mark.parametrize(("slope", "said"), [(2.0, "above 0"), (-2.0, "below 0")])
def test_what_predicts_is_told_from_what_does_not(slope: float, said: str) -> None:
    table = relate_interventions(*made_up(slope), seed=0, resamples=200)
    assert list(table) == list(ANSWER_COLUMNS)
    rows = table.set_index(["condition", "measure"])
    for scope in ("all", "within types"):
        assert rows.loc[(f"covered – {scope}", "CGLA – rise of the true class"), "says"] == said
        nothing = rows.loc[(f"covered – {scope}", "share of the Grad-CAM map – fall of the answer")]
        assert nothing["says"].startswith("no difference beyond ±")
        assert nothing["n"] == 60
    assert not table["measure"].str.contains("attention").any()


def test_the_answer_is_drawn_with_a_mark_per_model() -> None:
    table = relate_interventions(*made_up(1.0), seed=0, resamples=50)
    both = pd.concat([table, table.assign(model="other")])
    (axes,) = plot_open_question(both).axes
    assert axes.get_label() == "rank correlation"
    assert len(axes.get_yticklabels()) == len(table)
    assert plot_open_question(table[:0]).axes == []
