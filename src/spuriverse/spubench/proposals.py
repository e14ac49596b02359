"""From confused images to proposed questions, in the tables that the review page shows."""

from pathlib import Path

import pandas as pd

from spuriverse.tables import sample_id

BENCHMARK = "spubench"
QUESTION = "What object is shown?"
"""Ours; the embedded models have learnt it in these words."""


def propose_core_and_spurious(
    confusions: pd.DataFrame, described: pd.DataFrame, *, annotator: str, options: int = 4
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draft a question for every confused image whose attributes are known.

    Args:
        confusions: A `confusions` table.
        described: Columns core, spurious, spurious_type and explanation, and perhaps reply,
            prompt_sha256 and fault, in the order of `confusions`. Rows with a fault are left out.
        annotator: Who described them.
        options: Most options of a draft: the true class and those ranked above it.

    Returns:
        A `samples` table of drafts, the right option first, and a `candidates` table: predicted is
        the preferred class, attribute reads type:spurious attribute, the core attribute is in
        core_description.
    """
    missing = {"reply": "", "prompt_sha256": "", "fault": ""}
    samples, candidates = [], []
    rows = zip(confusions.itertuples(index=False), described.to_dict("records"), strict=True)
    for confusion, description in rows:
        found = missing | description
        if found["fault"]:
            continue
        key = sample_id(BENCHMARK, _image_id(str(confusion.source), str(confusion.image)), QUESTION)
        samples.append(
            {
                "sample_id": key,
                "benchmark": BENCHMARK,
                "image": confusion.image,
                "question": QUESTION,
                "options": [confusion.label, *confusion.above[: options - 1]],
                "answer": 0,
                "category": found["spurious_type"],
                "attributes": [],
            }
        )
        candidates.append(
            {
                "candidate_id": key,
                "sample_id": key,
                "predicted": confusion.predicted,
                "attribute": f"{found['spurious_type']}:{found['spurious']}",
                "kind": found["spurious_type"],
                "rationale": found["explanation"],
                "annotator": annotator,
                "prompt_sha256": found["prompt_sha256"],
                "reply": found["reply"],
                "spurious_description": "",
                "core_description": found["core"],
                "status": "proposed",
                "reviewer": "",
                "note": "",
            }
        )
    return pd.DataFrame(samples), pd.DataFrame(candidates)


def _image_id(source: str, image: str) -> str:
    """Source, class folder and file: the same wherever the source's folder lies."""
    path = Path(image)
    return f"{source}/{path.parent.name}/{path.name}"
