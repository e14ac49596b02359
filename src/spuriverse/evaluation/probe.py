"""What a probe is: ask a model under changed conditions, and contrast the answers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from PIL import Image

from spuriverse.evaluation.accuracies import mark_responses, sampling_units
from spuriverse.problems import Problem
from spuriverse.questions import open_image

if TYPE_CHECKING:
    from spuriverse.models import LocalModel

Ask = Callable[[pd.DataFrame], pd.DataFrame]
"""Asks one model the questions of a table (columns sample_id, image, question, options, answer) and
returns its `responses`."""

ACCURACY = "accuracy"


@dataclass(frozen=True)
class Material:
    """What probes are made of.

    Attributes:
        samples: As `evaluation_samples` returns it, with cue (the option to which the attribute of
            a group leads, as text) and twin (the core image of a spurious one); both missing
            elsewhere. One row per question.
        folder: Where changed images are written; must exist.
        seed: Of every draw.
        stickers: Name -> a small RGBA picture.
        model: What `ask` asks, where it is a checkpoint that reads and writes on this machine; None
            behind a server, for recorded replies and for what only tells classes apart.
        embed: From n RGB images makes the model's own embeddings of them, shape (n, width); None
            where the model gives none.
    """

    samples: pd.DataFrame
    folder: Path
    seed: int
    stickers: Mapping[str, Image.Image] = field(default_factory=dict)
    model: "LocalModel | None" = None
    embed: Callable[[Sequence[Image.Image]], np.ndarray] | None = None

    def of(self, *subsets: str) -> pd.DataFrame:
        """Return the questions of some subsets."""
        return self.samples[self.samples["subset"].isin(subsets)]

    def non_spurious(self) -> pd.DataFrame:
        """Return the questions that are of no type."""
        return self.samples[~self.samples["subset"].isin(("anchor", "spurious", "core"))]

    def changed(
        self, samples: pd.DataFrame, name: str, change: Callable[[Image.Image, str], Image.Image]
    ) -> pd.DataFrame:
        """Return samples whose images are changed.

        Args:
            samples: Columns sample_id and image.
            name: Folder of the changed images within `folder`.
            change: From an RGB image and its sample's id, makes another image.

        Returns:
            The samples with other images; one that cannot be opened stays, so that asking says
            what is wrong with it.
        """
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for place, (sample, path) in enumerate(
            zip(samples["sample_id"], samples["image"], strict=True)
        ):
            try:
                image = open_image(path)
            except Problem:
                paths.append(path)
                continue
            file = folder / f"{place}.png"
            change(image, sample).save(file)
            paths.append(str(file))
        return samples.assign(image=paths)


@dataclass(frozen=True)
class Contrast:
    """The answers under one condition beside those under another.

    Attributes:
        condition: What was changed.
        against: What it is compared with; empty if with nothing.
        measure: What `value` of the marks says, such as "accuracy".
        marks: Columns sample_id, unit (what was sampled) and value (whether it holds).
        others: The same under the other condition; None if there is none.
        paired: Whether both are answers to the same questions, by sample_id.
    """

    condition: str
    against: str
    measure: str
    marks: pd.DataFrame
    others: pd.DataFrame | None = None
    paired: bool = True


@dataclass(frozen=True)
class Quantity:
    """A number about a model that is no share of answers, with its 95 % interval.

    Attributes:
        condition: What it is about.
        against: What it is compared with; empty if with nothing.
        measure: What the number is.
        n: Images or questions that it rests on.
        value: The number.
        low: Lower limit.
        high: Upper limit.
    """

    condition: str
    against: str
    measure: str
    n: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Probe:
    """One probe; a module of `probes` holds one as `PROBE`.

    Attributes:
        name: What configuration and tables call it.
        paper: Where the idea comes from.
        measure: Asks a model under every condition, or looks at what it makes of the images; yields
            nothing where the model does not give what it needs.
        score: The condition whose difference says how much a model relies on shortcuts; of several
            that begin with it, the first. Empty if none does.
        sign: 1 if a greater difference means more reliance, -1 if a smaller one does.
    """

    name: str
    paper: str
    measure: Callable[[Ask, Material], Iterator[Contrast | Quantity]]
    score: str = ""
    sign: int = 1


def right_answers(samples: pd.DataFrame, ask: Ask) -> pd.DataFrame:
    """Ask, and mark what is right.

    Returns:
        The marks of a `Contrast`; failed requests are left out.
    """
    asked = samples.drop_duplicates("sample_id")
    marked = mark_responses(asked, ask(asked))
    return marked.assign(unit=sampling_units(marked), value=marked["correct"])[
        ["sample_id", "unit", "value"]
    ]


def answers_of(samples: pd.DataFrame, ask: Ask) -> pd.Series:
    """Ask, and return the text of the chosen option by sample_id; "" for a reply without a choice.

    Failed requests are left out.
    """
    asked = samples.drop_duplicates("sample_id").set_index("sample_id", drop=False)
    responses = ask(asked)
    made = responses[responses["outcome"] != "failed"]
    texts = [
        "" if pd.isna(choice) else asked.at[sample, "options"][int(choice)]
        for sample, choice in zip(made["sample_id"], made["choice"], strict=True)
    ]
    return pd.Series(texts, index=made["sample_id"].to_numpy(), dtype=object)


def marks_of(samples: pd.DataFrame, answers: pd.Series, option: pd.Series | str) -> pd.DataFrame:
    """Mark which answers are a certain option.

    Args:
        samples: Columns sample_id, cluster and, if there is one, attribute.
        answers: As `answers_of` returns them.
        option: Text of the option, of all samples or, indexed like `samples`, of each.

    Returns:
        The marks of a `Contrast`; a sample without an answer is left out.
    """
    wanted = samples.assign(option=option).drop_duplicates("sample_id")
    wanted = wanted[wanted["sample_id"].isin(answers.index)]
    named = wanted if "attribute" in wanted else wanted.assign(attribute="")
    given = answers.loc[wanted["sample_id"]].to_numpy()
    return pd.DataFrame(
        {
            "sample_id": wanted["sample_id"].to_numpy(),
            "unit": sampling_units(named).to_numpy(),
            "value": given == wanted["option"].to_numpy(),
        }
    )
