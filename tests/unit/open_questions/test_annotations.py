"""Training with annotations of core and spurious attributes, beside training without."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spuriverse.finetuning import Hyperparameters, StudyData
from spuriverse.models import ModelSpec
from spuriverse.open_questions import ANNOTATED, compare_annotations, train_with_annotations
from spuriverse.tables import write_table
from spuriverse.world import Optics, Scene, render_files

ATTRIBUTES = ["scene:sea", "scene:bog", "prop:bell", "prop:leaf", "scene:reef", "scene:coast"]
PARTS = ["train", "train", "train", "validation", "test", "test"]


def make_data(folder: Path) -> tuple[StudyData, pd.DataFrame]:
    """One type of each of six attributes, two pairs of images each, and ordinary images."""
    rows, groups, scenes, paths = [], [], [], []
    for place, attribute in enumerate(ATTRIBUTES):
        rows.append(
            {
                "type_id": f"t-{place}",
                "candidate_id": f"c-{place}",
                "sample_id": f"s-{place}",
                "attribute": attribute,
                "kind": attribute.partition(":")[0],
                "predicted": "fish",
                "benchmark": "world",
            }
        )
        for seed in range(2):
            for group, shown in (("core", ()), ("spurious", (attribute,))):
                path = folder / f"{place}-{seed}-{group}.png"
                scenes.append(Scene("cup", "red", ("left",), shown, seed))
                paths.append(path)
                named = {"candidate_id": f"c-{place}", "group": group, "part": "fresh"}
                groups.append({**named, "seed": seed, "image": str(path)})
    render_files(scenes, paths, Optics())
    samples = pd.DataFrame({"sample_id": [f"s-{n}" for n in range(20)]}).assign(
        benchmark="world",
        image=[str(paths[n]) for n in range(20)],
        question="What object is shown?",
        options=[["cup", "fish", "key", "star"]] * 20,
        answer=0,
        category="",
        attributes=[[]] * 20,
    )
    table = pd.DataFrame(groups)
    asked = table.assign(
        sample_id=[f"{r.candidate_id}-{r.group}-{r.seed}" for r in table.itertuples()],
        question="What object is shown?",
        options=[["cup", "fish", "key", "star"]] * len(table),
        answer=0,
    )
    types = pd.DataFrame(rows)
    ordinary = pd.DataFrame({"sample_id": [f"s-{n}" for n in range(6, 20)], "subset": "ordinary"})
    data = StudyData(
        types,
        pd.DataFrame({"seed": 0, "type_id": types["type_id"], "part": PARTS}),
        asked,
        samples,
        ordinary.assign(part=["train"] * 8 + ["unselected"] * 6),
        pd.DataFrame(columns=["subset", "candidate_id", *samples.columns[[0, 2, 3, 4, 5]]]),
    )
    return data, table


@pytest.fixture(scope="module")
def trained(tiny_folder: Path, tmp_path_factory):
    data, groups = make_data(tmp_path_factory.mktemp("pairs"))
    responses, runs = train_with_annotations(
        ModelSpec("tiny", str(tiny_folder), show_options=False),
        data,
        groups,
        seed=0,
        proportion=0.5,
        settings={"samples": 6, "steps": 2, "batch_size": 4},
        hyper=Hyperparameters(rank=2, alpha=2, warmup_steps=0),
        threads=1,
    )
    return data, responses, runs


def test_every_way_costs_the_same_steps_and_no_more_images(trained, tmp_path: Path) -> None:
    runs = trained[2]
    write_table(trained[1], tmp_path / "responses.parquet", "responses")
    write_table(runs, tmp_path / "runs.parquet", "annotation_runs")
    assert runs["way"].tolist() == list(ANNOTATED)
    assert (runs["steps"] == 2).all()
    assert (runs["images"] <= 6).all()


def test_every_run_answers_what_its_split_holds_out_and_nothing_of_training(trained) -> None:
    data, responses, runs = trained
    assert set(responses["model"]) == {"tiny", *runs["run_id"]}
    asked = set(responses["sample_id"])
    assert {f"c-{n}-spurious-0" for n in (4, 5)} <= asked
    assert not any(name.startswith(("c-0", "c-1", "c-2", "c-3")) for name in asked)
    assert (responses.groupby("model")["sample_id"].nunique() == len(asked)).all()
    table = compare_annotations(
        data.asked, responses, runs, data.splits, data.types, base_model="tiny"
    )
    assert set(table["condition"]) >= {"before training", *ANNOTATED}


def test_ways_are_set_beside_mixing_and_before() -> None:
    """Made up: with preference pairs all is right, with mixing half, before nothing."""
    number = 12
    types = pd.DataFrame(
        {
            "type_id": [f"t-{n}" for n in range(number)],
            "attribute": [f"a:{n}" for n in range(number)],
        }
    )
    splits = pd.DataFrame({"seed": 0, "type_id": types["type_id"], "part": "test"})
    asked = pd.concat(
        pd.DataFrame({"sample_id": [f"{s}-{n}" for n in range(number)], "subset": s}).assign(
            cluster=types["type_id"], answer=0
        )
        for s in ("spurious", "core")
    )
    right = {"tiny": 0.0, **dict.fromkeys(ANNOTATED, 0.5), "preference pairs": 1.0}
    responses = pd.concat(
        asked[["sample_id"]].assign(
            model=name,
            outcome="answered",
            choice=(np.arange(len(asked)) % 2 >= 2 * share).astype(int),
        )
        for name, share in right.items()
    )
    runs = pd.DataFrame({"run_id": list(ANNOTATED), "way": list(ANNOTATED), "seed": 0, "rows": 8})
    runs.loc[1, "rows"] = 20
    table = compare_annotations(asked, responses, runs, splits, types, base_model="tiny")
    found = table.set_index(["condition", "measure"])["value"]
    assert found["preference pairs", "robustness"] == 1
    assert found["preference pairs less mixing", "robustness"] == 0.5
    assert found["mixing less before training", "accuracy – core"] == 0.5
    assert found["cue covered less mixing", "robustness"] == 0
    assert found["preference pairs", "images through the model – for one of mixing"] == 2.5
    assert ("mixing less mixing", "robustness") not in found.index
