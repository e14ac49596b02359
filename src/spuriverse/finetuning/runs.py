"""The runs of one study on one split; base model and data are loaded once for all of them."""

import fcntl
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from spuriverse.discovery.verification import group_samples
from spuriverse.finetuning.adapters import attached_adapter
from spuriverse.finetuning.encoding import Encoder
from spuriverse.finetuning.hyperparameters import Hyperparameters
from spuriverse.finetuning.mixtures import (
    Mixture,
    mix_samples,
    spurious_images,
    training_types,
)
from spuriverse.finetuning.plans import Plan, hold_out, plan_runs
from spuriverse.finetuning.tradeoff import held_out_samples
from spuriverse.finetuning.training import FinetuningRecord, finetune_adapter
from spuriverse.finetuning.unselected import study_samples
from spuriverse.models import (
    ModelSpec,
    Variant,
    ask_opened,
    fingerprint_model,
    load_model,
    open_checkpoint,
)
from spuriverse.questions import open_image
from spuriverse.tables import (
    content_sha256,
    empty_table,
    file_sha256,
    read_table,
    read_tables,
    write_text,
)
from spuriverse.workflow import Code

log = logging.getLogger(__name__)

_DONE, _LOCK = "record.json", "made.lock"
_TRAINING = (finetune_adapter.__module__, load_model.__module__)
_LIBRARIES = ("torch", "transformers", "peft", "trl")


@dataclass(frozen=True)
class StudyData:
    """What every run of a study draws from.

    Attributes:
        types: A `types` table with the benchmark of every anchor.
        splits: A `splits` table.
        asked_groups: As `spuriverse.discovery.verification.group_samples` returns it.
        samples: All `samples`.
        non_spurious: A `non_spurious` table.
        test_sets: As `spuriverse.finetuning.render_test_sets` returns it; empty where no images
            can be rendered.
    """

    types: pd.DataFrame
    splits: pd.DataFrame
    asked_groups: pd.DataFrame
    samples: pd.DataFrame
    non_spurious: pd.DataFrame
    test_sets: pd.DataFrame

    @property
    def asked(self) -> pd.DataFrame:
        """Every question of the study, as `spuriverse.finetuning.study_samples` returns it."""
        types = self.types.drop(columns="benchmark")
        return study_samples(
            types, self.samples, self.asked_groups, self.non_spurious, self.test_sets
        )


def read_study_data(paths: Any) -> StudyData:
    """Read what a study draws from, from a job's named input files.

    Args:
        paths: Has the attributes samples (several files), candidates, groups, types, splits,
            non_spurious and test_sets (files, or none).

    Raises:
        Problem: As in `spuriverse.tables.read_table`.
    """
    samples = read_tables(paths.samples, "samples")
    candidates = read_table(paths.candidates, "candidates")
    types = read_table(paths.types, "types")
    return StudyData(
        types.merge(samples[["sample_id", "benchmark"]], on="sample_id", how="left"),
        read_table(paths.splits, "splits"),
        group_samples(candidates, samples, read_table(paths.groups, "groups")),
        samples,
        read_table(paths.non_spurious, "non_spurious"),
        read_tables(paths.test_sets, "test_sets") if paths.test_sets else empty_table("test_sets"),
    )


def read_study_samples(paths: Any) -> pd.DataFrame:
    """Read what a study asks, from a job's named input files, as `study_samples` returns it.

    Args:
        paths: As in `read_study_data`.

    Raises:
        Problem: As in `spuriverse.tables.read_table`.
    """
    return read_study_data(paths).asked


