"""The core and the spurious group of every candidate."""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as arrow
from PIL import Image

from spuriverse.discovery.synthesis.backends import (
    GROUPS,
    Backend,
    Description,
    Group,
    Picture,
    Refusal,
)
from spuriverse.discovery.synthesis.encoded import decode_image, suffix_of
from spuriverse.discovery.synthesis.gates import PASSED, UNJUDGED, Gate, Shown
from spuriverse.problems import Problem
from spuriverse.progress import progress
from spuriverse.tables import arrow_schema, empty_table

log = logging.getLogger(__name__)

_UNSAID = {
    field.name: "" if arrow.types.is_string(field.type) else None
    for field in arrow_schema("image_records")
}


@dataclass(frozen=True)
class Seeds:
    """The seeds of one part of the groups.

    Attributes:
        wanted: One an image.
        spare: Tried in this order, by each group of a candidate, in place of those that fail.
    """

    wanted: Sequence[int]
    spare: Sequence[int] = ()


@dataclass(frozen=True)
class Groups:
    """What was made.

    Attributes:
        groups: A `groups` table: the images that passed every gate.
        records: An `image_records` table: every image, those that failed too.
    """

    groups: pd.DataFrame
    records: pd.DataFrame


def plan_seeds(images: int, fresh: int, further: int) -> dict[str, Seeds]:
    """Return the seeds of both parts; no two parts share one, not even a spare one.

    Args:
        images: Images in each group on which the decision rests.
        fresh: Images in each group that take no part in it.
        further: Spare seeds of each part.
    """
    total = images + fresh
    selection = Seeds(_after(0, images), _after(total, further))
    if not fresh:
        return {"selection": selection}
    spare = _after(total + further, further)
    return {"selection": selection, "fresh": Seeds(_after(images, fresh), spare)}


def describe_images(
    candidates: pd.DataFrame, samples: pd.DataFrame, seeds: Sequence[int]
) -> list[Description]:
    """Describe both images of every candidate and seed.

    Args:
        candidates: A `candidates` table. Where it has no descriptions, they are made of the right
            answer and the attribute.
        samples: The `samples` table that holds the anchors.
        seeds: Which images, from 1.

    Returns:
        Core and spurious side by side, seed by seed, candidate by candidate.
    """
    anchors = samples.set_index("sample_id").to_dict("index")
    return [
        _describe(candidate, anchors[candidate["sample_id"]], group, seed)
        for candidate in candidates.to_dict("records")
        for seed in seeds
        for group in GROUPS
    ]


def synthesise_groups(
    candidates: pd.DataFrame,
    samples: pd.DataFrame,
    folder: Path,
    *,
    backend: Backend,
    parts: Mapping[str, Seeds],
    gates: Sequence[Gate] = (),
    minimal: bool = False,
    stored_as: Path | None = None,
    required: bool = True,
) -> Groups:
    """Make both groups of every candidate and turn away what no model should be asked about.

    An image that fails is made anew with the next spare seed. What remains short is in the
    records, and a warning counts it.

    Args:
        candidates: A `candidates` table.
        samples: The `samples` table that holds the anchors.
        folder: Where the images go, named candidate, group and seed; must exist.
        backend: Who makes the images.
        parts: Part of the groups ("selection" or "fresh") -> its seeds; no seed in two of them.
        gates: What images pass, in this order.
        minimal: Whether core and spurious images are minimal pairs: if one fails, both are made
            anew, so that both groups have the same seeds.
        stored_as: The folder as the table names it, if it will be moved; by default `folder`.
        required: Whether it is a problem if no image at all can be made.

    Returns:
        The groups and the record of every image.

    Raises:
        Problem: There is no candidate, no image can be made, or none passes the gates.
    """
    if candidates.empty:
        raise Problem(
            "No candidate was accepted, so there is nothing to make images of; let the annotator"
            " propose more, or accept some that were rejected."
        )
    work = _Work(folder, stored_as or folder, backend, gates, minimal)
    for part, seeds in parts.items():
        work.make_part(part, describe_images(candidates, samples, seeds.wanted), seeds.spare)
    if required and not work.rows:
        raise Problem(
            f"None of the {len(candidates)} candidates can be depicted; the first image"
            f" failed because of this: {work.records[0]['reason']}"
        )
    groups = pd.DataFrame(work.rows) if work.rows else empty_table("groups")
    return Groups(groups, pd.DataFrame(work.records))


def _after(seed: int, n: int) -> range:
    return range(seed + 1, seed + 1 + n)


def _describe(
    candidate: Mapping[Any, Any], anchor: Mapping[Any, Any], group: Group, seed: int
) -> Description:
    answer = anchor["options"][anchor["answer"]]
    plain = f"{anchor['question']} {answer}"
    # A model that is told what not to show tends to show it, so the core text does not name it.
    texts = {
        "core": candidate.get("core_description") or plain,
        "spurious": candidate.get("spurious_description")
        or f"{plain}, with {candidate['attribute']}",
    }
    return Description(
        candidate_id=candidate["candidate_id"],
        group=group,
        seed=seed,
        text=texts[group],
        attribute=candidate["attribute"],
        question=anchor["question"],
        answer=answer,
        anchor=anchor.get("image", ""),
        core_text=texts["core"],
        spurious_text=texts["spurious"],
    )


@dataclass(frozen=True)
class _Tried:
    """An image that was asked for: its file, if it passed, and what is said of it."""

    description: Description
    file: str
    record: dict[str, object]
    again: bool


