"""Does what a model says it relies on predict what removing the cue does to its answer?"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.models import LocalModel
from spuriverse.open_questions.answers import RANK, answer, as_table
from spuriverse.progress import progress
from spuriverse.spubench.explain import answer_plainly, cover, likelihood_advantage, read_mask
from spuriverse.statistics import clustered_rank_correlation

RENDERED, COVERED, UNSTATED = "rendered without", "covered", "unstated"
INTERVENTIONS = (RENDERED, COVERED, UNSTATED)
"""Ways to remove a cue: the same scene without it, its region in the mean colour of the rest, and
the sentence that states it left out."""

EFFECTS = {"rise of the true class": "rise", "fall of the answer": "fall"}
PREDICTORS = {
    "CGLA": "cgla",
    "share of the Grad-CAM map": "grad_cam",
    "share of the attention": "attention",
}
_TEXTS = ("label", "answer")


def measure_interventions(
    model: LocalModel,
    asked: pd.DataFrame,
    without: Mapping[str, Image.Image],
    batch_size: int = 96,
) -> pd.DataFrame:
    """Score the true class and the model's own answer before and after a cue is removed.

    Args:
        model: Who is asked; reads the words of the attributes.
        asked: As `spuriverse.spubench.explain.choose_samples` returns it.
        without: Path of an image -> the same image without the attribute; images that are not in it
            are not rendered without.
        batch_size: Rows of a forward pass.

    Returns:
        An `interventions` table: log-likelihoods in natural-log units, summed over tokens. A
        question has no row for an intervention that its image does not allow.

    Raises:
        Problem: An image or mask is missing or does not fit, or a class has no tokens.
    """
    size = max(1, batch_size // 2)
    starts = range(0, len(asked), size)
    told = progress(starts, desc=f"asking {model.name}", total=len(starts), unit="batch")
    parts = [_measure(model, asked[start : start + size], without) for start in told]
    return pd.concat(parts, ignore_index=True)


def _measure(
    model: LocalModel, rows: pd.DataFrame, without: Mapping[str, Image.Image]
) -> pd.DataFrame:
    asked = answer_plainly(model, rows)
    texts = [[row["label"], own] for row, own in zip(asked.rows, asked.answers, strict=True)]
    plain, stated = (asked.prompts[name] for name in ("plain", "spurious"))
    scores, _ = model.label_likelihood(asked.images, [plain, stated], texts)
    before, told = (np.array(part) for part in scores)
    shown = {
        RENDERED: [without.get(row["image"]) for row in asked.rows],
        COVERED: [
            _covered(image, row["region_spurious"])
            for image, row in zip(asked.images, asked.rows, strict=True)
        ],
    }
    tables = []
    for name, pictures in shown.items():
        places = [i for i, picture in enumerate(pictures) if picture is not None]
        if places:
            after = _score(model, [p for p in pictures if p is not None], plain, texts, places)
            tables.append(_rows(asked, model.name, name, places, before[places], after))
    everywhere = list(range(len(rows)))
    tables.append(_rows(asked, model.name, UNSTATED, everywhere, told, before))
    return pd.concat(tables, ignore_index=True)


def _covered(image: Image.Image, path: Any) -> Image.Image | None:
    if not isinstance(path, str):
        return None
    return cover(image, read_mask(path, image.size))


def _score(
    model: LocalModel,
    pictures: Sequence[Image.Image],
    prompts: Sequence[str],
    texts: Sequence[Sequence[str]],
    places: Sequence[int],
) -> np.ndarray:
    chosen = [[prompts[i] for i in places]]
    scores, _ = model.label_likelihood(pictures, chosen, [texts[i] for i in places])
    return np.array(scores[0])


def _rows(
    asked: Any, model: str, name: str, places: Sequence[int], before: np.ndarray, after: np.ndarray
) -> pd.DataFrame:
    table: dict[str, Any] = {
        "sample_id": [asked.rows[i]["sample_id"] for i in places],
        "model": model,
        "intervention": name,
        "outcome": [asked.outcomes[i] for i in places],
    }
    for place, text in enumerate(_TEXTS):
        table[f"{text}_before"] = before[:, place]
        table[f"{text}_after"] = after[:, place]
    return pd.DataFrame(table)


def relate_interventions(
    interventions: pd.DataFrame,
    likelihoods: pd.DataFrame,
    heatmaps: pd.DataFrame,
    attributes: pd.DataFrame,
    *,
    seed: int,
    resamples: int = 2000,
) -> pd.DataFrame:
    """Correlate what an answer is said to rest on with what removing the cue does, per question.

    Args:
        interventions: An `interventions` table of any number of models.
        likelihoods: A `likelihoods` table of them.
        heatmaps: A `heatmaps` table of them; of it the plain prompt counts. May be empty.
        attributes: The `attributes` of their samples.
        seed: Seed of the intervals.
        resamples: Bootstrap resamples; whole spurious attributes are drawn.

    Returns:
        Columns `ANSWER_COLUMNS`: Spearman's correlation of each of `PREDICTORS` with each of
        `EFFECTS`, over all questions and over ranks within types (condition); a correlation is
        above 0 where a greater number goes with a greater effect of removing the cue.
    """
    known = attributes[["sample_id", "spurious", "spurious_types"]]
    joined = (
        interventions.merge(known, on="sample_id")
        .merge(_advantages(likelihoods), on=["sample_id", "model"], how="left")
        .merge(_shares(heatmaps), on=["sample_id", "model"], how="left")
    )
    joined["rise"] = joined["label_after"] - joined["label_before"]
    joined["fall"] = joined["answer_before"] - joined["answer_after"]
    joined["type"] = joined["spurious_types"].map(" + ".join)
    rows = []
    for (model, name), part in joined.groupby(["model", "intervention"], sort=False):
        for predictor, column in PREDICTORS.items():
            some = part[part[column].notna()]
            if some.empty:
                continue
            for effect, changed in EFFECTS.items():
                for scope, strata in (("all", None), ("within types", some["type"])):
                    found = clustered_rank_correlation(
                        some[column],
                        some[changed],
                        some["spurious"],
                        strata=strata,
                        seed=seed,
                        resamples=resamples,
                    )
                    measure = f"{predictor} – {effect}"
                    rows.append(
                        answer(
                            *(str(model), f"{name} – {scope}", measure, RANK),
                            *(found, some["spurious"]),
                        )
                    )
    return as_table(rows)


def _advantages(likelihoods: pd.DataFrame) -> pd.DataFrame:
    raw = likelihood_advantage(likelihoods["label_core"], likelihoods["label_spurious"])
    return likelihoods[["sample_id", "model"]].assign(cgla=np.asarray(raw))


def _shares(heatmaps: pd.DataFrame) -> pd.DataFrame:
    """The share of each kind of map on the region of the cue, a column a kind."""
    plain = heatmaps[heatmaps["condition"] == "plain"]
    keys = ["sample_id", "model"]
    wide = plain.pivot(index=keys, columns="method", values="share_spurious")
    return wide.reindex(columns=["grad_cam", "attention"]).reset_index()