def finetune_adapters(
    spec: ModelSpec,
    data: StudyData,
    *,
    study: str,
    settings: Mapping[str, Any],
    seed: int,
    n_train: int,
    n_validation: int,
    hyper: Hyperparameters,
    threads: int,
    store: Path,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the runs of one study on one split, and evaluate each on what it holds out.

    Args:
        spec: The base model, and how it is asked.
        data: What the runs draw from.
        study: As in `plan_runs`.
        settings: As in `plan_runs`.
        seed: Which split; also of adapters and of the order of samples.
        n_train: Training samples wanted.
        n_validation: Validation samples wanted.
        hyper: Hyper-parameters; a plan sets the layers.
        threads: Threads on the CPU.
        store: Folder of adapters. One that was trained by the same code on the same data with the
            same settings is not trained again.

    Returns:
        A `runs` table and a `responses` table; the model of a response is the run, or the base
        model, which is asked whatever its runs are.

    Raises:
        Problem: As in `finetune_adapter` and `mix_samples`.
    """
    split = data.splits[data.splits["seed"] == seed]
    plans = plan_runs(study, settings, data.types, int((split["part"] == "train").sum()))
    plans = _with_as_many_images(plans, data, seed)
    base = open_checkpoint(spec, threads=threads)
    store.mkdir(parents=True, exist_ok=True)
    encoder = Encoder(base, spec.answering, folder=store)
    asked, runs, responses = data.asked, [], []
    held = [hold_out(data.splits, data.types, plan, seed) for plan in plans]
    if plans:
        of_any = pd.concat([held_out_samples(asked, splits, seed) for splits in held])
        responses.append(ask_opened(base, spec, [Variant(of_any.drop_duplicates("sample_id"))]))
    for plan, splits in zip(plans, held, strict=True):
        mixture = _mix(data, splits, plan, seed, n_train, n_validation)
        folder, record = _train(encoder, mixture, plan, hyper, seed, store)
        run = _describe(
            base.name, study, plan, len(_used(data, splits, plan, seed)), record, seed, folder
        )
        with attached_adapter(base, folder) as tuned:
            held_out = held_out_samples(asked, splits, seed)
            answered = ask_opened(tuned, spec, [Variant(held_out.drop_duplicates("sample_id"))])
        runs.append(run)
        responses.append(answered.assign(model=run["run_id"]))
    if not plans:
        log.warning("The study %s has no runs: there is nothing to hold out", study)
        return empty_table("runs"), empty_table("responses")
    return pd.DataFrame(runs), pd.concat(responses, ignore_index=True)


def _mix(
    data: StudyData, splits: pd.DataFrame, plan: Plan, seed: int, n_train: int, n_validation: int
) -> Mixture:
    return mix_samples(
        data.types.drop(columns="benchmark"),
        splits,
        data.asked_groups,
        data.samples,
        data.non_spurious,
        proportion=plan.proportion,
        n_train=n_train,
        n_validation=n_validation,
        seed=seed,
        anchors=plan.regime == "anchor",
        n_types=plan.n_types,
        n_attributes=plan.n_attributes,
        per_attribute=plan.per_attribute,
        n_spurious=plan.n_spurious,
    )


def _train(
    encoder: Encoder, mixture: Mixture, plan: Plan, hyper: Hyperparameters, seed: int, store: Path
) -> tuple[Path, FinetuningRecord]:
    """Return the folder of the adapter and its record; the record is written last."""
    chosen = replace(hyper, layers=plan.layers)
    folder = store / _content_key(encoder, mixture, chosen, seed)[:20]
    done = folder / _DONE
    if done.is_file():
        log.info("Run %s is there already, in %s", plan.name, folder)
        return folder, FinetuningRecord(**json.loads(done.read_text(encoding="utf-8")))
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        if done.is_file():
            log.info("Another job has made run %s meanwhile, in %s", plan.name, folder)
            return folder, FinetuningRecord(**json.loads(done.read_text(encoding="utf-8")))
        record = finetune_adapter(
            encoder.base,
            mixture,
            chosen,
            seed=seed,
            folder=folder,
            encoder=encoder,
            checkpoints=folder / "checkpoints",
        )
        write_text(done, json.dumps(asdict(record)))
    return folder, record


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait while another job makes the same run: studies have runs in common."""
    with (folder / _LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            log.info("No lock can be had in %s (%s)", folder, error)
        yield


def _content_key(encoder: Encoder, mixture: Mixture, hyper: Hyperparameters, seed: int) -> str:
    """All that an adapter depends on: data, settings, the base model's weights, and the code."""
    parts: list[Any] = [asdict(hyper), seed, fingerprint_model(encoder.base.model), _code()]
    for part in (mixture.train, mixture.validation):
        parts.append([[_image_digest(path) for path in part["image"]], encoder.chats(part)])
    return content_sha256(json.dumps(parts))


def _image_digest(path: str) -> str:
    if not Path(path).is_file():
        open_image(path)  # says what is wrong
    return file_sha256(path)


@cache
def _code() -> list[str]:
    """Our code that training goes through, and the versions of what it calls."""
    return [Code().digest(*_TRAINING), *(version(library) for library in _LIBRARIES)]


def _with_as_many_images(plans: list[Plan], data: StudyData, seed: int) -> list[Plan]:
    """Plans of a number of spurious images get as many as the one of them with the fewest has."""
    counted = [plan for plan in plans if plan.n_spurious is not None]
    if not counted:
        return plans
    most = []
    for plan in counted:
        used = data.types[data.types["type_id"].isin(_used(data, data.splits, plan, seed))]
        most.append(len(spurious_images(used, data.asked_groups)))
    least = min(most)
    return [
        plan if plan.n_spurious is None else replace(plan, n_spurious=min(least, plan.n_spurious))
        for plan in plans
    ]


def _used(data: StudyData, splits: pd.DataFrame, plan: Plan, seed: int) -> set[str]:
    """The training types that a run uses."""
    split = splits[splits["seed"] == seed].merge(data.types, on="type_id")
    chosen = (plan.n_types, plan.n_attributes, plan.per_attribute)
    return training_types(split, seed, *chosen)


def _describe(
    base: str,
    study: str,
    plan: Plan,
    n_types: int,
    record: FinetuningRecord,
    seed: int,
    folder: Path,
) -> dict[str, Any]:
    return {
        "run_id": f"{base}/{study}/{plan.name}/seed-{seed}",
        "study": study,
        "base_model": base,
        "regime": plan.regime,
        "layers": plan.layers,
        "proportion": plan.proportion,
        "types": n_types if plan.proportion else 0,
        "held_out": plan.held_out,
        "seed": seed,
        **vars(record),
        "adapter": str(folder),
    }
