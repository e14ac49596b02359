"""Ask one model, wherever it is, everything that the evaluation asks: strategies and variants."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from spuriverse.models.answering import Variant, answer_variants
from spuriverse.models.loading import load_model
from spuriverse.models.local import LocalModel
from spuriverse.models.remote import COST_COLUMNS, RemoteModel, answer_remotely, estimate_cost
from spuriverse.models.variants import (
    blind_image,
    blind_variant,
    restore_order,
    shuffle_variant,
    shuffled_samples,
)
from spuriverse.problems import Problem
from spuriverse.questions import load_strategies
from spuriverse.tables import empty_table

Spec = Mapping[str, Any]


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
        samples: Columns sample_id, image, question, options, answer; one row a question.
        strategies: Prompting strategies.
        shuffles: Number of other orders of the options.
        blind: Whether to ask without the image as well.
        seed: Of the orders.
        grey: Folder for the grey images that take the place of the images; must exist if `blind`.

    Returns:
        The variants, the strategies first. A shuffled one has the column `order`.
    """
    first = strategies[0]
    variants = [Variant(samples, strategy) for strategy in strategies]
    for number, table in enumerate(shuffled_samples(samples, shuffles, seed), start=1):
        variants.append(Variant(table, first, shuffle_variant(first, number)))
    if blind:
        images = {path: _grey_image(path, grey) for path in samples["image"].unique()}
        unseen = samples.assign(image=samples["image"].map(images))
        variants.append(Variant(unseen, first, blind_variant(first)))
    return variants


def ask_variants(spec: Spec, variants: Sequence[Variant], *, protocol: str) -> pd.DataFrame:
    """Ask a model all variants.

    Args:
        spec: How the model is asked: `backend` (zoo, transformers or openai), `name`,
            and what that backend needs.
        variants: As `plan_variants` returns them.
        protocol: Recorded in every row.

    Returns:
        The `responses` of the variants, one below the other; choices and scores go by the
        original order of the options.

    Raises:
        Problem: The model cannot be asked.
    """
    ask = {
        "zoo": _ask_checkpoint,
        "transformers": _ask_checkpoint,
        "openai": _ask_server,
    }[spec["backend"]]
    responses = ask(spec, variants, protocol)
    parts = []
    for variant in variants:
        label = variant.label or variant.strategy
        part = responses[responses["strategy"] == label]
        shuffled = "order" in variant.samples
        parts.append(restore_order(part, variant.samples) if shuffled else part)
    return pd.concat(parts, ignore_index=True)


def ask_models(
    specs: Sequence[Spec],
    samples: pd.DataFrame,
    *,
    folders: Sequence[str] = (),
    strategy: str,
    protocol: str,
    threads: int,
) -> pd.DataFrame:
    """Ask several models the same questions, one model after the other.

    Args:
        specs: How they are asked, as in `ask_variants`.
        samples: As in `plan_variants`; may be empty.
        folders: Checkpoints of the zoo, the last part of each being the name of its model.
        strategy: Prompting strategy.
        protocol: Recorded in every row.
        threads: Of the forward passes of those that are loaded here.

    Returns:
        A `responses` table, model by model in the order of `specs`.

    Raises:
        Problem: As in `ask_variants`.
    """
    if samples.empty:
        return empty_table("responses")
    checkpoints = {Path(folder).name: folder for folder in folders}
    asked = [Variant(samples, strategy)]
    answered = [
        ask_variants(_placed(spec, checkpoints) | {"threads": threads}, asked, protocol=protocol)
        for spec in specs
    ]
    return pd.concat(answered, ignore_index=True)


def _placed(spec: Spec, checkpoints: Mapping[str, str]) -> dict[str, Any]:
    """How a model is asked, with the folder of its checkpoint if it is one of the zoo."""
    if spec["backend"] != "zoo":
        return dict(spec)
    name = spec["name"]
    if name not in checkpoints:
        raise Problem(
            f"The checkpoint of {name} is not among {', '.join(checkpoints) or 'no checkpoints'}:"
            " give the rule that asks it the folder of this model as an input."
        )
    return {**spec, "checkpoint": checkpoints[name]}


