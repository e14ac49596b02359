"""Test questions that no model's answers have selected: a draw of their own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spuriverse.benchmarks import make_world_benchmark
from spuriverse.discovery.synthesis import plan_seeds, synthesise_groups
from spuriverse.discovery.synthesis.backends import load_backend
from spuriverse.discovery.verification import group_samples
from spuriverse.evaluation import evaluation_samples
from spuriverse.world import read_world

_ASKED = ["sample_id", "image", "question", "options", "answer"]
TEST_SET_COLUMNS = ("subset", "candidate_id", *_ASKED)
_TWINS = {"spurious": "aligned", "core": "aligned_without_cue"}


def aligned_anchors(candidates: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """Return the anchors asked so that the answer their attribute leads to is the right one.

    Images made for them are aligned, and their twins without the attribute show what a model that
    is blind to the attribute has to go by.

    Args:
        candidates: A `candidates` table.
        samples: The `samples` table that holds the anchors.
    """
    chosen = dict(zip(candidates["sample_id"], candidates["predicted"], strict=True))
    anchors = samples[samples["sample_id"].isin(chosen)].copy()
    anchors["answer"] = [
        list(options).index(chosen[sample])
        for sample, options in zip(anchors["sample_id"], anchors["options"], strict=True)
    ]
    return anchors


def fresh_ordinary(drawn: pd.DataFrame, candidates: pd.DataFrame) -> pd.DataFrame:
    """Return the samples that show no candidate's attribute where it leads to an option.

    Args:
        drawn: Columns as in `samples`.
        candidates: A `candidates` table.
    """
    leads_to = dict(zip(candidates["attribute"], candidates["predicted"], strict=True))
    plain = [
        not {leads_to[a] for a in present if a in leads_to}.intersection(options)
        for present, options in zip(drawn["attributes"], drawn["options"], strict=True)
    ]
    return drawn[np.array(plain, dtype=bool)]


def render_test_sets(
    depicted: pd.DataFrame,
    candidates: pd.DataFrame,
    samples: pd.DataFrame,
    folder: Path,
    *,
    backend: Mapping[str, Any],
    aligned: int,
    ordinary: int,
    stored_as: Path,
    spurious: int = 0,
) -> pd.DataFrame:
    """Render pairs of images of candidates, and a fresh draw of ordinary images.

    Args:
        depicted: The rows of a `candidates` table that get aligned pairs.
        candidates: Those whose attributes an ordinary image must not show where they lead to one of
            its options.
        samples: The `samples` table that holds the anchors.
        folder: Where the images go; must exist.
        backend: How the renderer of the embedded world is loaded, with its `seed`.
        aligned: Pairs per candidate: an image with the attribute, and its twin without.
        ordinary: Images drawn as natural ones are, of which some will show an attribute.
        stored_as: The folder as the table names it.
        spurious: Pairs of a spurious and a core image per candidate, beside its groups.

    Returns:
        The columns of `TEST_SET_COLUMNS`, candidate_id empty for ordinary samples. Subsets:
        aligned, aligned_without_cue, ordinary; with `spurious` also spurious and core.

    Raises:
        Problem: As in `synthesise_groups`.
    """
    asked = {"aligned": (aligned_anchors(depicted, samples), _TWINS, aligned)}
    if spurious:
        asked["pairs"] = (samples, {"spurious": "spurious", "core": "core"}, spurious)
    parts = []
    for name, (anchors, subsets, images) in asked.items():
        (folder / name).mkdir(parents=True)
        groups = synthesise_groups(
            depicted,
            anchors,
            folder / name,
            backend=load_backend(backend),
            parts=plan_seeds(images=images, fresh=0, further=0),
            minimal=True,
            stored_as=stored_as / name,
        ).groups
        pairs = group_samples(depicted, anchors, groups)
        named = f"{name}-" + pairs["sample_id"]
        parts.append(pairs.assign(subset=pairs["group"].map(subsets), sample_id=named))
    (folder / "ordinary").mkdir()
    statistics, optics = read_world(backend["world"])
    drawn = make_world_benchmark(
        folder / "ordinary",
        independent=0,
        natural=ordinary,
        kind_rate=0.0,
        statistics=statistics,
        optics=optics,
        seed=backend["seed"],
        stored_as=stored_as / "ordinary",
    )
    plain = fresh_ordinary(drawn, candidates).assign(subset="ordinary", candidate_id="")
    tables = [part[list(TEST_SET_COLUMNS)] for part in (*parts, plain)]
    return pd.concat(tables, ignore_index=True)


def study_samples(
    types: pd.DataFrame,
    samples: pd.DataFrame,
    asked_groups: pd.DataFrame,
    non_spurious: pd.DataFrame,
    test_sets: pd.DataFrame,
) -> pd.DataFrame:
    """Return every question that the fine-tuning study is measured on.

    Anchors and groups are those of the evaluation. Of other samples it takes those alone that were
    drawn whatever the source model answered: what that model got right by luck it would lose by
    any change, and a study of that same model would count it as a price.

    Args:
        types: A `types` table.
        samples: All `samples`.
        asked_groups: As `spuriverse.discovery.verification.group_samples` returns it.
        non_spurious: A `non_spurious` table; of it the part `unselected`.
        test_sets: As `render_test_sets` returns it; may be empty.

    Returns:
        As `spuriverse.evaluation.evaluation_samples`: the cluster is the type, or the image of a
        sample that is of none. Aligned samples are those made for a type:
        without images made for it, an aligned sample says nothing about a held-out attribute.
    """
    unselected = non_spurious[
        (non_spurious["part"] == "unselected") & (non_spurious["subset"] != "aligned")
    ]
    evaluated = evaluation_samples(types, samples, asked_groups, unselected.assign(part="test"))
    type_of = types[["type_id", "candidate_id", "attribute"]]
    of_types = test_sets.merge(type_of, on="candidate_id").rename(columns={"type_id": "cluster"})
    ordinary = test_sets[test_sets["candidate_id"] == ""]
    ordinary = ordinary.assign(cluster=ordinary["image"], attribute="")
    tables = [evaluated, *(part[evaluated.columns] for part in (of_types, ordinary))]
    return pd.concat([table for table in tables if len(table)], ignore_index=True)
