"""Ask one model, wherever it is, everything that the evaluation asks: strategies and variants."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from spuriverse.models.answering import Variant, answer_variants
from spuriverse.models.classifying import ClassifyingModel
from spuriverse.models.local import LocalModel
from spuriverse.models.opening import open_here, open_remote
from spuriverse.models.remote import COST_COLUMNS, RemoteModel, answer_remotely, estimate_cost
from spuriverse.models.spec import ModelSpec
from spuriverse.models.variants import (
    blind_image,
    blind_variant,
    restore_order,
    shuffle_variant,
    shuffled_samples,
)
from spuriverse.problems import Problem
from spuriverse.questions import image_size
from spuriverse.tables import empty_table


def plan_variants(
    samples: pd.DataFrame,
    *,
    strategies: Sequence[str],
    shuffles: int,
    blind: bool,
    seed: int,
    grey: Path,
) -> list[Variant]:
    """Say in which ways the questions are asked.

    Every strategy is asked as it is; shuffles and the blind baseline are of the first one.

    Args:
        samples: Columns sample_id, image, question, options, answer; a question that stands in
            several rows, as the anchor of several types does, is asked once.
        strategies: Prompting strategies.
        shuffles: Number of other orders of the options.
        blind: Whether to ask without the image as well.
        seed: Of the orders.
        grey: Folder for the grey images that take the place of the images; must exist if `blind`.

    Returns:
        The variants, the strategies first. A shuffled one has the column `order`.
    """
    first = strategies[0]
    samples = samples.drop_duplicates("sample_id")
    variants = [Variant(samples, strategy) for strategy in strategies]
    for number, table in enumerate(shuffled_samples(samples, shuffles, seed), start=1):
        variants.append(Variant(table, first, shuffle_variant(first, number)))
    if blind:
        images = {path: _grey_image(path, grey) for path in samples["image"].unique()}
        unseen = samples.assign(image=samples["image"].map(images))
        variants.append(Variant(unseen, first, blind_variant(first)))
    return variants


def ask_variants(
    spec: ModelSpec,
    variants: Sequence[Variant],
    *,
    threads: int = 1,
    address: str | None = None,
) -> pd.DataFrame:
    """Ask a model all variants.

    Args:
        spec: The model, and how it is asked.
        variants: As `plan_variants` returns them.
        threads: Threads of the forward passes of a model that is loaded here.
        address: Where the server is this time, if the workflow started it.

    Returns:
        The `responses` of the variants, one below the other; choices and scores go by the
        original order of the options.

    Raises:
        Problem: The model cannot be asked.
    """
    if spec.server is None:
        responses = ask_opened(open_here(spec, threads=threads), spec, variants)
    else:
        remote = open_remote(spec, address=address)
        responses = _ask_server(remote, spec, variants)
    parts = []
    for variant in variants:
        label = variant.label or variant.strategy
        part = responses[responses["strategy"] == label]
        shuffled = "order" in variant.samples
        parts.append(restore_order(part, variant.samples) if shuffled else part)
    return pd.concat(parts, ignore_index=True)


def ask_models(
    specs: Sequence[ModelSpec],
    samples: pd.DataFrame,
    *,
    strategy: str,
    threads: int,
) -> pd.DataFrame:
    """Ask several models the same questions, one model after the other.

    Args:
        specs: The models, and how they are asked.
        samples: As in `plan_variants`; may be empty.
        strategy: Prompting strategy.
        threads: Of the forward passes of those that are loaded here.

    Returns:
        A `responses` table, model by model in the order of `specs`.

    Raises:
        Problem: As in `ask_variants`.
    """
    if samples.empty:
        return empty_table("responses")
    asked = [Variant(samples, strategy)]
    answered = [ask_variants(spec, asked, threads=threads) for spec in specs]
    return pd.concat(answered, ignore_index=True)


def ask_opened(
    model: LocalModel | ClassifyingModel, spec: ModelSpec, variants: Sequence[Variant]
) -> pd.DataFrame:
    """Ask a model that was opened before, as its spec says: as `ask_variants` without loading."""
    return answer_variants(
        model,
        variants,
        batch_size=spec.batch_size,
        answering=spec.answering,
        max_new_tokens=spec.max_new_tokens,
    )


def estimate_costs(
    specs: Sequence[ModelSpec],
    samples: pd.DataFrame,
    *,
    strategies: Sequence[str],
    shuffles: int,
    blind: bool,
    seed: int,
) -> pd.DataFrame:
    """Estimate what the evaluation of remote models will cost; nothing is sent.

    Args:
        specs: Models behind servers.
        samples: As in `plan_variants`.
        strategies: As in `plan_variants`.
        shuffles: As in `plan_variants`.
        blind: As in `plan_variants`.
        seed: As in `plan_variants`.

    Returns:
        Columns `COST_COLUMNS`, one row per model, summed over the variants.

    Raises:
        Problem: As in `estimate_cost`.
    """
    seen = plan_variants(
        samples, strategies=strategies, shuffles=shuffles, blind=False, seed=seed, grey=Path()
    )
    asked = [(variant.samples, variant.label or variant.strategy) for variant in seen]
    if blind:
        asked.append((samples, blind_variant(strategies[0])))
    rows = []
    for spec in specs:
        parts = [estimate_cost(table, [label], spec) for table, label in asked]
        total = pd.concat(parts).drop(columns="model").sum(min_count=1)
        rows.append({"model": spec.name, **total})
    table = pd.DataFrame(rows)[COST_COLUMNS]
    counts = ["requests", "already_stored", "tokens_in", "tokens_out"]
    return table.astype(dict.fromkeys(counts, "int64"))


def _ask_server(model: RemoteModel, spec: ModelSpec, variants: Sequence[Variant]) -> pd.DataFrame:
    strategies = spec.strategies()
    answered = [
        answer_remotely(
            model,
            variant.samples,
            strategy=variant.label or variant.strategy,
            strategies=strategies,
        )
        for variant in variants
    ]
    return pd.concat(answered, ignore_index=True)


def _grey_image(path: str, folder: Path) -> str:
    """Return the grey image of the size of another, which is made if it is the first."""
    try:
        size = image_size(path)
    except Problem:
        return path  # the stage that opens it says what is wrong with it
    grey = folder / f"{size[0]}x{size[1]}.png"
    if not grey.exists():
        blind_image(size).save(grey)
    return str(grey)