def estimate_costs(
    endpoints: Sequence[Spec],
    samples: pd.DataFrame,
    *,
    strategies: Sequence[str],
    shuffles: int,
    blind: bool,
    seed: int,
    prompts: str | None,
    store: str,
) -> pd.DataFrame:
    """Estimate what the evaluation of remote models will cost; nothing is sent.

    Args:
        endpoints: The models, as `RemoteModel` takes them.
        samples: As in `plan_variants`.
        strategies: As in `plan_variants`.
        shuffles: As in `plan_variants`.
        blind: As in `plan_variants`.
        seed: As in `plan_variants`.
        prompts: Folder of the user's templates, if there is one.
        store: File with the replies that are there already.

    Returns:
        Columns `COST_COLUMNS`, one row a model, summed over the variants.

    Raises:
        Problem: As in `estimate_cost`.
    """
    templates = load_strategies(Path(prompts) if prompts else None)
    seen = plan_variants(
        samples, strategies=strategies, shuffles=shuffles, blind=False, seed=seed, grey=Path()
    )
    asked = [(variant.samples, variant.label or variant.strategy) for variant in seen]
    if blind:
        asked.append((samples, blind_variant(strategies[0])))
    rows = []
    for spec in endpoints:
        parts = [
            estimate_cost(table, [label], spec, store=store, templates=templates)
            for table, label in asked
        ]
        total = pd.concat(parts).drop(columns="model").sum(min_count=1)
        rows.append({"model": spec["name"], **total})
    table = pd.DataFrame(rows)[COST_COLUMNS]
    counts = ["requests", "already_stored", "tokens_in", "tokens_out"]
    return table.astype(dict.fromkeys(counts, "int64"))


def open_checkpoint(spec: Spec) -> LocalModel:
    """Load the model of a spec whose backend is zoo or transformers.

    Args:
        spec: As in `ask_variants`, with its `checkpoint` and the `threads` of its forward passes.

    Raises:
        Problem: As in `spuriverse.models.load_model`.
    """
    loaded = ("revision", "dtype", "quantisation", "device", "token_env", "show_options")
    return load_model(
        spec["checkpoint"],
        name=spec["name"],
        threads=spec["threads"],
        strategies=load_strategies(_folder(spec)),
        **{key: spec[key] for key in loaded if key in spec},
    )


def ask_opened(
    model: LocalModel, spec: Spec, variants: Sequence[Variant], *, protocol: str
) -> pd.DataFrame:
    """Ask a model that was opened before, as its spec says: as `ask_variants` without loading."""
    asked = {key: spec[key] for key in ("batch_size", "answering", "max_new_tokens") if key in spec}
    return answer_variants(model, variants, protocol=protocol, **asked)


def _ask_checkpoint(spec: Spec, variants: Sequence[Variant], protocol: str) -> pd.DataFrame:
    return ask_opened(open_checkpoint(spec), spec, variants, protocol=protocol)


def _ask_server(spec: Spec, variants: Sequence[Variant], protocol: str) -> pd.DataFrame:
    model = RemoteModel(**spec["endpoint"])
    strategies = load_strategies(_folder(spec))
    answered = [
        answer_remotely(
            model,
            variant.samples,
            protocol=protocol,
            strategy=variant.label or variant.strategy,
            strategies=strategies,
        )
        for variant in variants
    ]
    return pd.concat(answered, ignore_index=True)


def _folder(spec: Spec) -> Path | None:
    return Path(spec["prompts"]) if spec.get("prompts") else None


def _grey_image(path: str, folder: Path) -> str:
    """Return the grey image of the size of another, which is made if it is the first."""
    try:
        with Image.open(path) as image:
            size = image.size
    except OSError:
        return path  # the stage that opens it says what is wrong with it
    grey = folder / f"{size[0]}x{size[1]}.png"
    if not grey.exists():
        blind_image(size).save(grey)
    return str(grey)
