"""A page of suspected shortcuts: the regions, what edits do to the answers, and what to do next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.problems import Problem
from spuriverse.questions import open_image
from spuriverse.report.pages.templating import embed_photograph, fill_template

_SHOWN_SIDE = 200
_PAIRS = 2
_LINE, _GROUND = (208, 0, 111), (255, 255, 255)
_PICTURED = 40
"""Most suspicions that are shown with pictures, so that a page can be mailed."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Figure:
    """A picture of the page.

    Attributes:
        source: Its address, which holds the picture itself.
        caption: What is below it.
        misled: Whether the wrong answer was given to it.
    """

    source: str
    caption: str
    misled: bool


@dataclass(frozen=True)
class _Answers:
    """Question -> what was answered, and what would have been right."""

    given: Mapping[str, str]
    right: Mapping[str, str]

    @classmethod
    def of(cls, asked: pd.DataFrame, responses: pd.DataFrame) -> "_Answers":
        choice = responses.set_index("sample_id")["choice"].reindex(asked["sample_id"])
        numbers = choice.to_numpy(dtype=float, na_value=np.nan)
        given, right = {}, {}
        columns = (asked["sample_id"], asked["options"], asked["answer"], numbers)
        for key, options, answer, number in zip(*columns, strict=True):
            given[key] = "no answer" if np.isnan(number) else options[int(number)]
            right[key] = options[answer]
        return cls(given, right)

    def figure(self, key: str, picture: Image.Image, wrong: str, before: str = "") -> Figure:
        caption = f"{before}right: {self.right[key]}; answered: {self.given[key]}"
        return Figure(embed_photograph(picture), caption, self.given[key] == wrong)


def render_shortcuts(
    table: pd.DataFrame,
    regions: pd.DataFrame,
    samples: pd.DataFrame,
    answers: pd.DataFrame,
    trials: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    grades: Mapping[str, str],
    model: str,
    shown: int,
) -> str:
    """Return the page.

    Args:
        table: The table of shortcuts.
        regions: A `regions` table.
        samples: The `samples` the suspicions come from.
        answers: `responses` to them.
        trials: A `trials` table; maybe without rows.
        responses: `responses` to the trials.
        grades: Evidence -> what it says, the strongest first.
        model: Who was asked.
        shown: Pictures per suspicion with their regions outlined.

    Returns:
        HTML; the pictures are part of it. See `fill_template`.
    """
    seen = samples[samples["image"].isin(set(regions["image"]))]
    asked, edited = _Answers.of(seen, answers), _Answers.of(trials, responses)
    articles = []
    for row in table.head(_PICTURED).to_dict("records"):
        here = regions[regions["attribute"] == row["attribute"]]
        tried = trials[trials["attribute"] == row["attribute"]]
        articles.append(
            {
                "row": row,
                "regions": _outlined(here, seen, asked, row["wrong"], shown),
                "pasted": _pairs(tried, "paste", edited, row),
                "covered": _pairs(tried, "cover", edited, row),
            }
        )
    counts = table["evidence"].value_counts()
    values = {
        "articles": articles,
        "table": table.to_dict("records"),
        "grades": [(grade, says, int(counts.get(grade, 0))) for grade, says in grades.items()],
        "model": model,
        "questions": len(samples),
        "pictures": samples["image"].nunique(),
        "tried": len(trials) > 0,
    }
    return fill_template("shortcuts", values)


def _outlined(
    regions: pd.DataFrame, samples: pd.DataFrame, asked: _Answers, wrong: str, number: int
) -> list[Figure]:
    """The exemplars with their regions outlined, the clearest first."""
    marked = regions[regions["exemplar"] > 0].sort_values("exemplar", kind="stable")
    keys = samples.set_index("image")["sample_id"]
    figures: list[Figure] = []
    for image, rows in marked.groupby("image", sort=False):
        if len(figures) == number:
            break
        least = rows[rows["size"] == rows["size"].min()]
        boxes = least[["left", "top", "right", "bottom"]].itertuples(index=False, name=None)
        picture = _opened(str(image))
        if picture is None:
            continue
        # Of several questions about a picture, one that was answered so.
        about = [keys[image]] if isinstance(keys[image], str) else list(keys[image])
        key = next((k for k in about if asked.given[k] == wrong), about[0])
        figures.append(asked.figure(key, outline_regions(picture, list(boxes)), wrong))
    return figures


def _pairs(
    trials: pd.DataFrame, edit: str, edited: _Answers, suspicion: Mapping[str, str]
) -> list[tuple[Figure, Figure]]:
    """Pairs of edited pictures, region and control, those first that differ as suspected."""
    wrong = suspicion["wrong"]
    rows = trials[trials["edit"] == edit]
    keys = {
        arm: part.set_index("pair")[["sample_id", "image"]] for arm, part in rows.groupby("arm")
    }
    if len(keys) < 2:
        return []
    labels = {
        "paste": (f"the {suspicion['pasted']} pasted; ", "a placebo; "),
        "cover": ("the region covered; ", "a place beside it covered; "),
    }[edit]
    found = []
    for pair in keys["region"].index.intersection(keys["control"].index):
        arms = [keys[arm].loc[pair] for arm in ("region", "control")]
        region, control = (edited.given[arm["sample_id"]] == wrong for arm in arms)
        differs = region and not control if edit == "paste" else control and not region
        found.append((not differs, pair, arms))
    pairs = []
    for _, _, arms in sorted(found, key=lambda each: each[:2])[:_PAIRS]:
        opened = [_opened(arm["image"]) for arm in arms]
        if opened[0] is None or opened[1] is None:
            continue
        first, second = (
            edited.figure(arm["sample_id"], _scaled(picture), wrong, label)
            for arm, picture, label in zip(arms, opened, labels, strict=True)
            if picture is not None
        )
        pairs.append((first, second))
    return pairs


def outline_regions(picture: Image.Image, boxes: Sequence[Box]) -> Image.Image:
    """Return a picture at the size of the page, with regions outlined.

    Args:
        picture: A picture, RGB.
        boxes: Left, top, right and bottom as shares of the sides; those that touch are outlined
            together.
    """
    from scipy.ndimage import binary_erosion

    pixels = np.array(_scaled(picture))
    height, width = pixels.shape[:2]
    inside = np.zeros((height, width), dtype=bool)
    for left, top, right, bottom in boxes:
        x, y = int(left * width), int(top * height)
        inside[y : max(round(bottom * height), y + 1), x : max(round(right * width), x + 1)] = True
    # Two colours, so that it is seen on any ground.
    pixels[inside & ~binary_erosion(inside, iterations=4)] = _GROUND
    pixels[inside & ~binary_erosion(inside, iterations=2)] = _LINE
    return Image.fromarray(pixels)


def _scaled(picture: Image.Image) -> Image.Image:
    scale = _SHOWN_SIDE / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    crisp = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS
    return picture.resize((width, height), crisp)


def _opened(path: str) -> Image.Image | None:
    """The picture, or nothing if it can no longer be read: the page does without."""
    try:
        return open_image(path, shortest=_SHOWN_SIDE)
    except Problem:
        return None