class _Work:
    def __init__(
        self,
        folder: Path,
        stored_as: Path,
        backend: Backend,
        gates: Sequence[Gate],
        minimal: bool,
    ) -> None:
        self.rows: list[dict[str, object]] = []
        self.records: list[dict[str, object]] = []
        self._folder = folder
        self._stored_as = stored_as
        self._backend = backend
        self._gates = gates
        self._minimal = minimal

    def make_part(
        self, part: str, descriptions: Sequence[Description], spare: Sequence[int]
    ) -> None:
        """Make the images of one part; seeds that fail give way to spare ones."""
        left: defaultdict[tuple[str, ...], list[int]] = defaultdict(lambda: list(spare))
        short: defaultdict[str, list[str]] = defaultdict(list)
        asked = list(descriptions)
        while asked:
            again: list[Description] = []
            for (*owner, _), unit in self._units(self._try(asked)).items():
                passed = all(one.file for one in unit)
                self._note(part, unit, passed)
                if passed:
                    continue
                if left[tuple(owner)] and all(one.again for one in unit):
                    seed = left[tuple(owner)].pop(0)
                    again += [replace(one.description, seed=seed) for one in unit]
                else:
                    short[owner[0]] += [str(one.record["reason"]) for one in unit]
            asked = again
        for candidate, reasons in short.items():
            log.warning(
                "Candidate %s is %d images short of part %s: %s",
                candidate,
                len(reasons),
                part,
                next(filter(None, reasons)),
            )

    def _units(self, tried: Sequence[_Tried]) -> dict[tuple[str, ...], list[_Tried]]:
        """Join what is kept or remade as a unit."""
        units: defaultdict[tuple[str, ...], list[_Tried]] = defaultdict(list)
        for one in tried:
            shown = one.description
            group = () if self._minimal else (shown.group,)
            units[shown.candidate_id, *group, str(shown.seed)].append(one)
        return units

    def _note(self, part: str, unit: Sequence[_Tried], passed: bool) -> None:
        for one in unit:
            shown = one.description
            self.records.append({**one.record, "part": part, "kept": passed})
            if not passed:
                (self._folder / one.file).unlink() if one.file else None
                continue
            self.rows.append(
                {
                    "candidate_id": shown.candidate_id,
                    "group": shown.group,
                    "part": part,
                    "image": str(self._stored_as / one.file),
                    "seed": shown.seed,
                    "description": shown.text,
                    "generator": self._backend.name,
                }
            )

    def _try(self, descriptions: Sequence[Description]) -> list[_Tried]:
        size = self._backend.batch_size
        batches = [descriptions[i : i + size] for i in range(0, len(descriptions), size)]
        shown = progress(batches, f"images by {size}", len(batches), "batch")
        return [one for batch in shown for one in self._try_batch(batch)]

    def _try_batch(self, descriptions: Sequence[Description]) -> list[_Tried]:
        made = self._backend.make(descriptions)
        images = [_decoded(one) for one in made]
        verdicts = self._judge(descriptions, images)
        return [self._tried(*one) for one in zip(descriptions, made, images, verdicts, strict=True)]

    def _judge(
        self, descriptions: Sequence[Description], images: Sequence[Image.Image | None]
    ) -> list[dict[str, str]]:
        """Pass images through one gate after the other, until one rejects them."""
        verdicts: list[dict[str, str]] = [{} for _ in images]
        inside = [i for i, image in enumerate(images) if image is not None]
        for gate in self._gates:
            shown = [Shown(descriptions[i], image) for i in inside if (image := images[i])]
            for i, verdict in zip(inside, gate.judge(shown), strict=True):
                verdicts[i][gate.name] = verdict
            inside = [i for i in inside if verdicts[i][gate.name] in (PASSED, UNJUDGED)]
        return verdicts

    def _tried(
        self,
        shown: Description,
        made: Picture | Refusal,
        image: Image.Image | None,
        verdicts: Mapping[str, str],
    ) -> _Tried:
        record = {
            **_UNSAID,
            "truth": "unknown",
            "backend": self._backend.name,
            "prompt": shown.text,
            **made.record,
            "candidate_id": shown.candidate_id,
            "group": shown.group,
            "seed": shown.seed,
            "gates": [f"{name}: {verdict}" for name, verdict in verdicts.items()],
        }
        if isinstance(made, Refusal):
            result = {"outcome": made.outcome, "reason": made.reason}
            return _Tried(shown, "", {**record, **result}, made.another_seed)
        record["sha256"] = hashlib.sha256(made.content).hexdigest()
        if image is None:
            result = {"outcome": "failed", "reason": "the reply is not an image"}
            return _Tried(shown, "", {**record, **result}, True)
        record |= {"outcome": "made", "width": image.width, "height": image.height}
        faults = [f"{name}: {v}" for name, v in verdicts.items() if v not in (PASSED, UNJUDGED)]
        if faults:
            return _Tried(shown, "", {**record, "reason": faults[0]}, True)
        name = f"{shown.candidate_id}-{shown.group}-{shown.seed}".replace("/", "_")
        file = name + suffix_of(made.content)
        (self._folder / file).write_bytes(made.content)
        return _Tried(shown, file, record, True)


def _decoded(made: Picture | Refusal) -> Image.Image | None:
    return decode_image(made.content) if isinstance(made, Picture) else None
